"""Batches for SIADE as a table (P a81, 4.16): one row a record, columns that never change their name or their order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..model.petition import Petition
from ..model.rules import RuleSet
from ..model.siade import Record, SiadeBatch

Local = Callable[[datetime], datetime]

# docs/siade.md explains each; other programs rely on names and order, so that new ones are added at the end.
COLUMNS = (
    "lote",
    "registro",
    "clase",
    "referencia",
    "folio_siade",
    "cuenta",
    "fecha_captacion",
    "registrado",
    "consultor",
    "tipo",
    "tema",
    "nombre",
    "nss",
    "correo",
    "telefono",
    "resumen",
    "ooad_umae",
    "unidad",
    "destino",
    "area_responsable",
    "normativa",
    "tramite",
    "subtramite",
    "otros",
    "texto",
    "motivo",
    "numeral",
    "antecedentes",
    "adjuntos",
    "adjuntos_faltantes",
)
_DESTINOS = {"cdaod_jdaod": "CDAOD o JDAOD", "organo_normativo": "Órgano normativo", "oic_sntss": "OIC o SNTSS"}
# Old Windows and every upload page take names of this length.
_STEM, _SUFFIX = 80, 10


@dataclass(frozen=True, slots=True)
class Attached:
    """The files that go along with one record: their names beside the table, and what is missing, with its reason."""

    files: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def batch_rows(
    batch: SiadeBatch,
    petitions: Mapping[str, Petition],
    attached: Mapping[str, Attached],
    rules: RuleSet,
    local: Local,
) -> list[list[str]]:
    """A batch as text cells under COLUMNS: the records as they were made, the petitions as they are known now.

    `petitions` by folio, `attached` by the records' ids; `local` turns an instant to the office's clock.
    """
    return [
        _row(batch.number, record, petitions[record.folio], attached.get(record.id, Attached()), rules, local)
        for record in batch.records
    ]


def _row(
    number: int, record: Record, petition: Petition, attached: Attached, rules: RuleSet, local: Local
) -> list[str]:
    data, tema = petition.data, rules.tema(petition.topic)
    catalogue = tema.siade if tema else None
    lugar = rules.lugar(petition.lugar)
    attends = rules.atiende(petition.destination, petition.destino, petition.lugar)
    told: dict[str, str | None] = {
        "lote": str(number),
        "registro": record.id,
        "clase": record.clase.value,
        "referencia": record.folio,
        "folio_siade": petition.siade,
        "cuenta": record.account,
        "fecha_captacion": petition.captured_on.isoformat(),
        "registrado": local(record.created_at).isoformat(" ", "minutes")[:16],
        "consultor": petition.consultor,
        "tipo": petition.type.value if petition.type else "",
        "tema": tema.nombre if tema else petition.topic,
        "nombre": data.nombre,
        "nss": data.nss,
        "correo": petition.petitioner or data.correo,
        "telefono": data.telefono,
        "resumen": petition.summary or petition.subject,
        "ooad_umae": lugar.nombre if lugar else petition.ooad,
        "unidad": data.unidad,
        "destino": _DESTINOS.get(petition.destination),
        "area_responsable": attends or _DESTINOS.get(petition.destination),
        "normativa": catalogue.normativa if catalogue else "",
        "tramite": (catalogue.tramite or (tema.nombre if tema else "")) if catalogue else "",
        "subtramite": catalogue.subtramite if catalogue else "",
        "otros": catalogue.otros if catalogue else "",
        "texto": record.texto,
        "motivo": record.motivo,
        "numeral": record.numeral,
        "antecedentes": ", ".join(petition.antecedentes),
        "adjuntos": " | ".join(attached.files),
        "adjuntos_faltantes": " | ".join(attached.missing),
    }
    return [told[column] or "" for column in COLUMNS]


def folder_name(record: Record) -> str:
    """The folder of a record's files: its id without what is no part of a name («AC-250909-7K3FQ_s1»)."""
    return _plain(record.id.replace("/", "_"))


def file_name(number: int, named: str) -> str:
    """A safe name for a record's file: its number, then the writer's name of it in plain letters, never a path."""
    stem, dot, suffix = named.replace("\\", "/").rpartition("/")[2].rpartition(".")
    if not dot or len(suffix) > _SUFFIX or not stem.strip(". "):
        stem, suffix = named.replace("\\", "/").rpartition("/")[2], ""
    plain, ending = _plain(stem)[:_STEM] or "adjunto", _plain(suffix)
    return f"{number:02d}_{plain}.{ending}" if ending else f"{number:02d}_{plain}"


def _plain(text: str) -> str:
    letters = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"_*[^A-Za-z0-9_-]+_*", "_", letters).strip("_-")


def missing_in(attached: Mapping[str, Attached]) -> Sequence[str]:
    """What could not be found for any record, as «registro: which, why»."""
    return [f"{record}: {each}" for record, files in attached.items() for each in files.missing]
