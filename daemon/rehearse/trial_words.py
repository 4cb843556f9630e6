"""The outcome of `acuse rules try` for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ..model.masks import masked
from ..model.rules import RuleSet
from ..reply import spoken
from ..reply.difference import as_text, changed
from ..reply.variables import words_for_destination
from .trial import Altered, Change, Trial

_TITLES = {
    "fallo": "Lo que no se pudo hacer",
    "disposition": "Si el correo sale solo",
    "step": "Qué se hace",
    "kind": "Qué clase de correo es",
    "sensitive": "Si es un asunto sensible",
    "urgent": "Si es urgente",
    "destination": "A dónde va",
    "type": "Tipo de petición",
    "topic": "Tema",
    "missing": "Datos que faltan",
    "clear": "Si se entiende",
    "enviado": "Correos que salen, y cuándo",
    "plazo": "Plazos",
    "template": "Plantilla",
    "texto": "Texto del correo",
}
_DISPOSITIONS = {"enviar": "sale solo", "revisar": "espera a una persona", "ninguna": "no hay correo"}
_KINDS = {
    "peticion": "petición",
    "respuesta_automatica": "respuesta automática",
    "lista": "lista de correo",
    "personal": "personal de la casa",
    "confirmacion_supervivencia": "confirmación de supervivencia",
    "prueba_conectividad": "prueba de conectividad",
}
_CLASES = {str(key): words for key, words in spoken.CLASES.items()}
_TYPES = {str(key): words for key, words in spoken.TYPES.items()}
# Without the numeral that stands behind the words for a ficha.
_STEPS = {str(key): words.partition(" (")[0] for key, words in spoken.STEPS.items()} | {
    "sin_respuesta": "no se contesta"
}
_NONE = "ninguno"


def lines(trial: Trial, rules: RuleSet) -> Iterator[str]:
    """A table of what changes, then each group of mails under its change, the gravest first."""
    if not trial.altered:
        yield "Sin diferencias."
        return
    wide = max(len(_TITLES[name]) for name in trial.counts())
    yield f"{'Qué cambia':{wide}}  correos"
    for name, number in trial.counts().items():
        yield f"{_TITLES[name]:{wide}}  {number:7,}"
    for number, group in enumerate(trial.groups, 1):
        shared, title = group.change, _TITLES[group.change.field]
        if shared.before is None and shared.after is None:
            what = title
        else:
            what = f"{title}: {_said(shared.field, shared.before, rules)} → {_said(shared.field, shared.after, rules)}"
        many = len(group.mails)
        yield ""
        yield f"{number}. {what} ({many:,} {'correo' if many == 1 else 'correos'})"
        for mail in group.mails:
            yield from _mail(mail, rules)


def _mail(mail: Altered, rules: RuleSet) -> Iterator[str]:
    where = "" if mail.petition and "@" in mail.place.partition("/")[0] else f"  {mail.place}"
    yield f"   {mail.petition or '—':15}  {mail.at:%d/%m/%Y %H:%M}  {mail.sender}{where}"
    seen_at_top = mail.changes[0].field not in ("fallo", "enviado", "plazo", "texto")
    for change in mail.changes[1 if seen_at_top else 0 :]:
        if change.field == "texto":
            yield f"      {_TITLES['texto']}:"
            for line in _rewording(change).splitlines():
                yield f"         {line}".rstrip()
        else:
            before, after = (_said(change.field, value, rules) for value in _apart(change))
            yield f"      {_TITLES[change.field]}: {before} → {after}"


def _apart(change: Change) -> tuple[Any, Any]:
    """Both sides; of what leaves and of terms only what is not in both."""
    if change.field not in ("enviado", "plazo"):
        return change.before, change.after
    gone = [each for each in change.before if each not in change.after]
    return gone, [each for each in change.after if each not in change.before]


def _rewording(change: Change) -> str:
    """What was said and what is said, paragraph by paragraph, without identifiers."""
    return masked(as_text(changed(str(change.before), str(change.after))))


def _said(field: str, value: Any, rules: RuleSet) -> str:
    """A value in words."""
    match field:
        case "disposition":
            return _DISPOSITIONS.get(str(value), str(value))
        case "step":
            return _STEPS.get(str(value), str(value))
        case "kind":
            return _KINDS.get(str(value), str(value).replace("_", " "))
        case "urgent" | "clear":
            return "sí" if value else "no"
        case "type":
            return _TYPES.get(str(value), _NONE)
        case "topic":
            tema = rules.tema(value)
            return tema.nombre if tema else str(value or _NONE)
        case "sensitive":
            matter = rules.sensible(value)
            return matter.nombre if matter else "no" if value is None else str(value)
        case "destination":
            kind, name = tuple(value.values()) if isinstance(value, dict) else value
            return name or words_for_destination(kind)
        case "missing":
            return ", ".join(spoken.MISSING.get(each, each) for each in value) or "nada"
        case "enviado" | "plazo":
            return "; ".join(_at(field, each) for each in value) or "nada"
        case "fallo":
            return masked("; ".join(value)) or "nada"
    return str(value or "ninguna")


def _at(field: str, told: str) -> str:
    """«2026-03-13T12:10 datos_complementarios» or «segunda_solicitud hasta 2026-03-18T18:00» as people say it."""
    first, _, rest = told.partition(" ")
    if field == "enviado":
        return f"{_CLASES.get(rest, rest)} el {_instant(first)}"
    return f"{spoken.term(first)} hasta el {_instant(rest.removeprefix('hasta '))}"


def _instant(told: str) -> str:
    return f"{datetime.fromisoformat(told):%d/%m/%Y %H:%M}"


def as_object(trial: Trial) -> Mapping[str, Any]:
    """The whole outcome for programs; addresses and identifiers are masked there, too."""
    return {
        "leidos": trial.read,
        "iguales": trial.read - len(trial.altered),
        "distintos": len(trial.altered),
        "reglas": dict(zip(("antes", "ahora"), trial.versions, strict=True)),
        "cambian": trial.counts(),
        "grupos": [
            {
                "campo": group.change.field,
                "antes": group.change.before,
                "ahora": group.change.after,
                "correos": len(group.mails),
            }
            for group in trial.groups
        ],
        "correos": [
            {
                "referencia": mail.petition,
                "fecha": mail.at.isoformat(),
                "buzon": mail.account,
                "lugar": mail.place,
                "message_id": masked(mail.message_id),
                "remitente": mail.sender,
                "cambios": [
                    {"campo": each.field, "antes": _veiled(each.before), "ahora": _veiled(each.after)}
                    for each in mail.changes
                ],
            }
            for mail in trial.altered
        ],
    }


def _veiled(value: Any) -> Any:
    return masked(value) if isinstance(value, str) else value
