"""The morning mail: what the supervisor should know at opening, made from the store's facts and sent once a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from ..count.morning import morning
from ..model.figures import Facts
from ..model.masks import masked
from ..model.report import Chart, Report
from ..reply.informe import morning_mail, names_of
from ..reply.message import File
from .desk import Desk

JOB = "informe"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Draw = Callable[[Chart], bytes]
Book = Callable[[Report, datetime], bytes]
# Ten business days for the chart, whatever holidays lie among them.
_BACK = timedelta(days=24)
# A daemon that was away for long tells a month's count, and no longer one.
_FARTHEST = timedelta(days=31)


def tell_morning(desk: Desk, day: date, draw: Draw, book: Book) -> None:
    """Send each supervisor the morning's report. One mail, however many mornings the daemon was away."""
    to = readers(desk)
    if not to:
        return
    report = morning_report(desk, day)
    charts = [chart for section in report.sections for chart in section.charts]
    pictures = [
        File(f"{chart.key}.png", draw(chart), "image/png", f"{chart.key}.{day.isoformat()}@acuse") for chart in charts
    ]
    addresses = {chart.key: f"cid:{picture.cid}" for chart, picture in zip(charts, pictures, strict=True)}
    subject, text, html = morning_mail(report, desk.templates, addresses)
    opening = desk.policy.calendar.opens(day)
    files = (*pictures, File(f"informe_{day.isoformat()}.xlsx", book(report, opening), XLSX))
    for address in to:
        desk.tell_people(f"{JOB}/{day.isoformat()}", address, subject, text, html=html, files=files)


def readers(desk: Desk) -> tuple[str, ...]:
    """Whom the report goes to: the roles of the house, the supervisors that consultants have, and who else is named."""
    rules = desk.policy.rules
    supervisors = [each.supervisor for each in rules.consultores if each.supervisor]
    return tuple(sorted({*rules.casa.con_papel(*rules.informe.papeles), *supervisors, *rules.informe.tambien}))


def morning_report(desk: Desk, day: date) -> Report:
    """The report of this morning, its count told from the day of the last report on."""
    now, calendar, rules = desk.now(), desk.policy.calendar, desk.policy.rules
    facts: Facts = desk.store.facts(calendar.midnight(now - _BACK), now, rules.casa.encuesta)
    return morning(
        facts,
        _told_until(desk, day, now),
        now,
        calendar,
        names_of(rules),
        near=rules.informe.proximos,
        untouched=rules.informe.sin_tocar,
        quarantined=desk.store.quarantined(),
        own_days=rules.calendario.dias_propios,
        hide=lambda text: masked(text, rules.casa.de_casa),
    )


def _told_until(desk: Desk, day: date, now: datetime) -> datetime:
    """From when on copies have not been told yet: the last report's midnight, else that of the last business day."""
    calendar = desk.policy.calendar
    since = calendar.last_open(day)
    last = desk.store.mark(f"agenda:{JOB}")
    if last and date.fromisoformat(last) < day:
        since = min(since, date.fromisoformat(last))
    return calendar.midnight(calendar.opens(max(since, (now - _FARTHEST).date())))
