"""The demo from beginning to end: servers, the real daemon, the sample mailbox, its people's hands, the summary."""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from ..app import Office, jobs
from ..decide.survival.connectivity import start_test
from ..edge import logs
from ..flow import morning
from ..model.ledger import Event
from ..model.mail import Kind
from ..model.outgoing import Draft, DraftState
from ..model.petition import Clase, State
from ..service import Service
from . import words
from .hands import Hands
from .office import CONSULATE, ENLACE, PEOPLE, office_rules, open_offices, open_world, people
from .samples import deliver, samples
from .servers import HOST, MailWorld
from .show import Screen, Totals
from .tale import Arrival, Feed, Tale, laid, printable

# In seconds: how long each mail has the screen for itself (before a person, before nobody), how long everything may
# take, and how long nothing must happen before everything counts as done.
_PAUSE, _BRISK, _LIMIT, _CALM = 2.5, 0.1, 120.0, 0.5
# How many days the consular office has to acknowledge the connectivity test.
_TEST_DAYS = 5
_ANSWERED = (Kind.PETICION, Kind.ENLACE, Kind.SEGUIMIENTO, Kind.SOLICITUD_SUPERVIVENCIA, Kind.PRUEBA_CONECTIVIDAD)
# What somebody of the office approves here without much thought.
_SIMPLE = (Clase.DATOS_COMPLEMENTARIOS, Clase.DERIVACION_ORGANO_NORMATIVO, Clase.RESPUESTA_ORGANO_NORMATIVO)
# What each side of IMSS Digital has come to when a request, a bad one and a test have gone there and back.
_RECEPTION_ENDS = frozenset({State.SUPERVIVENCIA_CONFIRMADA, State.SUPERVIVENCIA_RECHAZADA, State.PRUEBA_ACUSADA})
_CONSULATE_ENDS = frozenset({State.CONFIRMADA_POR_IMSS, State.RECHAZADA_POR_IMSS, State.PRUEBA_ACUSADA})


def run_demo(console: Console, *, once: bool, imap_port: int = 0, smtp_port: int = 0) -> bool:
    """Run the demo on this terminal; True when everything ended as it should. Call it from the main thread."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    rules = office_rules()
    with tempfile.TemporaryDirectory(prefix="acuse-demo-") as name, open_world(rules, imap_port, smtp_port) as world:
        folder = Path(name)
        with (folder / "acuse.log").open("w", encoding="utf-8") as log:
            # The screen belongs to the demo; what libraries log is no news to anybody who tries it.
            logs.configure("warning", "texto", log)
            feed, screen = Feed(), Screen(console, rules)
            offices = open_offices(folder, world, rules, feed)
            siade = folder / "siade"
            siade.mkdir()
            demo = Demo(world, offices, Hands(world, offices, siade), feed, screen, stop)
            demo.opening()
            try:
                faults = demo.once() if once else demo.attended()
                rows, totals = demo.result()
            finally:
                # Stopping takes a moment; an impatient second Ctrl-C shall not tear it.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                demo.close()
                logs.configure()
            screen.summary(rows, totals, faults)
        return not faults


class Demo:
    """One run. Two daemons work in their own threads, IMSS's (the first) and the consular office's; this thread
    delivers, shows what the feed brings, and ends it all."""

    def __init__(
        self,
        world: MailWorld,
        offices: tuple[Office, Office],
        hands: Hands,
        feed: Feed,
        screen: Screen,
        stop: threading.Event,
    ) -> None:
        self._world, self._offices, self._hands = world, offices, hands
        self._feed, self._screen, self._stop = feed, screen, stop
        self._services = [Service(office) for office in offices]
        self._tale = Tale()
        self._delivered = 0
        self._last = time.monotonic()

    def opening(self) -> None:
        """Tell how to look in."""
        about = {
            CONSULATE: "la oficina consular",
            ENLACE: "enlace de un Órgano",
            PEOPLE: "lo que reciben las personas",
            **people(self._offices[0].rules),
        }
        logins = [(user, key, about.get(user, "buzón y borradores")) for user, key in self._world.users.items()]
        self._screen.opening(HOST, self._world.imap_port, self._world.smtp_port, logins)

    def _start(self) -> None:
        """From here on something happens, so that whatever is to be told first has been."""
        self._start_test()
        for service in self._services:
            service.start()

    def once(self) -> list[str]:
        """Work everything off, do what its people would do, and say what did not end as it should."""
        end = time.monotonic() + _LIMIT
        self._start()
        self._await_watch(end)
        self._deliver_all(pause=_BRISK)
        done = self._settle(end)
        self._screen.pending(self._waiting())
        if done:
            self._capture()
        while done and self._act():
            done = self._settle(end)
        if done:
            self._capture()
            self._tell_morning()
            done = self._settle(end)
        unfinished = [] if done else [f"no se acabó de atender todo en {_LIMIT:.0f} segundos"]
        if self._stop.is_set():
            unfinished = ["se interrumpió antes de acabar"]
        return [*unfinished, *self._faults()]

    def attended(self) -> list[str]:
        """Mail comes in slowly; then the person at the terminal tries out what they like, until Ctrl-C."""
        enter = _enter_key()
        self._screen.invitation()
        self._start()
        self._await_watch(time.monotonic() + _LIMIT)
        self._deliver_all(pause=_PAUSE)
        self._settle(time.monotonic() + _LIMIT)
        if not self._stop.is_set():
            self._screen.note("Ya llegó todo el correo de muestra.")
            self._capture()
            self._settle(time.monotonic() + _LIMIT)
            self._tell_morning()
            self._settle(time.monotonic() + _LIMIT)
            self._screen.pending(self._waiting())
            self._screen.your_turn(by_key=enter is not None)
        while not self._stop.is_set():
            self._pump(0.3)
            self._answer()
            if enter is not None and enter.is_set():
                enter.clear()
                self._approve_next()
        self._screen.note("Se detiene el servicio…")
        return []

    # --- the world's and the office's hands -------------------------------------------------------------------------

    def _start_test(self) -> None:
        """Prepare a connectivity test for the one office that is here, as `acuse conectividad start` does."""
        desk = self._offices[0].desk
        oficina = desk.policy.rules.oficina(CONSULATE)
        assert oficina is not None
        deadline = desk.policy.calendar.local(desk.now()).date() + timedelta(days=_TEST_DAYS)
        self._screen.note(f"El IMSS prepara una prueba de conectividad para {oficina.nombre}:")
        desk.commit(start_test(oficina, desk.policy, desk.now(), deadline))

    def _deliver_all(self, pause: float) -> None:
        for sample in samples():
            if self._stop.is_set():
                return
            deliver(sample, self._world, datetime.now(UTC))
            self._delivered += 1
            self._pump(pause)

    def _capture(self) -> None:
        """Everything that SIADE is to know goes there, and its folios come back."""
        for file in self._hands.captures():
            self._pump(0)
            self._screen.captured(file.name)
            self._screen.taken(self._hands.takes(file))

    def _act(self) -> bool:
        """Whatever somebody of the office, or the Órgano, has to do now; False when there is nothing."""
        chosen = self._choice()
        for draft in chosen:
            self._approve(draft)
        return self._answer() or bool(chosen)

    def _answer(self) -> bool:
        answered = self._hands.answers()
        self._delivered += answered
        if answered:
            self._screen.note(f"El Órgano normativo contesta desde {ENLACE}.")
        return bool(answered)

    def _choice(self) -> Sequence[Draft]:
        """What is approved without much thought, and what an office must mend; and one orientation, to see it leave."""
        waiting = self._waiting()
        chosen = [draft for draft in waiting if draft.clase in _SIMPLE or draft.to == CONSULATE]
        if not any(draft.clase is Clase.ORIENTACION for draft in self._tale.sent.values()):
            chosen += [draft for draft in waiting if draft.clase is Clase.ORIENTACION][:1]
        return chosen

    def _approve_next(self) -> None:
        waiting = self._waiting()
        if not waiting:
            self._screen.note("Ningún borrador espera revisión.")
            return
        self._approve(min(waiting, key=lambda draft: draft.clase not in (Clase.ORIENTACION, *_SIMPLE)))

    def _approve(self, draft: Draft) -> None:
        self._screen.moved(draft, self._hands.approves(draft))

    def _tell_morning(self) -> None:
        """The mail of every morning, asked for now by the very job that sends it."""
        desk = self._offices[0].desk
        job = next(job for job in jobs(self._offices[0]) if job.name == morning.JOB)
        self._screen.note(f"El informe sale cada mañana hábil a las {job.at:%H:%M}; la demostración lo pide ahora.")
        job.run(desk, desk.policy.calendar.local(desk.now()).date())

    def _waiting(self, state: DraftState = DraftState.EN_REVISION) -> list[Draft]:
        desks = [office.desk for office in self._offices]
        return [draft for desk in desks for account in desk.accounts for draft in desk.store.waiting(account, (state,))]

    def _await_watch(self, end: float) -> None:
        """Until every mailbox has been looked at once, so that mails are told in the order in which they come."""
        desks = [office.desk for office in self._offices]
        while any(desk.store.horizon(desk.accounts) is None for desk in desks):
            if time.monotonic() > end or self._stop.is_set():
                return
            self._pump(0.1)

    # --- what happens ----------------------------------------------------------------------------------------------

    def _pump(self, seconds: float) -> None:
        """Show what the daemon tells for so long, or until it is to stop; with 0 only what is there already."""
        end = time.monotonic() + seconds
        while True:
            heard = self._feed.next(min(0.2, max(end - time.monotonic(), 0.001)))
            if heard is not None:
                self._last = time.monotonic()
                for told in self._tale.take(*heard):
                    self._show(told)
            else:
                # Not before the feed is empty, so that nothing parts what was told at one go.
                for arrival in self._tale.rest():
                    self._show(arrival)
            if time.monotonic() >= end or self._stop.is_set():
                return

    def _show(self, told: Arrival | Event) -> None:
        if isinstance(told, Arrival):
            self._screen.arrival(told)
        else:
            self._screen.event(told)

    def _settle(self, end: float) -> bool:
        """Until nothing moves; False when that takes too long or somebody stops it."""
        while time.monotonic() < end and not self._stop.is_set():
            self._pump(0.3)
            if time.monotonic() - self._last > _CALM and self._nothing_moves():
                return True
        return False

    def _nothing_moves(self) -> bool:
        figures = [office.desk.store.health(office.desk.now()) for office in self._offices]
        open_work = any(told.tasks or any(box.unfinished for box in told.boxes) for told in figures)
        moved = any(self._moved(account) for office in self._offices for account in office.desk.accounts)
        everything = len(self._tale.arrivals) >= self._expected()
        counted = set(self._tale.sent) <= set(self._tale.counted)
        still = not (open_work or moved or self._waiting(DraftState.APROBADO) or self._tale.waiting())
        return everything and counted and still

    def _expected(self) -> int:
        """How many mails must have come: the samples, bounces, and what one installation sent to the other."""
        read = {account for office in self._offices for account in office.desk.accounts}
        exchanged = sum(1 for draft in self._tale.sent.values() if draft.to in read)
        return self._delivered + self._world.bounced + exchanged

    def _moved(self, account: str) -> bool:
        """Whether somebody moved a draft that the daemon has not seen there yet."""
        carpetas = self._offices[0].rules.carpetas
        proposed = sum(1 for draft in self._waiting() if draft.account == account and draft.proposed_at)
        return bool(self._hands.lying(account, carpetas.aprobadas)) or proposed != self._hands.lying(
            account, carpetas.por_supervisar
        )

    # --- the end ---------------------------------------------------------------------------------------------------

    def _faults(self) -> list[str]:
        """What a demo that went well does not have."""
        tale = self._tale
        faults = [f"el servicio avisó: {text}" for text in tale.errors]
        if len(tale.arrivals) != self._expected():
            faults.append(f"llegaron {self._expected()} correos y se atendieron {len(tale.arrivals)}")
        copies = self._copies()
        if any(copies[message_id] != 1 for message_id in tale.sent):
            faults.append(f"se enviaron {len(tale.sent)} correos y se contaron {sum(copies.values())} (P 5.65)")
        reached, outside = self._hands.lying(PEOPLE), [d for d in tale.sent.values() if d.to not in self._world.users]
        if not outside or reached != len(outside) - self._world.bounced:
            faults.append(f"se enviaron {len(outside)} correos a personas y les llegaron {reached}")
        faults += self._open_circle() + self._unserved()
        for arrival in tale.arrivals:
            what = f"«{arrival.reading.subject}»"
            if arrival.reading.kind not in _ANSWERED and arrival.drafts:
                faults.append(f"se preparó respuesta a un correo que no la pide: {what}")
            decision = arrival.decision
            if decision and decision.sensitive and any(d.folio == arrival.folio for d in tale.sent.values()):
                faults.append(f"se contestó sin una persona a un asunto sensible: {what}")
        return faults

    def _open_circle(self) -> list[str]:
        """Where IMSS Digital did not come to its ends on both sides, or left the office nothing to print."""
        faults = []
        for office, ends in zip(self._offices, (_RECEPTION_ENDS, _CONSULATE_ENDS), strict=True):
            missing = ends - {petition.state for petition in office.desk.store.petitions()}
            faults += [f"IMSS Digital: nada terminó como «{words.state(state)}»" for state in sorted(missing)]
        if not any(mail.account == CONSULATE and printable(mail) for mail in self._tale.internals):
            faults.append("IMSS Digital: la oficina consular no tiene comprobante que imprimir")
        return faults

    def _unserved(self) -> list[str]:
        """Where the procedure did not come to its end: no answer of the Órgano passed on, no folio, a mail to one of
        our people that is not in their mailbox."""
        petitions = self._offices[0].desk.store.petitions()
        faults = []
        if not any(petition.state is State.CONCLUIDA for petition in petitions):
            faults.append("ninguna respuesta de un Órgano normativo llegó a la persona")
        if not any(petition.registered_at and petition.siade for petition in petitions):
            faults.append("ninguna petición recibió folio de SIADE")
        for user in people(self._offices[0].rules):
            told, lie = sum(1 for mail in self._tale.internals if mail.to == user), self._hands.lying(user)
            if told != lie or not told:
                faults.append(f"se escribieron {told} correos internos a {user} y en su buzón hay {lie}")
        return faults

    def _copies(self) -> Counter[str]:
        """How often each sent mail was seen in its counting mailbox, in the installation that sent it."""
        found: Counter[str] = Counter()
        for office in self._offices:
            for draft in self._tale.sent.values():
                seen = office.desk.store.copies(draft.message_id) if draft.account in office.desk.accounts else ()
                found[draft.message_id] += sum(1 for copy in seen if copy.origin == "conteo")
        return found

    def result(self) -> tuple[list[tuple[Arrival, State | None]], Totals]:
        """Every mail with the state that its petition has come to, and the figures."""
        self._pump(0)
        for arrival in self._tale.rest(all_of_it=True):
            self._show(arrival)
        tale, stores = self._tale, [office.desk.store for office in self._offices]
        rows = []
        for arrival in tale.arrivals:
            petitions = [store.petition(arrival.folio) for store in stores] if arrival.folio else []
            rows.append((arrival, next((petition.state for petition in petitions if petition), None)))
        sheets = sum(1 for mail in tale.internals if laid(mail))
        totals = Totals(
            recibidos=len(rows),
            en_revision=len(self._waiting()),
            enviados=len(tale.sent),
            contados=sum(1 for number in self._copies().values() if number),
            fichas=sheets,
            internos=len(tale.internals) - sheets,
            cuarentena=sum(len(store.quarantined()) for store in stores),
            sin_respuesta=tale.unanswered(),
        )
        return rows, totals

    def close(self) -> None:
        """Stop the daemons; what they hold they finish."""
        for service in self._services:
            service.stop(patience=5.0)


def _enter_key() -> threading.Event | None:
    """Set each time somebody presses Enter; None when nobody can."""
    if not sys.stdin.isatty():
        return None
    pressed = threading.Event()

    def listen() -> None:
        with suppress(OSError, ValueError):
            while sys.stdin.readline():
                pressed.set()

    threading.Thread(target=listen, name="tecla-intro", daemon=True).start()
    return pressed
