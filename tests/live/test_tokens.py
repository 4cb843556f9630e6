"""Access tokens: asked for as each provider wants it, shared, renewed in time, and every refusal told with its cure."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from daemon.config import OAuth2
from daemon.edge.oauth2 import TokenSource
from daemon.errors import LoginRefused, MailboxUnavailable, SenderUnavailable
from tests.live.servers import free_port, wait_until
from tests.live.tokens import SECRET, TokenServer

pytestmark = pytest.mark.live

PERSON = {"identidad": "persona", "token_de_actualizacion": "de la persona", "secreto": None}


@pytest.fixture
def provider() -> Iterator[TokenServer]:
    with TokenServer() as server:
        yield server


def source(provider: TokenServer, subject: str = "", **changes: Any) -> TokenSource:
    block = {"proveedor": "otro", "url_de_token": provider.url, "cliente": "acuse", "secreto": SECRET, **changes}
    return TokenSource("imss", OAuth2.model_validate(block), subject)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private key (key.pem) and its certificate (cert.pem)."""
    folder = tmp_path_factory.mktemp("llaves")
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    request = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=acuse"
    subprocess.run([*request.split(), *files], check=True, capture_output=True)
    return folder


def test_one_token_serves_every_thread_until_it_nears_its_end(provider: TokenServer) -> None:
    tokens, got = source(provider), []
    threads = [threading.Thread(target=lambda: got.append(tokens.token(MailboxUnavailable).text)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 1 == len(provider.asked)


def test_a_token_is_renewed_before_it_ends(provider: TokenServer) -> None:
    provider.life = 1.0
    tokens = source(provider)
    first = tokens.token(MailboxUnavailable).text
    time.sleep(0.8)
    assert provider.holds(first)
    assert tokens.token(MailboxUnavailable).text != first


def test_a_token_that_a_server_refused_is_not_used_again(provider: TokenServer) -> None:
    tokens = source(provider)
    first = tokens.token(MailboxUnavailable)
    assert (first.fresh, tokens.token(MailboxUnavailable).fresh) == (True, False)
    tokens.refused(first.text)
    assert tokens.token(MailboxUnavailable).text != first.text


def test_an_application_asks_with_its_secret_and_its_scope(provider: TokenServer) -> None:
    source(provider, proveedor="microsoft", inquilino="imss.example").token(MailboxUnavailable)
    assert provider.asked == [
        {
            "grant_type": "client_credentials",
            "client_id": "acuse",
            "client_secret": SECRET,
            "scope": "https://outlook.office365.com/.default",
        }
    ]


def test_an_application_proves_itself_by_the_certificate_that_microsoft_knows(
    provider: TokenServer, keys: Path
) -> None:
    private = (keys / "key.pem").read_text()
    cert = keys / "cert.pem"
    source(provider, secreto=None, clave_privada=private, certificado=cert).token(MailboxUnavailable)
    (form,) = provider.asked
    assert "client_secret" not in form
    proof = jwt.decode(form["client_assertion"], RSAKey.import_key(private), algorithms=["PS256"])
    der = ssl.PEM_cert_to_DER_cert(cert.read_text())
    known_by = urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
    assert proof.header["x5t#S256"] == known_by
    assert (proof.claims["iss"], proof.claims["sub"], proof.claims["aud"]) == ("acuse", "acuse", provider.url)


def test_a_service_account_of_google_asks_in_the_name_of_each_mailbox(provider: TokenServer, keys: Path) -> None:
    private = (keys / "key.pem").read_text()
    file = {"client_email": "acuse@proyecto.example", "private_key_id": "llave 1", "private_key": private}
    for user in ("atnder@imss.example", "mujer.embarazada@imss.example"):
        tokens = source(provider, user, proveedor="google", cliente=None, secreto=None, clave_privada=json.dumps(file))
        tokens.token(MailboxUnavailable)
        form = provider.asked[-1]
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        claims = jwt.decode(form["assertion"], RSAKey.import_key(private), algorithms=["RS256"]).claims
        assert (claims["iss"], claims["sub"], claims["aud"]) == ("acuse@proyecto.example", user, provider.url)
        assert form["scope"] == "https://mail.google.com/"


@pytest.mark.parametrize("key", ["no es una clave", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
@pytest.mark.parametrize("proveedor", ["google", "otro"])
def test_a_key_that_cannot_be_read_is_told_without_showing_it(provider: TokenServer, key: str, proveedor: str) -> None:
    tokens = source(provider, "a@imss.example", proveedor=proveedor, secreto=None, clave_privada=key)
    with pytest.raises(LoginRefused, match="clave privada no se puede leer") as told:
        tokens.token(MailboxUnavailable)
    assert "oauth2__imss__clave_privada" in told.value.cure
    assert key not in str(told.value)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((500, "{}"), "500"),
        ((503, "<html>en mantenimiento</html>"), "503"),
        ((429, '{"error": "invalid_request"}'), "429"),
        ((404, "<html>no existe</html>"), "404"),
        ((400, '{"error": "temporarily_unavailable"}'), "temporarily_unavailable"),
        ((200, "<html>bienvenido al hotel</html>"), "no se entiende"),
        ((200, "[1]"), "no se entiende"),
        ((200, "{}"), "sin token"),
        ((200, '{"access_token": "a\\u0001b\\r\\nA1 LOGOUT"}'), "sin token"),
        ((307, "{}"), "otra dirección"),
    ],
)
def test_trouble_of_the_provider_is_tried_again_later(
    provider: TokenServer, answer: tuple[int, str], words: str
) -> None:
    provider.answer = answer
    with pytest.raises(SenderUnavailable, match=words) as told:
        source(provider).token(SenderUnavailable)
    assert "127.0.0.1" in told.value.where


def test_a_provider_that_is_not_there_or_keeps_silent_is_tried_again_later(
    provider: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MailboxUnavailable, match="no está al alcance"):
        source(provider, url_de_token=f"http://127.0.0.1:{free_port()}/token").token(MailboxUnavailable)
    monkeypatch.setattr("daemon.edge.oauth2_provider._TIME_LIMITS", (0.2, 0.2))
    provider.answer = (0, "")
    with pytest.raises(MailboxUnavailable, match="a tiempo"):
        source(provider).token(MailboxUnavailable)


@pytest.mark.parametrize(
    ("error", "description", "cure"),
    [
        (
            "invalid_client",
            "AADSTS7000222: The provided client secret keys are expired.",
            "secreto de la aplicación venció",
        ),
        ("invalid_client", "AADSTS7000215: Invalid client secret provided.", "«Valor»"),
        ("unauthorized_client", "AADSTS700016: Application not found in the directory.", "«inquilino»"),
        ("invalid_request", "AADSTS90002: Tenant not found.", "ese directorio no existe"),
        ("invalid_grant", "AADSTS700082: The refresh token has expired due to inactivity.", "vuelva a autorizar"),
        ("invalid_grant", "Invalid email or User ID", "Google no lo conoce"),
        ("unauthorized_client", "Client is unauthorized to retrieve access tokens", "delegación en todo el dominio"),
        ("invalid_client", "", "oauth2__imss__secreto"),
        ("algo_nuevo", "", "consola del proveedor"),
    ],
)
def test_a_refusal_says_who_must_do_what(provider: TokenServer, error: str, description: str, cure: str) -> None:
    provider.refuse(error, description)
    with pytest.raises(LoginRefused, match=error) as told:
        source(provider).token(MailboxUnavailable)
    assert cure in told.value.cure
    assert "cada hora" in told.value.cure


def test_no_secret_is_told_even_when_the_provider_repeats_it(provider: TokenServer, tmp_path: Path) -> None:
    provider.refuse("invalid_grant", f"your {SECRET} and de la persona are wrong")
    tokens = source(provider, **{**PERSON, "secreto": SECRET}, carpeta=tmp_path)
    with pytest.raises(LoginRefused) as told:
        tokens.token(MailboxUnavailable)
    fault: BaseException | None = told.value
    while fault is not None:
        assert SECRET not in f"{fault}{fault!r}"
        assert "de la persona" not in f"{fault}{fault!r}"
        fault = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)


def test_a_renewed_refresh_token_takes_the_place_of_the_configured_one(provider: TokenServer, tmp_path: Path) -> None:
    folder = tmp_path / "estado"
    for _ in range(2):
        tokens = source(provider, **PERSON, carpeta=folder)
        for _ in range(2):
            tokens.refused(tokens.token(MailboxUnavailable).text)
    used = [form["refresh_token"] for form in provider.asked]
    assert used == ["de la persona", "renovado 1", "renovado 2", "renovado 3"]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_a_refresh_token_that_the_operator_puts_in_anew_wins_over_the_one_that_was_kept(
    provider: TokenServer, tmp_path: Path
) -> None:
    source(provider, **PERSON, carpeta=tmp_path).token(MailboxUnavailable)
    provider.refresh = "autorizado otra vez"
    again = {**PERSON, "token_de_actualizacion": "autorizado otra vez"}
    source(provider, **again, carpeta=tmp_path).token(MailboxUnavailable)
    assert provider.asked[-1]["refresh_token"] == "autorizado otra vez"


def test_two_processes_do_not_spend_the_same_refresh_token(provider: TokenServer, tmp_path: Path) -> None:
    """Two sources stand for two processes: each opens the lock for itself."""
    both = [source(provider, **PERSON, carpeta=tmp_path) for _ in range(2)]
    failed: list[Exception] = []

    def renew(tokens: TokenSource) -> None:
        try:
            for _ in range(10):
                tokens.refused(tokens.token(MailboxUnavailable).text)
        except Exception as error:  # noqa: BLE001  (a thread's exception is lost otherwise)
            failed.append(error)

    threads = [threading.Thread(target=renew, args=(tokens,)) for tokens in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(provider.asked) == 20


def test_where_nothing_can_be_kept_no_refresh_token_is_spent(provider: TokenServer, tmp_path: Path) -> None:
    (tmp_path / "archivo").write_text("no es una carpeta")
    with pytest.raises(MailboxUnavailable, match="no se puede guardar"):
        source(provider, **PERSON, carpeta=tmp_path / "archivo").token(MailboxUnavailable)
    assert provider.asked == []


_RENEWS_WITHOUT_END = """
import sys
from daemon.config import OAuth2
from daemon.edge.oauth2 import TokenSource
from daemon.errors import MailboxUnavailable
url, folder = sys.argv[1:]
block = dict(proveedor="otro", identidad="persona", url_de_token=url, cliente="acuse", carpeta=folder)
tokens = TokenSource("imss", OAuth2(**block, token_de_actualizacion="de la persona"), "")
while True:
    tokens.refused(tokens.token(MailboxUnavailable).text)
"""


def test_whoever_is_killed_while_renewing_goes_on_with_a_token_that_serves(tmp_path: Path) -> None:
    with TokenServer(lenient=True) as provider:
        for pause in (0.0, 0.013, 0.029):
            before = len(provider.asked)
            command = [sys.executable, "-c", _RENEWS_WITHOUT_END, provider.url, str(tmp_path)]
            with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": "."}) as child:
                assert wait_until(lambda before=before: len(provider.asked) > before + 5, 30)  # type: ignore[misc]
                time.sleep(pause)
                child.send_signal(signal.SIGKILL)
        kept = json.loads((tmp_path / "oauth2_imss.json").read_text())["token"]
        assert kept in provider.given - {"de la persona"}
        source(provider, **PERSON, carpeta=tmp_path).token(MailboxUnavailable)
        assert provider.asked[-1]["refresh_token"] == kept
