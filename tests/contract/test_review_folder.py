"""What every ReviewFolder promises: in memory, as a plain directory, and in a real mailbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from daemon.edge.imap import ImapMailbox
from daemon.edge.memory import MemoryWorld
from daemon.edge.review_dir import DirectoryReviewFolder
from daemon.edge.review_imap import ImapReviewFolder
from daemon.errors import MessageGone
from daemon.model.outgoing import Lying, Place, ReviewOutcome
from daemon.model.rules import Carpetas
from daemon.send.private import for_folder, prepare_approved
from daemon.send.review import outcomes
from tests.live.servers import PASSWORD, Dovecot
from tests.unit.send.drafts import COUNTING, NOW, client_copy, draft, ficha, ours, with_file

CARPETAS = Carpetas()
STAFF = {
    "consultora.uno@imss.gob.mx": "María Ñandú",
    "consultor.dos@imss.gob.mx": "consultor.dos",
    "sin@imss.gob.mx": "",
}
SHELF = STAFF.__getitem__


class Desk:
    """A review folder under test, and the person at it: `put` saves a message as a mail client does."""

    def __init__(self, folder: Any, again: Callable[[], Any], put: Callable[[str, bytes], None]) -> None:
        self.folder = folder
        self.again = again
        self.put = put

    def lying(self, place: Place | None = None) -> list[Lying]:
        return [found for found in self.folder.survey() if place in (None, found.place)]

    def one(self, place: Place) -> Lying:
        (found,) = self.lying(place)
        return found

    def verdict(self) -> Any:
        return outcomes(self.lying(), [draft()], now=NOW, grace=timedelta(minutes=5), ours=ours)[0]


def in_directory(tmp_path: Path) -> Desk:
    def again() -> DirectoryReviewFolder:
        return DirectoryReviewFolder(tmp_path, CARPETAS, SHELF, settle=0)

    def put(folder: str, raw: bytes) -> None:
        (tmp_path / folder / "guardado por la persona.EML").write_bytes(raw)

    return Desk(again(), again, put)


def in_mailbox(box: Any) -> Desk:
    def again() -> ImapReviewFolder:
        return ImapReviewFolder(box, CARPETAS, SHELF)

    return Desk(again(), again, lambda folder, raw: box.append(box.resolve(folder), raw, [], datetime.now(UTC)))


def in_dovecot(server: Dovecot) -> Desk:
    account = server.new_account("revision")
    box = ImapMailbox(account, "localhost", server.imaps, "tls", account, lambda: PASSWORD, 10, server.ca_file)
    return in_mailbox(box)


@pytest.fixture(params=["memory", "directory", "dovecot", "austere"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    if request.param == "memory":
        yield in_mailbox(MemoryWorld().mailbox("cuenta@imss.example"))
    elif request.param == "directory":
        yield in_directory(tmp_path)
    else:
        yield in_dovecot(request.getfixturevalue("dovecot" if request.param == "dovecot" else "dovecot_austero"))


def test_a_laid_draft_lies_among_the_pending_as_it_would_be_sent(desk: Desk) -> None:
    desk.folder.lay(draft())
    found = desk.one(Place.PENDIENTES)
    assert (found.draft_id, found.message_id, found.to) == (draft().id, draft().message_id, (draft().to,))
    assert desk.folder.take(found.handle) == for_folder(draft())
    assert f"Bcc: {COUNTING}".encode() in desk.folder.take(found.handle)


def test_the_folders_in_which_drafts_wait_keep_their_identity_over_mail_and_restarts(desk: Desk) -> None:
    desk.folder.survey()
    for place in (Place.PENDIENTES, Place.POR_SUPERVISAR):
        known = desk.folder.identity(place)
        desk.folder.lay(draft())
        again = desk.again()
        again.survey()
        assert known == desk.folder.identity(place) == again.identity(place) != 0


def test_laying_twice_is_laying_once_even_after_a_restart(desk: Desk) -> None:
    for folder in (desk.folder, desk.folder, desk.again()):
        folder.lay(draft())
        folder.lay_ficha(ficha())
    assert len(desk.lying()) == 2


@pytest.mark.parametrize("place", [Place.POR_SUPERVISAR, Place.APROBADAS, Place.RECHAZADAS])
def test_a_draft_that_a_person_moved_is_not_laid_again(desk: Desk, place: Place) -> None:
    desk.folder.lay(draft())
    desk.folder.relocate(desk.one(Place.PENDIENTES).handle, place)
    desk.again().lay(draft())
    assert [found.place for found in desk.lying()] == [place]


def test_a_consultants_draft_and_ficha_lie_in_the_sub_folder_with_their_name(desk: Desk) -> None:
    for ordinal, address in enumerate((*STAFF, None), 1):
        desk.folder.lay(draft(ordinal, consultor=address))
    desk.folder.lay_ficha(ficha(consultor="consultor.dos@imss.gob.mx"))
    handles = " ".join(found.handle for found in desk.lying(Place.PENDIENTES))
    assert handles.count("Respuestas pendientes/María Ñandú") == 1
    assert handles.count("Respuestas pendientes/consultor dos") == 2
    assert handles.count("Respuestas pendientes") == 5


def test_the_ficha_lies_beside_its_draft_and_is_told_apart(desk: Desk) -> None:
    desk.folder.lay(draft())
    desk.folder.lay_ficha(ficha())
    assert {(found.draft_id, found.ficha_id) for found in desk.lying(Place.PENDIENTES)} == {
        (draft().id, None),
        (None, ficha().id),
    }


def test_moving_to_aprobadas_approves_exactly_what_stands_there(desk: Desk) -> None:
    desk.folder.lay(draft())
    desk.folder.relocate(desk.one(Place.PENDIENTES).handle, Place.APROBADAS)
    verdict = desk.verdict()
    assert verdict.outcome is ReviewOutcome.APROBADO
    assert prepare_approved(desk.folder.take(verdict.handle), draft())[0] == draft().raw


COMPROBANTE = "comprobante_CS-251201-7K3FQ-1.pdf"
PAIR = (COMPROBANTE, b"%PDF-1.4\n" + bytes(range(256)) * 90)


def test_an_enclosed_file_lies_and_leaves_with_its_draft_byte_for_byte(desk: Desk) -> None:
    enclosing = with_file(draft(), *PAIR)
    desk.folder.lay(enclosing)
    assert desk.folder.take(desk.one(Place.PENDIENTES).handle) == for_folder(enclosing)
    desk.folder.relocate(desk.one(Place.PENDIENTES).handle, Place.APROBADAS)
    assert prepare_approved(desk.folder.take(desk.verdict().handle), enclosing)[0] == enclosing.raw


@pytest.mark.parametrize("files", [(PAIR,), (), ((COMPROBANTE, b"%PDF-1.4 corregido"),)], ids=["kept", "taken", "new"])
def test_the_files_that_a_person_left_in_the_saved_copy_are_those_that_leave(desk: Desk, files: Any) -> None:
    enclosing = with_file(draft(), *PAIR)
    desk.folder.lay(enclosing)
    desk.put(CARPETAS.aprobadas, client_copy(enclosing, files=files))
    raw, text = prepare_approved(desk.folder.take(desk.verdict().handle), enclosing)
    message = message_from_bytes(raw, policy=policy.default)
    assert [(f.get_filename(), f.get_payload(decode=True)) for f in message.iter_attachments()] == list(files)
    assert "nombre completo" in text


def test_what_lies_with_the_supervisor_was_proposed_in_the_words_that_stand_there(desk: Desk) -> None:
    desk.folder.lay(draft())
    desk.put(CARPETAS.por_supervisar, client_copy(draft()))
    verdict = desk.verdict()
    assert (verdict.outcome, len(verdict.stale)) == (ReviewOutcome.PROPUESTO, 1)
    assert verdict.handle == desk.one(Place.POR_SUPERVISAR).handle
    assert "nombre completo" in prepare_approved(desk.folder.take(verdict.handle), draft())[1]


@pytest.mark.parametrize("place", [Place.PENDIENTES, Place.APROBADAS, Place.RECHAZADAS])
def test_the_supervisor_moves_what_was_proposed_wherever_it_belongs(desk: Desk, place: Place) -> None:
    desk.folder.lay(draft())
    desk.folder.relocate(desk.one(Place.PENDIENTES).handle, Place.POR_SUPERVISAR)
    desk.folder.relocate(desk.one(Place.POR_SUPERVISAR).handle, place)
    found = desk.one(place)
    assert (found.draft_id, desk.folder.take(found.handle)) == (draft().id, for_folder(draft()))


def test_moving_to_rechazadas_rejects(desk: Desk) -> None:
    desk.folder.lay(draft())
    desk.folder.relocate(desk.one(Place.PENDIENTES).handle, Place.RECHAZADAS)
    assert desk.verdict().outcome is ReviewOutcome.RECHAZADO


def test_a_removed_draft_is_nowhere(desk: Desk) -> None:
    desk.folder.lay(draft())
    desk.folder.clear(desk.one(Place.PENDIENTES).handle)
    assert desk.lying() == []
    assert desk.verdict().missing_since == NOW


def test_a_draft_that_a_client_saved_anew_is_approved_and_its_original_cleared(desk: Desk) -> None:
    desk.folder.lay(draft())
    desk.put(CARPETAS.borradores, client_copy(draft()))
    assert desk.verdict().handle == desk.one(Place.BORRADORES).handle
    desk.folder.relocate(desk.one(Place.BORRADORES).handle, Place.APROBADAS)
    verdict = desk.verdict()
    assert verdict.outcome is ReviewOutcome.APROBADO
    assert "nombre completo" in prepare_approved(desk.folder.take(verdict.handle), draft())[1]
    for handle in (*verdict.stale, verdict.handle):
        desk.folder.clear(handle)
    assert desk.lying() == []


def test_a_copy_saved_among_the_pending_is_the_current_text(desk: Desk) -> None:
    desk.folder.lay(draft())
    desk.put(CARPETAS.pendientes, client_copy(draft()))
    verdict = desk.verdict()
    assert (verdict.outcome, len(desk.lying())) == (None, 2)
    assert b"nombre completo" in desk.folder.take(verdict.handle)


def test_the_consultants_own_drafts_are_none_of_our_business(desk: Desk) -> None:
    desk.put(CARPETAS.borradores, b"To: amigo@correo.example\r\nSubject: Comida\r\n\r\nhola\r\n")
    assert desk.lying() == []


def test_taking_what_a_person_moved_meanwhile_is_told(desk: Desk) -> None:
    desk.folder.lay(draft())
    found = desk.one(Place.PENDIENTES)
    desk.folder.relocate(found.handle, Place.APROBADAS)
    with pytest.raises(MessageGone):
        desk.folder.take(found.handle)


def test_clearing_or_filing_what_is_gone_is_fine(desk: Desk) -> None:
    desk.folder.lay_ficha(ficha())
    handle = desk.one(Place.PENDIENTES).handle
    desk.folder.file_ficha(handle)
    desk.folder.file_ficha(handle)
    desk.folder.clear(handle)
    desk.folder.relocate(handle, Place.APROBADAS)
    assert desk.lying() == []


def test_a_copy_is_replaced_where_it_lies(desk: Desk) -> None:
    desk.folder.lay(draft(2))
    desk.put(CARPETAS.por_supervisar, client_copy(draft()))
    corrected = replace(draft(), raw=draft().raw.replace(b"Estimada", b"Estimado"))
    desk.folder.replace(desk.one(Place.POR_SUPERVISAR).handle, corrected)
    found = desk.one(Place.POR_SUPERVISAR)
    assert (found.draft_id, desk.folder.take(found.handle)) == (draft().id, for_folder(corrected))
    assert desk.one(Place.PENDIENTES).draft_id == draft(2).id


def test_clearing_takes_one_message_and_leaves_its_neighbours(desk: Desk) -> None:
    for ordinal in (1, 2, 3):
        desk.folder.lay(draft(ordinal))
    middle = next(found for found in desk.lying() if found.draft_id == draft(2).id)
    desk.folder.clear(middle.handle)
    assert {found.draft_id for found in desk.lying()} == {draft(1).id, draft(3).id}


def test_drafts_of_many_petitions_are_surveyed_in_the_order_in_which_they_were_laid(desk: Desk) -> None:
    laid = [draft(1, folio=f"AC-250909-{letter * 5}") for letter in "ABCDEFG"]
    for one in laid:
        desk.folder.lay(replace(one, id=f"{one.folio}/1"))
    assert [found.draft_id for found in desk.lying(Place.PENDIENTES)] == [one.id for one in laid]
