"""The table of commitments: notes on top of the rules' rows, and the average that the form asks for."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from pathlib import Path

from daemon.count.commitments import COLUMNS, average, cells, percent, table
from daemon.edge.yamltext import read_yaml
from daemon.model.commitments import Compromisos, Evidence, Note
from daemon.reply.commitments import as_page, as_text

EXAMPLE = Path(__file__).parents[3] / "docs" / "compromisos_ejemplo.yaml"
NOW = datetime(2026, 3, 4, 16, tzinfo=UTC)


def example(*notes: Note) -> tuple[Compromisos, list[tuple[str, ...]], float | None]:
    told = read_yaml(EXAMPLE.read_bytes(), "x").check(Compromisos)
    assert told is not None
    rows = table(told, notes)
    return told, [cells(row, rows) for row in rows], average(rows)


def note(number: int, hours: int = 0, **said: object) -> Note:
    return Note(f"n{number}{hours}", f"2014-2015/{number}", NOW + timedelta(hours=hours), False, "area", **said)  # type: ignore[arg-type]


def test_the_example_of_the_guide_is_the_table_that_was_reported() -> None:
    told, lines, total = example()
    assert [line[0] for line in lines] == ["1", "2", "3"]
    assert lines[0][4] == "31/12/2015"
    assert [line[-1] for line in lines] == ["100.00%"] * 3
    assert percent(total) == "100.00%"
    assert told.clave(told.compromisos[0]) == "2014-2015/1"


def test_the_last_percentage_wins_and_documents_and_remarks_add_up() -> None:
    sent = Evidence("oficio.pdf", "ab" * 32)
    _, lines, total = example(
        note(2, 2, avance=80.0, observaciones="falta una firma", mes_y_anio="Marzo-2026"),
        note(2, 1, avance=60.0, documentos=(sent,), ubicacion="archivo"),
        note(2, 3, documentos=(sent, Evidence("Oficio 12"))),
        Note("aviso", "2014-2015/2", NOW, True, "area", "<m@x>"),
        note(9, avance=10.0),
    )
    line = dict(zip(COLUMNS, lines[1], strict=True))
    assert line["% de Avance de la Actividad"] == "80"
    assert line["Mes y Año"] == "Marzo-2026"
    assert line["Nombre del Documento Probatorio"].count("oficio.pdf") == 1
    assert line["Nombre del Documento Probatorio"].endswith(f"(sha256 {'ab' * 32})\nOficio 12")
    assert line["Ubicación del Documento Probatorio"] == "archivo"
    assert line["Observaciones"].endswith("\nfalta una firma")
    assert percent(total) == "93.33%"


def test_activities_of_one_aspecto_share_their_average() -> None:
    told, _, _ = example()
    first, second, third = told.compromisos
    same = second.model_copy(update={"aspecto": first.aspecto, "avance": 50})
    rows = table(told.model_copy(update={"compromisos": (first, same, third)}), ())
    assert [cells(row, rows)[-1] for row in rows] == ["75.00%", "75.00%", "100.00%"]


def test_the_table_is_whole_as_text_and_as_a_page_and_a_page_runs_nothing() -> None:
    told, lines, total = example(note(2, observaciones="<script>alert(1)</script>"))
    text, page = (make(told, COLUMNS, lines, percent(total)) for make in (as_text, as_page))
    flat = " ".join(text.split())
    for name, value in zip(COLUMNS[2:], lines[2][2:], strict=True):
        assert f"{name}: {' '.join(value.split())}" in flat
        assert html.escape(value) in page
    assert "Promedio: 100.00%" in text and "Promedio: 100.00%" in page
    assert "<script>" not in page
