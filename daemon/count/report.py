"""`acuse report`: the office's figures of a time as tables (P 5.23, 5.48, 5.65), the same for the same facts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from statistics import median

from ..model.dates import long_day
from ..model.figures import Facts, MailFact, TermFact, Verdict
from ..model.petition import State
from ..model.report import BusinessCalendar, Cell, Chart, Names, Report, Section, Table
from . import balance_of, uncounted
from .lives import Life, Request, lives
from .terms import verdicts
from .words import moment, short_day, veiled

NOBODY, UNKNOWN = "sin asignar", "no se sabe"
_THREE = (("recibidas", "Recibidas"), ("contestadas", "Contestadas"), ("pendientes", "Pendientes"))
_REQUESTS = {
    Request.COMPLETA: "contestó y quedó completa",
    Request.PARCIAL: "contestó en parte; falta algo todavía",
    Request.EN_ESPERA: "en espera de la persona",
    Request.CONCLUSION: "sin respuesta: concluida por desinterés (a78)",
    Request.OTRA: "terminó de otro modo",
}


def report(facts: Facts, calendar: BusinessCalendar, names: Names) -> Report:
    """All figures of the time of `facts`, as they stood at its end. `facts.until` should be no later than now."""
    counting = [life for life in lives(facts) if names.counts(life.petition.account)]
    first, last = calendar.local(facts.since).date(), calendar.local(facts.until - timedelta(microseconds=1)).date()
    title = f"Informe del {long_day(first)}" if first == last else f"Informe del {long_day(first)} al {long_day(last)}"
    return Report(
        title,
        (
            _summary(facts, counting, calendar),
            _groups(facts, counting, names),
            _times(facts, counting, calendar),
            _requests(facts, counting),
            _terms(facts, counting, names),
            copies(facts, facts.since, facts.until, calendar, names),
            _registration(facts, counting, calendar),
        ),
    )


def within(facts: Facts, at: datetime | None) -> bool:
    """Whether an instant lies in the time of the facts."""
    return at is not None and facts.since <= at < facts.until


def received(facts: Facts, life: Life) -> bool:
    return within(facts, life.petition.opened_at)


def replied(facts: Facts, life: Life) -> bool:
    return within(facts, life.replied_at)


def closed(facts: Facts, life: Life) -> bool:
    return any(within(facts, at) for at in life.closed_at)


def _summary(facts: Facts, all_lives: Sequence[Life], calendar: BusinessCalendar) -> Section:
    surveys = sum(mail.survey and within(facts, mail.sent_at) for mail in facts.mails)
    lost = State.CONCLUIDA_DESINTERES
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Recibidas", sum(received(facts, life) for life in all_lives)),
        ("Contestadas por primera vez", sum(replied(facts, life) for life in all_lives)),
        ("Concluidas", sum(closed(facts, life) for life in all_lives)),
        ("de ellas, por desinterés o falta de información (a78)", sum(
            closed(facts, life) and life.state is lost for life in all_lives)),
        ("Reabiertas", sum(any(within(facts, at) for at in life.reopened_at) for life in all_lives)),
        ("Pendientes al final", sum(life.open for life in all_lives)),
        ("de ellas, urgentes", sum(life.open and life.petition.urgent for life in all_lives)),
        ("Ligas a la encuesta enviadas (5.68)", surveys),
    )  # fmt: skip
    table = Table("totales", "En total", (("cifra", "Cifra"), ("numero", "Número")), rows)
    return Section("resumen", "Resumen", "P 5.23, 5.48", (table,), charts=(days_chart(facts, all_lives, calendar),))


def days_chart(
    facts: Facts, all_lives: Iterable[Life], calendar: BusinessCalendar, before: date | None = None
) -> Chart:
    """What came, was answered and was closed on each of the last ten business days of the facts, or of those before."""
    counts: dict[str, Counter[date]] = {"Recibidas": Counter(), "Contestadas": Counter(), "Concluidas": Counter()}
    for life in all_lives:
        ends: dict[str, Sequence[datetime | None]] = {
            "Recibidas": [life.petition.opened_at],
            "Contestadas": [life.replied_at],
            "Concluidas": life.closed_at,
        }
        for name, instants in ends.items():
            counts[name].update(calendar.local(at).date() for at in instants if at and within(facts, at))
    days = [day for day in days_of(facts, calendar) if calendar.why_closed(day) is None]
    days = [day for day in days if before is None or day < before][-10:]
    labels = tuple(f"{day.day}/{day.month}" for day in days)
    series = tuple((name, tuple(found[day] for day in days)) for name, found in counts.items())
    told = "; ".join(f"{name.lower()} {', '.join(map(str, numbers))}" for name, numbers in series)
    span = f"del {short_day(days[0])} al {short_day(days[-1])}" if days else "sin días hábiles"
    return Chart("por_dia", "Lo que llegó y lo que salió", f"Barras por día hábil, {span}: {told}.", labels, series)


def days_of(facts: Facts, calendar: BusinessCalendar) -> list[date]:
    """The days of the facts on the office's clock."""
    day, last = calendar.local(facts.since).date(), calendar.local(facts.until - timedelta(microseconds=1)).date()
    return [day + timedelta(days=number) for number in range((last - day).days + 1)]


def _groups(facts: Facts, all_lives: Sequence[Life], names: Names) -> Section:
    def table(key: str, title: str, name: Callable[[Life], str]) -> Table:
        rows: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for life in all_lives:
            told = (received(facts, life), replied(facts, life), life.open)
            if any(told):
                row = rows[name(life)]
                row[:] = [count + bool(more) for count, more in zip(row, told, strict=True)]
        ordered = sorted(rows.items(), key=lambda item: (-item[1][0], -item[1][2], item[0]))
        return Table(key, title, ((key, title), *_THREE), tuple((said, *numbers) for said, numbers in ordered))

    return Section(
        "grupos",
        "De qué tratan y quién las atiende",
        "P 5.10, 5.23, 5.48",
        (
            table("tipo", "Tipo", lambda life: names.types.get(life.petition.type or "", "sin clasificar")),
            table("tema", "Tema", lambda life: names.topic(life.petition.topic or "") or "sin tema"),
            table(
                "consultor",
                "Consultor",
                lambda life: names.person(life.petition.consultor) if life.petition.consultor else NOBODY,
            ),
            table("ooad", "OOAD", lambda life: life.petition.ooad or UNKNOWN),
            table("buzon", "Buzón", lambda life: life.petition.account),
        ),
    )


def _times(facts: Facts, all_lives: Sequence[Life], calendar: BusinessCalendar) -> Section:
    def hours(life: Life, until: datetime | None) -> float:
        assert until is not None
        return calendar.worked(life.petition.opened_at, until, life.petition.ooad).total_seconds() / 3600

    first = [hours(life, life.replied_at) for life in all_lives if replied(facts, life)]
    to_close = [
        hours(life, life.closed_at[-1])
        for life in all_lives
        if life.closed_at and within(facts, life.closed_at[-1]) and not life.open
    ]
    columns = (
        ("tiempo", "Tiempo"),
        ("peticiones", "Peticiones"),
        ("mediana", "Mediana"),
        ("nueve_de_diez", "9 de cada 10"),
        ("maximo", "Máximo"),
    )
    rows = (_spread("Hasta la primera respuesta", first), _spread("Hasta la conclusión", to_close))
    table = Table("tiempos", "En horas hábiles", columns, rows)
    text = "Horas en que la oficina estuvo abierta entre la llegada y la respuesta o la conclusión."
    return Section("tiempos", "Tiempos de atención", "P 5.23, 5.48", (table,), text)


def _spread(name: str, hours: list[float]) -> tuple[Cell, ...]:
    if not hours:
        return name, 0, None, None, None
    ordered = sorted(hours)
    ninth = ordered[max(0, -(-len(ordered) * 9 // 10) - 1)]
    return name, len(hours), round(median(ordered), 1), round(ninth, 1), round(ordered[-1], 1)


def _requests(facts: Facts, all_lives: Sequence[Life]) -> Section:
    came = Counter(life.request for life in all_lives if within(facts, life.asked_at))
    rows = tuple((said, came[request]) for request, said in _REQUESTS.items())
    columns = (("resultado", "Cómo terminaron"), ("solicitudes", "Solicitudes"))
    return Section(
        "solicitudes",
        "Solicitudes de datos complementarios",
        "P a75–a78",
        (Table("solicitudes", "Solicitudes enviadas", columns, rows),),
    )


def _terms(facts: Facts, all_lives: Sequence[Life], names: Names) -> Section:
    shown = {life.petition.folio for life in all_lives}
    found: dict[str, Counter[Verdict]] = defaultdict(Counter)
    misses: list[tuple[TermFact, Verdict]] = []
    for term, verdict in verdicts(facts, facts.until):
        over = within(facts, term.due_at) or within(facts, term.ended_at) or term.ended_at is None
        if term.folio not in shown or not over:
            continue
        found[term.name][verdict] += 1
        if verdict in (Verdict.TARDE_SERVICIO, Verdict.TARDE_SERVIDOR):
            misses.append((term, verdict))
    columns = (
        ("plazo", "Plazo"),
        ("cumplidos", "Cumplidos"),
        ("corren", "Corren"),
        ("persona", "Esperan a una persona"),
        ("area", "Esperan al área"),
        ("servidor", "Tarde: servidor"),
        ("servicio", "Tarde: acuse"),
        ("sin_plazo", "Sin plazo normado"),
    )
    order = (
        Verdict.CUMPLIDO,
        Verdict.CORRE,
        Verdict.ESPERA_PERSONA,
        Verdict.ESPERA_AREA,
        Verdict.TARDE_SERVIDOR,
        Verdict.TARDE_SERVICIO,
        Verdict.SIN_PLAZO,
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (said(name, names), *(found[name][verdict] for verdict in order)) for name in sorted(found, key=names.term)
    )
    late: tuple[tuple[Cell, ...], ...] = tuple(
        (term.folio, names.term(term.name), "servidor de correo" if v is Verdict.TARDE_SERVIDOR else "acuse")
        for term, v in misses
    )
    tables = [Table("plazos", "Plazos cumplidos y vencidos", columns, rows, limit=30)]
    if late:
        who = (("folio", "Folio"), ("plazo", "Plazo"), ("causa", "Por causa de"))
        tables.append(Table("tarde", "Vencidos sin que nadie lo debiera", who, late, tone="rojo"))
    text = (
        "Un plazo cuenta como tardío de acuse solo si acuse mismo actuó tarde; si un borrador esperaba a que alguien "
        "lo revisara, espera a una persona; si vence sin que conteste el área, espera al área."
    )
    return Section("plazos", "Plazos", "P a77, a78, a84, a91", tuple(tables), text)


def said(name: str, names: Names) -> str:
    """A term by its name, with «plazo propio, no normado» where it is none of the procedure's."""
    norm = names.norm(name)
    return f"{names.term(name)} ({norm})" if norm else names.term(name)


def copies(facts: Facts, since: datetime, until: datetime, calendar: BusinessCalendar, names: Names) -> Section:
    """The count of blind copies (P 5.65) from `since` to before `until`, by day and consultant, differences by name."""
    held = balance_of(facts, since, until)
    by_hand = uncounted(facts, since, until, names)
    by_id = {mail.message_id: mail for mail in facts.mails}
    lacking = {mail.id for mail in held.missing}
    left = ((mail.sent_at, mail) for mail in facts.mails if mail.sent_at and since <= mail.sent_at < until)
    sent = [mail for _, mail in sorted(left, key=lambda each: (each[0], each[1].id))]

    def table(key: str, title: str, name: Callable[[MailFact], str]) -> Table:
        rows: dict[str, list[int]] = {}
        for mail in sent:
            if mail.state.sent:
                row = rows.setdefault(name(mail), [0, 0])
                row[0] += 1
                row[1] += mail.id in lacking
        columns = ((key, title), ("enviados", "Enviados"), ("sin_copia", "Sin copia"))
        return Table(key, title, columns, tuple((said, *row) for said, row in rows.items()))

    def day(mail: MailFact) -> str:
        assert mail.sent_at is not None
        return f"{calendar.local(mail.sent_at).date():%d/%m/%Y}"

    columns = (("diferencia", "Diferencia"), ("correo", "Correo"), ("cuando", "Cuándo"))
    differences: list[tuple[Cell, ...]] = [
        ("sin copia", f"{mail.folio}: {names.clases.get(mail.clase, mail.clase)}", _when(mail.sent_at, calendar))
        for mail in held.missing
    ]
    doubled = [by_id[message_id] for message_id in held.double]
    differences += [
        ("contado más de una vez", f"{mail.folio}: {names.clases.get(mail.clase, mail.clase)}",
         _when(mail.sent_at, calendar))
        for mail in doubled
    ]  # fmt: skip
    differences += [
        ("fuera de acuse, contado", f"de {names.person(copy.sender)} a {_to(copy.to)}", _when(copy.seen_at, calendar))
        for copy in held.outside
    ]
    differences += [
        ("fuera de acuse, sin copia", f"de {names.person(copy.sender)} a {_to(copy.to)}", _when(copy.seen_at, calendar))
        for copy in by_hand
    ]
    totals: tuple[tuple[Cell, ...], ...] = (
        ("Correos enviados por acuse o desde un borrador suyo", held.sent),
        ("Contados con su copia oculta", held.counted),
        ("Sin copia", len(held.missing)),
        ("Contados más de una vez", len(held.double)),
        ("Escritos fuera de acuse, con copia", len(held.outside)),
        ("Escritos fuera de acuse, sin copia", len(by_hand)),
    )
    tables = [Table("conteo", "En total", (("cifra", "Cifra"), ("numero", "Número")), totals)]
    if differences:
        tone = "rojo" if held.missing or by_hand or doubled else "gris"
        tables.append(Table("diferencias", "Diferencias, una por una", columns, tuple(differences), tone=tone))
    tables.append(table("dia", "Día", day))
    tables.append(
        table("consultor", "Consultor", lambda mail: names.person(mail.consultor) if mail.consultor else NOBODY)
    )
    even = held.even and not by_hand
    text = "El conteo cuadra: cada correo tiene su copia, una sola vez." if even else "El conteo no cuadra."
    return Section("conteo", "Copias de conteo", "P 5.65", tuple(tables), text if held.sent or not even else "")


def _to(addresses: Sequence[str]) -> str:
    return ", ".join(map(veiled, addresses[:2])) + (" y más" if len(addresses) > 2 else "")


def _when(at: datetime | None, calendar: BusinessCalendar) -> str:
    return moment(calendar.local(at)) if at else "—"


def _registration(facts: Facts, all_lives: Sequence[Life], calendar: BusinessCalendar) -> Section:
    """How long after its capture day a petition reached SIADE (P 5.19), and how far the folios are."""
    due = [life.petition for life in all_lives if within(facts, life.petition.registered_at)]
    lags = Counter(
        calendar.business_days(each.captured_on, calendar.local(_at(each.registered_at)).date()) for each in due
    )
    rows: list[tuple[Cell, ...]] = [
        ("El mismo día de su captura (5.19)", lags[0]),
        ("Un día hábil después", lags[1]),
        ("Más tarde", sum(number for lag, number in lags.items() if lag > 1)),
    ]
    waiting = [record for record in facts.records if record.exported_at is None]
    gone = [record for record in facts.records if record.exported_at is not None]
    to_batch = [calendar.worked(r.created_at, _at(r.exported_at)).total_seconds() / 3600 for r in gone]
    rows += [
        ("Movimientos sin exportar a SIADE", len(waiting)),
        ("Horas hábiles de la decisión a la exportación (mediana)", round(median(to_batch), 1) if to_batch else None),
        ("Registradas que siguen sin folio", sum(p.siade is None for p in due)),
    ]
    table = Table("registro", "Registro en SIADE", (("cifra", "Cifra"), ("numero", "Número")), tuple(rows))
    return Section("registro", "Registro en SIADE", "P 5.15, 5.19, 5.21", (table,))


def _at(instant: datetime | None) -> datetime:
    assert instant is not None
    return instant
