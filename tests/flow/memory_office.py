"""An office in memory under a clock that tests move: everything is real but the mail servers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

from daemon.decide.calendar import OfficeCalendar
from daemon.decide.policy import Policy
from daemon.decide.supervision import Seen
from daemon.edge.clock import VirtualClock
from daemon.edge.memory import MemoryMailbox, MemoryWorld
from daemon.errors import FolderMissing, LoginRefused, MailboxUnavailable
from daemon.flow import Desk, Station, run_pass
from daemon.model.decision import Disposition
from daemon.model.ledger import Event, FolderStatus
from daemon.model.mail import Reading
from daemon.model.outgoing import Draft, DraftState, Envelope, InternalEnvelope, Place, SendOutcome, SendResult
from daemon.model.petition import Clase, Petition
from daemon.model.rules import PersonaDeCasa, RuleSet, house
from daemon.ports import Store
from daemon.read import read
from storage import open_store
from tests.live.office import COMPLAINT, ORIENTATION, shipped

__all__ = ["COMPLAINT", "ORIENTATION"]

# A Monday morning in Mexico City.
MONDAY = datetime(2025, 10, 13, 16, 0, tzinfo=UTC)
ATNDER, EMPLOYERS, PREGNANT = (f"{name}@imss.gob.mx" for name in ("atnder", "atn.contribuyente", "mujer.embarazada"))
PERSON = "ana.lopez@correo.example"
CONSULTANT = "consultora.uno@imss.gob.mx"
SUPERVISOR = "supervision@imss.gob.mx"
# What our receiving server adds to the mail of a colleague.
VOUCHED = "mx1.imss.gob.mx; spf=pass smtp.mailfrom=imss.gob.mx; dmarc=pass header.from=imss.gob.mx"
KEY = b"una clave de firma para pruebas"
ACCEPTED = SendResult(SendOutcome.ACEPTADO, "250 2.0.0 en memoria")

Post = Envelope | InternalEnvelope


def rules(*, trusting: bool = True) -> RuleSet:
    """The shipped rules with two colleagues; `trusting` lets data requests leave however unsure the classifier is."""
    base = shipped()[0]
    people = (
        PersonaDeCasa(correo=CONSULTANT, nombre="Consultora Uno", papel="consultor"),
        PersonaDeCasa(correo=SUPERVISOR, nombre="Supervisión", papel="supervisor"),
    )
    casa = base.casa.model_copy(update={"personas": people})
    temas = tuple(tema.model_copy(update={"umbral": 0.0}) for tema in base.temas)
    held = tuple(rule.model_copy(update={"disposicion": Disposition.REVISAR}) for rule in base.disposiciones)
    return base.model_copy(update={"casa": casa} | ({"temas": temas} if trusting else {"disposiciones": held}))


class Line(MemoryMailbox):
    """A mailbox whose server can vanish: while its account is among `cut`, nothing is heard of it."""

    def __init__(self, world: MemoryWorld, account: str, cut: set[str]) -> None:
        super().__init__(world, account)
        self._cut = cut

    def status(self, folder: str) -> FolderStatus:
        self._heard("status")
        return super().status(folder)

    def uids(self, folder: str, after: int, since: datetime | None = None) -> list[int]:
        self._heard("uids")
        return super().uids(folder, after, since)

    def move(self, folder: str, uid: int, target: str) -> None:
        if "move" in self._cut:
            raise FolderMissing(f"no se pudo crear la carpeta «{target}»", where=self.account)
        super().move(folder, uid, target)

    def _heard(self, verb: str) -> None:
        if "login" in self._cut:
            raise LoginRefused("el servidor rechazó al usuario", where=self.account)
        if {self.account, verb} & self._cut:
            raise MailboxUnavailable("el servidor no responde", where=self.account)


class MemoryOffice:
    """The accounts `boxes` with their daemon.

    `world.answer` decides what the SMTP server says; `cut` names the accounts or IMAP verbs that are out of reach.
    """

    def __init__(
        self, *, boxes: Sequence[str] = (ATNDER,), trusting: bool = True, since: datetime | None = None
    ) -> None:
        self.clock = VirtualClock(MONDAY)
        self.world = MemoryWorld((*boxes, PERSON, CONSULTANT, SUPERVISOR), self.clock)
        self.store: Store = open_store("sqlite://")
        self.events: list[Event] = []
        self.rules = rules(trusting=trusting)
        self.boxes, self.since, self.envios = tuple(boxes), since, "normales"
        self.cut: set[str] = set()
        self.world.answer = lambda _: ACCEPTED
        self.reader: Callable[[bytes, str, datetime], Reading] = self._read
        self._mails = itertools.count(1)
        self.start()

    # --- the daemon --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the daemon (again): only store, mail servers and clock are what they were."""
        _, classifier, templates = shipped()
        self.desk = Desk(
            store=self.store,
            clock=self.clock,
            policy=Policy(self.rules, classifier, OfficeCalendar(self.rules.calendario), KEY),
            templates=templates,
            journal=self._hear,
            read=self._read_now,
            accounts=self.boxes,
        )
        self.stations = {box: self.station(box) for box in self.boxes}

    def station(self, box: str) -> Station:
        """A fresh station, as after a restart."""
        mailbox, review = Line(self.world, box, self.cut), self.world.review(box, self.rules.carpetas, self.desk.shelf)
        return Station(mailbox, review, self.world.sender(), self.envios, self.since)

    def run(self, *boxes: str) -> None:
        """Passes over these mailboxes (all, when none is named) until nothing moves any more."""
        quiet = 0
        while quiet < 2:
            worked = [run_pass(self.desk, self.stations[box]) for box in boxes or self.boxes]
            quiet = 0 if any(worked) else quiet + 1

    def once(self, box: str = ATNDER) -> None:
        """A single pass."""
        run_pass(self.desk, self.stations[box])

    def wait(self, **of: float) -> None:
        """Let time pass at one stroke, as for a daemon that was down, and run."""
        self.clock.advance(timedelta(**of))
        self.run()

    def until(self, at: datetime) -> None:
        """Let time pass as it does for a running daemon: stopping at every instant at which a term acts."""
        while (due := self.store.next_due(self.boxes)) is not None and due <= at:
            self.clock.set(max(due, self.clock.now()))
            self.run()
        self.clock.set(max(at, self.clock.now()))
        self.run()

    def _read_now(self, raw: bytes, mailbox: str, at: datetime) -> Reading:
        return self.reader(raw, mailbox, at)

    def _read(self, raw: bytes, mailbox: str, at: datetime) -> Reading:
        return read(raw, mailbox=mailbox, house=house(self.rules), received_at=at)

    def _hear(self, event: Event) -> None:
        self.events.append(event)

    # --- people ------------------------------------------------------------------------------------------------

    def write(
        self,
        text: str = COMPLAINT,
        *,
        to: Sequence[str] = (ATNDER,),
        subject: str = "Falta de medicamento",
        sender: str = PERSON,
        name: str = "Ana López Ruiz",
        answering: str | None = None,
        at: datetime | None = None,
        folder: str = "INBOX",
        vouched: str | None = None,
    ) -> EmailMessage:
        """A mail reaches our mailboxes; `vouched` is what the receiving server says of its sender."""
        mail = self.written(text, to=to, subject=subject, sender=sender, name=name, answering=answering, at=at)
        if vouched is not None:
            mail["Authentication-Results"] = vouched
        for box in to:
            self.world.deliver(box, mail.as_bytes(), at or self.clock.now(), folder)
        return mail

    def colleague(self, text: str, answering: str, vouched: str | None = VOUCHED) -> None:
        """The consultant answers a ficha, and the receiving server vouches for it."""
        self.write(text, sender=CONSULTANT, name="Consultora Uno", answering=answering, vouched=vouched)

    def written(
        self,
        text: str = COMPLAINT,
        *,
        to: Sequence[str] = (ATNDER,),
        subject: str = "Falta de medicamento",
        sender: str = PERSON,
        name: str = "Ana López Ruiz",
        answering: str | None = None,
        at: datetime | None = None,
    ) -> EmailMessage:
        """A mail that nobody has sent yet."""
        mail = EmailMessage(policy=policy.SMTP)
        mail["From"] = f"{name} <{sender}>"
        mail["To"] = ", ".join(to)
        mail["Subject"] = subject
        mail["Date"] = at or self.clock.now()
        mail["Message-ID"] = f"<mensaje-{next(self._mails)}@{sender.partition('@')[2]}>"
        if answering is not None:
            mail["In-Reply-To"] = answering.split()[-1]
            mail["References"] = answering
        mail.set_content(f"{text}\n\n{name}\n")
        return mail

    def approve(self, box: str = ATNDER) -> None:
        """Every waiting draft goes to Aprobadas; what needs second eyes by way of the supervisor (P a87–a90)."""
        for draft in self.store.waiting(box, (DraftState.EN_REVISION,)):
            petition = self.store.petition(draft.folio)
            if petition and Seen(draft, petition, self.rules, self.clock.now()).too_early:
                self.move(draft.id, Place.POR_SUPERVISAR, box)
                self.once(box)
            self.move(draft.id, Place.APROBADAS, box)

    def move(self, draft_id: str, place: Place, box: str = ATNDER) -> None:
        """A person moves what waits of this draft to another folder."""
        review = self.stations[box].review
        for lying in review.survey():
            if lying.draft_id == draft_id and lying.place in (Place.PENDIENTES, Place.POR_SUPERVISAR):
                review.relocate(lying.handle, place)

    # --- what a test looks at ----------------------------------------------------------------------------------

    def petition(self) -> Petition:
        """The one petition there is."""
        (found,) = self.store.petitions()
        return found

    def drafts(self) -> tuple[Draft, ...]:
        return self.store.drafts_of(self.petition().folio)

    def states(self) -> list[DraftState]:
        return [draft.state for draft in self.drafts()]

    def classes(self) -> list[Clase]:
        return [draft.clase for draft in self.drafts()]

    def mails(self, folder: str = "INBOX", account: str = PERSON) -> list[EmailMessage]:
        """What lies in a folder, parsed."""
        stored = self.world.folders(account).get(folder)
        raws = [each.raw for each in stored.messages.values()] if stored else []
        return [message_from_bytes(raw, policy=policy.default) for raw in raws]

    def told(self, action: str) -> list[Event]:
        return [event for event in self.events if event.action == action]

    def alarms(self) -> list[str]:
        """The keys of the alarms that began, and of those that ended, with a minus."""
        signs = {"alarma": "", "alarma_fin": "-"}
        return [signs[e.action] + str(e.fields["clave"]) for e in self.events if e.action in signs]


def words(mail: EmailMessage) -> str:
    """The text of a mail."""
    part = mail.get_body(("plain",))
    return part.get_content() if part else ""


def loses_answer(office: MemoryOffice, *, delivered: bool) -> Callable[[Post], SendResult]:
    """A server whose answer to DATA gets lost; the mail may have been delivered all the same."""

    def answer(envelope: Post) -> SendResult:
        if delivered:
            for recipient in envelope.recipients:
                if recipient in (*office.boxes, PERSON):
                    office.world.deliver(recipient, envelope.raw, office.clock.now())
        return SendResult(SendOutcome.INCIERTO, "el servidor cortó la conexión")

    return answer
