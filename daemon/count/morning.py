"""What the supervisor should know at opening: terms, what waits for whom, yesterday's count, alarms, SIADE."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from ..model.dates import long_day
from ..model.figures import AlarmFact, Facts, MailFact, TermFact, Verdict
from ..model.ledger import Quarantined
from ..model.petition import State
from ..model.report import BusinessCalendar, Cell, Chart, Names, Report, Section, Table, Tile
from ..model.rules import DiaPropio
from . import report as period
from .lives import Life, lives
from .terms import verdicts
from .words import counted, moment, short_day

# The procedure sets these no term: they are shown from the fifth business day on (a65, a71, a73).
WITHOUT_TERM = {
    State.ESPERA_ACLARACION: "P a65",
    State.ESPERA_SUPERVISOR: "P a71",
    State.ESPERA_CONSULTA_NORMATIVA: "P a73",
}
_SHOWN_FROM = 5
_OVERDUE = (Verdict.ESPERA_PERSONA, Verdict.ESPERA_AREA, Verdict.TARDE_SERVIDOR, Verdict.TARDE_SERVICIO)
_LATE = {Verdict.TARDE_SERVIDOR: "el servidor de correo", Verdict.TARDE_SERVICIO: "acuse"}
_AREAS = (State.REGISTRADA_TURNADA, State.ESPERA_ORGANO_NORMATIVO)
_TERMS = (("folio", "Folio"), ("plazo", "Plazo"), ("vence", "Vence"), ("espera", "Espera a"))
_QUARANTINE = {
    "ilegible": "no se pudo leer",
    "sospechoso": "parece suplantación",
    "intentos_agotados": "se intentó varias veces sin lograrlo",
}


def morning(
    facts: Facts,
    since: datetime,
    now: datetime,
    calendar: BusinessCalendar,
    names: Names,
    *,
    near: int = 2,
    untouched: int = 1,
    quarantined: Sequence[Quarantined] = (),
    own_days: Sequence[DiaPropio] = (),
    hide: Callable[[str], str] = str,
) -> Report:
    """The morning's report at `now`. `since` is from when on the count is told (the last report), to the last midnight.

    `near` is how many business days ahead a term counts as near, `untouched` after how many a draft counts as left
    lying; `hide` takes identifiers out of texts that others wrote.
    """
    today = calendar.local(now).date()
    alive = [life for life in lives(facts) if life.open]
    sections = (
        _light(facts, alive, calendar, names, now, near),
        _waiting(facts, alive, calendar, names),
        _untouched(facts, calendar, names, now, untouched),
        _counted(facts, since, calendar, names, now),
        _alarms(facts.alarms, calendar, now, hide),
        _siade(facts, alive, calendar),
        _quarantine(quarantined, calendar),
        _next_year(own_days, today),
    )
    return Report(f"Informe del {long_day(today)}", tuple(section for section in sections if section))


# --- the traffic light -----------------------------------------------------------------------------------------------


def _light(
    facts: Facts, alive: Sequence[Life], calendar: BusinessCalendar, names: Names, now: datetime, near: int
) -> Section:
    today = calendar.local(now).date()
    soon = calendar.advance(today, near)[0]
    by_folio = {life.petition.folio: life for life in alive}
    over: dict[tuple[str, str], tuple[datetime, tuple[Cell, ...]]] = {}
    due_today: list[tuple[datetime, tuple[Cell, ...]]] = []
    next_days: list[tuple[datetime, tuple[Cell, ...]]] = []
    for term, verdict in verdicts(facts, now):
        life = by_folio.get(term.folio)
        if life is None or term.at_due == "nada":
            continue
        row = _term_row(term, verdict, life, facts, calendar, names)
        if _is_over(term, verdict, life, facts, now):
            over.setdefault((term.folio, term.name), (term.due_at, row))
        elif term.ended_at is None:
            day = calendar.local(term.due_at).date()
            if day <= today:
                due_today.append((term.due_at, row))
            elif day <= soon:
                next_days.append((term.due_at, row))
    free = _without_term(alive, calendar, names, now)
    groups = (
        ("vencidos", "Vencidos", "rojo", [row for _, row in sorted(over.values())]),
        ("hoy", "Vencen hoy", "ambar", [row for _, row in sorted(due_today)]),
        ("proximos", "Próximos", "verde", [row for _, row in sorted(next_days)]),
    )
    tiles = (
        *(Tile(len(rows), title, tone if rows or tone == "verde" else "gris") for _, title, tone, rows in groups),
        Tile(len(free), "Sin plazo", "gris"),
    )
    tables = [Table(key, title, _TERMS, tuple(rows), tone=tone) for key, title, tone, rows in groups if rows]
    if free:
        columns = (("folio", "Folio"), ("que", "Qué espera"), ("desde", "Sin plazo normado desde"), ("quien", "Quién"))
        tables.append(Table("sin_plazo", "Sin plazo normado", columns, tuple(free), tone="gris"))
    return Section("semaforo", "Semáforo de plazos", "P a65, a71–a78, a84, a91", tuple(tables), tiles=tiles)


def _is_over(term: TermFact, verdict: Verdict, life: Life, facts: Facts, now: datetime) -> bool:
    """Whether this term is past and what it asked for is still to be done."""
    if term.ended_at is None:
        return term.due_at < now
    if verdict is Verdict.ESPERA_AREA:
        return life.state in _AREAS
    return verdict in _OVERDUE and (_lying(term, facts) or life.state is State.REVISION_CONSULTOR)


def _lying(term: TermFact, facts: Facts) -> bool:
    return any(mail.folio == term.folio and mail.waiting for mail in facts.mails)


def _term_row(
    term: TermFact, verdict: Verdict, life: Life, facts: Facts, calendar: BusinessCalendar, names: Names
) -> tuple[Cell, ...]:
    who = names.person(life.petition.consultor) if life.petition.consultor else "quien la tome"
    waits = _LATE.get(verdict, "")
    if not waits:
        waits = who if _lying(term, facts) or verdict is Verdict.ESPERA_PERSONA else _awaited(term, life, who)
    return term.folio, period.said(term.name, names), short_day(calendar.local(term.due_at).date()), waits


def _awaited(term: TermFact, life: Life, who: str) -> str:
    if life.state in _AREAS and term.at_due == "tarea":
        return f"el área; sigue {who}"
    if term.name == "acuse_sin_folio":
        return "el folio de SIADE"
    return "la persona" if life.state in (State.ESPERA_DATOS_1, State.ESPERA_DATOS_2) else who


def _without_term(
    alive: Sequence[Life], calendar: BusinessCalendar, names: Names, now: datetime
) -> list[tuple[Cell, ...]]:
    rows = []
    for life in alive:
        if life.state not in WITHOUT_TERM:
            continue
        day = calendar.local(life.since).date()
        if calendar.advance(day, _SHOWN_FROM, life.petition.ooad)[0] <= calendar.local(now).date():
            who = names.person(life.petition.consultor) if life.petition.consultor else period.NOBODY
            what = f"{names.states[life.state]} ({WITHOUT_TERM[life.state]})"
            rows.append((day, (life.petition.folio, what, short_day(day), who)))
    return [row for _, row in sorted(rows)]


# --- what waits for whom ---------------------------------------------------------------------------------------------


def _waiting(facts: Facts, alive: Sequence[Life], calendar: BusinessCalendar, names: Names) -> Section | None:
    whose = {life.petition.folio: life.petition.consultor for life in alive}
    opened: dict[str, int] = defaultdict(int)
    drafts: dict[str, list[MailFact]] = defaultdict(list)
    urgent: dict[str, int] = defaultdict(int)
    for life in alive:
        name = names.person(life.petition.consultor) if life.petition.consultor else period.NOBODY
        opened[name] += 1
        urgent[name] += life.petition.urgent
    for mail in facts.mails:
        if mail.waiting:
            address = whose.get(mail.folio) or mail.consultor
            drafts[names.person(address) if address else period.NOBODY].append(mail)
    everyone = sorted({*opened, *drafts}, key=lambda name: (-len(drafts[name]), -opened[name], name))
    if not everyone:
        return None
    rows: list[tuple[Cell, ...]] = []
    for name in everyone:
        oldest = min((_laid(mail) for mail in drafts[name]), default=None)
        waits = short_day(calendar.local(oldest).date()) if oldest else None
        rows.append((name, opened[name], urgent[name] or None, len(drafts[name]), waits))
    columns = (
        ("consultor", "Consultor"),
        ("abiertas", "Abiertas"),
        ("urgentes", "Urgentes"),
        ("borradores", "Por revisar"),
        ("mas_antiguo", "El más antiguo"),
    )
    table = Table("por_consultor", "Por consultor", columns, tuple(rows), limit=40)
    labels = tuple(everyone[:12])
    series = (
        ("Abiertas", tuple(opened[name] for name in labels)),
        ("Por revisar", tuple(len(drafts[name]) for name in labels)),
    )
    told = "; ".join(
        f"{name}: {counted(opened[name], 'abierta', 'abiertas')}, {len(drafts[name])} por revisar" for name in labels
    )
    alt = f"Barras por consultor. {told}."
    chart = Chart("por_consultor", "Qué tiene cada quien", alt, labels, series, lying=True)
    return Section("esperan", "Qué espera a quién", "P 5.66, a66", (table,), charts=(chart,))


def _laid(mail: MailFact) -> datetime:
    return mail.laid_at or mail.created_at


def _untouched(facts: Facts, calendar: BusinessCalendar, names: Names, now: datetime, days: int) -> Section | None:
    today = calendar.local(now).date()
    whose = {each.folio: each.consultor for each in facts.petitions}
    rows: list[tuple[Cell, ...]] = []
    for mail in sorted((mail for mail in facts.mails if mail.waiting), key=lambda mail: (_laid(mail), mail.id)):
        laid = calendar.local(_laid(mail)).date()
        if calendar.advance(laid, days)[0] <= today:
            address = whose.get(mail.folio) or mail.consultor
            who = names.person(address) if address else period.NOBODY
            rows.append((mail.folio, names.clases.get(mail.clase, mail.clase), short_day(laid), who))
    if not rows:
        return None
    columns = (("folio", "Folio"), ("borrador", "Borrador"), ("desde", "Desde"), ("quien", "Lo tiene"))
    table = Table("sin_tocar", "Borradores sin atender", columns, tuple(rows), tone="ambar")
    lie = counted(len(rows), "borrador lleva", "borradores llevan")
    text = f"{lie} un día hábil o más sin que nadie {'lo' if len(rows) == 1 else 'los'} toque."
    return Section("sin_tocar", "Borradores que nadie tocó", "P a66", (table,), text)


# --- yesterday, alarms, SIADE ----------------------------------------------------------------------------------------


def _counted(facts: Facts, since: datetime, calendar: BusinessCalendar, names: Names, now: datetime) -> Section:
    until = calendar.midnight(now)
    found = period.copies(facts, since, until, calendar, names)
    first, last = calendar.local(since).date(), calendar.local(until - timedelta(hours=1)).date()
    span = f"{short_day(first)}" if first == last else f"{short_day(first)} al {short_day(last)}"
    tables = tuple(table for table in found.tables if table.key in ("conteo", "diferencias"))
    every = [life for life in lives(facts) if names.counts(life.petition.account)]
    chart = period.days_chart(facts, every, calendar, before=calendar.local(now).date())
    return Section("conteo", f"Conteo del {span}", found.numeral, tables, found.text or "No salió ningún correo.",
                   charts=(chart,))  # fmt: skip


def _alarms(
    alarms: Sequence[AlarmFact], calendar: BusinessCalendar, now: datetime, hide: Callable[[str], str]
) -> Section | None:
    lately = [alarm for alarm in alarms if alarm.until is None or alarm.until >= now - timedelta(days=1)]
    if not lately:
        return None
    rows: list[tuple[Cell, ...]] = [
        (
            _sentence(hide(alarm.text)),
            f"desde {moment(calendar.local(alarm.since))}",
            "sigue" if alarm.until is None else f"hasta {moment(calendar.local(alarm.until))}",
        )
        for alarm in sorted(lately, key=lambda alarm: (alarm.until is not None, alarm.since))
    ]
    columns = (("alarma", "Alarma"), ("desde", "Desde"), ("hasta", "Sigue"))
    on = any(alarm.until is None for alarm in lately)
    table = Table("alarmas", "Alarmas", columns, tuple(rows), tone="rojo" if on else "ambar")
    return Section("alarmas", "Alarmas de ahora y del último día", "", (table,))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _siade(facts: Facts, alive: Sequence[Life], calendar: BusinessCalendar) -> Section:
    waiting = [record for record in facts.records if record.exported_at is None]
    without = [life.petition for life in alive if life.petition.registered_at and not life.petition.siade]
    oldest = min((record.created_at for record in waiting), default=None)
    since = f" (desde {moment(calendar.local(oldest))})" if oldest else ""
    rows: list[tuple[Cell, ...]] = [
        (f"Movimientos sin exportar{since}", len(waiting)),
        ("Registradas que siguen sin folio", len(without)),
    ]
    tables = [Table("siade", "SIADE", (("cifra", "Cifra"), ("numero", "Número")), tuple(rows))]
    if without:
        listed: tuple[tuple[Cell, ...], ...] = tuple(
            (each.folio, moment(calendar.local(each.registered_at)))
            for each in sorted(without, key=lambda each: (each.opened_at, each.folio))
            if each.registered_at
        )
        columns = (("folio", "Referencia"), ("registrada", "Se entregó"))
        tables.append(Table("sin_folio", "Sin folio de SIADE", columns, listed, tone="ambar", limit=8))
    text = ""
    if facts.contingencia:
        text = (
            "SIADE está en contingencia: lo que falta se registra el siguiente día hábil o en cuanto se resuelva "
            "(5.21)."
        )
    return Section("siade", "SIADE", "P 5.15, 5.19, 5.21", tuple(tables), text)


def _quarantine(quarantined: Sequence[Quarantined], calendar: BusinessCalendar) -> Section | None:
    if not quarantined:
        return None
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            f"N.º {each.number}",
            each.delivery.account,
            _QUARANTINE.get(each.reason, each.reason),
            moment(calendar.local(each.since)),
        )
        for each in quarantined
    )
    columns = (("numero", "Número"), ("buzon", "Buzón"), ("motivo", "Motivo"), ("desde", "Desde"))
    return Section(
        "cuarentena",
        "Correos que no se pudieron procesar",
        "",
        (Table("cuarentena", "Cuarentena", columns, rows, tone="ambar"),),
        "Siguen en su buzón; alguien debe leerlos. Mientras tanto nada se concluye solo si pudieran ser la respuesta.",
    )


def _next_year(own_days: Sequence[DiaPropio], today: date) -> Section | None:
    """In November and December: the institution's own days that the calendar lacks for the next year."""
    year = today.year + 1
    if today.month < 11 or any(day.fecha and day.fecha.year == year for day in own_days):
        return None
    yearly = [day.nombre for day in own_days if not day.fecha]
    known = f"Se repiten cada año: {', '.join(yearly)}. " if yearly else ""
    text = (
        f"El calendario todavía no tiene los días inhábiles propios de {year} (Semana Santa, fin de año y los que fije "
        f"la institución). {known}Pida a quien administra las reglas que los anote en «dias_propios» de "
        "calendario.yaml: sin ellos, los plazos de esos días saldrían mal."
    )
    return Section("dias", f"Faltan los días inhábiles de {year}", "", (), text)
