"""What people do in the demo, with IMAP and SMTP clients of their own: consultant, supervisor, enlace, and who captures
in SIADE and brings its folios back."""

from __future__ import annotations

import imaplib
import smtplib
from collections.abc import Sequence
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import make_msgid
from pathlib import Path

from ..app import Office
from ..decide.supervision import Seen
from ..edge.siade_folder import SiadeFolder
from ..edge.spreadsheets import write_csv
from ..edge.tables import read_table
from ..flow.siade import TakenFile, export, take_table
from ..model.outgoing import Draft
from ..model.siade import RecordClase
from ..send.private import DRAFT_HEADER
from .office import ENLACE, PASSWORD
from .servers import HOST, MailWorld

_ANSWER = (
    "Buen día:\n\n"
    "Se revisaron los reingresos de los seis trabajadores. El movimiento posterior se corrigió hoy en el sistema: ya "
    "pueden enviar de nuevo el lote por IDSE y se aceptará.\n\n"
    "División de Procesos Operativos de Afiliación\n"
)
# What SIADE gives a folio to: a petition, and an orientación (P a70, a76, a79).
_CAPTURED = (RecordClase.REGISTRO, RecordClase.ORIENTACION)
_FIRST_FOLIO = 4701


class Hands:
    """People of the demo's office. `offices` are the installations, IMSS's the first; SIADE's files lie in `siade`."""

    def __init__(self, world: MailWorld, offices: Sequence[Office], siade: Path) -> None:
        self._world, self._offices, self._siade = world, offices, siade
        self._gateway, self._given = SiadeFolder(siade), 0

    def lying(self, user: str, folder: str = "INBOX") -> int:
        """How many mails lie in a folder of somebody's mailbox; 0 where there is no such folder."""
        with self._client(user) as client:
            status, found = client.select(f'"{folder}"', readonly=True)
            return int(found[0] or b"0") if status == "OK" else 0

    def approves(self, draft: Draft) -> str:
        """Move a draft as the consultant does with the mouse, or the supervisor where one has to see it first (P a87);
        the folder to which it goes."""
        office = next(each for each in self._offices if draft.account in each.desk.accounts)
        desk, carpetas, petition = office.desk, office.rules.carpetas, office.desk.store.petition(draft.folio)
        assert petition is not None
        early = Seen(draft, petition, office.rules, desk.now()).too_early
        source = carpetas.por_supervisar if draft.proposed_at else carpetas.pendientes
        target = carpetas.por_supervisar if early else carpetas.aprobadas
        with self._client(draft.account) as client:
            # A consultant's drafts lie in a folder of their own below.
            for line in client.list('""', f'"{source}*"')[1]:
                assert isinstance(line, bytes)
                client.select(line.decode().rpartition(' "/" ')[2])
                found = client.uid("SEARCH", "HEADER", DRAFT_HEADER, f'"{draft.id}"')[1][0] or b""
                for uid in found.decode().split():
                    client.uid("MOVE", uid, f'"{target}"')
        return target

    def answers(self) -> int:
        """The enlace answers what is new in its mailbox, as P a91 wants it: on our mail, from its own account."""
        with self._client(ENLACE) as client:
            client.select("INBOX")
            new = (client.uid("SEARCH", "UNSEEN")[1][0] or b"").decode().split()
            for uid in new:
                asked = message_from_bytes(client.uid("FETCH", uid, "(RFC822)")[1][0][1], policy=default)
                reply = EmailMessage()
                reply["From"], reply["To"], reply["Subject"] = ENLACE, asked["From"], f"RE: {asked['Subject']}"
                reply["Date"], reply["Message-ID"] = datetime.now(UTC), make_msgid(domain="imss.gob.mx")
                reply["In-Reply-To"] = reply["References"] = asked["Message-ID"]
                body = asked.get_body(("plain",))
                quoted = "".join(f"> {line}\n" for line in (body.get_content() if body else "").splitlines())
                reply.set_content(f"{_ANSWER}\nEl {asked['Date']}, {asked['From']} escribió:\n{quoted}")
                with smtplib.SMTP(HOST, self._world.smtp_port, timeout=10) as smtp:
                    smtp.login(ENLACE, PASSWORD)
                    smtp.send_message(reply)
        return len(new)

    def captures(self) -> list[Path]:
        """What `acuse siade export` lays out, captured by a stand-in for SIADE: the files in which it gives folios."""
        office, back = self._offices[0], []
        for lote in export(office.desk, self._gateway, office.mailbox):
            place, rows = self._gateway.place(lote.number), []
            for line in read_table(place / f"{place.name}.csv").rows:
                if line.cells["clase"] in _CAPTURED and not line.cells["folio_siade"]:
                    rows.append((line.cells["referencia"], f"2026-Q-{_FIRST_FOLIO + self._given:06d}"))
                    self._given += 1
            if rows:
                back.append(self._siade / f"folios_{lote.number:04d}.csv")
                write_csv(back[-1], ("referencia", "folio siade"), rows)
        return back

    def takes(self, file: Path) -> TakenFile:
        """Take in a file of SIADE as `acuse siade import` does, and say what became of its rows."""
        return take_table(self._offices[0].desk, read_table(file))

    def _client(self, user: str) -> imaplib.IMAP4:
        client = imaplib.IMAP4(HOST, self._world.imap_port, timeout=10)
        client.login(user, PASSWORD)
        return client
