"""OAuth2 in service.toml: one block serves all mailboxes of a tenant, and what it lacks is told with its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.config import Settings, load_settings
from daemon.errors import Fault, FileFaults

BOXES = """
[buzon.atnder]
correo = "atnder@imss.gob.mx"
oauth2 = "imss"
[buzon.atnder.imap]
servidor = "outlook.office365.com"
[buzon.atnder.smtp]
servidor = "smtp.office365.com"
seguridad = "starttls"
"""
MICROSOFT = """\
[acuse.oauth2.imss]
proveedor = "microsoft"
inquilino = "imss.example"
cliente = "0000-1111"
"""
SECRETS = {"ACUSE_CLAVE_DE_FIRMA": "una clave de firma larga", "ACUSE_OAUTH2__IMSS__SECRETO": "valor-del-secreto"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "service.toml"


def load(file: Path, text: str, **more: str) -> Settings:
    file.write_text(text)
    return load_settings(file, SECRETS | more)


def faults_of(file: Path, text: str, environ: dict[str, str] = SECRETS) -> tuple[Fault, ...]:
    file.write_text(text)
    with pytest.raises(FileFaults) as caught:
        load_settings(file, environ)
    return caught.value.faults


def test_a_mailbox_that_logs_in_by_oauth2_needs_no_password(file: Path) -> None:
    settings = load(file, MICROSOFT + BOXES)
    box, block = settings.buzon["atnder"], settings.oauth2["imss"]
    assert box.by_token(box.imap) and box.by_token(box.smtp)
    assert box.login(box.imap) is None
    assert block.token_url == "https://login.microsoftonline.com/imss.example/oauth2/v2.0/token"
    assert block.scope == "https://outlook.office365.com/.default"
    assert "valor-del-secreto" not in repr(settings)


def test_a_server_with_its_own_password_or_without_login_wants_no_token(file: Path) -> None:
    settings = load(file, MICROSOFT + BOXES, ACUSE_BUZON__ATNDER__SMTP__CLAVE="otra")
    box = settings.buzon["atnder"]
    assert (box.by_token(box.imap), box.by_token(box.smtp)) == (True, False)
    box = load(file, MICROSOFT + BOXES + 'usuario = ""\n').buzon["atnder"]
    assert (box.by_token(box.smtp), box.login(box.smtp)) == (False, None)


def test_who_logs_in_may_be_another_than_the_mailbox_at_each_server(file: Path) -> None:
    box = load(file, MICROSOFT + BOXES + 'usuario = "persona@imss.gob.mx"\n').buzon["atnder"]
    assert (box.user(box.imap), box.user(box.smtp)) == ("atnder@imss.gob.mx", "persona@imss.gob.mx")


def test_the_scope_is_what_the_provider_wants_of_an_application_or_a_person(file: Path) -> None:
    person = 'identidad = "persona"\ncarpeta = "estado"\n'
    token = {"ACUSE_OAUTH2__IMSS__TOKEN_DE_ACTUALIZACION": "t"}
    delegated = load(file, MICROSOFT + person + BOXES, **token).oauth2["imss"]
    assert delegated.scope and "IMAP.AccessAsUser.All" in delegated.scope and "SMTP.Send" in delegated.scope
    google = '[acuse.oauth2.imss]\nproveedor = "google"\n'
    block = load(file, google + BOXES, ACUSE_OAUTH2__IMSS__CLAVE_PRIVADA="{}").oauth2["imss"]
    assert (block.scope, block.token_url) == ("https://mail.google.com/", "https://oauth2.googleapis.com/token")
    own = (
        '[acuse.oauth2.imss]\nproveedor = "otro"\ncliente = "acuse"\nurl_de_token = "https://sso.imss.example/token"\n'
    )
    block = load(file, own + 'alcance = "correo"\n' + BOXES).oauth2["imss"]
    assert (block.scope, block.token_url) == ("correo", "https://sso.imss.example/token")


def test_what_a_provider_needs_is_told_line_by_line(file: Path) -> None:
    text = """\
[acuse.oauth2.imss]
proveedor = "microsoft"
identidad = "persona"
[acuse.oauth2.otro]
proveedor = "otro"
url_de_token = "http://sso.imss.example/token"
secreto = "aquí no va"
certificado = "nada.pem"
"""
    found = {fault.path: fault for fault in faults_of(file, text + BOXES)}
    assert set(found) == {
        "acuse.oauth2.imss.inquilino",
        "acuse.oauth2.imss.cliente",
        "acuse.oauth2.imss.carpeta",
        "acuse.oauth2.imss.token_de_actualizacion",
        "acuse.oauth2.otro.url_de_token",
        "acuse.oauth2.otro.cliente",
        "acuse.oauth2.otro.certificado",
        "acuse.oauth2.otro.secreto",
    }
    assert found["acuse.oauth2.otro.url_de_token"].line == 6
    assert "oauth2__otro__secreto" in found["acuse.oauth2.otro.secreto"].cure
    assert "aquí no va" not in "".join(map(str, found.values()))


def test_a_private_key_for_microsoft_goes_with_its_certificate(file: Path) -> None:
    key = {"ACUSE_CLAVE_DE_FIRMA": "una clave de firma larga", "ACUSE_OAUTH2__IMSS__CLAVE_PRIVADA": "PEM"}
    (fault,) = faults_of(file, MICROSOFT + BOXES, key)
    assert fault.path == "acuse.oauth2.imss.certificado"


def test_a_missing_secret_is_told_by_the_name_under_which_it_is_put_in(file: Path) -> None:
    only_key = {"ACUSE_CLAVE_DE_FIRMA": "una clave de firma larga"}
    (fault,) = faults_of(file, MICROSOFT + BOXES, only_key)
    assert (fault.path, "oauth2__imss__secreto" in fault.cure) == ("acuse.oauth2.imss.secreto", True)
    (fault,) = faults_of(file, '[acuse.oauth2.imss]\nproveedor = "google"\n' + BOXES, only_key)
    assert fault.path == "acuse.oauth2.imss.clave_privada"


def test_a_block_that_is_not_there_is_told_with_the_nearest_one(file: Path) -> None:
    (fault,) = faults_of(file, MICROSOFT + BOXES.replace('"imss"', '"ims"'))
    assert (fault.path, fault.line, fault.cure) == ("buzon.atnder.oauth2", 8, "¿quiso decir «imss»?")
    (fault,) = faults_of(file, MICROSOFT + BOXES, SECRETS | {"ACUSE_BUZON__ATNDER__OAUTH2": "nada"})
    assert fault.path == "buzon.atnder.oauth2"
    (fault,) = faults_of(file, MICROSOFT + BOXES, SECRETS | {"ACUSE_OAUTH2__IMMS__SECRETO": "x"})
    assert fault.cure == "¿quiso decir «imss»?"
