"""The report of a lively office as people get it: whole, the same every time, and without anybody's data."""

from __future__ import annotations

import re
import zipfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from daemon.count.morning import morning
from daemon.count.report import report
from daemon.decide.calendar import OfficeCalendar
from daemon.edge.charts import draw
from daemon.edge.spreadsheets import report_book
from daemon.edge.templatefiles import load_templates
from daemon.model.masks import masked
from daemon.model.report import Report
from daemon.model.templates import TemplateSet
from daemon.reply.informe import morning_mail, names_of, report_page
from daemon.reply.markdown import to_text
from daemon.reply.tables import as_lines
from storage import open_store
from tests.informe_office import MORNING, NAME, NSS, TEXT, fill, office_rules


@pytest.fixture(scope="module")
def made() -> tuple[Report, Report]:
    """The morning mail's report and that of `acuse report`, of the same three weeks."""
    rules, store = office_rules(), open_store("sqlite://")
    fill(store, rules)
    calendar, names = OfficeCalendar(rules.calendario), names_of(rules)
    facts = store.facts(MORNING - timedelta(days=24), MORNING, rules.casa.encuesta)
    friday = calendar.midnight(MORNING - timedelta(days=3))
    held = store.quarantined()
    first = morning(facts, friday, MORNING, calendar, names, quarantined=held, hide=masked)
    store.close()
    return first, report(facts, calendar, names)


@pytest.fixture(scope="module")
def templates() -> TemplateSet:
    return load_templates([Path("templates")])


def test_no_form_of_the_report_tells_a_name_a_number_or_a_text(
    made: tuple[Report, Report], templates: TemplateSet
) -> None:
    mail, figures = made
    subject, text, html = morning_mail(mail, templates, {})
    books = [
        zipfile.ZipFile(BytesIO(report_book(each, MORNING))).read("xl/sharedStrings.xml").decode() for each in made
    ]
    told = "\n".join((subject, to_text(text), html, report_page(figures, templates, {}), *as_lines(figures), *books))
    for secret in (NAME, NAME.split(maxsplit=1)[0], NSS, TEXT, "marta.sosa", "jorge.rivas"):
        assert secret not in told, secret
    assert not re.search(r"persona\d+@", told)


def test_the_mail_needs_nothing_from_outside_and_has_no_style_sheet_of_its_own(
    made: tuple[Report, Report], templates: TemplateSet
) -> None:
    _, _, html = morning_mail(made[0], templates, {"por_dia": "cid:por_dia", "por_consultor": "cid:por_consultor"})
    assert re.findall(r'(?:src|href)="([^"]*)"', html) == ["cid:por_consultor", "cid:por_dia"]
    assert "class=" not in html.partition('class="cabeza"')[2]


def test_every_block_stands_in_the_mail_in_the_order_of_the_template(
    made: tuple[Report, Report], templates: TemplateSet
) -> None:
    _, text, html = morning_mail(made[0], templates, {})
    assert "BLOQUE" not in html + text
    titles = [section.title for section in made[0].sections]
    assert [html.count(f">{title} ") + html.count(f">{title}<") for title in titles] == [1] * len(titles)


def test_a_picture_says_its_numbers_in_words(made: tuple[Report, Report], templates: TemplateSet) -> None:
    _, text, html = morning_mail(made[0], templates, {"por_dia": "cid:x"})
    alt = re.search(r'alt="(Barras por día[^"]*)"', html)
    assert alt and "recibidas" in alt[1] and "concluidas" in alt[1]
    assert "Barras por día hábil" in to_text(text).replace("\n", " ")


def test_the_same_report_gives_the_same_bytes(made: tuple[Report, Report], templates: TemplateSet) -> None:
    for each in made:
        assert report_book(each, MORNING) == report_book(each, MORNING)
        for chart in (chart for section in each.sections for chart in section.charts):
            assert draw(chart) == draw(chart)
    assert report_page(made[1], templates, {}) == report_page(made[1], templates, {})
