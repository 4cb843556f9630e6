"""Second eyes on real servers (P a87–a90): whatever program consultant and supervisor edit with, it adds up."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.model.office_rules import Consultor
from daemon.model.outgoing import DraftState
from daemon.model.petition import Clase
from daemon.model.rules import RuleSet
from tests.live import clients
from tests.live.office import ORIENTATION, LiveOffice, Paper, drafts_among
from tests.live.servers import Dovecot

pytestmark = pytest.mark.live

PENDING, WITHIN, APPROVED = "Respuestas pendientes", "Por supervisar", "Aprobadas"
Client = Callable[[Paper, str], bytes]


class SupervisedOffice(LiveOffice):
    """Orientations pass the supervisor, and there is one."""

    @property
    def supervisor(self) -> str:
        return f"supervision@{self.house}"

    def rules(self) -> RuleSet:
        base = super().rules()
        rule = base.disposicion(Clase.ORIENTACION).model_copy(update={"supervisa": True})
        others = tuple(each for each in base.disposiciones if each.clase is not rule.clase)
        roster = (Consultor(correo=self.consultant, nombre="Consultora Uno", supervisor=self.supervisor),)
        carpetas = base.carpetas.model_copy(update={"por_consultor": False})
        changes = {"disposiciones": (*others, rule), "consultores": roster, "carpetas": carpetas}
        return base.model_copy(update=changes)

    def corrections(self) -> list[Paper]:
        """The mails that show the consultant what the supervisor corrected."""
        return [paper for paper in self.received(self.consultant) if "corrigió" in str(paper.message["Subject"])]


@pytest.mark.parametrize("review", ["imap", "directorio"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        (clients.thunderbird, clients.outlook),
        (clients.neomutt, clients.thunderbird),
        (clients.neomutt, clients.alpine),
        (clients.alpine, clients.neomutt),
    ],
)
def test_what_both_edited_leaves_and_only_the_supervisors_correction_comes_back(
    dovecot: Dovecot, tmp_path: Path, first: Client, second: Client, review: str
) -> None:
    with SupervisedOffice(dovecot, tmp_path, review=review).open() as office:
        office.write(ORIENTATION)
        office.settle()
        hands = office.hands()

        (draft,) = drafts_among(hands.lying(PENDING))
        hands.save(WITHIN, first(draft, "La consultora añade esto."))
        hands.delete(draft)
        office.settle()
        assert office.draft().proposed_at is not None
        assert office.received() == []

        (proposed,) = hands.lying(WITHIN)
        hands.save(APPROVED, second(proposed, "Y la supervisora esto otro."))
        hands.delete(proposed)
        office.settle()

        (answer,) = office.received()
        shown = [answer.text("html")] if second is clients.outlook else [answer.text(), answer.text("html")]
        for words in shown:
            assert "La consultora añade esto." in words and "Y la supervisora esto otro." in words
        (told,) = office.corrections()
        (added,) = re.findall(r"<ins[^>]*>(.*?)</ins>", told.text("html"))
        assert added == "Y la supervisora esto otro."
        assert [hands.lying(folder) for folder in (WITHIN, APPROVED)] == [[], []]
        assert office.states() == [DraftState.ACEPTADO]


def test_what_is_approved_past_the_supervisor_comes_to_lie_with_the_supervisor(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    with SupervisedOffice(dovecot, tmp_path).open() as office:
        office.write(ORIENTATION)
        office.settle()
        hands = office.hands()
        (draft,) = drafts_among(hands.lying(PENDING))
        hands.move(draft, APPROVED)
        office.settle()
        assert office.received() == []
        (held,) = hands.lying(WITHIN)
        assert held.raw == draft.raw
        assert len([p for p in office.received(office.supervisor) if WITHIN in p.text()]) == 1
        office.restart()
        hands.move(held, APPROVED)
        office.settle()
        assert len(office.received()) == 1
        assert office.corrections() == []
