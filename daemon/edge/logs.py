"""Logs (owner of structlog): one event a line, always with `action`, never with a person's data.

The guard stands last before the renderer, after tracebacks became text, so every path goes through it: our own lines,
lines of libraries, tracebacks. P 5.22: personal data is handled under the LGPDPPSO; a log is no place for it.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Mapping
from typing import Any, Literal, TextIO

import structlog

from daemon.errors import AcuseError
from daemon.model.decision import Decision
from daemon.model.ledger import Event
from daemon.model.mail import Reading
from daemon.model.masks import bare, masked
from daemon.model.outgoing import Draft, InternalMail
from daemon.model.petition import Term
from daemon.model.siade import Record

Fields = structlog.typing.EventDict

# Fields that hold a person's words or data as a whole.
_HIDDEN = re.compile(
    "nombre|asunto|texto|para|data|datos|evidence|evidencia|subject|text|body|html|sender|remitente|resumen|summary"
    "|original|quoted|fresh"
)
# Fields that name things, not people: an eleven-digit procedure number must not be taken for an NSS.
_IDS = re.compile(
    "action|level|logger|timestamp|at|folio|petition|draft|draft_id|id|tramite"
    "|id_tramite|row|uid|uidvalidity|buzon|account|conteo|counting|numeral|rules_version|version|port|puerto|pid"
)
# Message-IDs of ours name a petition; those of a person's mail program may name the person.
_MESSAGE_IDS, _OURS = re.compile("message_id|in_reply_to"), re.compile(r"<ac-[\w-]+@[\w.-]+>")
# Libraries whose lines are sentences of their own, without anything of a mail.
_FAMILIAR = ("apscheduler", "alembic")
# Names that structlog keeps for itself; a field of an event may not take them.
_RESERVED = frozenset({"event", "level", "exc_info", "stack_info", "stacklevel", "positional_args"})


def configure(
    level: str = "info", style: Literal["auto", "json", "texto"] = "texto", stream: TextIO | None = None
) -> None:
    """Send every log line of the process to `stream` (standard error), as JSON for machines or text for eyes.

    Under journald (`auto` finds out) each line is JSON and begins with its priority, `<3>` for an error, which the
    journal takes off and keeps as its PRIORITY.
    """
    out = stream or sys.stderr
    journal = _is_journal(out)
    if style == "auto":
        style = "json" if journal else "texto"
    before: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_action,
    ]
    # What a library adds to a line of its own (`extra`) is left out: nobody knows whose words it is.
    foreign = [each for each in before if not isinstance(each, structlog.stdlib.ExtraAdder)]
    renderer: structlog.typing.Processor
    if style == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    else:
        plain = structlog.dev.plain_traceback
        renderer = structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=plain, pad_event_to=0)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, _template_alone, *foreign],
        pass_foreign_args=True,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.ExceptionRenderer(_trace),
            without_personal_data,
            renderer,
        ],
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Prioritised(formatter) if journal else formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Every start and every minute of the clock is no event of ours.
    logging.getLogger("apscheduler").setLevel(max(logging.WARNING, root.level))
    # What Python itself would print beside the log goes through it.
    logging.captureWarnings(capture=True)
    threading.excepthook = _tell_thread
    sys.unraisablehook = _tell_unraisable
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _tell_thread(fault: threading.ExceptHookArgs) -> None:
    """The end of a thread by a bug."""
    if fault.exc_value is not None and not isinstance(fault.exc_value, SystemExit):
        get_logger("acuse.hilos").error("Un hilo terminó por un error.", action="error", exc_info=fault.exc_value)


def _tell_unraisable(fault: sys.UnraisableHookArgs) -> None:
    """A bug where nobody can be told of it, as when something is thrown away."""
    get_logger("acuse.hilos").error("Un error que nadie esperaba.", action="error", exc_info=fault.exc_value)


class _Prioritised(logging.Formatter):
    """Lines as journald wants them from a service's standard error (sd-daemon(3))."""

    _PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        priority = next((number for level, number in self._PRIORITIES if record.levelno >= level), 7)
        return "\n".join(f"<{priority}>{line}" for line in self._inner.format(record).split("\n"))


def _is_journal(stream: TextIO) -> bool:
    """Whether what is written here goes to journald: JOURNAL_STREAM names device and inode of its socket."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError, AttributeError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def ensure_configured() -> None:
    """Configure with the defaults unless somebody did: a bug before the settings are read still tells its traceback."""
    if not structlog.is_configured():
        configure()


def get_logger(name: str = "acuse") -> structlog.stdlib.BoundLogger:
    """A logger whose calls are a constant sentence plus fields, `action` among them."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


_ERRORS = frozenset({"error", "alarma"})
_WARNINGS = frozenset({"cuarentena", "incierto", "rechazado_por_servidor", "reglas_rechazadas", "uidvalidity"})
# What a person typed.
_SPOKEN = frozenset({("contingencia", "motivo")})
# Events whose detail is a mail server's answer, which may repeat anything.
_ANSWERS = frozenset({"aplazado", "rechazado_por_servidor", "incierto"})
_SENTENCES = {
    "inicio": "El servicio empieza.",
    "fin": "El servicio termina.",
    "recibido": "Llegó un mensaje.",
    "avance": "Se leyó una parte de los mensajes nuevos; sigue el resto.",
    "decidido": "Se decidió qué sigue.",
    "estado": "La petición cambió de estado.",
    "asignado": "Se eligió quién atiende la petición.",
    "borrador": "Se escribió un correo.",
    "interno": "Se escribió un aviso interno.",
    "aprobado": "Una persona aprobó un borrador.",
    "propuesto": "Un borrador pasó a la supervisión.",
    "devuelto": "Un borrador volvió de la supervisión.",
    "detenido_sin_supervision": "Se aprobó un borrador que la supervisión no había visto: espera en su carpeta.",
    "rechazado_por_consultor": "Una persona rechazó un borrador.",
    "borrado": "Una persona borró un borrador.",
    "enviado": "Salió un correo.",
    "contado": "Se contó una copia.",
    "plazo": "Corre un plazo.",
    "compromiso": "Se anotó el avance de un compromiso.",
    "cuarentena": "Un mensaje quedó en cuarentena.",
    "incierto": "No se sabe si un correo salió.",
    "aplazado": "El servidor pidió intentar más tarde.",
    "reintento": "Se probó que un correo incierto no salió; sale otra vez.",
    "rechazado_por_servidor": "El servidor rechazó un correo.",
    "desaparecido": "Un mensaje ya no estaba cuando se iba a leer.",
    "uidvalidity": "El servidor numeró de nuevo una carpeta.",
    "error": "Falló el trabajo con un mensaje.",
    "sin_avance": "Un buzón o el reloj del servicio no avanza; si no vuelve, systemd reinicia el servicio.",
    "siade": "Hay algo que capturar en SIADE.",
    "siade_exportado": "Se entregó un lote para SIADE.",
    "contingencia": "No se puede registrar en SIADE.",
    "contingencia_fin": "SIADE funciona de nuevo.",
    "borrado_por_plazo": "Se borraron datos personales que cumplieron su plazo.",
    "reglas_nuevas": "Rigen reglas o plantillas nuevas.",
    "reglas_rechazadas": "Las reglas o plantillas guardadas tienen faltas y no se tomaron.",
    "aviso": "Se avisó por correo de una alarma.",
    "alarma": "Empieza una alarma.",
    "alarma_fin": "Termina una alarma.",
    "recuperacion": "El almacén se restauró: se repasa lo que llegó y salió desde su copia.",
    "recuperacion_fin": "Se repasó lo que llegó y salió desde la copia del almacén.",
}


def log_event(event: Event) -> None:
    """The Journal of the daemon: every event becomes one line; of mails and decisions only what names no person."""
    level = logging.ERROR if event.action in _ERRORS else logging.WARNING if event.action in _WARNINGS else logging.INFO
    fields: dict[str, Any] = {}
    for key, value in event.fields.items():
        if isinstance(value, BaseException):
            fields["exc_info"] = value
        elif (event.action, key) in _SPOKEN:
            fields[key] = "[oculto]"
        elif event.action in _ANSWERS and key == "detalle":
            fields[key] = _code(str(value))
        else:
            fields |= _facts(f"{key}_" if key in _RESERVED else key, value)
    named = {"petition": event.petition, "state": event.state, "at": event.at.isoformat()}
    fields |= {key: value for key, value in named.items() if value is not None}
    sentence = _SENTENCES.get(event.action, "Suceso del servicio.")
    get_logger("acuse.flow").log(level, sentence, **{**fields, "action": event.action})


def _code(answer: str) -> str:
    """The codes of a server's answer (RFC 5321, RFC 3463): «550 5.1.1»."""
    code = re.match(r"\s*(\d{3})?[ -]*(\d\.\d{1,3}\.\d{1,3})?", answer)
    return " ".join(filter(None, code.groups())) if code else ""


def _facts(key: str, value: Any) -> dict[str, Any]:
    """What may be logged of one field: of a mail, a decision or a term its facts, never its words."""
    match value:
        case Reading():
            return {"kind": value.kind.value, "message_id": value.message_id}
        case Decision():
            return {
                "step": value.step.value,
                "disposition": value.disposition.value,
                "topic": value.topic,
                "confidence": round(value.confidence, 3),
                "rules_version": value.rules_version,
            }
        case Draft():
            return {"clase": value.clase.value, "vez": value.turn, "draft": value.id, "message_id": value.message_id}
        case InternalMail():
            return {"clase": value.clase.value, "id": value.id}
        case Record():
            return {"clase": value.clase.value, "registro": value.id, "numeral": value.numeral}
        case Term():
            return {"plazo": value.name, "numeral": value.numeral, "due": value.due_at.isoformat()}
        case _:
            return {key: value}


def without_personal_data(_logger: Any, _method: str, fields: Fields) -> Fields:
    """The guard: fields of personal content are hidden, identifiers in any other text are masked."""
    return {key: _guarded(key, value) for key, value in fields.items()}


def _guarded(key: object, value: object) -> object:
    name = str(key).lower()
    if _MESSAGE_IDS.fullmatch(name) and _OURS.fullmatch(str(value)):
        return value
    if _IDS.fullmatch(name) or value is None or isinstance(value, bool):
        return value
    if _HIDDEN.fullmatch(name):
        return "[oculto]"
    match value:
        case Mapping():
            return {inner: _guarded(inner, item) for inner, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_guarded("", item) for item in value]
        case int() | float():
            return value if len(str(value)) < 10 else masked(str(value))
        case _:
            # A traceback was guarded where it was made; its quotes are names of our files.
            return masked(str(value)) if name == "exception" else bare(str(value))


def _trace(exc_info: structlog.typing.ExcInfo) -> str:
    """Where an exception was raised, through its whole chain, and of what type.

    Its words only when they are ours or the system's: those of a bug may be words of the mail that it met.
    """
    lines: list[str] = []
    fault: BaseException | None = exc_info[1]
    while fault is not None:
        words = f": {_words(fault)}" if isinstance(fault, (AcuseError, OSError)) else ""
        lines.insert(0, "".join(traceback.format_tb(fault.__traceback__)) + type(fault).__qualname__ + words)
        fault = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    # The line by which people and programs find a traceback in a log.
    return "\n\n".join(["Traceback (most recent call last):", *lines])


def _words(fault: AcuseError | OSError) -> str:
    """What is at fault, without what others wrote: of the system's words its own, not the file's name."""
    return (
        bare(str(fault)) if isinstance(fault, AcuseError) else f"[Errno {fault.errno}] {fault.strerror or ''}".strip()
    )


def _with_action(_logger: Any, _method: str, fields: Fields) -> Fields:
    """Lines of libraries have no action of ours; they are told apart by this one."""
    fields.setdefault("action", "biblioteca")
    return fields


def _template_alone(_logger: Any, _method: str, fields: Fields) -> Fields:
    """Of a library's line its constant sentence: what it fills in, or has filled in already, may be anybody's words.

    Where the line came from is told instead, so that whoever needs more can look it up.
    """
    record: logging.LogRecord = fields["_record"]
    known = bool(fields.pop("positional_args", ())) or record.name.startswith(_FAMILIAR)
    fields["event"] = str(record.msg) if known else "Una biblioteca dice algo."
    fields["donde"] = f"{record.module}:{record.lineno}"
    return fields
