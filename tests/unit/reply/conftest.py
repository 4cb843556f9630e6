"""Fixtures for the tests of replying: the shipped templates and a way to compose one mail in one line."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.edge.templatefiles import load_templates
from daemon.model.decision import Disposition, Write
from daemon.model.outgoing import Draft
from daemon.model.petition import Clase
from daemon.model.rules import RuleSet
from daemon.model.templates import TemplateSet
from daemon.reply import compose
from tests.unit.reply.samples import KEY, NOW, ROOT, Mail, office, petition_of


@pytest.fixture(scope="session")
def templates() -> TemplateSet:
    return load_templates([ROOT / "templates"])


@pytest.fixture
def rules() -> RuleSet:
    return office()


@pytest.fixture
def mail(rules: RuleSet, templates: TemplateSet) -> Mail:
    """Compose one mail; keyword arguments set the Write, `petition`, `rules` and `ordinal` the rest."""

    def make(clase: Clase | str, template: str | None = None, **options: Any) -> Draft:
        clase = Clase(clase)
        ordinal = options.pop("ordinal", 1)
        petition = options.pop("petition", None) or petition_of()
        chosen_rules = options.pop("rules", rules)
        options.setdefault("to", petition.petitioner)
        options.setdefault("disposition", Disposition.ENVIAR)
        options.setdefault("in_reply_to", "<uno@correo.example>")
        write = Write(clase, template or clase.value, **options)
        return compose(
            write, petition=petition, rules=chosen_rules, templates=templates, now=NOW, ordinal=ordinal, key=KEY
        )

    return make
