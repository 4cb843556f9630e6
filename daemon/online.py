"""`acuse check --online`: what only the servers and this machine can tell, one line each, with its cure."""

from __future__ import annotations

import os
import stat
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from .app import file_of_store, mailbox_of, places, sender_of
from .config import SECRETS, Buzon, Servidor, Settings
from .edge.clock import SystemClock
from .edge.disk import rooms
from .edge.handshake import shake_hands
from .edge.imap import ImapMailbox
from .edge.oauth2 import Tokens
from .errors import AcuseError, LoginRefused
from .flow.recovery import await_witness, tidy_witness
from .model.outgoing import SendOutcome
from .model.rules import RuleSet
from .ports import Clock
from .reply.witness import compose_witness

Mark = Literal["✓", "✗", "aviso"]
# What a server may offer, and what is slower or poorer without it.
_WANTED = {
    "IDLE": "el correo nuevo se nota solo cada «sondeo_segundos»",
    "MOVE": "los mensajes se mueven en dos pasos (copiar y borrar)",
    "UIDPLUS": "lo movido queda en su carpeta marcado como borrado",
    "SPECIAL-USE": "las carpetas de enviados, borradores y no deseado se buscan por su nombre",
}
_SKEW = timedelta(minutes=1)
_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at: how it is, where, what was found, and the cure when something is wrong."""

    mark: Mark
    place: str
    text: str
    cure: str = ""

    def __str__(self) -> str:
        said = f"{self.mark} {self.place}: {self.text}"
        return f"{said} → {self.cure}" if self.cure else said


def machine(settings: Settings, rules: RuleSet, settings_file: Path, environ: Mapping[str, str]) -> Iterator[Line]:
    """Disk, permissions, folders and time zones of this machine."""
    yield from _permissions(settings, settings_file, environ)
    yield from _folders(settings)
    yield from _zone(rules)
    yield from _scans()


def mailboxes(
    settings: Settings,
    rules: RuleSet,
    names: Sequence[str],
    *,
    create: bool = False,
    mail: bool = True,
    patience: float = 60.0,
    clock: Clock | None = None,
) -> Iterator[Line]:
    """Each mailbox by itself: what is wrong with one hides nothing of the others. One try at each login.

    `create` makes missing folders; `mail` sends a mail of the account to itself and waits `patience` seconds for its
    blind copy where it counts (5.65).
    """
    with _Lines(settings, clock or SystemClock()) as lines:
        for name in names:
            yield from _mailbox(lines, settings, rules, name, create=create, mail=mail, patience=patience)


class _Lines:
    """The connections of a look: one a mailbox, opened when needed; one that was refused is not tried again."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.tokens, self.clock = Tokens(settings.oauth2), clock
        self._open: dict[str, ImapMailbox | AcuseError] = {}

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *_: object) -> None:
        for mailbox in self._open.values():
            if isinstance(mailbox, ImapMailbox):
                mailbox.close()

    def mailbox(self, box: Buzon) -> ImapMailbox:
        """Logged in; AcuseError as the first time when that failed."""
        if box.correo not in self._open:
            mailbox = mailbox_of(box, self.tokens)
            try:
                mailbox.status("INBOX")
                self._open[box.correo] = mailbox
            except AcuseError as fault:
                self._open[box.correo] = fault
        found = self._open[box.correo]
        if isinstance(found, AcuseError):
            raise found
        return found


def _mailbox(
    lines: _Lines, settings: Settings, rules: RuleSet, name: str, *, create: bool, mail: bool, patience: float
) -> Iterator[Line]:
    box = settings.buzon[name]
    yield from _encryption("imap", box.imap, box)
    yield from _encryption("smtp", box.smtp, box)
    try:
        mailbox = lines.mailbox(box)
    except AcuseError as fault:
        yield _fault(box, fault)
        if isinstance(fault, LoginRefused):
            yield Line("aviso", box.correo, "no se probó el envío, para que la cuenta no se bloquee")
        return
    yield Line("✓", box.correo, "el servidor IMAP aceptó la contraseña")
    try:
        yield from _offers(mailbox)
        yield from _mail_folders(mailbox, rules, create=create)
        if mail:
            yield from _round(lines, settings, rules, box, mailbox, patience)
        else:
            sender_of(box, lines.tokens).probe()
            yield Line("✓", box.correo, "el servidor SMTP aceptó la contraseña")
    except AcuseError as fault:
        yield _fault(box, fault)


def _encryption(protocol: Literal["imap", "smtp"], server: Servidor, box: Buzon) -> Iterator[Line]:
    place = f"{box.correo}, {protocol.upper()} {server.servidor}:{server.puerto}"
    try:
        agreed = shake_hands(protocol, server)
    except AcuseError as fault:
        yield Line("✗", place, fault.what, fault.cure)
        return
    if agreed is None:
        yield Line("aviso", place, "sin cifrar, dentro de esta misma máquina")
        return
    until = f"{agreed.version}, certificado válido hasta el {agreed.expires:%d/%m/%Y}"
    if agreed.expires - datetime.now(UTC) < _SOON:
        yield Line("aviso", place, until, "pida a quien administra el servidor que lo renueve antes de ese día")
    else:
        yield Line("✓", place, until)


def _offers(mailbox: ImapMailbox) -> Iterator[Line]:
    offered = mailbox.capabilities()
    there = [word for word in _WANTED if word in offered]
    if there:
        yield Line("✓", mailbox.account, f"el servidor ofrece {', '.join(there)}")
    for word, without in _WANTED.items():
        if word not in offered:
            yield Line("aviso", mailbox.account, f"el servidor no ofrece {word}: {without}")


def _mail_folders(mailbox: ImapMailbox, rules: RuleSet, *, create: bool) -> Iterator[Line]:
    """The folders that the rules name. Those that the server itself keeps may bear another name there."""
    carpetas = rules.carpetas
    own = [
        getattr(carpetas, name)
        for name in type(carpetas).model_fields
        if isinstance(getattr(carpetas, name), str) and name not in ("borradores", "enviados", "no_deseado")
    ]
    kept = {name: mailbox.resolve(name) for name in (carpetas.borradores, carpetas.enviados, carpetas.no_deseado)}
    missing = [name for name in (*own, *kept.values()) if not mailbox.has(name)]
    if create:
        for name in missing:
            mailbox.ensure(name)
            yield Line("✓", mailbox.account, f"se creó la carpeta «{name}»")
    elif missing:
        named = ", ".join(f"«{name}»" for name in missing)
        cure = "«acuse check --online --crear» las crea; «acuse run», cuando las necesite"
        yield Line("aviso", mailbox.account, f"faltan carpetas: {named}", cure)
    if create or not missing:
        sent = ", ".join(f"«{real}»" for real in kept.values())
        yield Line("✓", mailbox.account, f"están todas las carpetas; del servidor son {sent}")


def _round(
    lines: _Lines, settings: Settings, rules: RuleSet, box: Buzon, mailbox: ImapMailbox, patience: float
) -> Iterator[Line]:
    """The round trip that proves that counting works: a mail to oneself, and its blind copy at the counting account."""
    now = lines.clock.now()
    key = settings.clave_de_firma.get_secret_value().encode()
    mail = compose_witness(box.correo, uuid.uuid4().hex, rules=rules, now=now, key=key)
    if mail is None:
        yield Line("✗", box.correo, "las reglas no dicen dónde cuenta esta cuenta", "añádala a «cuentas» en casa.yaml")
        return
    counting = next((each for each in settings.buzon.values() if each.correo == mail.counting), None)
    counts: ImapMailbox | None = None
    if counting is not None:
        try:
            counts = lines.mailbox(counting)
        except AcuseError as fault:
            yield Line(
                "✗", box.correo, f"no se puede leer la cuenta de conteo {mail.counting}: {fault.what}", fault.cure
            )
    result = sender_of(box, lines.tokens).send(mail)
    if result.outcome is not SendOutcome.ACEPTADO or result.refused:
        said = "; ".join(f"{code} {text}" for code, text in result.refused.values()) or result.detail
        cure = "pida que la cuenta pueda enviar a sí misma y a la de conteo"
        yield Line("✗", box.correo, f"el servidor SMTP no aceptó el correo de prueba ({said})", cure)
        return
    yield Line("✓", box.correo, "el servidor SMTP aceptó la contraseña y el correo de prueba")
    if counts is None:
        if counting is None:
            text = f"la copia va a {mail.counting}, que aquí no se lee: mire allí si llegó «Prueba de acuse»"
            yield Line("aviso", box.correo, text)
        return
    lies = await_witness(counts, rules.carpetas.no_deseado, mail.message_id, patience)
    if lies is None:
        text = f"la copia de conteo no llegó a {mail.counting} en {patience:.0f} segundos (5.65)"
        cure = "revise que el servidor entregue copias ocultas y qué reglas tiene esa cuenta; sin copia nada se cuenta"
        yield Line("✗", box.correo, text, cure)
    else:
        folder, uid = lies
        yield Line("✓", box.correo, f"la copia de conteo llegó a {mail.counting} (P 5.65)")
        if folder != "INBOX":
            yield Line(
                "aviso", mail.counting, f"la copia cayó en «{folder}»", "marque a la cuenta como remitente seguro"
            )
        yield _clock(counts, folder, uid, (now, lines.clock.now()), box.correo)
    for each in {mailbox, counts}:
        tidy_witness(each, rules.carpetas, mail.message_id)


def _clock(mailbox: ImapMailbox, folder: str, uid: int, span: tuple[datetime, datetime], account: str) -> Line:
    """The server's clock, by when it says that the copy arrived: between its sending and when it was seen."""
    sent, now = span
    received = next((message.received_at for message in mailbox.fetch(folder, [uid])), now)
    early, late = sent - received, received - now
    off = max(early, late)
    if off > _SKEW:
        side = "adelantado" if early > late else "atrasado"
        text = f"el reloj de esta máquina va {side} {int(off.total_seconds())} segundos respecto del servidor de correo"
        return Line("✗", account, text, "póngalo en hora (timedatectl set-ntp true): de él dependen los plazos")
    return Line("✓", account, "el reloj coincide con el del servidor")


# --- this machine --------------------------------------------------------------------------------------------------


def _permissions(settings: Settings, settings_file: Path, environ: Mapping[str, str]) -> Iterator[Line]:
    private = list(_private_files(settings, settings_file, environ))
    bad = 0
    for path in private:
        mode = path.stat().st_mode
        # A group may be let in on purpose; everybody never is.
        if mode & (stat.S_IRWXO):
            bad += 1
            yield Line("✗", str(path), "lo puede leer cualquiera en esta máquina", f"ejecute: chmod o= '{path}'")
    if settings_file.exists() and settings_file.stat().st_mode & stat.S_IWOTH:
        bad += 1
        yield Line("✗", str(settings_file), "lo puede cambiar cualquiera", f"ejecute: chmod o-w '{settings_file}'")
    if not bad:
        yield Line("✓", "permisos", f"el almacén y {len(private)} archivos con secretos o datos no están a la vista")


def _private_files(settings: Settings, settings_file: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """The store, and the files in which secrets arrive: credentials, the folder beside, environment files."""
    if file := file_of_store(settings):
        yield from (path for path in sorted(file.parent.glob(f"{file.name}*")) if path.is_file())
    folder = Path(environ.get("CREDENTIALS_DIRECTORY") or settings_file.parent / SECRETS)
    if folder.is_dir():
        yield from (path for path in sorted(folder.iterdir()) if path.is_file())
    for pattern in ("*.env", "entorno"):
        yield from (path for path in sorted(settings_file.parent.glob(pattern)) if path.is_file())


def _folders(settings: Settings) -> Iterator[Line]:
    written = places(settings)
    for what, folder in written:
        if not folder.is_dir():
            cure = "créela, y dé permiso al usuario del servicio"
            yield Line("✗", str(folder), f"no existe la carpeta de {what}", cure)
        elif not os.access(folder, os.W_OK | os.X_OK):
            yield Line("✗", str(folder), f"no se puede escribir en la carpeta de {what}", "dé permiso de escritura")
        else:
            yield Line("✓", str(folder), f"se puede escribir en la carpeta de {what}")
    for room in rooms(written):
        if not room.writable:
            yield Line("✗", room.name, "su carpeta no se puede escribir", "revise permisos y que el disco esté montado")
        elif room.free_mb < settings.alarmas.disco_libre_mb:
            yield Line("✗", room.name, f"quedan {room.free_mb:,} MB en su disco", "libere espacio")
        else:
            yield Line("✓", room.name, f"quedan {room.free_mb:,} MB en su disco")


def _zone(rules: RuleSet) -> Iterator[Line]:
    """Old time zone data still has Mexico's summer time, which ended in 2022: terms would be an hour off."""
    zone = rules.calendario.zona
    summer = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo(zone)).utcoffset()
    if zone == "America/Mexico_City" and summer != timedelta(hours=-6):
        yield Line("✗", zone, "los datos de zonas horarias son viejos", "actualice el paquete tzdata")
    else:
        yield Line("✓", zone, f"son las {datetime.now(ZoneInfo(zone)):%H:%M} en la oficina")


def _scans() -> Iterator[Line]:
    # Only here, since what reads pictures is large.
    from .edge.pdf_ocr import is_there

    if is_there():
        yield Line("✓", "tesseract", "está, con español: las solicitudes escaneadas se leen")
    else:
        text = "no está tesseract con español: una solicitud escaneada no se lee, la ve una persona"
        yield Line("aviso", "tesseract", text, "en Debian: apt-get install tesseract-ocr-spa")


def _fault(box: Buzon, fault: AcuseError) -> Line:
    return Line("✗", box.correo, f"{fault.where}: {fault.what}" if fault.where else fault.what, fault.cure)
