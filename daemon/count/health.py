"""The four questions about an installation: is mail coming in, is mail going out, is something stuck, is it late?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from ..model.health import Health
from ..model.report import BusinessCalendar
from .alarms import kind_of, word_of
from .words import counted, moment

# What waits to leave or to act longer than this is held up by something.
HELD_UP = timedelta(minutes=15)


class Question(StrEnum):
    """The key of a question, for programs; people read its words in QUESTIONS."""

    ENTRA = "entra"
    SALE = "sale"
    ATORADO = "atorado"
    VENCE = "vence"


QUESTIONS = {
    Question.ENTRA: "¿Entra el correo?",
    Question.SALE: "¿Sale el correo?",
    Question.ATORADO: "¿Hay algo atorado?",
    Question.VENCE: "¿Algo vence?",
}
# Which question an alarm belongs to; any other tells that something is stuck.
_OF = {
    "acceso": Question.ENTRA,
    "buzon": Question.ENTRA,
    "silencio": Question.ENTRA,
    "envio": Question.SALE,
    "bcc": Question.SALE,
    "incierto": Question.SALE,
    "copias": Question.SALE,
    "riesgo": Question.VENCE,
    "plazo": Question.VENCE,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one question comes to: whether all is well, and why in a sentence."""

    question: Question
    well: bool
    text: str


def question_of(key: str) -> Question:
    """The question that an alarm's key belongs to."""
    return _OF.get(word_of(key), Question.ATORADO)


def answers(
    health: Health,
    accounts: Sequence[str],
    envios: Mapping[str, str],
    running: bool | None,
    calendar: BusinessCalendar,
    silence: timedelta,
) -> tuple[Answer, ...]:
    """The four answers, in their order. `envios` says what each account may send; `running` whether a daemon is at work
    (None: nobody can tell from here)."""
    bad = {
        Question.ENTRA: _in(health, accounts, running, calendar, silence),
        Question.SALE: _out(health, accounts, envios),
        Question.ATORADO: _stuck(health),
        Question.VENCE: _due(health, calendar),
    }
    # As in the mail that tells of them: one line for each kind, and how many.
    for kind, number in Counter(word_of(alarm.key) for alarm in health.alarms).items():
        bad[question_of(kind)].append(kind_of(kind).title + (f" ({number})" if number > 1 else ""))
    well = {
        Question.ENTRA: _all_read(health, accounts, calendar),
        Question.SALE: _all_sent(health, accounts, envios),
        Question.ATORADO: "No.",
        Question.VENCE: _next(health, calendar),
    }
    return tuple(
        Answer(question, not reasons, "; ".join(dict.fromkeys(map(_lower, reasons))) if reasons else well[question])
        for question, reasons in bad.items()
    )


def _in(
    health: Health, accounts: Sequence[str], running: bool | None, calendar: BusinessCalendar, silence: timedelta
) -> list[str]:
    found = ["el servicio no está en marcha: nadie lee los buzones"] if running is False else []
    for account in accounts:
        last = health.box(account).last_pass
        if last is None:
            found.append(f"{account} no se ha leído nunca por completo")
        elif health.at - last > silence:
            found.append(f"{account} no se lee por completo desde el {moment(calendar.local(last))}")
    return found


def _all_read(health: Health, accounts: Sequence[str], calendar: BusinessCalendar) -> str:
    passes = [last for account in accounts if (last := health.box(account).last_pass)]
    came = [last for account in accounts if (last := health.box(account).last_received)]
    read = f"Sí: {counted(len(accounts), 'buzón leído', 'buzones leídos')} por completo"
    read += f" desde las {calendar.local(min(passes)):%H:%M}" if passes else ""
    return read + (f"; lo último llegó el {moment(calendar.local(max(came)))}." if came else "; todavía no llega nada.")


def _out(health: Health, accounts: Sequence[str], envios: Mapping[str, str]) -> list[str]:
    found = []
    for account in accounts:
        box = health.box(account)
        late = box.oldest is not None and health.at - box.oldest > HELD_UP and envios.get(account) != "detenidos"
        if late:
            found.append(f"{counted(box.sending, 'correo espera', 'correos esperan')} salir de {account}")
    if health.uncertain:
        found.append(f"de {counted(health.uncertain, 'correo', 'correos')} no se sabe si salió")
    return found


def _all_sent(health: Health, accounts: Sequence[str], envios: Mapping[str, str]) -> str:
    waiting = sum(health.box(account).sending for account in accounts)
    stopped = [account for account in accounts if envios.get(account) == "detenidos"]
    shadow = [account for account in accounts if envios.get(account) == "solo_borradores"]
    if stopped:
        which = "todo" if len(stopped) == len(accounts) else ", ".join(stopped)
        return f"Detenido a propósito ({which}): {counted(waiting, 'correo espera', 'correos esperan')}."
    if shadow:
        which = "" if len(shadow) == len(accounts) else f" en {', '.join(shadow)}"
        return f"Solo lo que una persona aprueba{which} (envios = solo_borradores)."
    return f"Sí: {counted(waiting, 'correo espera', 'correos esperan')} su turno." if waiting else "Sí: nada espera."


def _stuck(health: Health) -> list[str]:
    found = []
    if health.quarantine:
        found.append(f"{counted(health.quarantine, 'mensaje', 'mensajes')} en cuarentena")
    if health.failed:
        found.append(counted(health.failed, "tarea abandonada", "tareas abandonadas"))
    if health.contingencia:
        found.append("SIADE está en contingencia")
    return found


def _due(health: Health, calendar: BusinessCalendar) -> list[str]:
    if not health.overdue or not health.terms or health.at - health.terms[0].acts_at <= HELD_UP:
        return []
    since = moment(calendar.local(health.terms[0].acts_at))
    return [f"{counted(health.overdue, 'plazo vencido', 'plazos vencidos')} sin atender, el primero del {since}"]


def _next(health: Health, calendar: BusinessCalendar) -> str:
    soon = [term for term in health.terms if term.acts_at > health.at]
    if not soon:
        return "Ningún plazo corre."
    return f"Nada vencido; el próximo plazo, el {moment(calendar.local(soon[0].acts_at))} ({soon[0].folio})."


def _lower(text: str) -> str:
    """A title inside a sentence; acronyms stay as they are."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
