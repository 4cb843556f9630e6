"""What we wrote is never taken for what the answer says, however a mail program quotes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from daemon.decide.ours import without_ours
from daemon.model.decision import Disposition
from daemon.model.ledger import History
from daemon.model.mail import Address, Kind, Reading
from daemon.model.outgoing import Draft
from daemon.model.petition import Clase

NOW = datetime(2026, 1, 19, 17, tzinfo=UTC)
ENLACE = "enlace.pensiones@imss.gob.mx"
OURS = (
    "Buen día:\n\nCon fundamento en el procedimiento GC10-003-002 se envía a la Coordinación la siguiente petición, "
    "para que nos haga llegar una respuesta fundada.\n\n- Referencia: AC-260113-AM49X\n- NSS: 08785671663\n\n"
    "Lo que solicita, en sus palabras:\n\nDesde noviembre no me depositan la pensión de viudez.\n\n"
    "Agradeceremos contestar sobre este mismo mensaje, sin cambiar el asunto."
)
DRAFT = Draft(
    "AC-260113-AM49X/1", "AC-260113-AM49X", 1, Clase.DERIVACION_ORGANO_NORMATIVO, 1, "atnder@imss.gob.mx",
    "atnder@imss.gob.mx", ENLACE, "", OURS, "", b"", "<x@imss.gob.mx>", None, Disposition.REVISAR, "", "", NOW,
)  # fmt: skip
READING = Reading(
    "<1@imss.gob.mx>",
    "",
    "atnder@imss.gob.mx",
    NOW,
    Kind.ENLACE,
    "",
    Address(ENLACE),
    Address(ENLACE),
    authentic="pass",
)
ANSWER = "Se informa que la pensión fue reactivada; el retroactivo se deposita el día 2."


@pytest.mark.parametrize(
    "written",
    [
        f"{ANSWER}\n\n{OURS}",
        f"{OURS}\n\n{ANSWER}",
        f"{ANSWER}\n\n{' '.join(OURS.split())}",
        f"{ANSWER}\n\n" + OURS.replace("\n", "\n| ").upper(),
        f"{ANSWER}\n\n" + OURS[OURS.index("envía") :],
    ],
)
def test_a_quote_without_marks_is_no_word_of_the_answer(written: str) -> None:
    found = without_ours(replace(READING, fresh=written), History(draft=DRAFT)).fresh
    assert found == ANSWER


def test_an_answer_between_our_lines_stays() -> None:
    halves = OURS.split("Lo que solicita")
    found = without_ours(
        replace(READING, fresh=f"{halves[0]}\n{ANSWER}\nLo que solicita{halves[1]}"), History(draft=DRAFT)
    )
    assert found.fresh == ANSWER


def test_the_persons_own_words_in_a_mail_to_others_stay_theirs() -> None:
    own = "Desde noviembre no me depositan la pensión de viudez. Sigo sin respuesta."
    ana = Address("ana@correo.example")
    said = replace(READING, kind=Kind.PETICION, author=ana, sender=ana, fresh=own)
    assert without_ours(said, History(draft=DRAFT, drafts=(DRAFT,))).fresh == own
