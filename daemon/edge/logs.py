"""Logs (owner of structlog): one event a line, always with `action`, never with a person's data.

The guard stands last before the renderer, after tracebacks became text, so every path goes through it: our own lines,
lines of libraries, tracebacks. P 5.22: personal data is handled under the LGPDPPSO; a log is no place for it.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from collections.abc import Mapping
from typing import Any, Literal, TextIO

import structlog

from daemon.errors import AcuseError
from daemon.model.decision import Decision
from daemon.model.ledger import Event
from daemon.model.mail import Reading
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
    "action|level|logger|timestamp|at|file|archivo|folio|petition|draft|draft_id|id|tramite"
    "|id_tramite|row|uid|uidvalidity|buzon|account|conteo|counting|numeral|rules_version|version|port|puerto|pid"
)
# Message-IDs of ours name a petition; those of a person's mail program may name the person.
_MESSAGE_IDS, _OURS = re.compile("message_id|in_reply_to"), re.compile(r"<ac-[\w-]+@[\w.-]+>")
# Names that structlog keeps for itself; a field of an event may not take them.
_RESERVED = frozenset({"event", "level", "exc_info", "stack_info", "stacklevel", "positional_args"})

_SPACE = r"[\s.\-–/]{0,2}"
_PERSONAL = re.compile(
    rf"""
    (?P<instant>\b\d{{4}}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?)
  | (?P<address>\b(?:\d{{1,3}}\.){{3}}\d{{1,3}}\b)
  | (?P<correo>[\w.+%'-]+(?=@[\w-]+(?:\.[\w-]+)+))
  | (?P<curp>\b[A-Z][AEIOUX][A-Z]{{2}}\d{{6}}[HMX][A-Z]{{5}}[A-Z\d]\d\b)
  | (?P<rfc>\b[A-ZÑ&]{{3,4}}{_SPACE}\d{{6}}{_SPACE}[A-Z\d]{{3}}\b)
  | (?P<numero>(?<![\w-])\+?(?:\(?\d\)?{_SPACE}){{9,17}}\d(?![\w]))
    """,
    re.VERBOSE | re.IGNORECASE,
)


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
    renderer: structlog.typing.Processor
    if style == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    else:
        plain = structlog.dev.plain_traceback
        renderer = structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=plain, pad_event_to=0)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *before],
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
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class _Prioritised(logging.Formatter):
    """Lines as journald wants them from a service's standard error (sd-daemon(3))."""

    _PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        priority = next((number for level, number in self._PRIORITIES if record.levelno >= level), 7)
        return "\n".join(f"<{priority}>{line}" for line in self._inner.format(record).splitlines())


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
_WARNINGS = frozenset({"cuarentena", "incierto", "rechazado_por_servidor", "uidvalidity"})
_SENTENCES = {
    "inicio": "El servicio empieza.",
    "fin": "El servicio termina.",
    "recibido": "Llegó un mensaje.",
    "decidido": "Se decidió qué sigue.",
    "estado": "La petición cambió de estado.",
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
    "siade": "Hay algo que capturar en SIADE.",
    "siade_exportado": "Se entregó un lote para SIADE.",
    "contingencia": "No se puede registrar en SIADE.",
    "contingencia_fin": "SIADE funciona de nuevo.",
    "alarma": "Empieza una alarma.",
    "alarma_fin": "Termina una alarma.",
}


def log_event(event: Event) -> None:
    """The Journal of the daemon: every event becomes one line; of mails and decisions only what names no person."""
    level = logging.ERROR if event.action in _ERRORS else logging.WARNING if event.action in _WARNINGS else logging.INFO
    fields: dict[str, Any] = {}
    for key, value in event.fields.items():
        if isinstance(value, BaseException):
            fields["exc_info"] = value
        else:
            fields |= _facts(f"{key}_" if key in _RESERVED else key, value)
    named = {"petition": event.petition, "state": event.state, "at": event.at.isoformat()}
    fields |= {key: value for key, value in named.items() if value is not None}
    sentence = _SENTENCES.get(event.action, "Suceso del servicio.")
    get_logger("acuse.flow").log(level, sentence, **{**fields, "action": event.action})


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


def masked(text: str) -> str:
    """A text without NSS, CURP, RFC, telephone numbers and the local part of mail addresses."""
    return _PERSONAL.sub(lambda match: _MASKS.get(match.lastgroup or "", match[0]), text)


_MASKS = {"correo": "…", "curp": "[CURP]", "rfc": "[RFC]", "numero": "[número]"}


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
            return masked(str(value))


def _trace(exc_info: structlog.typing.ExcInfo) -> str:
    """Where an exception was raised, through its whole chain, and of what type.

    Its words only when they are ours or the system's: those of a bug may be words of the mail that it met.
    """
    lines: list[str] = []
    fault: BaseException | None = exc_info[1]
    while fault is not None:
        words = f": {fault}" if isinstance(fault, (AcuseError, OSError)) else ""
        lines.insert(0, "".join(traceback.format_tb(fault.__traceback__)) + type(fault).__qualname__ + words)
        fault = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    # The line by which people and programs find a traceback in a log.
    return "\n\n".join(["Traceback (most recent call last):", *lines])


def _with_action(_logger: Any, _method: str, fields: Fields) -> Fields:
    """Lines of libraries have no action of ours; they are told apart by this one."""
    fields.setdefault("action", "biblioteca")
    return fields
