"""The one family of errors: each says what happened, where, and what to do, and who must act."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass


class AcuseError(Exception):
    """Base of every failure that we expect.

    `what` says what happened, `where` names the place (file:line, mailbox, folio) and `cure` what the reader
    can do; the three are Spanish, because operators and admins read them. Whether trying again by itself makes
    sense, each class says.
    """

    def __init__(self, what: str, *, where: str = "", cure: str = "") -> None:
        self.what, self.where, self.cure = what, where, cure
        super().__init__(what)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text} → {self.cure}" if self.cure else text


_SYSTEM = {
    errno.EACCES: "sin permiso",
    errno.EPERM: "sin permiso",
    errno.ENOENT: "no existe",
    errno.EISDIR: "es una carpeta",
    errno.ENOTDIR: "en su ruta hay un archivo donde debe haber una carpeta",
    errno.EEXIST: "ya existe",
    errno.ENAMETOOLONG: "el nombre es demasiado largo",
    errno.ENOSPC: "no queda espacio en el disco",
    errno.EDQUOT: "se agotó el espacio permitido en el disco",
    errno.EROFS: "el disco está en solo lectura",
    errno.EIO: "el disco falla",
    errno.EADDRINUSE: "otro programa ya usa ese puerto",
    errno.EADDRNOTAVAIL: "esta máquina no tiene esa dirección",
    errno.ECONNREFUSED: "nadie atiende en ese puerto",
    errno.ECONNRESET: "se cortó la conexión",
    errno.EPIPE: "se cortó la conexión",
    errno.ECONNABORTED: "se cortó la conexión",
    errno.ETIMEDOUT: "no respondió a tiempo",
    errno.EHOSTUNREACH: "la red no llega hasta ese servidor",
    errno.ENETUNREACH: "la red no llega hasta ese servidor",
    errno.EHOSTDOWN: "ese servidor está apagado",
    # What looking up a name answers: its numbers are below zero, so that they are told apart from the others.
    -2: "ese nombre de servidor no existe",
    -3: "no se pudo averiguar su dirección: la red o el servicio de nombres (DNS) no responde",
}


def system_words(error: OSError) -> str:
    """What the operating system said, in Spanish; words that the table does not know as they are."""
    return _SYSTEM.get(error.errno or 0) or error.strerror or str(error)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a file that a person wrote: place, what was found, what was expected, and the cure."""

    file: str
    path: str
    found: str
    expected: str
    cure: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}:{self.column or 1}"
        text = f"{place}: {self.path}: se encontró {self.found}; se esperaba {self.expected}"
        return f"{text} → {self.cure}" if self.cure else text


class FileFaults(AcuseError):
    """A settings, rule or template file is wrong; carries every fault at once. The admin must act."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            "\n".join(str(fault) for fault in self.faults),
            cure="corrija los archivos señalados y ejecute de nuevo «acuse check»",
        )

    def __str__(self) -> str:
        return self.what


class MailboxUnavailable(AcuseError, ConnectionError):
    """The IMAP server cannot be reached or broke the conversation; the pass is tried again later."""


class LoginRefused(AcuseError, PermissionError):
    """The server refused the account's credentials: an alarm, and one try an hour, lest the account gets locked."""


class FolderMissing(AcuseError, LookupError):
    """A folder that the daemon needs does not exist and could not be created."""


class MessageGone(AcuseError, LookupError):
    """The message left its folder between listing and fetching; somebody moved or deleted it."""


class SenderUnavailable(AcuseError, ConnectionError):
    """The SMTP server could not be reached before anything was handed over; safe to try again."""


class StoreUnavailable(AcuseError, ConnectionError):
    """The data base cannot be opened, is locked for too long, or is newer than this program."""


class TemplateFailed(AcuseError, ValueError):
    """A template names a variable that does not exist or produced an empty mail; no draft is made from it."""


class IllegalTransition(AcuseError, ValueError):
    """An event that the state table does not allow in the petition's state; the state stays as it is."""


class Unreadable(AcuseError, ValueError):
    """A message that cannot be read at all; it goes to quarantine as `ilegible`."""


class ApprovalUnusable(AcuseError, ValueError):
    """A person approved a draft that cannot leave as it stands: other recipients, or no text. The consultant acts."""
