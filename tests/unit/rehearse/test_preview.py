"""Promises of the preview: every template is shown complete, by whatever name people give it, and nothing is sent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from daemon.cli import app
from daemon.edge.rulefiles import load_rules
from daemon.edge.templatefiles import load_templates
from daemon.errors import AcuseError
from daemon.model.rules import RuleSet
from daemon.model.templates import TemplateSet
from daemon.rehearse.preview import preview, template_named

ROOT = Path(__file__).parents[3]
SHIPPED = load_templates([ROOT / "templates"])


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules([ROOT / "rules"])


@pytest.fixture
def templates() -> TemplateSet:
    return SHIPPED


@pytest.mark.parametrize("name", SHIPPED.templates)
def test_every_shipped_template_is_shown_whole(rules: RuleSet, name: str) -> None:
    shown = preview(name, rules, SHIPPED)
    assert shown.template.name == name
    assert shown.subject and "@" in shown.to
    assert len(shown.text) > 100 and "{{" not in shown.text and "{%" not in shown.text
    assert shown.html.lower().startswith("<!doctype html") and "</html>" in shown.html
    # Whoever opens the page must not be told on, and no picture may be missing.
    assert not re.search(r"(?:src|href)=\"(?:cid:|https?://[^\"]*\.(?:png|css|js))", shown.html)


def test_the_same_preview_is_the_same_text(rules: RuleSet, templates: TemplateSet) -> None:
    assert preview("datos_complementarios", rules, templates) == preview("datos_complementarios", rules, templates)


@pytest.mark.parametrize(
    "written", ["orientacion/semanas_cotizadas", "semanas_cotizadas", "templates/orientacion/semanas_cotizadas.md"]
)
def test_a_template_is_known_by_its_path_and_without_its_folder(templates: TemplateSet, written: str) -> None:
    assert template_named(written, templates).name == "orientacion/semanas_cotizadas"


def test_an_unknown_name_is_answered_with_the_nearest_one(templates: TemplateSet) -> None:
    with pytest.raises(AcuseError, match="aclaracion"):
        template_named("aclaracoin", templates)


def test_the_command_shows_the_text_and_writes_the_page_for_this_user_alone(tmp_path: Path) -> None:
    own = tmp_path / "plantillas"
    own.mkdir()
    text = (
        (ROOT / "templates" / "aclaracion.md").read_text(encoding="utf-8").replace("{{ saludo }}", "Estimada vecina:")
    )
    (own / "aclaracion.md").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["template", "preview", "aclaracion", "--plantillas", str(own)])
    assert done.exit_code == 0 and "Estimada vecina:" in done.stdout
    page = Path(done.stdout.rpartition("Página: ")[2].strip())
    assert "Estimada vecina:" in page.read_text(encoding="utf-8")
    assert page.stat().st_mode & 0o077 == 0
    page.unlink()
