"""One message from its bytes to its Reading: the parts, the words, the kind, the person, in that order."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import Message
from functools import partial

from daemon.errors import Unreadable
from daemon.model.ids import folios_in
from daemon.model.ledger import Keys
from daemon.model.mail import Accounts, Address, Attachment, Bounce, Kind, PersonData, Reading

from . import auth, bounce, damage, exchange, forward, headers, kind, mime, person, quoted, quotes
from .forward import Inner
from .kind import Seen, Verdict
from .lexicon import bag
from .mime import Content, ReadPdf
from .names import Known
from .person import Person
from .plain import fold, plain
from .quotes import Split
from .sources import OTHERS, OWN, UNKNOWN, Source

# Mail without any date is older than all mail that has one, and still a day that every calendar knows.
_NEVER = datetime(1990, 1, 1, tzinfo=UTC)
_EMPLOYERS = re.compile(r"^(?:atn\.?)?contribuyente")
_ENGLISH = bag("the and you your for with please dear have from would could this that are is my of to in")
_SPANISH = bag("el la los las de que por para con mi me no se en es un una del y al su lo")
_FEW_WORDS = 8


@dataclass(frozen=True, slots=True)
class _Words:
    """The writer's words as they are read: `split` of the text, the text `own` to find data in, and whose words."""

    split: Split
    own: str
    fresh: str
    origin: str
    writer: Address | None


def read(
    raw: bytes,
    *,
    mailbox: str | None,
    house: Accounts,
    received_at: datetime | None = None,
    read_pdf: ReadPdf | None = None,
) -> Reading:
    """Say what a message says, without judging what follows from it (DESIGN §4).

    `mailbox` None: Delivered-To, else our account among To and Cc. `received_at` None: our server's topmost
    Received, else the Date field, else another server's Received, else 1990. `read_pdf` reads attached PDFs
    under its own limits.
    Raises Unreadable for what is no message at all; anything else is read as far as it is good.
    """
    message = _parsed(raw)
    account = (mailbox or _mailbox(message, house)).lower()
    profile = exchange.profile_of(account, house)
    author = next(iter(headers.addresses(message, "From")), None)
    # OCR takes seconds a page, so that only what comes from an office or the reception is worth it.
    scans = bool(profile) and author is not None and exchange.is_party(author.email, house)
    found = mime.content(message, partial(read_pdf, ocr=True) if read_pdf and scans else read_pdf)
    if not any(True for _ in message.keys()) and not found.text.strip():  # noqa: SIM118
        raise Unreadable("el mensaje no trae encabezados ni texto", cure="revise el original en su buzón")
    subject = headers.subject(message)
    seen = _seen(message, found, author, subject, account, house)
    when = received_at or headers.received_at(message, house.authserv) or _NEVER
    said = exchange.understood(profile, seen, when.date())
    verdict = said.verdict if said else kind.judge(seen)
    words = _words(seen, verdict)
    who = _person(seen, verdict, words, account)
    reading = _assembled(seen, verdict, words, who, when)
    if said is None:
        return reading
    return replace(reading, forms=said.forms, notices=said.notices, doubts=(*reading.doubts, *said.doubts))


def keys(reading: Reading) -> Keys:
    """By what the store may know this message, its writer or its petition."""
    address = reading.sender or reading.author
    return Keys(
        message_id=reading.message_id,
        digest=reading.digest,
        thread=reading.thread,
        tokens=reading.tokens,
        address=address.email if address else None,
        nss=reading.data.nss,
        curp=reading.data.curp,
        telefono=reading.data.telefono,
        nombre=reading.data.nombre,
        siade=reading.data.folio,
        tramites=_named("id_tramite", reading),
        survival_nss=_named("nss", reading),
    )


def _named(field: str, reading: Reading) -> tuple[str, ...]:
    """Every value of this field in the survival forms and notices of a message, once each."""
    values = [form.fields.get(field) for form in reading.forms] + [getattr(notice, field) for notice in reading.notices]
    return tuple(dict.fromkeys(value for value in values if value))


def _parsed(raw: bytes) -> Message:
    if not raw.strip():
        raise Unreadable("el mensaje está vacío", cure="revise el original en su buzón")
    # Exports of mail programs begin with blank lines or with mbox's 'From ' line.
    raw = re.sub(rb"\A(?:\s*\n)?(?:>?From [^\n]*\n)?", b"", raw, count=1)
    return damage.parsed(raw)


def _mailbox(message: Message, house: Accounts) -> str:
    for name in ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To"):
        if found := headers.addresses(message, name):
            return found[0].email
    addressed = [a for name in ("To", "Cc", "Bcc", "Resent-To") for a in headers.addresses(message, name)]
    ours = [a.email for a in addressed if a.email in house.own]
    domains = {*house.domains, "imss.gob.mx", "sre.gob.mx"}
    return next(iter(ours + [a.email for a in addressed if a.domain in domains]), "")


def _seen(
    message: Message, found: Content, author: Address | None, subject: str, account: str, house: Accounts
) -> Seen:
    inside = None
    if author is not None and forward.is_house(author, house):
        inside = forward.petition_inside(subject, found.text, found, house)
    ids = headers.message_ids(message, "Message-ID")
    split = quotes.split(found.text, subject)
    own = split.own
    return Seen(
        message=message,
        content=found,
        author=author,
        to=headers.addresses(message, "To"),
        cc=headers.addresses(message, "Cc"),
        subject=subject,
        message_id=ids[0] if ids else "",
        mailbox=account,
        authentic=_authentic(message, author, house),
        house=house,
        inner=inside,
        identified=person.identified([subject, own]),
        own=own if split.forward is None else found.text[: split.forward],
    )


def _authentic(message: Message, author: Address | None, house: Accounts) -> str:
    """What our server says of the writer (see `auth`); of several writers nobody knows for whom it vouched."""
    word = auth.verdict(message, house.authserv, author.domain if author else "")
    return "none" if word == "pass" and len(_writers(message)) > 1 else word


def _writers(message: Message) -> set[str]:
    return {address.email for address in headers.addresses(message, "From")}


def _words(seen: Seen, verdict: Verdict) -> _Words:
    """Whose words are read: those of the writer, or of the petitioner whom somebody of the house forwards."""
    text = seen.content.text
    if verdict.kind is Kind.PETICION and seen.inner is not None:
        return _forwarded(seen.inner, text, seen.subject)
    split = quotes.split(text, seen.subject)
    if seen.content.unquoted is not None and split.forward is None:
        marked = quotes.split(seen.content.unquoted, seen.subject)
        quoted = split.quoted or _rest(split.own, marked.own)
        split = Split(marked.own, marked.fresh, quoted, None)
    if verdict.kind in (Kind.ENLACE, Kind.COPIA_DE_CONTEO):
        # These words are passed on to the person: what is forwarded below them, or attached, may be internal.
        own = split.own if split.forward is None else text[: split.forward].strip()
        return _Words(split, own, quotes.fresh_of(own), "propio", seen.author)
    own, fresh, origin = split.own, split.fresh, "propio"
    if split.forward is not None and not _has_words(quotes.fresh_of(text[: split.forward])):
        inner = forward.of_block(text[split.forward :])
        if inner is not None:
            fresh = f"{quotes.fresh_of(text[: split.forward])}\n\n{quotes.fresh_of(inner.text)}".strip()
    if not _has_words(fresh):
        fresh, origin = _with_attachments(fresh, seen.content, origin)
    return _Words(split, own, fresh, origin, seen.author)


def _forwarded(inner: Inner, text: str, subject: str) -> _Words:
    split = quotes.split(inner.text, inner.subject or subject)
    whole = Split(split.own, split.fresh, split.quoted, None)
    writer = inner.author or (Address("", inner.name) if inner.name else None)
    return _Words(whole, split.own, split.fresh or quotes.fresh_of(text), "reenviado", writer)


def _rest(text: str, marked: str) -> str:
    """What the HTML marks as quoted: the lines of the text that are missing in the unquoted one."""
    kept = {line.strip() for line in marked.split("\n")}
    return "\n".join(line for line in text.split("\n") if line.strip() and line.strip() not in kept)


def _has_words(text: str) -> bool:
    return len(re.findall(r"[^\W\d_]{2,}", text)) >= _FEW_WORDS


def _with_attachments(fresh: str, found: Content, origin: str) -> tuple[str, str]:
    """Where the mail itself says next to nothing, the petition's words stand in what is attached."""
    texts = [quotes.split(a.text).fresh[:6000] for a in found.attachments if _has_words(a.text)]
    return ("\n\n".join([fresh, *texts]).strip(), "adjunto") if texts else (fresh, origin)


def _person(seen: Seen, verdict: Verdict, words: _Words, account: str) -> Person:
    if verdict.kind is not Kind.PETICION:
        return Person(PersonData(), {})
    sources = [Source(quotes.without_notices(quotes.without_devices(words.own)), "cuerpo")]
    subject = seen.inner.subject if words.origin == "reenviado" and seen.inner is not None else seen.subject
    sources.append(Source(subject, "asunto"))
    attached = [a for a in seen.content.attachments if a.text]
    if words.origin == "reenviado":
        attached = [a for a in attached if a.content_type != "message/rfc822"]
    sources += [Source(a.text, "adjunto", a.content_type == "message/rfc822") for a in attached]
    sources += _quoted_sources(words)
    form = kind.is_form(seen)
    known = Known(seen.house.given_names, seen.house.surnames)
    writer = None if form else words.writer
    who = person.read_person(sources, writer, known, employers=bool(_EMPLOYERS.match(account)), form=form)
    if verdict.automatic and not form:
        who.doubts.append(f"{verdict.reason[0].upper()}{verdict.reason[1:]}: no se contesta sin revisión.")
    if len(_writers(seen.message)) > 1:
        who.doubts.append("El correo trae varios remitentes: no se sabe quién escribe ni a quién contestar.")
    if mime.LONG in seen.content.faults:
        who.doubts.append("El texto es demasiado largo: solo se leyó el principio.")
    if damage.CUT in seen.content.faults:
        who.doubts.append("El texto llegó incompleto (base64 cortado): quizá lo que falta estaba en lo que se perdió.")
    if words.origin == "reenviado" and (writer is None or not writer.email):
        who.doubts.append("El reenvío no trae la dirección de quien pide: no hay correo al que contestar.")
    if words.origin == "reenviado" and seen.authentic == "none":
        who.doubts.append("El reenvío no trae autenticación del servidor de recepción.")
    return who


def _quoted_sources(words: _Words) -> list[Source]:
    """The quoted messages with whose they are: the writer's by address, or by name where the program left it out."""
    found = []
    for message in quoted.messages(words.split.quoted):
        author, writer = UNKNOWN, words.writer
        if message.email:
            author = OWN if writer and message.email == writer.email else OTHERS
        elif message.name and writer and writer.name:
            author = OWN if plain(message.name) == plain(writer.name) else OTHERS
        found.append(Source(message.text, "cita", letter=author == OWN, author=author))
    return found


def _assembled(seen: Seen, verdict: Verdict, words: _Words, who: Person, when: datetime) -> Reading:
    found = seen.content
    answered = headers.message_ids(seen.message, "In-Reply-To")
    digest = _digest(found.text, found.attachments)
    return Reading(
        message_id=seen.message_id or _made_id(seen, digest),
        digest=digest,
        mailbox=seen.mailbox,
        received_at=when,
        kind=verdict.kind,
        kind_reason=verdict.reason,
        author=seen.author,
        sender=_sender(seen, verdict, words, who),
        to=seen.to,
        cc=seen.cc,
        reply_to=headers.addresses(seen.message, "Reply-To"),
        subject=seen.subject,
        in_reply_to=answered[0] if answered else None,
        references=headers.message_ids(seen.message, "References"),
        text=found.text,
        fresh=words.fresh,
        quoted=words.split.quoted,
        origin=words.origin,
        authentic=seen.authentic,
        automatic=verdict.automatic,
        attachments=tuple(found.attachments),
        data=who.data,
        found=who.found,
        doubts=tuple(dict.fromkeys(who.doubts)),
        tokens=folios_in(f"{seen.subject}\n{found.text}"),
        bounce=_bounce(seen, verdict),
        faults=tuple(found.faults),
        language=_language(words.fresh or found.text),
    )


def _sender(seen: Seen, verdict: Verdict, words: _Words, who: Person) -> Address | None:
    """Who is answered: the petitioner. A form's own address answers nobody; the one in its text may."""
    if kind.is_form(seen) and verdict.kind is Kind.PETICION:
        return Address(who.data.correo, who.data.nombre or "") if who.data.correo else None
    return words.writer if words.writer and words.writer.email else None


def _bounce(seen: Seen, verdict: Verdict) -> Bounce | None:
    return bounce.read_bounce(seen.message, seen.content) if verdict.kind is Kind.REBOTE else None


def _digest(text: str, attachments: list[Attachment]) -> str:
    """Of the words and the attachments: the same mail to two of our accounts has one digest."""
    pieces = [plain(text), *sorted(attachment.sha256 for attachment in attachments)]
    return hashlib.sha256("\0".join(pieces).encode("utf-8", "replace")).hexdigest()


def _made_id(seen: Seen, digest: str) -> str:
    """A name for a message without Message-ID: two persons who write the same words must not become one."""
    pieces = [seen.author.email if seen.author else "", headers.value(seen.message, "Date"), seen.subject, digest]
    made = hashlib.sha256("\0".join(pieces).encode("utf-8", "replace")).hexdigest()[:32]
    return f"<{made}@sin-message-id.invalid>"


def _language(text: str) -> str:
    words = re.findall(r"[a-z]+", fold(text))
    english, spanish = sum(w in _ENGLISH for w in words), sum(w in _SPANISH for w in words)
    return "en" if english > spanish and english >= 3 else "es"
