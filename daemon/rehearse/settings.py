"""What a scenario's `settings` replace wholesale: terms, holidays, the roster, in whatever shape people give them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time
from typing import Any

from ..model.office_rules import Ausencia, Consultor
from ..model.rules import PersonaDeCasa, Plazo, RuleSet

# Words for the reader; they set nothing.
_PROSE = ("note", "notes", "nota", "notas", "comment", "comments", "comentario", "description", "timezone")
# How a term may be called besides its own name in rules/plazos.yaml.
TERMS = {
    "second_request": "segunda_solicitud",
    "segunda": "segunda_solicitud",
    "conclusion": "conclusion_desinteres",
    "conclusion_lack_of_interest": "conclusion_desinteres",
    "desinteres": "conclusion_desinteres",
    "clarification": "aclaracion_sin_plazo",
    "aclaracion": "aclaracion_sin_plazo",
    "acuse": "acuse_sin_folio",
    "folio": "acuse_sin_folio",
    "cdaod": "respuesta_cdaod",
    "cdaod_answer": "respuesta_cdaod",
    "organo_normativo": "respuesta_organo_normativo",
    "organo_normativo_answer": "respuesta_organo_normativo",
    "organo": "respuesta_organo_normativo",
}
_MAIL, _NAME = ("email", "correo", "mail", "address", "direccion"), ("name", "nombre")
_TOPICS, _SHARE = ("topics", "temas", "topic", "tema"), ("share", "carga", "load", "weight", "cuota")
_ABSENCES = ("absences", "ausencias", "absent", "absence", "ausencia", "ausente", "away", "vacaciones")
_FROM, _TO = ("from", "desde", "start", "inicio"), ("to", "hasta", "until", "end", "fin")
_STAND_IN = ("stand_in", "suple", "substitute", "suplente", "backup", "covered_by", "cubre")
_STAFF = ("consultants", "consultores", "consultors", "consultoras", "consultor")
_BOSS = ("supervisor", "supervisors", "supervisores", "supervision")
_LINKS = ("enlaces", "enlace", "liaisons", "organos", "organos_normativos")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")


def settings_over(rules: RuleSet, settings: dict[str, Any]) -> tuple[RuleSet, tuple[str, ...]]:
    """The rules with these settings over them, and the keys that nobody knows: they are to be told, never skipped.

    A roster replaces the whole roster: who is not in it does not work here. Raises ValueError for a value that cannot
    be read; pydantic's errors are such.
    """
    unknown = []
    for key, value in settings.items():
        name = _plain(key)
        if name in _PROSE or name.startswith("_"):
            continue
        set_it = _SETTERS.get(name) or _term_of(name)
        if set_it is None:
            unknown.append(key)
        else:
            rules = set_it(rules, value)
    return rules, tuple(unknown)


# --- terms and days ------------------------------------------------------------------------------------------------


def _term_of(name: str) -> Callable[[RuleSet, Any], RuleSet] | None:
    """`second_request_business_days` and its like, or a term's own name."""
    stem, unit = name, None
    for ending, kind in (("_business_days", "habiles"), ("_calendar_days", "naturales"), ("_dias_habiles", "habiles")):
        if name.endswith(ending):
            stem, unit = name.removesuffix(ending), kind

    def put(rules: RuleSet, value: Any) -> RuleSet:
        return _terms(rules, {stem: {"n": value, "unidad": unit} if unit else value})

    known = TERMS.get(stem, stem)
    return put if known in _KNOWN_TERMS else None


def _terms(rules: RuleSet, given: dict[str, Any]) -> RuleSet:
    plazos = dict(rules.plazos)
    for key, value in given.items():
        stem = re.sub(r"_(?:business|calendar)_days$", "", _plain(key))
        name = TERMS.get(stem, stem)
        fields = value if isinstance(value, dict) else {"n": value}
        fields = {"n": _first(fields, ("n", "days", "business_days", "dias"))} | {
            k: v for k, v in fields.items() if k in Plazo.model_fields and v is not None
        }
        before = plazos[name].model_dump() if name in plazos else {}
        plazos[name] = Plazo.model_validate(before | {k: v for k, v in fields.items() if v is not None})
    return rules.model_copy(update={"plazos": plazos})


def _holidays(rules: RuleSet, given: Any) -> RuleSet:
    single = ("date", "fecha", "day", "dia")
    days = tuple(sorted(_day(_first(each, single) if isinstance(each, dict) else each) for each in given))
    days_off = {"feriados": days, "dias_propios": (), "cierres": ()}
    return rules.model_copy(update={"calendario": rules.calendario.model_copy(update=days_off)})


def _hours(rules: RuleSet, given: Any) -> RuleSet:
    ends = [given] if isinstance(given, str) else list(given.values() if isinstance(given, dict) else given)
    found = [time(int(h), int(m)) for end in ends for h, m in re.findall(r"(\d{1,2}):(\d{2})", str(end))]
    horario = rules.calendario.horario.model_copy(update={"abre": found[0], "cierra": found[1]})
    return rules.model_copy(update={"calendario": rules.calendario.model_copy(update={"horario": horario})})


def _area(rules: RuleSet, given: Any) -> RuleSet:
    cuentas = tuple(each.model_copy(update={"area_de_plazos": given}) for each in rules.casa.cuentas)
    return _house(rules, cuentas=cuentas)


# --- people --------------------------------------------------------------------------------------------------------


def _roster(rules: RuleSet, given: Any) -> RuleSet:
    """A whole roster: a list of people with their roles, or a mapping by role."""
    if isinstance(given, dict) and any(_plain(key) in (*_STAFF, *_BOSS, *_LINKS, *_ABSENCES) for key in given):
        for key, value in sorted(given.items(), key=lambda item: _plain(item[0]) not in _STAFF):
            set_it = _SETTERS.get(_plain(key))
            if set_it is None:
                raise ValueError(f"en la plantilla de personal no se conoce «{key}»")
            rules = set_it(rules, value)
        return rules
    people = list(_people(given))
    by_role: dict[str, list[dict[str, Any]]] = {"consultor": [], "supervisor": [], "enlace": []}
    for each in people:
        role = _plain(str(_first(each, ("role", "papel", "rol", "puesto")) or "consultor"))
        kind = "supervisor" if "superv" in role else "enlace" if "enlace" in role or "liaison" in role else "consultor"
        by_role[kind].append(each)
    rules = _supervisors(rules, by_role["supervisor"]) if by_role["supervisor"] else rules
    rules = _enlaces(rules, by_role["enlace"]) if by_role["enlace"] else rules
    return _consultants(rules, by_role["consultor"])


def _consultants(rules: RuleSet, given: Any) -> RuleSet:
    boss = next((p.correo for p in rules.casa.personas if p.papel == "supervisor"), None)
    made = tuple(
        Consultor(
            correo=_mail(each),
            nombre=str(_first(each, _NAME) or _mail(each).partition("@")[0].replace(".", " ").title()),
            supervisor=_first(each, ("supervisor",)) or boss,
            temas=tuple(_listed(_first(each, _TOPICS))),
            carga=float(_first(each, _SHARE) or 1.0),
            ausencias=tuple(_absence(one) for one in _several(_first(each, _ABSENCES))),
        )
        for each in _people(given)
    )
    return rules.model_copy(update={"consultores": made})


def _supervisors(rules: RuleSet, given: Any) -> RuleSet:
    people = [
        PersonaDeCasa(correo=_mail(each), nombre=str(_first(each, _NAME) or "Supervisión"), papel="supervisor")
        for each in _people(given)
    ]
    others = tuple(each for each in rules.casa.personas if each.papel != "supervisor")
    rules = _house(rules, personas=(*people, *others))
    staff = tuple(
        one if one.supervisor in {p.correo for p in people} else one.model_copy(update={"supervisor": people[0].correo})
        for one in rules.consultores
    )
    return rules.model_copy(update={"consultores": staff if people else rules.consultores})


def _enlaces(rules: RuleSet, given: Any) -> RuleSet:
    """One address for every Órgano, or addresses by the Órgano's key or name, or by topic."""
    names = (*_NAME, "organo", "clave")
    found: list[tuple[str, set[str]]] = []
    for each in _people(given):
        about = (*_listed(_first(each, _TOPICS)), _first(each, names) or "")
        found.append((_mail(each), {_plain(str(word)) for word in about if word}))

    def address(clave: str, nombre: str, temas: tuple[str, ...]) -> str | None:
        for correo, about in found:
            if {clave, *temas} & about or any(word in _plain(nombre) for word in about):
                return correo
        return found[0][0] if len(found) == 1 else None

    organos = tuple(
        each.model_copy(update={"enlace": address(each.clave, each.nombre, each.temas)})
        for each in rules.destinos.organos
    )
    return rules.model_copy(update={"destinos": rules.destinos.model_copy(update={"organos": organos})})


def _absences(rules: RuleSet, given: Any) -> RuleSet:
    """Absences of those on the roster: by their address, or a list that names them."""
    away: dict[str, list[Ausencia]] = {}
    items = given.items() if isinstance(given, dict) else ((_mail(each), each) for each in given)
    for who, what in items:
        away.setdefault(who, []).extend(_absence(one) for one in _several(what))
    staff = tuple(
        one.model_copy(update={"ausencias": tuple(away[one.correo])}) if one.correo in away else one
        for one in rules.consultores
    )
    return rules.model_copy(update={"consultores": staff})


def _survey(rules: RuleSet, given: Any) -> RuleSet:
    return _house(rules, encuesta=given)


def _house(rules: RuleSet, **changed: Any) -> RuleSet:
    return rules.model_copy(update={"casa": rules.casa.model_copy(update=changed)})


# --- shapes --------------------------------------------------------------------------------------------------------


def _people(given: Any) -> Iterator[dict[str, Any]]:
    """Each person as a mapping, out of a list of addresses or mappings, or of a mapping from or to addresses."""
    if isinstance(given, str):
        given = [given]
    if isinstance(given, dict) and _first(given, _MAIL):
        given = [given]
    if isinstance(given, dict):
        for key, value in given.items():
            about = dict(value) if isinstance(value, dict) else {}
            if _ADDRESS.fullmatch(str(key)):
                if not isinstance(value, dict) and value is not None:
                    about = {"temas": value} if isinstance(value, list) else {"nombre": value}
                yield {"correo": key} | about
            elif isinstance(value, str):
                yield {"nombre": key, "correo": value}
            else:
                yield {"nombre": key} | about
        return
    for each in given:
        yield each if isinstance(each, dict) else {"correo": each}


def _absence(given: Any) -> Ausencia:
    if isinstance(given, str | date):
        return Ausencia(desde=_day(given), hasta=_day(given))
    if isinstance(given, list):
        return Ausencia(desde=_day(given[0]), hasta=_day(given[-1]))
    single = _first(given, ("date", "fecha", "day", "dia"))
    begin = _first(given, _FROM) or single
    return Ausencia(desde=_day(begin), hasta=_day(_first(given, _TO) or begin), suple=_first(given, _STAND_IN))


def _several(given: Any) -> list[Any]:
    """One thing or a list of them; two bare dates in a list are one span."""
    if given is None:
        return []
    if isinstance(given, list):
        return given if any(not isinstance(each, str) for each in given) or len(given) != 2 else [given]
    return [given]


def _mail(each: dict[str, Any]) -> str:
    found = _first(each, _MAIL)
    if not found:
        raise ValueError(f"a {each} le falta su correo")
    return str(found).lower()


def _listed(given: Any) -> Iterable[str]:
    return () if given is None else (given,) if isinstance(given, str) else given


def _first(given: dict[str, Any], names: Iterable[str]) -> Any:
    plain = {_plain(str(key)): value for key, value in given.items()}
    return next((plain[name] for name in names if name in plain), None)


def _day(given: Any) -> date:
    return given if isinstance(given, date) else datetime.fromisoformat(str(given)).date()


def _plain(text: str) -> str:
    return re.sub(r"[\s-]+", "_", text.casefold().translate(str.maketrans("áéíóúñ", "aeioun")))


_KNOWN_TERMS = frozenset(TERMS.values())
_SETTERS: dict[str, Callable[[RuleSet, Any], RuleSet]] = {
    **dict.fromkeys(("terms", "plazos"), _terms),
    **dict.fromkeys(("holidays", "feriados", "festivos", "dias_festivos"), _holidays),
    **dict.fromkeys(("office_hours", "horario", "hours"), _hours),
    **dict.fromkeys(("area_de_plazos", "area"), _area),
    **dict.fromkeys(("roster", "staff", "personal", "people", "personas", "plantilla", "equipo", "team"), _roster),
    **dict.fromkeys(_STAFF, _consultants),
    **dict.fromkeys(_BOSS, _supervisors),
    **dict.fromkeys(_LINKS, _enlaces),
    **dict.fromkeys(_ABSENCES, _absences),
    **dict.fromkeys(("survey", "encuesta", "survey_url"), _survey),
}
