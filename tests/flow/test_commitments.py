"""Commitments through the real flow: reminders go once, an area's answer is noted and confirmed, nobody else's is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from daemon.flow.agenda import Job, work_agenda
from daemon.flow.commitments import remind, rows
from daemon.model.commitments import Compromisos, Row
from daemon.model.outgoing import InternalEnvelope
from daemon.model.rules import PersonaDeCasa
from tests.flow.memory_office import ACCEPTED, ATNDER, CONSULTANT, PERSON, VOUCHED, MemoryOffice, Post

AREA = "coordinacion.cobranza@imss.gob.mx"
CHIEF = "jefatura@imss.gob.mx"
# A Thursday; the commitment is due on the Tuesday after.
NOON = datetime(2025, 10, 16, 18, 0, tzinfo=UTC)
TOLD = {
    "programa": "E-006",
    "periodo": "2025",
    "avisos": {"antes": [3], "despues": [1]},
    "areas": [{"nombre": "Coordinación de Cobranza", "correo": AREA}],
    "compromisos": [
        {
            "no": 3,
            "aspecto": "Difundir información en la página del Instituto",
            "actividades": "Adecuar el SIPARE",
            "area_responsable": "Coordinación de Cobranza",
            "fecha_de_termino": "2025-10-21",
            "avance": 20,
        }
    ],
}


class Commitments(MemoryOffice):
    """An office with one commitment, and every mail to our own people as it left."""

    def __init__(self) -> None:
        super().__init__()
        casa = self.rules.casa
        chief = PersonaDeCasa(correo=CHIEF, nombre="Jefatura", papel="jefatura")
        casa = casa.model_copy(update={"personas": (*casa.personas, chief)})
        told = Compromisos.model_validate(TOLD)
        self.rules = self.rules.model_copy(update={"casa": casa, "compromisos": told})
        self.left: list[InternalEnvelope] = []
        self.world.answer = self._leave
        self.start()
        self.run()

    def _leave(self, post: Post) -> object:
        if isinstance(post, InternalEnvelope):
            self.left.append(post)
        return ACCEPTED

    def at(self, when: datetime) -> list[EmailMessage]:
        """The agenda of that moment, and the mails that it sent."""
        self.clock.set(when)
        before = len(self.left)
        work_agenda(self.desk, [Job("compromisos", self.rules.calendario.horario.abre, remind)], when)
        self.run()
        return self.mails(before)

    def mails(self, since: int = 0) -> list[EmailMessage]:
        return [message_from_bytes(post.raw, policy=policy.default) for post in self.left[since:]]  # type: ignore[misc]

    def answer(
        self, text: str, reminder: EmailMessage, sender: str = AREA, vouched: str = VOUCHED, **files: bytes
    ) -> str:
        """Somebody answers a mail of ours with these files; returns what is said back, '' when nothing is."""
        before = len(self.left)
        mail = self.written(text, sender=sender, name="Cobranza", answering=str(reminder["Message-ID"]))
        for name, content in files.items():
            mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=f"{name}.bin")
        mail["Authentication-Results"] = vouched
        self.world.deliver(ATNDER, mail.as_bytes(), self.clock.now())
        self.run()
        said = self.mails(before)
        return " ".join(str(one["To"]) + " " + one.get_body(("plain",)).get_content() for one in said)  # type: ignore[union-attr]

    @property
    def row(self) -> Row:
        return rows(self.desk)[0]


@pytest.fixture
def office() -> Commitments:
    return Commitments()


def test_the_area_is_reminded_before_its_date_once(office: Commitments) -> None:
    (mail,) = office.at(NOON)
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert mail["To"] == AREA
    assert mail["Subject"] == "Compromiso 3: vence el 21/10/2025"
    assert "faltan 3 días hábiles" in " ".join(text.split())
    assert "20 % de avance" in " ".join(text.split())
    assert office.at(datetime(2025, 10, 17, 18, tzinfo=UTC)) == []
    remind(office.desk, date(2025, 10, 16))
    office.run()
    assert len(office.left) == 1


def test_after_the_date_the_jefatura_is_told_too(office: Commitments) -> None:
    mails = office.at(datetime(2025, 10, 22, 18, tzinfo=UTC))
    assert [str(mail["To"]) for mail in mails] == [AREA, CHIEF]
    assert "venció" in str(mails[0]["Subject"]) and mails[0]["X-Priority"] == "1"
    assert "Inicio del formulario" not in mails[1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert office.at(datetime(2025, 10, 23, 18, tzinfo=UTC)) == []


def test_an_answer_is_noted_with_its_evidence_and_confirmed_and_the_mail_stays(office: Commitments) -> None:
    (mail,) = office.at(NOON)
    said = office.answer("avance: 80 %\n\nFalta una firma.\n\nSaludos", mail, oficio=b"%PDF oficio")
    assert said.startswith(AREA)
    assert "avance: 80 %" in said and "oficio.bin (sha256" in " ".join(said.split())
    row = office.row
    assert (row.avance, row.observaciones, row.mes_y_anio) == (80, "Falta una firma.", "Octubre-2025")
    assert [doc.nombre for doc in row.documentos] == ["oficio.bin"]
    assert row.ubicacion == "Correo del 16/10/2025 en atnder@imss.gob.mx, carpeta «Compromisos»"
    assert office.world.mailbox(ATNDER).status("Compromisos").uidnext > 1
    assert office.store.petitions() == ()


def test_an_answer_to_the_confirmation_is_noted_too(office: Commitments) -> None:
    (mail,) = office.at(NOON)
    office.answer("avance: 80 %", mail)
    office.answer("avance: 100 %", office.mails()[-1])
    assert office.row.avance == 100
    assert office.at(datetime(2025, 10, 22, 18, tzinfo=UTC)) == []


def test_the_same_answer_twice_is_one(office: Commitments) -> None:
    (mail,) = office.at(NOON)
    office.answer("avance: 80 %", mail)
    notes = office.store.commitment_notes()
    raw = office.written("avance: 80 %", sender=AREA, answering=str(mail["Message-ID"]))
    raw["Authentication-Results"] = VOUCHED
    for _ in range(2):
        office.world.deliver(ATNDER, raw.as_bytes(), office.clock.now())
        office.run()
    assert len(office.store.commitment_notes()) == len(notes) + 2


@pytest.mark.parametrize("text", ["avance: 180 %", "Gracias, lo revisamos."])
def test_a_wrong_answer_is_said_back_and_notes_nothing(office: Commitments, text: str) -> None:
    (mail,) = office.at(NOON)
    said = office.answer(text, mail)
    assert said.startswith(AREA) and "no se anotó nada" in " ".join(said.split()).lower()
    assert office.row.avance == 20
    assert office.store.petitions() == ()


def test_a_wrong_percentage_does_not_lose_the_evidence(office: Commitments) -> None:
    (mail,) = office.at(NOON)
    said = " ".join(office.answer("avance: 180 %", mail, oficio=b"x").split())
    assert "no está entre 0 y 100" in said and "sigue registrado 20 %" in said
    assert [doc.nombre for doc in office.row.documentos] == ["oficio.bin"]


@pytest.mark.parametrize(
    ("sender", "vouched", "told"),
    [
        (CONSULTANT, VOUCHED, CONSULTANT),  # a colleague: told where it must come from
        (PERSON, VOUCHED.replace("imss.gob.mx", "correo.example"), AREA),  # nobody outside is ever answered
        (AREA, "otro.example; spf=pass", AREA),  # our server does not vouch for it
    ],
)
def test_nobody_elses_answer_is_noted_nor_becomes_a_petition(
    office: Commitments, sender: str, vouched: str, told: str
) -> None:
    (mail,) = office.at(NOON)
    said = office.answer("avance: 100 %", mail, sender, vouched)
    assert said.startswith(told) and "No se anotó nada" in said
    assert office.row.avance == 20
    assert office.store.petitions() == ()


def test_an_automatic_answer_reports_nothing_and_is_not_answered(office: Commitments) -> None:
    (mail,) = office.at(NOON)
    away = office.written("Estoy de vacaciones", sender=AREA, answering=str(mail["Message-ID"]))
    away["Auto-Submitted"] = "auto-replied"
    away["Authentication-Results"] = VOUCHED
    office.world.deliver(ATNDER, away.as_bytes(), office.clock.now())
    office.run()
    assert len(office.left) == 1
    assert office.store.petitions() == ()


def test_a_reminder_that_a_crash_interrupted_goes_once_and_its_answer_is_known(office: Commitments) -> None:
    def dies(_note: object) -> bool:
        raise KeyboardInterrupt

    store, kept = office.store, office.store.add_commitment_note
    store.add_commitment_note = dies  # type: ignore[method-assign,assignment]
    with pytest.raises(KeyboardInterrupt):
        office.at(NOON)
    store.add_commitment_note = kept  # type: ignore[method-assign]
    office.at(datetime(2025, 10, 17, 18, tzinfo=UTC))
    (mail,) = office.mails()
    office.answer("avance: 40 %", mail)
    assert office.row.avance == 40
