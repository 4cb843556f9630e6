"""What is right about a mail of IMSS Digital, by the labels of a gold.jsonl: kind, step, what leaves, every field."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

_KINDS = {
    "solicitud": {"solicitud_supervivencia"},
    "acuse": {"confirmacion_supervivencia", "rechazo_supervivencia", "prueba_conectividad"},
}
# Where no step is named, any is right: what counts is that a person looks.
_STEPS = {
    "aceptar_confirmacion_positiva": {"confirmar"},
    "duplicado": {"confirmar"},
    "confirmacion_negativa": {"rechazar"},
    "rechazar_remitente": {"rechazar"},
    "registrar_acuse_positivo": {"sin_respuesta"},
    "registrar_acuse_negativo": {"sin_respuesta"},
    "no_reply": {"sin_respuesta"},
    "cuarentena": {"sin_respuesta"},
    "acusar_recibo_conectividad": {"acusar"},
}
_HELD = {"revision_humana", "parcial", "turnar_a_medios_electronicos"}
_FIELDS = {
    "oficina": "oficina_consular",
    "ex_trabajador": "ex_trabajador_imss",
    "paterno": "apellido_paterno",
    "materno": "apellido_materno",
    "tipo": "identificacion_tipo",
    "folio": "identificacion_folio",
}
FIELDS = ("clase", "paso", "revision", "confirmacion_prohibida", "campos")
Note = Callable[[str, Any, Any, bool, str], None]


def compare(note: Note, gold: dict[str, Any], came: dict[str, Any]) -> bool:
    """Note every field of one mail; returns whether what leaves by itself, if anything, is right."""
    labels = [gold["expected"], *(gold.get("expected_alternatives") or ())]
    steps: set[str] = set().union(*(_STEPS.get(label, set()) for label in labels))
    held = bool(_HELD & set(labels))
    if gold["kind"] in _KINDS:
        kinds = _KINDS[gold["kind"]] | ({"sospechoso"} if "cuarentena" in labels else set())
        note("clase", sorted(kinds), came["kind"], came["kind"] in kinds, "cuenta")
    waits = came["disposition"] == "revisar"
    note("paso", sorted(steps) or "cualquiera", came["step"], came["step"] in steps or (held and waits), "falta")
    confirms = came["step"] == "confirmar" and came["disposition"] == "enviar"
    may = bool({"aceptar_confirmacion_positiva", "duplicado"} & set(labels)) and not gold["must_not_autoreply"]
    if not may:
        note("confirmacion_prohibida", "no confirmar", came["disposition"], not confirms, "falta")
    if held and not may:
        note("revision", "revisar", came["disposition"], waits, "guarda")
    for number, document in enumerate(gold["documents"]):
        if document.get("readable") == "text":
            _compare_fields(note, document["fields"], came["forms"][number : number + 1])
    return (came["step"] in steps) if came["disposition"] == "enviar" else True


def _compare_fields(note: Note, fields: dict[str, str | None], came: list[dict[str, Any]]) -> None:
    read = came[0]["fields"] if came else {}
    for name, printed in fields.items():
        got = read.get(_FIELDS.get(name, name))
        right = _plain(_iso(printed) if name.startswith("fecha") else printed)
        note("campos", f"{name} {right}", got, _plain(got) == right, "falta")


def _iso(printed: str | None) -> str | None:
    try:
        return datetime.strptime(printed or "", "%d/%m/%Y").date().isoformat()  # noqa: DTZ007  (a day has no zone)
    except ValueError:
        return printed


def _plain(value: str | None) -> str:
    return " ".join((value or "").split())
