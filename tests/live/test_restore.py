"""A machine is lost after a backup: what is made from it goes on, and nobody gets a mail twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from daemon import backups
from daemon.config import load_settings
from daemon.edge.progress import untold
from daemon.edge.siade_folder import SiadeFolder
from daemon.edge.tables import read_table
from daemon.flow.recovery import RESTORED, recover
from daemon.flow.siade import export
from daemon.model.outgoing import DraftState
from daemon.model.petition import State
from tests.live.office import COMPLAINT, ORIENTATION, LiveOffice, drafts_among
from tests.live.servers import Dovecot

pytestmark = pytest.mark.live

PEOPLE = ("ana", "beto", "carla", "delia", "eva")
WHO = {
    "ana": ("Ana López Ruiz", "12816177971"),
    "carla": ("Carla Méndez Soto", "92775839011"),
}


@pytest.fixture
def office(dovecot: Dovecot, tmp_path: Path) -> Iterator[LiveOffice]:
    with LiveOffice(dovecot, tmp_path, boxes=("atnder", "atn_contribuyente"), trusting=True).open() as opened:
        yield opened


def address(office: LiveOffice, who: str) -> str:
    return f"{who}@{office.people}"


def writes(office: LiveOffice, who: str, text: str, to: str = "atnder") -> EmailMessage:
    name = WHO.get(who, (f"{who.capitalize()} Pérez Luna", ""))[0]
    return office.write(text, to=(to,), sender=address(office, who), name=name, subject=f"Asunto de {who}")


def answers(office: LiveOffice, who: str) -> None:
    name, nss = WHO[who]
    asked = office.received(address(office, who))[-1].message
    text = f"Mi nombre es {name}, mi NSS es {nss} y mi teléfono 55 1234 5678."
    office.write(text, sender=address(office, who), name=name, answering=asked)


def inboxes(office: LiveOffice) -> dict[str, list[str]]:
    """What each person has, by Message-ID."""
    return {who: [str(p.message["Message-ID"]) for p in office.received(address(office, who))] for who in PEOPLE}


def records(batch: Path) -> set[str]:
    return {dict(row.cells)["registro"] for row in read_table(batch / f"{batch.name}.csv").rows}


def back_up(office: LiveOffice, to: Path) -> None:
    settings = load_settings(office.folder / "service.toml", office.secrets())
    backups.backup(office.folder / "service.toml", settings, to, office.clock.now(), untold)


def lose_the_machine(office: LiveOffice, monkeypatch: pytest.MonkeyPatch, archive: Path, empty: Path) -> None:
    """Nothing is left but the archive; an empty folder gets settings of its own."""
    office.stop()
    for path in office.folder.glob("acuse.db*"):
        path.unlink()
    empty.mkdir()
    office.folder = empty
    office.service_toml()
    for name, value in office.secrets().items():
        monkeypatch.setenv(name, value)
    backups.restore(archive, empty / "service.toml", office.clock.now())


def go_on(office: LiveOffice, siade: SiadeFolder | None = None) -> None:
    office.start()
    assert recover(office.desk, list(office.stations.values()), gateway=siade, patience=10)
    office.settle()


def test_who_wrote_before_after_and_while_the_machine_was_lost_gets_every_mail_once(
    office: LiveOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, folder = tmp_path / "copia.zip", tmp_path / "siade"
    folder.mkdir()
    siade = SiadeFolder(folder)
    writes(office, "ana", COMPLAINT)
    writes(office, "beto", ORIENTATION)
    office.settle()
    consultant = office.client(office.account("atnder"))
    (of_beto,) = drafts_among(consultant.lying("Respuestas pendientes"))
    back_up(office, archive)

    answers(office, "ana")
    writes(office, "carla", COMPLAINT, to="atn_contribuyente")
    writes(office, "delia", ORIENTATION)
    office.settle()
    consultant.move(of_beto, "Aprobadas")
    office.settle()
    export(office.desk, siade, None)
    before = inboxes(office)
    known = {petition.folio: petition.state for petition in office.store.petitions()}
    assert [len(before[who]) for who in PEOPLE] == [1, 1, 1, 0, 0]

    lose_the_machine(office, monkeypatch, archive, tmp_path / "vacia")
    writes(office, "eva", COMPLAINT)
    answers(office, "carla")
    go_on(office, siade)

    after = inboxes(office)
    assert [len(after[who]) for who in PEOPLE] == [1, 1, 1, 0, 1]
    assert all(after[who][: len(before[who])] == before[who] for who in PEOPLE)
    everything = Counter(each for had in after.values() for each in had)
    assert set(everything.values()) == {1}
    now = {petition.folio: petition.state for petition in office.store.petitions()}
    assert len(now) == 5 and set(known) < set(now)
    carlas = [folio for folio in known if known[folio] is not now[folio]]
    assert [known[folio] for folio in carlas] == [State.ESPERA_DATOS_1]
    (waiting,) = drafts_among(consultant.lying("Respuestas pendientes"))
    assert waiting.message["To"] == address(office, "delia")
    assert office.store.missing_copies(office.clock.now()) == ()
    states = Counter(draft.state for folio in now for draft in office.store.drafts_of(folio))
    assert states == {DraftState.ACEPTADO: 4, DraftState.EN_REVISION: 1}
    eva = next(p for p in office.store.petitions() if p.petitioner == address(office, "eva"))
    assert [term.name for term in eva.terms] == ["segunda_solicitud"]
    assert office.store.mark(RESTORED) is None

    export(office.desk, siade, None)
    first, second = (records(folder / f"lote_{number:04d}") for number in (1, 2))
    assert first and second and not first & second
    assert not (folder / "lote_0003").exists()
