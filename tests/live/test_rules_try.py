"""Changed rules tried on a real mailbox: what would be otherwise is told; neither mailbox nor store notices."""

from __future__ import annotations

import imaplib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from daemon.cli import app
from tests.live.office import COMPLAINT, ORIENTATION, LiveOffice
from tests.live.servers import PASSWORD, Dovecot

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
UNREAD = "Quiero presentar una queja: desde hace un mes no hay medicamento en la farmacia de la UMF 8 y no me surten."


@pytest.fixture
def office(dovecot: Dovecot, tmp_path: Path) -> Iterator[LiveOffice]:
    with LiveOffice(dovecot, tmp_path, trusting=True).open() as opened:
        yield opened


def everything_of(dovecot: Dovecot, account: str) -> dict[str, object]:
    """Each folder of an account as the server tells it without touching it: numbers, flags, dates, sizes."""
    client = imaplib.IMAP4("127.0.0.1", dovecot.imap)
    client.authenticate("PLAIN", lambda _: f"\0{account}\0{PASSWORD}".encode())
    found: dict[str, object] = {}
    for line in client.list()[1]:
        name = line.decode().rpartition(' "/" ')[2].strip('"')
        told = client.status(f'"{name}"', "(MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN)")
        client.select(f'"{name}"', readonly=True)
        found[name] = (told, client.uid("FETCH", "1:*", "(UID FLAGS INTERNALDATE RFC822.SIZE)"))
    client.logout()
    return found


def settings_of(office: LiveOffice) -> Path:
    """The office's service.toml with rules that name its accounts."""
    house = office.folder / "reglas"
    house.mkdir()
    text = (ROOT / "rules" / "casa.yaml").read_text(encoding="utf-8")
    (house / "casa.yaml").write_text(text.replace("imss.gob.mx", office.house), encoding="utf-8")
    path = office.service_toml()
    path.write_text(
        path.read_text().replace("[acuse]\n", f'[acuse]\nreglas = ["{ROOT / "rules"}", "{house}"]\n'), encoding="utf-8"
    )
    return path


def without_automatic_requests(folder: Path) -> Path:
    """The change that is tried: requests for data wait for a person."""
    folder.mkdir()
    text = (ROOT / "rules" / "disposiciones.yaml").read_text(encoding="utf-8")
    clase, rest = text.split("clase: datos_complementarios", 1)
    changed = f"{clase}clase: datos_complementarios{rest.replace('disposicion: enviar', 'disposicion: revisar', 1)}"
    (folder / "disposiciones.yaml").write_text(changed, encoding="utf-8")
    return folder


def test_what_came_in_is_read_again_where_it_lies_and_neither_mailbox_nor_store_notices(
    office: LiveOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.write(COMPLAINT, subject="No hay medicamento")
    office.write(ORIENTATION)
    office.settle()
    (filed, left) = (office.client(office.account("atnder")).lying("Peticiones"), office.received())
    assert len(filed) == 2 and len(left) == 1
    office.write(UNREAD, subject="Metformina", sender=f"otra@{office.people}", name="Rosa Iturbe Sandoval")
    office.stop()
    (asked,) = [message.message for message in left]
    store = {path.name: path.read_bytes() for path in office.folder.glob("acuse.db*")}
    mailbox = everything_of(office.dovecot, office.account("atnder"))

    settings, changed = settings_of(office), without_automatic_requests(office.folder / "cambio")
    for name, value in office.secrets().items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(
        app, ["rules", "try", str(changed), "-a", str(settings), "--json"], catch_exceptions=False
    )

    assert everything_of(office.dovecot, office.account("atnder")) == mailbox
    assert {path.name: path.read_bytes() for path in office.folder.glob("acuse.db*")} == store
    assert len(office.received()) == 1
    office.start()

    assert done.exit_code == 0
    told = json.loads(done.stdout)
    # Our own mail and its copy are no mail that came in.
    assert told["leidos"] == 3
    assert told["cambian"]["disposition"] == 2
    assert told["grupos"][0] == {"campo": "disposition", "antes": "enviar", "ahora": "revisar", "correos": 2}
    places = {mail["lugar"].split("/")[1] for mail in told["correos"]}
    assert places == {"Peticiones", "INBOX"}
    # The reference is the one that the person has, so that «acuse show» tells the rest.
    assert any(mail["referencia"] and mail["referencia"] in asked["Subject"] for mail in told["correos"])
    assert all("@" in mail["remitente"] and office.person not in mail["remitente"] for mail in told["correos"])
