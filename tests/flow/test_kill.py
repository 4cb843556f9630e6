"""The process may be killed at any moment of the round: nothing is lost and nothing is sent twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from daemon.model.outgoing import DraftState
from daemon.model.petition import State
from storage import open_store
from tests.live.office import ORIENTATION, LiveOffice, drafts_among, fichas_among
from tests.live.servers import Dovecot, SmtpServer, make_certificate

pytestmark = pytest.mark.live

PENDING, APPROVED = "Respuestas pendientes", "Aprobadas"
# Calls that change nothing anywhere.
READS = {
    *(f"mailbox.{verb}" for verb in ("resolve", "status", "uids", "fetch")),
    *("sender.ready_in", "review.survey", "review.take"),
    *(f"store.{verb}" for verb in ("cursor", "horizon", "unfinished", "interrupted", "waiting", "decided_since")),
    *(f"store.{verb}" for verb in ("tasks", "draft", "internal", "petition", "story", "ordinals", "history_for")),
    *(f"store.{verb}" for verb in ("copies", "due", "drafts_of", "copy_after")),
}
# Calls whose second turn changes nothing but an instant.
ONCE = {"store.read_to_end", "store.claim"}
# Kill at this turn of this call, before it or after it: [call, turn, before|after].
Moment = tuple[str, int, str]


class Victims:
    """The process that forks the daemons."""

    def __enter__(self) -> Victims:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.flow.victim"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(Path.cwd())},
        )
        self._ready = False
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def run(self, order: dict[str, Any]) -> int:
        """How the daemon ended: 0, or -9 when it was killed."""
        assert self._process.stdin is not None
        self._ready = self._ready or self._told() == "ready"
        assert self._ready
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._told())

    def _told(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


class Round:
    """One office whose daemons get killed; the consultant and the person go on as if nothing had happened."""

    def __init__(self, office: LiveOffice, victims: SimpleQueue[Victims]) -> None:
        self.office, self._victims, self._others, self._ahead = office, victims, 0, 0
        settings = office.service_toml()
        since = (office.clock.now() - timedelta(days=1)).date()
        text = settings.read_text(encoding="utf-8").replace("[acuse]", f"[acuse]\ndesde = {since}")
        settings.write_text(text, encoding="utf-8")
        self._order = {
            "settings": str(settings),
            "secrets": office.secrets(),
            "house": office.house,
            "consultant": office.consultant,
        }
        self.client = office.client(office.account("atnder"))

    def live(self, **order: Any) -> int:
        """Let a daemon live until nothing moves any more, or until it dies."""
        victims = self._victims.get()
        ended = victims.run(self._order | {"ahead": self._ahead} | order)
        self._victims.put(victims)
        assert ended in (0, -9)
        return ended

    def survive(self, die: Moment | None) -> bool:
        """Live until all is done, dying once on the way; True when that moment came."""
        killed = self.live(die=die) == -9
        if killed:
            assert self.live() == 0
        return killed

    def die_everywhere(self, died: Path | None) -> None:
        """Die before and after each call that there is, a life for each, until one lives to the end."""
        while self.live(died=died and str(died), attempts=1000) == -9:
            continue

    def approve(self, person: str) -> None:
        (draft,) = [p for p in drafts_among(self.client.lying(PENDING)) if p.message["To"] == person]
        self.client.move(draft, APPROVED)

    def settle_uncertain(self, died: Path | None = None) -> None:
        """Somebody else's answer leaves later and is counted: then it is known whether the first one ever left."""
        self._others += 1
        other = f"otra{self._others}@{self.office.people}"
        self.office.write(ORIENTATION, sender=other, name="Otra Persona Más")
        self.survive(None)
        self.approve(other)
        self.survive(None)
        # What may still be under way is not looked for at once; the daemons' clock goes on.
        self._ahead += 120
        self.die_everywhere(died)

    def states(self) -> list[DraftState]:
        store = open_store(f"sqlite:///{self.office.folder / 'acuse.db'}")
        try:
            (petition,) = [p for p in store.petitions() if p.petitioner == self.office.person]
            return [draft.state for draft in store.drafts_of(petition.folio)]
        finally:
            store.close()

    def story(self) -> list[tuple[str, str]]:
        """Everything holds that must hold at the end; returns the petition's history."""
        store = open_store(f"sqlite:///{self.office.folder / 'acuse.db'}")
        (petition,) = [p for p in store.petitions() if p.petitioner == self.office.person]
        (draft,) = store.drafts_of(petition.folio)
        story = [(entry.action, entry.numeral) for entry in store.story(petition.folio)]
        copies = [copy.origin for copy in store.copies(draft.message_id)]
        health = store.health(self.office.clock.now())
        store.close()

        assert (petition.state, draft.state) == (State.CONCLUIDA_ORIENTACION, DraftState.ACEPTADO)
        assert copies == ["conteo"]
        assert (health.tasks, sum(box.unfinished for box in health.boxes), health.quarantine) == ({}, 0, 0)
        assert health.failed == health.uncertain == 0
        assert [paper.message["Message-ID"] for paper in self.office.received()] == [draft.message_id]
        assert self._count("Copias de conteo", draft.message_id) == 1
        assert self._count("Peticiones", petition.first_message_id) == 1
        filed = Counter(paper.message["X-Acuse-Ficha"] for paper in fichas_among(self.client.lying("Fichas atendidas")))
        assert set(filed.values()) == {1}
        for folder in ("INBOX", PENDING, APPROVED, "Rechazadas", "Drafts"):
            assert self.client.lying(folder) == []
        return story

    def _count(self, folder: str, message_id: str) -> int:
        return sum(paper.message["Message-ID"] == message_id for paper in self.client.lying(folder))


class Stage:
    """Servers and victims for many rounds."""

    def __init__(self, dovecot: Dovecot, smtp: SmtpServer, victims: SimpleQueue[Victims], folder: Path) -> None:
        self._dovecot, self._smtp, self._victims, self._folder = dovecot, smtp, victims, folder
        self._rounds = 0
        # Making the tables takes longer than a round.
        self._empty = folder / "vacio.db"
        open_store(f"sqlite:///{self._empty}").close()

    def new_round(self) -> Round:
        self._rounds += 1
        folder = self._folder / str(self._rounds)
        folder.mkdir()
        (folder / "acuse.db").write_bytes(self._empty.read_bytes())
        office = LiveOffice(self._dovecot, folder)
        office.smtp = self._smtp
        self._smtp.domains += (office.house, office.people)
        return Round(office, self._victims)


@pytest.fixture(scope="module")
def stage(dovecot: Dovecot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("muertes")
    make_certificate(folder)
    with SmtpServer(folder, lmtp=dovecot.lmtp, domains=()) as smtp, Victims() as one, Victims() as other:
        victims: SimpleQueue[Victims] = SimpleQueue()
        for free in (one, other):
            victims.put(free)
        yield Stage(dovecot, smtp, victims, folder)


def deaths(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def calls(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split()


def moments(trace: list[str]) -> list[Moment]:
    """After every call that changes something; what lies between two of them is one and the same world."""
    turns: Counter[str] = Counter()
    found: list[Moment] = []
    for call in trace:
        turns[call] += 1
        if call not in READS and (call not in ONCE or turns[call] == 1):
            found.append((call, turns[call], "after"))
    return [("sender.send", 1, "before"), *found] if "sender.send" in trace else found


def test_killed_once_at_each_step_of_the_round_it_ends_as_if_nothing_had_happened(
    stage: Stage, subtests: pytest.Subtests, tmp_path: Path
) -> None:
    before, after = tmp_path / "antes", tmp_path / "despues"
    undisturbed = stage.new_round()
    undisturbed.office.write(ORIENTATION)
    undisturbed.live(trace=str(before))
    undisturbed.approve(undisturbed.office.person)
    undisturbed.live(trace=str(after))
    story = undisturbed.story()

    deaths_before, deaths_after = moments(calls(before)), moments(calls(after))
    assert {"review.lay", "store.commit"} <= {moment[0] for moment in deaths_before}
    assert {"sender.send", "store.commit", "review.clear"} <= {moment[0] for moment in deaths_after}
    plan = list(zip_longest(deaths_before, deaths_after))
    rounds = [stage.new_round() for _ in plan]
    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(life_with_deaths, life, *dies) for life, dies in zip(rounds, plan, strict=True)]
    for dies, end in zip(plan, ends, strict=True):
        with subtests.test(msg=f"before and after the approval: {dies}"):
            assert end.result() == story


def life_with_deaths(life: Round, early: Moment | None, late: Moment | None) -> list[tuple[str, str]]:
    """A round with a kill before the approval and one after it; returns the petition's history."""
    life.office.write(ORIENTATION)
    assert life.survive(early) is (early is not None)
    assert len(drafts_among(life.client.lying(PENDING))) == len(fichas_among(life.client.lying(PENDING))) == 1
    life.approve(life.office.person)
    assert life.survive(late) is (late is not None)
    if life.states() == [DraftState.INCIERTO]:
        assert late == ("sender.send", 1, "before") or (late and late[0] == "store.sending")
        life.settle_uncertain()
    return life.story()


def test_killed_before_and_after_every_call_there_is_one_after_the_other(stage: Stage, tmp_path: Path) -> None:
    life, early, late = stage.new_round(), tmp_path / "antes", tmp_path / "despues"
    life.office.write(ORIENTATION)
    life.die_everywhere(early)
    life.approve(life.office.person)
    life.die_everywhere(late)
    while life.states() == [DraftState.INCIERTO]:
        life.settle_uncertain(late)
    life.story()
    assert {"mailbox.move before", "review.lay after", "store.commit before"} <= set(deaths(early))
    assert {"sender.send before", "store.approve after", "review.clear after"} <= set(deaths(late))
    assert len(deaths(early)) + len(deaths(late)) > 100
