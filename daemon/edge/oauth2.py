"""Access tokens for the login at mail servers (XOAUTH2), asked for by OAuth2; owner of authlib and requests."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import re
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import AssertionSession, OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from pydantic import SecretStr

from ..config import Buzon, OAuth2, Servidor, is_loopback
from ..errors import AcuseError, LoginRefused

# Seconds to connect and between two pieces of the answer: who waits for a token holds a mailbox up.
_TIME_LIMITS = (10.0, 20.0)
# A token is renewed so many seconds before it ends, so that none ends in the middle of a login.
_MARGIN = 300.0
# Where the answer does not say for how long a token serves (RFC 6749 §5.1).
_LIFE = 300.0
# RFC 6750 §2.1: anything else would end the line of the login and begin another.
_BEARER = re.compile(r"[\x21-\x7e]+")
_LATER = re.compile(r"temporarily_unavailable|server_error|slow_down|AADSTS90033|AADSTS50196")
_SECRETS = ("secreto", "clave_privada", "token_de_actualizacion")
_HOURLY = "después reinicie el servicio; por sí solo prueba cada hora"
# What to do, by the first mark found in what the provider said; {secret} is where the operator puts it.
_CURES = {
    "AADSTS7000222": "el secreto de la aplicación venció: quien administra Microsoft Entra crea otro en «Registros de "
    "aplicaciones › Certificados y secretos»; póngalo en {secret}",
    "AADSTS7000215": "el secreto no es el de esa aplicación: en Microsoft Entra se copia el «Valor», no el «Id. de "
    "secreto»; póngalo en {secret}",
    "AADSTS700027": "Microsoft no conoce el certificado o ya venció: quien administra Microsoft Entra sube el vigente "
    "en «Registros de aplicaciones › Certificados y secretos»",
    "AADSTS700016": "compruebe «cliente» e «inquilino» en service.toml: esa aplicación no existe en ese directorio",
    "AADSTS9000": "compruebe «inquilino» en service.toml: ese directorio no existe",
    "AADSTS7000112": "la aplicación está deshabilitada: quien administra Microsoft Entra la habilita en «Aplicaciones "
    "empresariales»",
    "AADSTS65001": "falta el consentimiento: quien administra Microsoft Entra lo concede en «Registros de "
    "aplicaciones › Permisos de API»",
    "AADSTS53003": "una directiva de acceso condicional lo impide: quien administra Microsoft Entra la revisa",
    "Invalid email or User ID": "compruebe el correo del buzón en service.toml: Google no lo conoce",
    "Invalid JWT": "compruebe que el reloj de este equipo esté en hora y que la clave de la cuenta de servicio siga "
    "vigente ({secret})",
    "invalid_grant": "la autorización venció o se retiró: vuelva a autorizar la cuenta y ponga el token nuevo en "
    "{secret}",
    "invalid_client": "compruebe «cliente» en service.toml y {secret}; si venció, lo renueva quien administra la "
    "aplicación en la consola del proveedor",
    "unauthorized_client": "la aplicación no tiene permiso para esto: lo concede quien administra la consola del "
    "proveedor (permisos de la aplicación; con Google, la delegación en todo el dominio)",
    "invalid_scope": "compruebe «alcance» en service.toml y los permisos de la aplicación en la consola del proveedor",
    "": "compruebe el bloque en service.toml y la aplicación en la consola del proveedor",
}


class Token(NamedTuple):
    """An access token, and whether it was fetched for this very call: then another would be refused as well."""

    text: str
    fresh: bool


class TokenSource:
    """The access tokens of one identity, shared by all threads that log in as it; one of them fetches at a time."""

    def __init__(self, name: str, settings: OAuth2, subject: str) -> None:
        self._name, self._settings, self._subject = name, settings, subject
        self._host = urlsplit(settings.token_url).hostname or ""
        self._where = f"OAuth2 {name} ({self._host})"
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
            with self._renewal.alone(self._where, unavailable) if self._renewal else nullcontext():
                started = time.monotonic()
                answer = self._asked(unavailable)
                text, life = self._understood(answer, unavailable)
                self._text, self._renew_at = text, started + life - min(_MARGIN, life / 4)
                if self._renewal:
                    self._renewal.keep(answer.get("refresh_token"), self._where, unavailable)
            return Token(text, True)

    def refused(self, text: str) -> None:
        """A server did not take this token, though it should serve yet: it was revoked. The next one is a new one."""
        with self._lock:
            if self._text == text:
                self._text = ""

    def _asked(self, unavailable: type[AcuseError]) -> dict[str, Any]:
        """What the provider answers; every failure in words that hold no secret."""
        answered: list[int] = []
        try:
            return dict(self._ask(answered))
        except AuthlibBaseError as error:
            said = self._unsecret(f"{error.error}: {error.description}" if error.description else str(error.error))
            if _LATER.search(said):
                raise self._unavailable(f"dice que ahora no puede ({said})", unavailable) from None
            raise self._refused(said) from None
        except requests.RequestException as error:
            raise self._unavailable(_words(error), unavailable) from None
        except (ValueError, KeyError, TypeError):
            if answered:
                raise self._unavailable(f"respondió algo que no se entiende ({answered[-1]})", unavailable) from None
            raise LoginRefused(
                "la clave privada no se puede leer",
                where=self._where,
                cure=f"revise {self._place('clave_privada')}: con Google, el archivo JSON entero de la cuenta de "
                f"servicio; si no, la clave en formato PEM, sin contraseña; {_HOURLY}",
            ) from None

    def _ask(self, answered: list[int]) -> Any:
        block, url = self._settings, self._settings.token_url
        if block.proveedor == "google" and block.identidad == "aplicacion":
            return self._prepared(_service_account(block, self._subject), answered).refresh_token()
        session = self._prepared(_client(block), answered)
        if self._renewal:
            return session.refresh_token(url, refresh_token=self._renewal.current())
        return session.fetch_token(url, grant_type="client_credentials", scope=block.scope)

    def _prepared(self, session: Any, answered: list[int]) -> Any:
        """Limits, and trust in nobody but the provider: no redirection carries a secret elsewhere."""
        session.default_timeout = _TIME_LIMITS
        session.max_redirects = 0
        session.trust_env = not is_loopback(self._host)
        if self._settings.ca:
            session.verify = str(self._settings.ca)

        def look(response: requests.Response, *_: Any, **__: Any) -> None:
            answered.append(response.status_code)
            if response.status_code == 429:
                response.raise_for_status()

        session.hooks["response"].append(look)
        return session

    def _understood(self, answer: dict[str, Any], unavailable: type[AcuseError]) -> tuple[str, float]:
        text, life = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(text, str) or not _BEARER.fullmatch(text):
            raise self._unavailable("respondió sin token", unavailable)
        with suppress(TypeError, ValueError):
            return text, max(float(life), 1.0)  # type: ignore[arg-type]
        return text, _LIFE

    def _unavailable(self, what: str, unavailable: type[AcuseError]) -> AcuseError:
        return unavailable(
            f"quien da los permisos de acceso {what}",
            where=self._where,
            cure="se reintenta solo; si dura, revise la red, el proxy y «url_de_token» en service.toml",
        )

    def _refused(self, said: str) -> LoginRefused:
        cure = next(cure for mark, cure in _CURES.items() if mark in said)
        secret = next((key for key in _SECRETS[::-1] if getattr(self._settings, key)), _SECRETS[0])
        return LoginRefused(
            f"no dan permiso de acceso: {said}",
            where=self._where,
            cure=f"{cure.format(secret=self._place(secret))}; {_HOURLY}",
        )

    def _place(self, secret: str) -> str:
        return f"el secreto «oauth2__{self._name}__{secret}»"

    def _unsecret(self, text: str) -> str:
        """The provider's words on one line, none of our secrets among them."""
        hidden = [value.get_secret_value() for key in _SECRETS if (value := getattr(self._settings, key))]
        if self._renewal:
            hidden.append(self._renewal.current())
        for secret in filter(None, hidden):
            text = text.replace(secret, "…")
        return " ".join(text.split())[:300]


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
        self._configured = _plain(settings.token_de_actualizacion)
        self._folder = settings.carpeta or Path()
        self._file = self._folder / f"oauth2_{name}.json"
        self._unsaved: str | None = None

    @contextmanager
    def alone(self, where: str, unavailable: type[AcuseError]) -> Iterator[None]:
        """Nobody else on this machine renews meanwhile. Trouble with the folder is told before a token is spent."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self._file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._not_kept(error, where, unavailable) from error
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

    def keep(self, renewed: object, where: str, unavailable: type[AcuseError]) -> None:
        """Keep what the provider gave in place of the token just used; the file holds the old or the new one whole."""
        token = renewed if isinstance(renewed, str) and renewed else self.current()
        if token == self.current() and not self._unsaved:
            return
        self._unsaved = token
        try:
            self._written(json.dumps({"origen": self._origin(), "token": token}))
        except OSError as error:
            raise self._not_kept(error, where, unavailable) from error
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

    def _not_kept(self, error: OSError, where: str, unavailable: type[AcuseError]) -> AcuseError:
        return unavailable(
            f"no se puede guardar el token que el proveedor renueva en {self._folder}: {error.strerror}",
            where=where,
            cure="dé al usuario del servicio permiso de escritura en esa carpeta y revise el espacio en disco",
        )


def _client(block: OAuth2) -> Any:
    """A session that proves who asks: by secret, by private key, or (a public client of a person) not at all."""
    if block.clave_privada and block.proveedor != "google":
        session = OAuth2Session(
            block.cliente,
            _plain(block.clave_privada),
            token_endpoint_auth_method=PrivateKeyJWT.name,
            scope=block.scope,
        )
        session.register_client_auth_method(PrivateKeyJWT(block.token_url, **_signature(block)))
        return session
    method = "client_secret_post" if block.secreto else "none"
    return OAuth2Session(
        block.cliente, _plain(block.secreto) or None, token_endpoint_auth_method=method, scope=block.scope
    )


def _signature(block: OAuth2) -> dict[str, Any]:
    """Microsoft wants to know by which certificate to check the signature, and a newer one than the usual (PS256)."""
    if block.certificado is None:
        return {}
    der = ssl.PEM_cert_to_DER_cert(_first_certificate(block.certificado.read_text("ascii")))
    print_ = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode("ascii")
    return {"headers": {"x5t#S256": print_}, "alg": "PS256"}


def _first_certificate(text: str) -> str:
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    return begin + text.split(begin, 1)[1].split(end, 1)[0] + end


def _service_account(block: OAuth2, user: str) -> Any:
    """Google: the service account asks in the mailbox's name (domain-wide delegation)."""
    key = json.loads(_plain(block.clave_privada))
    return AssertionSession(
        token_endpoint=block.token_url,
        issuer=key["client_email"],
        subject=user,
        scope=block.scope,
        key=key["private_key"],
        header={"alg": "RS256", "kid": key["private_key_id"]},
    )


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _words(error: requests.RequestException) -> str:
    """What became of the request; the library's own words quote too much."""
    match error:
        case requests.Timeout():
            return "no respondió a tiempo"
        case requests.exceptions.SSLError():
            return "no mostró un certificado de fiar; si usa una autoridad propia, indíquela en «ca»"
        case requests.TooManyRedirects():
            return "manda a otra dirección"
        case requests.HTTPError() if error.response is not None:
            return f"respondió con el error {error.response.status_code}"
    return "no está al alcance"
