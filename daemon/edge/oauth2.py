"""Access tokens for the login at mail servers (XOAUTH2): shared, renewed in time, and kept over a restart."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from ..config import Buzon, OAuth2, Servidor
from ..errors import AcuseError, system_words

# A token is renewed so many seconds before it ends, so that none ends in the middle of a login.
_MARGIN = 300.0
# Where the answer does not say for how long a token serves (RFC 6749 §5.1).
_LIFE = 300.0
# RFC 6750 §2.1: anything else would end the line of the login and begin another.
_BEARER = re.compile(r"[\x21-\x7e]+")


class Token(NamedTuple):
    """An access token, and whether it was fetched for this very call: then another would be refused as well."""

    text: str
    fresh: bool


class TokenSource:
    """The access tokens of one identity, shared by all threads that log in as it; one of them fetches at a time."""

    def __init__(self, name: str, settings: OAuth2, subject: str) -> None:
        # Its libraries take a fifth of a second to load, which only mailboxes that need them should cost.
        from .oauth2_provider import Provider

        self._provider = Provider(name, settings, subject)
        self._lock = threading.Lock()
        self._text, self._renew_at = "", 0.0
        self._renewal = _Renewal(name, settings) if settings.identidad == "persona" else None

    def token(self, unavailable: type[AcuseError]) -> Token:
        """A token that serves for a while yet.

        Raises `unavailable` (the caller's own, so that it is tried again like any trouble of its server) when nobody
        gives tokens now, and LoginRefused when the provider gives us none.
        """
        with self._lock:
            if self._text and time.monotonic() < self._renew_at:
                return Token(self._text, False)
            if self._renewal is None:
                self._take(self._provider.ask("", unavailable), unavailable)
            else:
                with self._renewal.alone(unavailable):
                    answer = self._provider.ask(self._renewal.current(), unavailable)
                    self._renewal.note(answer.get("refresh_token"))
                    self._take(answer, unavailable)
                    self._renewal.save(unavailable)
            return Token(self._text, True)

    def refused(self, text: str) -> None:
        """A server did not take this token, though it should serve yet: it was revoked. The next one is a new one."""
        with self._lock:
            if self._text == text:
                self._text = ""

    def _take(self, answer: Mapping[str, Any], unavailable: type[AcuseError]) -> None:
        text, life = answer.get("access_token"), _LIFE
        if not isinstance(text, str) or not _BEARER.fullmatch(text):
            raise self._provider.unavailable("respondió sin token", unavailable)
        with suppress(TypeError, ValueError):
            life = max(float(answer["expires_in"]), 1.0) if "expires_in" in answer else _LIFE
        self._text, self._renew_at = text, time.monotonic() + life - min(_MARGIN, life / 4)


class Tokens:
    """Where an office's mailboxes get their tokens; whoever logs in as the same identity shares its source."""

    def __init__(self, blocks: Mapping[str, OAuth2]) -> None:
        self._blocks = blocks
        self._sources: dict[tuple[str, str], TokenSource] = {}
        self._lock = threading.Lock()

    def of(self, box: Buzon, server: Servidor) -> TokenSource | None:
        """The source for the login of `box` at `server`, or None when that is not by OAuth2."""
        if box.oauth2 is None or not box.by_token(server):
            return None
        block = self._blocks[box.oauth2]
        # Only Google's service accounts ask in the name of each user apart.
        apart = block.proveedor == "google" and block.identidad == "aplicacion"
        subject = box.user(server) if apart else ""
        with self._lock:
            return self._sources.setdefault((box.oauth2, subject), TokenSource(box.oauth2, block, subject))


class _Renewal:
    """The refresh token of one block: the configured one, or the newest that the provider gave in its place.

    Providers may take a renewed token back when the one before is used again, so that one process at a time renews and
    what came is on the disk before it is used. A token that the operator configures anew wins over what was kept.
    """

    def __init__(self, name: str, settings: OAuth2) -> None:
        configured = settings.token_de_actualizacion
        self._configured = configured.get_secret_value() if configured else ""
        self._where = f"OAuth2 {name}"
        self._folder = settings.carpeta or Path()
        self._file = self._folder / f"oauth2_{name}.json"
        self._unsaved: str | None = None

    @contextmanager
    def alone(self, unavailable: type[AcuseError]) -> Iterator[None]:
        """Nobody else on this machine renews meanwhile. Trouble with the folder is told before a token is spent."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self._file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._not_kept(error, unavailable) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def current(self) -> str:
        """What to renew with."""
        if self._unsaved:
            return self._unsaved
        with suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self._file.read_text("utf-8"))
            if kept["origen"] == self._origin() and isinstance(kept["token"], str):
                return kept["token"]
        return self._configured

    def note(self, renewed: object) -> None:
        """Remember what the provider gave in place of the token just used, if it gave anything."""
        if isinstance(renewed, str) and renewed and renewed != self.current():
            self._unsaved = renewed

    def save(self, unavailable: type[AcuseError]) -> None:
        """Put what was noted on the disk; the file holds the old or the new token whole, whenever we are killed."""
        if self._unsaved is None:
            return
        try:
            self._written(json.dumps({"origen": self._origin(), "token": self._unsaved}))
        except OSError as error:
            raise self._not_kept(error, unavailable) from error
        self._unsaved = None

    def _written(self, text: str) -> None:
        draft = self._file.with_suffix(".tmp")
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        draft.rename(self._file)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _origin(self) -> str:
        return hashlib.sha256(self._configured.encode()).hexdigest()

    def _not_kept(self, error: OSError, unavailable: type[AcuseError]) -> AcuseError:
        return unavailable(
            f"no se puede guardar el token que el proveedor renueva en {self._folder}: {system_words(error)}",
            where=self._where,
            cure="dé al usuario del servicio permiso de escritura en esa carpeta y revise el espacio en disco",
        )
