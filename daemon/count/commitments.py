"""The follow-up table of commitments as it stands, with the average that the form asks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ..model.commitments import Compromisos, Note, Row

# The headings of the form, in its order.
COLUMNS = (
    "No.",
    "Aspecto Susceptible de Mejora",
    "Actividades",
    "Área Responsable",
    "Fecha de Término",
    "Resultados Esperados",
    "Productos y/o Evidencias",
    "% de Avance de la Actividad",
    "Nombre del Documento Probatorio",
    "Ubicación del Documento Probatorio",
    "Observaciones",
    "Mes y Año",
    "Promedio",
)


def table(told: Compromisos, notes: Iterable[Note]) -> tuple[Row, ...]:
    """Each commitment with what was noted on it: the last percentage, place and month win, documents and remarks add
    up. A documento that was sent twice (the same SHA-256) stands there once."""
    by_row: dict[str, list[Note]] = defaultdict(list)
    for note in notes:
        by_row[note.compromiso].append(note)
    rows = []
    for each in sorted(told.compromisos, key=lambda one: one.no):
        clave = told.clave(each)
        mine = sorted(by_row[clave], key=lambda note: note.at)
        reports = [note for note in mine if not note.aviso]
        given = [note.avance for note in reports if note.avance is not None]
        documents = {doc.sha256 or doc.nombre: doc for note in reports for doc in note.documentos}
        remarks = dict.fromkeys(filter(None, [each.observaciones, *(note.observaciones for note in reports)]))
        rows.append(
            Row(
                clave=clave,
                correo=told.correo(each),
                compromiso=each,
                avance=given[-1] if given else each.avance,
                documentos=tuple(documents.values()),
                ubicacion=_last([each.ubicacion, *(note.ubicacion for note in reports)]),
                observaciones="\n".join(remarks),
                mes_y_anio=_last([each.mes_y_anio, *(note.mes_y_anio for note in reports)]),
                avisado=max((note.at for note in mine if note.aviso), default=None),
            )
        )
    return tuple(rows)


def _last(values: Sequence[str]) -> str:
    return next((value for value in reversed(values) if value), "")


def average(rows: Sequence[Row]) -> float | None:
    """The mean percentage of these rows, or None without any."""
    return sum(row.avance for row in rows) / len(rows) if rows else None


def percent(value: float | None) -> str:
    """As the form writes it: «100.00%»."""
    return "" if value is None else f"{value:.2f}%"


def documents(row: Row) -> str:
    """The documentos probatorios of a row, those of the rules first."""
    return "\n".join(filter(None, [row.compromiso.documento_probatorio, *map(str, row.documentos)]))


def cells(row: Row, rows: Sequence[Row]) -> tuple[str, ...]:
    """The row under COLUMNS; its Promedio is that of all activities of the same aspecto."""
    one = row.compromiso
    same = [other for other in rows if other.compromiso.aspecto == one.aspecto]
    return (
        str(one.no),
        one.aspecto,
        one.actividades,
        one.area_responsable,
        f"{one.fecha_de_termino:%d/%m/%Y}",
        one.resultados_esperados,
        one.productos_evidencias,
        f"{row.avance:g}",
        documents(row) or "N/A",
        row.ubicacion or "N/A",
        row.observaciones,
        row.mes_y_anio,
        percent(average(same)),
    )
