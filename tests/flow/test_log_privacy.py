"""No line of the log names a person: of invented persons in mails of many shapes, and on every path into the log."""

from __future__ import annotations

import io
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import structlog
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from daemon.edge import logs
from daemon.errors import AcuseError, FolderMissing, LoginRefused, MailboxUnavailable
from daemon.model.ledger import Event
from daemon.model.outgoing import InternalEnvelope, SendOutcome, SendResult
from tests.flow.memory_office import ACCEPTED, ATNDER, MONDAY, MemoryOffice
from tests.invented_persons import Person, persons

# Without shrinking, since a failure names the person and the path anyway.
PHASES = (Phase.explicit, Phase.generate)
OFTEN = settings(deadline=None, max_examples=40, phases=PHASES, suppress_health_check=list(HealthCheck))
SELDOM = settings(OFTEN, max_examples=5)


@contextmanager
def logged(style: str = "json") -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level, threading.excepthook, sys.unraisablehook
    stream = io.StringIO()
    logs.configure("debug", style, stream)  # type: ignore[arg-type]
    try:
        yield stream
    finally:
        logging.captureWarnings(capture=False)
        root.handlers[:], threading.excepthook, sys.unraisablehook = before[0], before[2], before[3]
        root.setLevel(before[1])
        structlog.reset_defaults()


def a_server_says(person: Person) -> tuple[str, ...]:
    return (
        f"550 5.1.1 <{person.mail}>: Recipient address rejected: {person.name} unknown",
        f"552 {person.name} mailbox full",
        f"{person.words}",
    )


PATHS: dict[str, Callable[[Person], None]] = {
    "the sender's refusal": lambda p: [
        tell("rechazado_por_servidor", codigo=550, detalle=said) for said in a_server_says(p)
    ],
    "an uncertain or put-off sending": lambda p: [
        tell(action, detalle=said) for said in a_server_says(p) for action in ("incierto", "aplazado")
    ],
    "an alarm's text": lambda p: tell("alarma", clave="envio:x", detalle=str(an_error(p, SenderSaid))),
    "a contingencia": lambda p: tell("contingencia", motivo=p.words),
    "an expected error": lambda p: tell("error", detalle=str(an_error(p)), exc=raised(an_error(p))),
    "a bug": lambda p: [tell("error", exc=raised(kind(p.words))) for kind in (ValueError, KeyError, RuntimeError)],
    "a file's name": lambda p: tell("error", exc=raised(FileNotFoundError(2, "no existe", f"/x/{p.name}.pdf"))),
    "letters that cannot be read": lambda p: tell("error", exc=raised(bad_letters(p))),
    "a chain of errors": lambda p: tell("error", exc=raised(AcuseError("falló"), raised(ValueError(p.words)))),
    "a library's line": lambda p: [
        logging.getLogger("ajena").warning("no se pudo con %s: %s", p.name, p.words),
        logging.getLogger("ajena").error(f"no se pudo con {p.words}"),
        logging.getLogger("ajena").error("con extra", extra={"persona": p.name, "asunto": p.words}),
    ],
    "a library's traceback": lambda p: logging.getLogger("ajena").error("falló", exc_info=raised(ValueError(p.words))),
    "a warning of Python": lambda p: warnings.warn(p.words, stacklevel=1),
    "the end of a thread": lambda p: in_a_thread(raised(ValueError(p.words))),
    "a field of persons": lambda p: logs.get_logger().info("Se leyó.", action="x", nombre=p.name, asunto=p.words),
}


class SenderSaid(AcuseError):
    pass


def an_error(person: Person, kind: type[AcuseError] = AcuseError) -> AcuseError:
    """As the daemon writes them: what others said stands in quotes or parentheses."""
    return kind(
        f"no se pudo mover a «{person.name}» x» ni a '{person.given}' ({person.words})",
        where=f"buzón {person.mail}",
        cure=f"escriba a {person.mail} o revise «{person.street}»",
    )


def raised(fault: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise fault from cause
    except BaseException as caught:  # noqa: BLE001
        return caught


def bad_letters(person: Person) -> UnicodeDecodeError:
    return UnicodeDecodeError("utf-8", person.words.encode("latin-1", "replace"), 0, 1, person.name)


def in_a_thread(fault: BaseException) -> None:
    def fail() -> None:
        raise fault

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()


def tell(action: str, **fields: Any) -> None:
    logs.log_event(Event(MONDAY, action, None, None, fields))


@OFTEN
@given(person=persons(), path=st.sampled_from(sorted(PATHS)), style=st.sampled_from(["json", "texto"]))
def test_no_path_into_the_log_lets_a_person_through(person: Person, path: str, style: str) -> None:
    with logged(style) as stream, warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        PATHS[path](person)
    assert stream.getvalue()
    assert person.found_in(stream.getvalue()) == []


def mails_of(person: Person) -> Iterator[bytes]:
    """One person's data, in mails of many shapes."""
    for number, (subject, text, html) in enumerate(
        (
            ("Falta de medicamento", person.words, ""),
            (person.words[:180], "Buen día, no me dan mi medicamento.", ""),
            (f"Queja de {person.name}", "", f"<p>{person.words}</p>"),
            ("Semanas cotizadas", f"¿Cuántas semanas tengo? {person.words}", f"<b>{person.words}</b>"),
        )
    ):
        mail = EmailMessage()
        mail["From"] = f'"{person.name}" <{person.mail}>'
        mail["To"] = ATNDER
        mail["Subject"] = subject
        mail["Message-ID"] = f"<{number}.{person.nss}.{person.mail}>"
        mail.set_content(text or "-")
        if html:
            mail.add_alternative(html, subtype="html")
        if number % 2:
            mail.add_attachment(
                b"%PDF-1.4 roto", maintype="application", subtype="pdf", filename=f"{person.name} {person.curp}.pdf"
            )
        yield mail.as_bytes()
    yield f"From: {person.name} {person.mail}\r\nSubject: =?utf-8?q?{person.given}\r\n\r\n{person.words}".encode()
    yield f"{person.words}".encode("latin-1", "replace")
    yield (
        f"From: MAILER-DAEMON@correo.example\r\nTo: {ATNDER}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"Auto-Submitted: auto-replied\r\nMessage-ID: <b@x.example>\r\n\r\n<{person.mail}>: {person.name} unknown\r\n"
    ).encode()


@SELDOM
@given(person=persons(), trouble=st.sampled_from(["none", "refused", "reader", "login", "folder", "lost", "expected"]))
def test_a_whole_office_at_work_logs_nothing_of_a_person(person: Person, trouble: str) -> None:
    with logged() as stream:
        office = MemoryOffice()

        def hear(event: Event) -> None:
            office.events.append(event)
            logs.log_event(event)

        office._hear = hear  # type: ignore[method-assign]
        office.start()
        office.run()
        refused, lost, full = a_server_says(person)
        answers = {
            "refused": SendResult(SendOutcome.RECHAZADO, refused, {person.mail: (550, refused)}),
            "lost": SendResult(SendOutcome.INCIERTO, lost),
            "folder": SendResult(SendOutcome.APLAZADO, full),
        }
        given_back = answers.get(trouble, ACCEPTED)
        office.world.answer = lambda post: ACCEPTED if isinstance(post, InternalEnvelope) else given_back
        if trouble in ("reader", "expected"):
            fault = RuntimeError(person.words) if trouble == "reader" else an_error(person)

            def broken(raw: bytes, mailbox: str, at: Any) -> Any:
                raise fault

            office.reader = broken
        for raw in mails_of(person):
            office.world.deliver(ATNDER, raw, office.clock.now())
        if trouble == "folder":
            office.cut.add("move")
        if trouble == "login":
            office.cut.add("login")
        for _ in range(4):
            try:
                office.run()
            except (LoginRefused, MailboxUnavailable, FolderMissing) as problem:
                office.desk.alarm_once(f"buzon:{ATNDER}", str(problem))
            office.clock.advance(timedelta(hours=1))
    told = stream.getvalue()
    assert told or trouble == "none"
    assert person.found_in(told) == []
