"""A day with SIADE: batches with their attachments, folios and answers that come back, alarms, an outage."""

from __future__ import annotations

from datetime import timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from daemon.edge.siade_folder import SiadeFolder
from daemon.edge.tables import read_table
from daemon.errors import AcuseError, MailboxUnavailable
from daemon.flow.agenda import Job, work_agenda
from daemon.flow.siade import (
    end_contingencia,
    export,
    export_of_the_day,
    hand_over,
    start_contingencia,
    take_row,
    watch,
)
from daemon.model.outgoing import DraftState
from daemon.model.petition import Clase, Petition, State
from daemon.model.siade import CONTINGENCIA, RecordClase, SiadeRow
from daemon.ports import Mailbox
from tests.flow.memory_office import ATNDER, COMPLAINT, CONSULTANT, EMPLOYERS, PERSON, SUPERVISOR, MemoryOffice, words

NSS = "12816177971"
COMPLETE = f"{COMPLAINT} Mi nombre es Ana López Ruiz y mi NSS es {NSS}."
PICTURE = b"\x89PNG\r\n\x1a\n receta"
FOLIO = "2025-Q-004711"
SAID = "Su medicamento ya está en la farmacia de su unidad: preséntese con su receta."


@pytest.fixture
def office() -> MemoryOffice:
    office = MemoryOffice(boxes=(ATNDER, EMPLOYERS))
    office.run()
    return office


def with_picture(office: MemoryOffice, text: str = COMPLETE, name: str = "../receta médica.png") -> EmailMessage:
    """A complete petition with a photograph, taken in and filed."""
    mail = office.written(text)
    mail.add_attachment(PICTURE, maintype="image", subtype="png", filename=name)
    office.world.deliver(ATNDER, mail.as_bytes(policy=policy.SMTP), office.clock.now())
    office.run()
    return mail


def registered(office: MemoryOffice) -> Petition:
    office.write(COMPLETE)
    office.run()
    found = office.petition()
    assert (found.state, found.siade) == (State.REGISTRADA_TURNADA, None)
    return found


def row(office: MemoryOffice, **changes: str) -> SiadeRow:
    return SiadeRow(2, **({"referencia": office.petition().folio, "folio": FOLIO} | changes))


def rows(folder: Path, number: int) -> list[dict[str, str]]:
    name = f"lote_{number:04d}"
    return [dict(each.cells) for each in read_table(folder / name / f"{name}.csv").rows]


def kinds(office: MemoryOffice) -> list[RecordClase]:
    return [record.clase for record in office.store.records_of(office.petition().folio)]


# --- out -------------------------------------------------------------------------------------------------------


def test_a_batch_holds_the_registration_and_the_mail_with_what_was_attached_to_it(
    office: MemoryOffice, tmp_path: Path
) -> None:
    mail = with_picture(office)
    (handed,) = export(office.desk, SiadeFolder(tmp_path), office.world.mailbox)
    assert (handed.number, handed.records, handed.missing) == (1, len(rows(tmp_path, 1)), ())
    told = next(each for each in rows(tmp_path, 1) if each["clase"] == "registro")
    assert (told["nss"], told["nombre"], told["correo"]) == (NSS, "Ana López Ruiz", PERSON)
    whole, picture = told["adjuntos"].split(" | ")
    assert picture.endswith("/02_receta_medica.png") and whole.endswith("/01_mensaje.eml")
    assert (tmp_path / "lote_0001" / picture).read_bytes() == PICTURE
    assert str(mail["Message-ID"]).encode() in (tmp_path / "lote_0001" / whole).read_bytes()
    assert export(office.desk, SiadeFolder(tmp_path), office.world.mailbox) == ()


def test_a_mail_that_was_deleted_is_named_and_the_rest_goes_out(office: MemoryOffice, tmp_path: Path) -> None:
    mail = with_picture(office)
    for folder in office.world.folders(ATNDER).values():
        folder.messages.clear()
    (handed,) = export(office.desk, SiadeFolder(tmp_path), office.world.mailbox)
    assert len(handed.missing) == 1 and str(mail["Message-ID"]) in handed.missing[0]
    assert "ya no está en el buzón" in rows(tmp_path, 1)[0]["adjuntos_faltantes"]


def test_registrations_do_not_wait_for_a_mailbox_that_is_silent_and_the_batch_is_made_again_later(
    office: MemoryOffice, tmp_path: Path
) -> None:
    with_picture(office)

    def silent(account: str) -> Mailbox:
        raise MailboxUnavailable("el servidor no responde", where=account)

    (handed,) = export(office.desk, SiadeFolder(tmp_path), silent)
    assert "no se pudo leer" in handed.missing[0]
    batch = office.store.exported_records(1)
    assert batch is not None
    again = hand_over(office.desk, SiadeFolder(_made(tmp_path / "otra")), office.world.mailbox, batch)
    assert again.missing == () and again.files >= 2
    first, second = (rows(folder, 1) for folder in (tmp_path, tmp_path / "otra"))
    ours = ("adjuntos", "adjuntos_faltantes")
    assert [{k: v for k, v in each.items() if k not in ours} for each in first] == [
        {k: v for k, v in each.items() if k not in ours} for each in second
    ]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_what_could_not_be_written_is_written_the_next_time_and_nothing_is_lost_or_told_twice(
    office: MemoryOffice, tmp_path: Path
) -> None:
    registered(office)
    gone = SiadeFolder(tmp_path / "sin_disco")
    with pytest.raises(AcuseError):
        export(office.desk, gone, None)
    take_row(office.desk, row(office))
    office.write("¿Cuándo me lo surten?", answering=str(office.drafts()[-1].message_id))
    office.run()
    with pytest.raises(AcuseError):
        export(office.desk, gone, None)
    handed = export(office.desk, SiadeFolder(_made(tmp_path / "sin_disco")), None)
    assert [each.number for each in handed] == [1, 2]
    told = [each["registro"] for number in (1, 2) for each in rows(tmp_path / "sin_disco", number)]
    assert sorted(told) == sorted({record.id for record in office.store.records_of(office.petition().folio)})


def test_the_daily_job_waits_for_the_end_of_an_outage_and_then_hands_over_at_once(
    office: MemoryOffice, tmp_path: Path
) -> None:
    registered(office)
    gateway = SiadeFolder(tmp_path)
    job = Job("siade 10:00", office.desk.policy.calendar.local(office.clock.now()).time().replace(hour=10),
              lambda desk, day: export_of_the_day(desk, day, gateway=gateway, mail=None))  # fmt: skip
    start_contingencia(office.desk, "mantenimiento")
    work_agenda(office.desk, [job], office.clock.now())
    assert office.alarms() == [] and not gateway.has(1)
    end_contingencia(office.desk)
    work_agenda(office.desk, [job], office.clock.now())
    assert office.alarms() == [] and gateway.has(1)


# --- back ------------------------------------------------------------------------------------------------------


def test_the_acuse_waits_for_the_folio_and_the_same_row_twice_sends_nothing_more(office: MemoryOffice) -> None:
    registered(office)
    assert office.classes() == []
    assert take_row(office.desk, row(office)).new
    office.run()
    assert office.classes() == [Clase.ACUSE_CDAOD] and office.states() == [DraftState.ACEPTADO]
    assert FOLIO in words(office.mails()[-1]) and "siadeconsulta" in words(office.mails()[-1])
    before = office.store.petition(office.petition().folio)
    taken = take_row(office.desk, row(office))
    assert (taken.new, taken.misfit) == (False, None)
    assert office.store.petition(office.petition().folio) == before


def test_without_the_folio_the_acuse_leaves_at_the_end_of_the_day_and_one_notice_follows(office: MemoryOffice) -> None:
    registered(office)
    office.until(office.clock.now() + timedelta(hours=10))
    assert office.classes() == [Clase.ACUSE_CDAOD]
    assert FOLIO not in words(office.mails()[-1])
    for _ in range(2):
        take_row(office.desk, row(office))
        office.wait(hours=1)
    assert office.classes() == [Clase.ACUSE_CDAOD, Clase.AVISO_FOLIO]


def test_a_row_that_does_not_fit_moves_nothing(office: MemoryOffice) -> None:
    registered(office)
    take_row(office.desk, row(office))
    before = office.store.petition(office.petition().folio)
    for bad in (row(office, folio="2025-Q-9"), row(office, referencia="AC-251013-00000"), SiadeRow(2, "", "2025-Q-8")):
        assert take_row(office.desk, bad).misfit
    assert office.store.petition(office.petition().folio) == before


def test_an_answer_goes_to_the_person_after_a_person_judged_it_and_closes_the_folio(office: MemoryOffice) -> None:
    registered(office)
    take_row(office.desk, row(office, estado="Atendida", respuesta=SAID, area="CDAOD"))
    office.run()
    assert office.petition().state is State.RESPUESTA_POR_ENVIAR
    assert office.classes() == [Clase.ACUSE_CDAOD, Clase.RESPUESTA_LIBRE]
    assert office.states() == [DraftState.ACEPTADO, DraftState.EN_REVISION]
    office.approve()
    office.run()
    assert office.petition().state is State.CONCLUIDA
    assert "farmacia" in words(office.mails()[-1]) and FOLIO in words(office.mails()[-1])
    assert kinds(office) == [RecordClase.REGISTRO, RecordClase.CIERRE]


def test_a_further_letter_is_a_note_on_the_folio_and_one_after_the_end_says_that_it_is_reopened(
    office: MemoryOffice, tmp_path: Path
) -> None:
    registered(office)
    take_row(office.desk, row(office))
    office.run()
    acuse = str(office.drafts()[0].message_id)
    office.write("Les envío otra vez mi receta, sigo sin medicamento.", answering=acuse)
    office.run()
    assert kinds(office) == [RecordClase.REGISTRO, RecordClase.NOTA]
    take_row(office.desk, row(office, respuesta=SAID))
    office.run()
    office.approve()
    office.run()
    office.write("No es cierto, no me lo dieron. ¿Qué hago?", answering=acuse)
    office.run()
    assert kinds(office)[-1] is RecordClase.NOTA and RecordClase.REGISTRO not in kinds(office)[1:]
    export(office.desk, SiadeFolder(tmp_path), office.world.mailbox)
    last = rows(tmp_path, 1)[-1]
    assert (last["motivo"], last["folio_siade"]) == ("se reabre", FOLIO)
    assert "mensaje.eml" in last["adjuntos"]


# --- today, and when SIADE is out of reach -----------------------------------------------------------------------


def test_a_registration_that_was_not_handed_over_on_its_day_is_an_alarm(office: MemoryOffice, tmp_path: Path) -> None:
    registered(office)
    watch(office.desk)
    assert office.alarms() == []
    office.until(office.clock.now() + timedelta(hours=9))
    watch(office.desk)
    watch(office.desk)
    assert office.alarms() == ["siade_registro"]
    export(office.desk, SiadeFolder(tmp_path), None)
    watch(office.desk)
    assert office.alarms() == ["siade_registro", "-siade_registro"]


def test_an_outage_moves_the_term_to_the_next_business_day_and_the_superior_is_told(office: MemoryOffice) -> None:
    registered(office)
    assert start_contingencia(office.desk, "caída del sistema") and not start_contingencia(office.desk)
    assert office.store.mark(CONTINGENCIA)
    office.until(office.clock.now() + timedelta(hours=10))
    watch(office.desk)
    assert office.alarms() == []
    assert end_contingencia(office.desk) == 1 and end_contingencia(office.desk) is None
    office.until(office.clock.now() + timedelta(hours=20))
    watch(office.desk)
    assert office.alarms() == []
    office.until(office.clock.now() + timedelta(days=1))
    watch(office.desk)
    assert office.alarms() == ["siade_registro"]
    told = [mail for mail in office.mails(account=SUPERVISOR) if "SIADE" in str(mail["Subject"])]
    assert [str(mail["Subject"]) for mail in told] == ["SIADE en contingencia", "SIADE funciona de nuevo"]
    assert "caída del sistema" in words(told[0]) and "siguiente día hábil" in words(told[0])
    assert not [mail for mail in office.mails(account=CONSULTANT) if "contingencia" in str(mail["Subject"])]
