"""What `acuse status` and `acuse show` say: how the installation fares, and a petition told as a story."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from .count import balance, balance_of, uncounted
from .count.alarms import kind_of, word_of
from .count.health import QUESTIONS, Question
from .count.words import sentence
from .model.health import Health
from .model.masks import masked
from .model.petition import Petition
from .reply.informe import names_of

if TYPE_CHECKING:
    from .app import Office

# The number of the JSON object's shape: it grows when a key goes or changes its meaning, not when one is added.
SHAPE = 1
_WEEK = timedelta(days=7)


def standing(office: Office) -> dict[str, Any]:
    """How the installation fares, as `acuse status --json` gives it (docs/operacion.md); it names no person."""
    desk, running = office.desk, office.running()
    now, rules = desk.now(), desk.policy.rules
    (health, told), envios = office.fares(running=running), office.envios

    def hide(text: str) -> str:
        return masked(text, rules.casa.de_casa)

    alarms = [
        {"clase": word_of(each.key), "que": kind_of(each.key).title, "detalle": hide(each.text), "desde": each.since}
        for each in health.alarms
    ]
    shared = health.rules
    return {
        "forma": SHAPE,
        "hora": now,
        "bien": all(answer.well for answer in told),
        "en_marcha": running,
        "respuestas": {answer.question.value: {"bien": answer.well, "texto": answer.text} for answer in told},
        "buzones": [_box(health, account, envios[account]) for account in desk.accounts],
        "por_enviar": sum(health.box(account).sending for account in desk.accounts),
        "inciertos": {"cuantos": health.uncertain, "lista": [_row(each) for each in health.uncertain_mails]},
        "tareas_abandonadas": {
            "cuantas": health.failed,
            "lista": [{**_row(each), "error": hide(each.error)} for each in health.failed_tasks],
        },
        "cuarentena": health.quarantine,
        "por_terminar": sum(box.unfinished for box in health.boxes),
        "alarmas": alarms,
        "reglas": None
        if shared is None
        else {
            "numero": shared.number,
            "reglas": shared.rules,
            "plantillas": shared.templates,
            "desde": shared.since,
            "rechazadas": any(word_of(each.key) == "reglas" for each in health.alarms),
        },
        "siade_en_contingencia": health.contingencia,
        "vencidos": health.overdue,
        "plazos": [
            {
                "folio": each.folio,
                "buzon": each.account,
                "estado": each.state,
                "actua": each.acts_at,
                "vencido": each.acts_at <= now,
            }
            for each in health.terms
        ],
        "peticiones": dict(health.petitions),
        "borradores": dict(health.drafts),
        "tareas": dict(health.tasks),
        "supervivencia": dict(health.checks),
        **_copies(office, now, hide),
    }


def _box(health: Health, account: str, envios: str) -> dict[str, Any]:
    box = health.box(account)
    return {
        "buzon": account,
        "ultima_revision": box.last_pass,
        "ultimo_recibido": box.last_received,
        "por_terminar": box.unfinished,
        "envios": envios,
        "por_enviar": box.sending,
        "espera_desde": box.oldest,
        "sin_copia": box.uncounted,
    }


def _row(each: Any) -> dict[str, Any]:
    names = {"task": "tarea", "account": "buzon", "folio": "folio", "draft": "borrador", "at": "desde"}
    return {names[key]: getattr(each, key) for key in each.__dataclass_fields__ if key in names}


def _copies(office: Office, now: datetime, hide: Any) -> dict[str, list[str]]:
    """What does not add up (P 5.65). A week: what people write by themselves is nothing to mend, only to be known."""
    desk, calendar = office.desk, office.desk.policy.calendar
    held = balance(desk.store.missing_copies(now), desk.store.foreign_copies(now - _WEEK), now)
    week = desk.store.facts(now - _WEEK, now)
    twice = set(balance_of(week, week.since, week.until).double)
    alone = uncounted(week, week.since, week.until, names_of(desk.policy.rules))
    return {
        "copias_faltantes": [f"{draft.folio} {draft.clase}" for draft in held.missing],
        "copias_dobles": [f"{mail.folio} {mail.clase}" for mail in week.mails if mail.message_id in twice],
        "enviados_sin_copia": [
            hide(f"{copy.sender} a {', '.join(copy.to)}, visto el {calendar.local(copy.seen_at):%d/%m/%Y %H:%M}")
            for copy in reversed(alone)
        ],
        "copias_ajenas": [hide(f"{copy.sender} a {', '.join(copy.to)}") for copy in held.outside],
    }


def lines(told: Mapping[str, Any], office: Office) -> Iterator[str]:
    """The same for eyes: a verdict for each question, then what there is to say about it."""
    local = office.desk.policy.calendar.local

    def at(instant: datetime | None) -> str:
        return f"{local(instant):%d/%m/%Y %H:%M}" if instant else "nunca"

    for question, answer in told["respuestas"].items():
        yield f"{'✓' if answer['bien'] else '⚠'} {QUESTIONS[Question(question)]} {sentence(answer['texto'])}"
    yield ""
    running = {True: "en marcha", False: "detenido", None: "no se sabe desde aquí"}[told["en_marcha"]]
    yield f"Servicio: {running}"
    if rules := told["reglas"]:
        refused = "; las que se guardaron después tienen faltas: vea «acuse check»" if rules["rechazadas"] else ""
        yield f"Reglas en vigor: n.º {rules['numero']} ({rules['reglas']}), desde el {at(rules['desde'])}{refused}"
    yield "Buzones:"
    for box in told["buzones"]:
        yield (
            f"  - {box['buzon']}: última revisión {at(box['ultima_revision'])}, último recibido "
            f"{at(box['ultimo_recibido'])}, envíos {box['envios']}, por enviar {box['por_enviar']}"
        )
    yield from _listed(
        "Alarmas", (f"{each['que']}: {each['detalle']} (desde el {at(each['desde'])})" for each in told["alarmas"])
    )
    yield from _listed(
        "Envíos inciertos", (f"{each['folio']} (desde el {at(each['desde'])})" for each in told["inciertos"]["lista"])
    )
    yield from _listed(
        "Tareas abandonadas",
        (
            f"{each['tarea']} en {each['buzon']}, {each['folio'] or 'sin folio'}: {each['error']}"
            for each in told["tareas_abandonadas"]["lista"]
        ),
    )
    yield from _listed(
        "Plazos",
        (
            f"{each['folio']} {each['estado']}: {'VENCIDO, ' if each['vencido'] else ''}actúa el {at(each['actua'])}"
            for each in told["plazos"]
        ),
    )
    for key in ("copias_faltantes", "copias_dobles", "enviados_sin_copia", "copias_ajenas"):
        yield from _listed(key.replace("_", " ").capitalize(), told[key])
    yield f"Por terminar: {told['por_terminar']}; cuarentena: {told['cuarentena']}"
    for key in ("peticiones", "borradores", "tareas", "supervivencia"):
        if told[key]:
            yield f"{key.capitalize()}:"
            yield from (f"  - {state}: {number}" for state, number in told[key].items())


def _listed(title: str, items: Iterable[str]) -> Iterator[str]:
    found = list(items)
    yield f"{title}: {len(found)}"
    yield from (f"  - {item}" for item in found)


def story(petition: Petition, office: Office) -> Iterator[str]:
    """A petition's facts, its terms with the days they skipped, and its history, each line with its numeral."""
    calendar = office.desk.policy.calendar
    tema = office.rules.tema(petition.topic)
    yield f"{petition.folio}  {petition.state}  ({petition.account})"
    yield f"  Asunto: {petition.subject}"
    captured = f"{petition.captured_on:%d/%m/%Y}"
    yield f"  Llegó: {calendar.local(petition.opened_at):%d/%m/%Y %H:%M}; se captura el {captured} (P 5.19)"
    yield f"  Tipo: {petition.type or '—'}; tema: {tema.nombre if tema else '—'}; destino: {petition.destination}"
    marks = [name for name, on in (("urgente", petition.urgent), ("sensible", petition.sensitive)) if on]
    yield f"  Falta: {', '.join(petition.missing) or 'nada'}" + (f"; {', '.join(marks)}" if marks else "")
    for term in petition.terms:
        yield f"  Plazo {term.name} ({term.numeral}): vence {calendar.local(term.due_at):%d/%m/%Y %H:%M}"
        yield from (f"    no cuenta {day:%d/%m/%Y}: {why}" for day, why in term.skipped)
    for entry in office.desk.store.story(petition.folio):
        numeral = f" ({entry.numeral})" if entry.numeral else ""
        yield f"  {calendar.local(entry.at):%d/%m/%Y %H:%M}  {entry.text}{numeral} — {entry.actor}"
