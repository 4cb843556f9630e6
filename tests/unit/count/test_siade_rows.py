"""Batches for SIADE: the columns that others rely on, and what a81 and 4.16 want to be captured."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from daemon.count.siade import COLUMNS, Attached, batch_rows, folder_name
from daemon.decide.calendar import OfficeCalendar
from daemon.model.mail import PersonData
from daemon.model.petition import Petition
from daemon.model.siade import Record, RecordClase, SiadeBatch
from tests.unit.decide.makers import NSS, PERSON, petition, shipped_rules

AT = datetime(2025, 10, 13, 16, 30, tzinfo=UTC)
RECORD = Record("AC-251013-7K3FQ/s1", "AC-251013-7K3FQ", RecordClase.REGISTRO, "atnder@imss.gob.mx", AT, "No me surten",
                numeral="P a79, 5.19")  # fmt: skip


def told(found: Petition, record: Record = RECORD, attached: Attached = Attached()) -> dict[str, str]:  # noqa: B008
    rules = shipped_rules()
    local = OfficeCalendar(rules.calendario).local
    (row,) = batch_rows(SiadeBatch(7, AT, (record,)), {found.folio: found}, {record.id: attached}, rules, local)
    return dict(zip(COLUMNS, row, strict=True))


def test_the_columns_keep_their_names_and_their_order() -> None:
    assert ", ".join(COLUMNS) == (
        "lote, registro, clase, referencia, folio_siade, cuenta, fecha_captacion, registrado, consultor, tipo, tema, "
        "nombre, nss, correo, telefono, resumen, ooad_umae, unidad, destino, area_responsable, normativa, tramite, "
        "subtramite, otros, texto, motivo, numeral, antecedentes, adjuntos, adjuntos_faltantes"
    )


def test_a_row_says_what_the_procedure_wants_to_be_captured() -> None:
    lugar = shipped_rules().destinos.ooad[0]
    row = told(
        petition(
            data=PersonData(nombre="Ana López Ruiz", nss=NSS, correo=PERSON, telefono="5512345678", unidad="UMF 28"),
            destination="cdaod_jdaod",
            lugar=lugar.clave,
            consultor="consultora.uno@imss.gob.mx",
            siade="2025-Q-1",
            antecedentes=("2024-Q-9",),
        ),
        attached=Attached(("adjuntos/AC/01_receta.png", "adjuntos/AC/02_x.pdf"), ("<x@y> (ya no está en el buzón)",)),
    )
    assert (row["lote"], row["registro"], row["clase"]) == ("7", "AC-251013-7K3FQ/s1", "registro")
    assert (row["nombre"], row["nss"], row["correo"], row["telefono"]) == ("Ana López Ruiz", NSS, PERSON, "5512345678")
    assert (row["fecha_captacion"], row["registrado"]) == ("2025-10-13", "2025-10-13 10:30")
    assert (row["ooad_umae"], row["unidad"], row["destino"]) == (lugar.nombre, "UMF 28", "CDAOD o JDAOD")
    assert lugar.nombre in row["area_responsable"]
    assert (row["tipo"], row["tema"], row["tramite"]) == ("queja", "Falta de medicamento", "Falta de medicamento")
    assert row["otros"] == "receta y medicamentos que faltan"
    assert (row["resumen"], row["texto"]) == ("No me surten la metformina.", "No me surten")
    assert row["adjuntos"] == "adjuntos/AC/01_receta.png | adjuntos/AC/02_x.pdf"
    assert row["adjuntos_faltantes"] == "<x@y> (ya no está en el buzón)"
    assert (row["folio_siade"], row["antecedentes"]) == ("2025-Q-1", "2024-Q-9")


def test_what_is_not_known_is_empty_and_never_the_word_none() -> None:
    row = told(petition(type=None, topic=None, data=PersonData(), destination="ninguno", petitioner=""))
    assert "None" not in " ".join(row.values())
    assert [row[name] for name in ("tipo", "tema", "nombre", "nss", "correo", "destino", "area_responsable")] == [
        ""
    ] * 7


def test_the_folder_of_a_records_files_is_its_id() -> None:
    assert folder_name(RECORD) == "AC-251013-7K3FQ_s1"
    assert "/" not in folder_name(replace(RECORD, id="../../x"))
