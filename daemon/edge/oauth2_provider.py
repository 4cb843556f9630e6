"""Asking a provider of OAuth2 for access tokens, as each wants it; owner of authlib and requests."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import ssl
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import AssertionSession, OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from pydantic import SecretStr

from ..config import OAuth2, is_loopback
from ..errors import AcuseError, LoginRefused

# Seconds to connect and between two pieces of the answer: who waits for a token holds a mailbox up.
_TIME_LIMITS = (10.0, 20.0)
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


class Provider:
    """Who gives tokens to the block `[acuse.oauth2.<name>]`; Google's service accounts ask in the name of `subject`."""

    def __init__(self, name: str, settings: OAuth2, subject: str) -> None:
        self._name, self._settings, self._subject = name, settings, subject
        self._host = urlsplit(settings.token_url).hostname or ""
        self._where = f"OAuth2 {name} ({self._host})"

    def ask(self, refresh: str, unavailable: type[AcuseError]) -> dict[str, Any]:
        """What the provider answers; with `refresh` it is asked in the person's name who gave that token.

        Every failure is told in words that hold no secret: `unavailable` when it is worth another try, LoginRefused
        when only a person can mend it.
        """
        answered: list[int] = []
        try:
            return dict(self._asked(refresh, answered))
        except AuthlibBaseError as error:
            said = self._unsecret(refresh, f"{error.error}: {error.description}".removesuffix(": "))
            if _LATER.search(said):
                raise self.unavailable(f"dice que ahora no puede: «{said}»", unavailable) from None
            raise self._refused(said) from None
        except requests.RequestException as error:
            raise self.unavailable(_words(error), unavailable) from None
        except (ValueError, KeyError, TypeError):
            if answered:
                raise self.unavailable(f"respondió algo que no se entiende ({answered[-1]})", unavailable) from None
            raise LoginRefused(
                "la clave privada no se puede leer",
                where=self._where,
                cure=f"revise {self._place('clave_privada')}: con Google, el archivo JSON entero de la cuenta de "
                f"servicio; si no, la clave en formato PEM, sin contraseña; {_HOURLY}",
            ) from None

    def _asked(self, refresh: str, answered: list[int]) -> Any:
        block, url = self._settings, self._settings.token_url
        if block.proveedor == "google" and block.identidad == "aplicacion":
            return self._prepared(_service_account(block, self._subject), answered).refresh_token()
        session = self._prepared(_client(block), answered)
        if refresh:
            return session.refresh_token(url, refresh_token=refresh)
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

    def unavailable(self, what: str, unavailable: type[AcuseError]) -> AcuseError:
        """That no token came, though one may come later."""
        return unavailable(
            f"quien da los permisos de acceso {what}",
            where=self._where,
            cure="se reintenta solo; si dura, revise la red, el proxy y «url_de_token» en service.toml",
        )

    def _refused(self, said: str) -> LoginRefused:
        cure = next(cure for mark, cure in _CURES.items() if mark in said)
        secret = next((key for key in _SECRETS[::-1] if getattr(self._settings, key)), _SECRETS[0])
        return LoginRefused(
            f"no dan permiso de acceso: «{said}»",
            where=self._where,
            cure=f"{cure.format(secret=self._place(secret))}; {_HOURLY}",
        )

    def _place(self, secret: str) -> str:
        return f"el secreto «oauth2__{self._name}__{secret}»"

    def _unsecret(self, refresh: str, text: str) -> str:
        """The provider's words on one line, none of our secrets among them."""
        hidden = [value.get_secret_value() for key in _SECRETS if (value := getattr(self._settings, key))]
        for secret in filter(None, [*hidden, refresh]):
            text = text.replace(secret, "…")
        return " ".join(text.split())[:300]


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
