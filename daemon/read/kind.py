"""What sort of message this is, judged before its matter: machines, our own, staff, forged, unsolicited, petitions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message

from rapidfuzz.distance import Levenshtein

from daemon.model.mail import Accounts, Address, Kind

from . import bounce, headers
from .forward import Inner, is_house
from .mime import Content
from .plain import fold, plain

_AUTO_SUBJECT = re.compile(
    r"^\s*(?:respuesta automatica|automatic reply|auto(?:matic)?[ -]?(?:reply|response|"
    r"respuesta)|autorespuesta|"
    r"respuesta de ausencia|out of (?:the )?office|fuera de (?:la )?oficina|ausente(?: de la oficina)?\s*:|"
    r"ausencia\s*:|"
    r"mensaje automatico|aviso de ausencia|i am (?:away|out of)|vacaciones\s*:)"
)
_READ_SUBJECT = re.compile(
    r"^\s*(?:leido|no leido|read|not read|eliminado sin leer|confirmacion de lectura|acuse de lectura|"
    r"read receipt|return receipt)\b\s*[:(]?"
)
_READ_TEXT = re.compile(
    r"se ley[oó] (?:el|la)|fue leido|was read on|your message|su mensaje|el mensaje (?:enviado )?para|"
    r"confirmacion de lectura"
)
_AWAY_TEXT = re.compile(
    r"(?:estoy|estare|me encuentro|me encontrare) (?:de vacaciones|fuera de (?:la |mi )?oficina|ausente|"
    r"de incapacidad|de licencia)|out of (?:the )?office|"
    r"respuesta automatica|este es un mensaje automatico|no responda a este (?:correo|mensaje)"
)
# What only a person writes who wants something of us: a machine's mail has none of it.
_ASKS_US = re.compile(
    r"\b(?:solicito|solicitamos|quiero (?:que|saber|un|una|poner|presentar|mi|pedir)|quisiera|necesito|pido|exijo|"
    r"mi queja|"
    r"me quejo|denuncio|nadie (?:me|nos)|ninguna persona|ya van? (?:\w+ )?veces|sigo (?:sin|esperando)|"
    r"(?:me|nos) (?:contestan?|contestaron|responden?|respondieron|mandan|mandaron|rebot\w+|niegan|negaron|lleg\w+|"
    r"dijeron|dicen|cancelaron|urge)|no me (?:dan|dieron|han|atienden|surten|resuelven?|contestan?|llega)|"
    r"(?:pueden|podrian|puede|podria) (?:\w+me|decirme|ayudarme|orientarme)|que (?:hago|debo hacer|significa)|"
    r"como (?:le hago|hago|evito|puedo)|"
    r"es (?:de ustedes|verdad|cierto))\b"
)
_FORM = re.compile(
    r"(?m)^[^\w\n]{0,40}(nombre[^\n:]{0,20}|nss|correo[^\n:]{0,15}|e-?mail|telefono|asunto|mensaje|comentarios?|curp|motivo|"
    r"descripcion)\s*:"
)
_NO_REPLY = re.compile(
    r"^(?:no-?_?\.?(?:responder|reply|respond|contestar)|noreply|donotreply|formularios?|webmaster|wordpress|"
    r"www-data|apache|form|contacto)\b"
)
_LIST_FIELDS = (
    "List-Id",
    "List-Unsubscribe",
    "List-Post",
    "X-Mailchimp-Campaign-Id",
    "X-Campaign",
    "X-Campaignid",
    "X-Mailgun-Tag",
)
_EXECUTABLE = re.compile(
    r"\.(?:exe|scr|js|jse|vbs|vbe|bat|cmd|com|pif|jar|hta|lnk|iso|img|ps1|msi|wsf|cpl|reg|xll|docm|xlsm|one)$"
)
_CLAIMS_US = re.compile(r"\bimss\b|seguro social|atencion al? derechohabient|atnder|instituto mexicano")
_CLAIMS_OTHERS = re.compile(
    r"\b(?:sat|infonavit|issste|bbva|banamex|citibanamex|banorte|santander|hsbc|scotiabank|banco\w*|paypal|"
    r"microsoft|office ?365|"
    r"soporte tecnico|helpdesk|mesa de ayuda|administrador (?:de|del) correo|webmail|netflix|amazon|dhl|fedex|"
    r"correos de mexico|"
    r"servicio de administracion tributaria|afore|bienestar)\b"
)
_REPORTS = re.compile(
    r"(?:me|nos) (?:lleg\w+|ha llegado|mandaron|enviaron|esta(?:n)? llegando)|recibi (?:un|este|el)|es (?:fraude|"
    r"verdad|cierto|falso|real|de ustedes)|phishing|estafa|quisieron? estafar|denunci"
)
_UNSUBSCRIBE = re.compile(
    r"darse de baja|dar de baja (?:su|tu|esta) suscripcion|cancelar (?:su |tu |la )?suscripcion|unsubscribe|"
    r"ya no desea recibir|no deseas? recibir|dejar de recibir"
)
_SOME_WORDS = 6
_URL = re.compile(r"https?://[^\s<>\")\]]+|www\.[^\s<>\")\]]+")


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that telling kinds apart needs: the message, its parts, its author, and what was made of them."""

    message: Message
    content: Content
    author: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    message_id: str
    mailbox: str
    authentic: str
    house: Accounts
    inner: Inner | None
    identified: bool
    own: str = ""

    @property
    def personal(self) -> bool:
        """Whether a person writes here whatever some headers say: the own words give an NSS or want something of us."""
        return self.identified or self.asks

    @property
    def asks(self) -> bool:
        """Whether the own words want something of us, as only a person's do."""
        return bool(_ASKS_US.search(fold(self.own[:6000])))


@dataclass(frozen=True, slots=True)
class Verdict:
    """A kind with its reason in Spanish; `automatic` mail is never answered by a machine (RFC 3834 §2)."""

    kind: Kind
    reason: str
    automatic: bool = False


def judge(seen: Seen) -> Verdict:
    """The first kind that fits, in the order in which a mistake would do most harm.

    What only looks automatic and is a person's own words stays a petition, marked so that no machine answers it.
    """
    if reason := bounce.is_bounce(seen.message, seen.content, personal=seen.personal):
        return Verdict(Kind.REBOTE, reason, automatic=True)
    for rule in (_own_copy, _automatic, _forged, _of_the_house, _list, _unsolicited, _empty):
        verdict = rule(seen)
        if verdict is not None:
            return verdict
    if is_form(seen):
        reason = "formulario web: los datos de la persona vienen en el texto"
        return Verdict(Kind.PETICION, reason, automatic=_automatic_header(seen.message) != "")
    if weak := _looks_automatic(seen) or _looks_like_a_list(seen):
        return Verdict(Kind.PETICION, f"parece correo automático ({weak}), pero escribe una persona", automatic=True)
    return Verdict(Kind.PETICION, "una persona escribe al buzón")


def is_form(seen: Seen) -> bool:
    """Whether a web form wrote it for a person: a no-reply sender and the labelled lines of a form."""
    labels = {match[1][:6] for match in _FORM.finditer(fold(seen.content.text))}
    machine = seen.author is None or bool(_NO_REPLY.match(seen.author.email.partition("@")[0]))
    script = bool(
        headers.values(seen.message, "X-PHP-Originating-Script") or headers.values(seen.message, "X-PHP-Script")
    )
    return len(labels) >= 2 and (machine or (script and len(labels) >= 3))


def _addressed(seen: Seen) -> set[str]:
    return {address.email for address in (*seen.to, *seen.cc)}


def _own_copy(seen: Seen) -> Verdict | None:
    """Our own mail and that of our people to somebody outside, delivered to us blind (P 5.65)."""
    author, house = seen.author, seen.house
    if author is None or not is_house(author, house) or seen.authentic == "fail":
        return None
    ours = house.own | house.counting
    outside = [a for a in (*seen.to, *seen.cc) if not is_house(a, house)]
    if re.match(r"<ac-", seen.message_id, re.IGNORECASE) and (author.email in ours or outside):
        return Verdict(
            Kind.COPIA_DE_CONTEO, "copia de un correo nuestro: su Message-ID es de los que da el sistema", True
        )
    blind = not (_addressed(seen) & (ours | {_delivered(seen), seen.mailbox}))
    if author.email in ours and (blind or outside):
        return Verdict(Kind.COPIA_DE_CONTEO, f"copia de un correo enviado desde {author.email}", True)
    if outside and blind:
        return Verdict(Kind.COPIA_DE_CONTEO, f"copia oculta de un correo de {author.email} a {outside[0].email}", True)
    return None


def _delivered(seen: Seen) -> str:
    delivered = headers.addresses(seen.message, "Delivered-To")
    return delivered[0].email if delivered else ""


def _automatic_header(message: Message) -> str:
    submitted = headers.value(message, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return f"encabezado Auto-Submitted: {submitted}"
    for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply", "X-Mail-Autoreply"):
        if headers.value(message, name).strip().lower() not in ("", "no", "false"):
            return f"encabezado {name}"
    if headers.value(message, "Precedence").strip().lower().replace("-", "_") in ("auto_reply", "autoreply"):
        return "encabezado Precedence: auto_reply"
    return ""


def _automatic(seen: Seen) -> Verdict | None:
    found, subject = seen.content, fold(seen.subject)
    if found.calendar or seen.message.get_content_type() == "text/calendar":
        method = found.calendar or "sin METHOD"
        return Verdict(Kind.RESPUESTA_AUTOMATICA, f"invitación de calendario (METHOD:{method})", True)
    receipt = any(part.get_content_type() == "message/disposition-notification" for part in found.machine)
    read = _READ_SUBJECT.match(subject) and not seen.personal
    if receipt or (read and (not found.text.strip() or _READ_TEXT.search(fold(found.text[:400])))):
        return Verdict(Kind.RESPUESTA_AUTOMATICA, "confirmación de lectura", True)
    if any(part.get_content_type() == "message/feedback-report" for part in found.machine):
        return Verdict(Kind.RESPUESTA_AUTOMATICA, "informe automático de abuso", True)
    reason = _automatic_header(seen.message)
    if reason and not is_form(seen) and not (seen.identified and "auto-generated" in reason):
        return Verdict(Kind.RESPUESTA_AUTOMATICA, reason, True)
    if (reason := _looks_automatic(seen)) and not seen.personal:
        return Verdict(Kind.RESPUESTA_AUTOMATICA, reason, True)
    return None


def _looks_automatic(seen: Seen) -> str:
    """The weaker signs of an automatic reply, in Spanish; '' for none. A person's own words outweigh them."""
    if is_form(seen):
        return ""
    subject = fold(seen.subject)
    reason = _automatic_header(seen.message)
    if reason:
        return reason
    if _AUTO_SUBJECT.match(subject):
        return f"el asunto es el de una respuesta automática: «{seen.subject[:60]}»"
    if any(value.strip() in ("<>", "") for value in headers.values(seen.message, "Return-Path")):
        return "remitente vacío (Return-Path: <>)"
    away = _AWAY_TEXT.search(fold(seen.own[:500]))
    suppressed = headers.value(seen.message, "X-Auto-Response-Suppress").strip().lower()
    if away and (suppressed in ("all", "oof, autoreply", "oof") or re.match(r"\s*(?:re|rv|fwd?)\s*:.*auto", subject)):
        return "mensaje de ausencia"
    return ""


def _of_the_house(seen: Seen) -> Verdict | None:
    author, house = seen.author, seen.house
    if author is None:
        return None
    if author.email in house.enlaces:
        away = bool(_AWAY_TEXT.search(fold(seen.own[:500])))
        return Verdict(Kind.ENLACE, f"escribe el enlace {author.email}", automatic=away)
    if not is_house(author, house):
        return None
    if seen.inner is not None:
        whom = seen.inner.author.email if seen.inner.author else seen.inner.name or "una persona"
        return Verdict(Kind.PETICION, f"{author.email} reenvía la petición de {whom}")
    if is_form(seen):
        return None
    return Verdict(Kind.PERSONAL, f"escribe {author.email}, de la institución, y no reenvía ninguna petición")


def _list(seen: Seen) -> Verdict | None:
    reason = _looks_like_a_list(seen)
    # Companies put these fields on every mail of their people: what gives an NSS is nobody's newsletter.
    return Verdict(Kind.LISTA, reason, True) if reason and not seen.identified else None


def _looks_like_a_list(seen: Seen) -> str:
    message = seen.message
    for name in _LIST_FIELDS:
        if headers.value(message, name).strip():
            return f"lista de correo o boletín (encabezado {name})"
    precedence = headers.value(message, "Precedence").strip().lower()
    if precedence in ("bulk", "list", "junk") and not is_form(seen):
        return f"correo masivo (Precedence: {precedence})"
    return ""


def _forged(seen: Seen) -> Verdict | None:
    """Mail that pretends to be of the institution, a bank or support, or brings a program."""
    author, house = seen.author, seen.house
    if program := brings_a_program(seen):
        return Verdict(Kind.SOSPECHOSO, f"adjunta un programa: {program}")
    if author is None:
        return None
    ours = is_house(author, house)
    if ours and seen.authentic == "fail":
        return Verdict(Kind.SOSPECHOSO, f"dice venir de {author.email} y la autenticación falló")
    if ours:
        return None
    said = plain(f"{seen.subject} {seen.content.text}")
    # What somebody quotes and asks about is not the writer's own demand.
    own = plain(seen.own) if len(seen.own.split()) >= _SOME_WORDS else said
    phrases = [phrase for phrase in house.phishing if plain(phrase) in own]
    urls = _URL.findall(seen.content.text) + [href for href, _ in seen.content.links]
    lead_away = _misleading(seen.content.links)
    name = plain(author.name)
    imitates = _imitates(author.domain, house)
    claims = bool(_CLAIMS_US.search(name)) or bool(_CLAIMS_OTHERS.search(name))
    reporting = bool(_REPORTS.search(said)) and not imitates and not claims
    if imitates and (phrases or urls or claims or seen.content.attachments or not seen.identified):
        return Verdict(Kind.SOSPECHOSO, f"el dominio {author.domain} imita al de la institución")
    if claims and (phrases or lead_away or (urls and not seen.identified) or seen.authentic == "fail"):
        return Verdict(Kind.SOSPECHOSO, f"se presenta como «{author.name}» desde {author.domain}")
    if reporting:
        return None
    strong = len(phrases) + bool(lead_away) + (seen.authentic == "fail")
    if phrases and (strong >= 2 or (urls and not seen.identified)):
        return Verdict(
            Kind.SOSPECHOSO, f"pide claves o pagos: «{phrases[0]}»" + (f", enlace {urls[0][:60]}" if urls else "")
        )
    if lead_away and not seen.identified:
        return Verdict(Kind.SOSPECHOSO, f"un enlace dice {lead_away[0][:40]} y lleva a {lead_away[1][:60]}")
    return None


def brings_a_program(seen: Seen) -> str:
    """The name of an attached program, '' when there is none."""
    files = (attachment.file for attachment in seen.content.attachments)
    return next((file for file in files if _EXECUTABLE.search(file.lower())), "")


def _imitates(domain: str, house: Accounts) -> bool:
    """Whether a foreign domain is made to look like ours: 'imss-gob.mx', 'lmss.gob.mx', 'imss.gob.mx.aviso.example'."""
    if domain.endswith(".gob.mx") and not any(Levenshtein.distance(domain, d) <= 2 for d in house.domains):
        return False
    if any(
        d in domain or d.replace(".", "-") in domain or 0 < Levenshtein.distance(domain, d) <= 2 for d in house.domains
    ):
        return True
    return any(re.search(rf"(?:^|[.-]){re.escape(d.split('.')[0])}(?:$|[.-])", domain) for d in house.domains)


def _misleading(links: list[tuple[str, str]]) -> tuple[str, str] | None:
    """A link whose words are one site and whose target is another."""
    for target, words in links:
        shown = re.match(r"(?:https?://)?((?:[\w-]+\.)+[a-z]{2,})(?:[/:?]|$)", words.strip().lower())
        real = re.match(r"https?://(?:[^/@]*@)?((?:[\w-]+\.)+[\w-]+)", target.strip().lower())
        if shown and real and _site(shown[1]) != _site(real[1]) and "safelinks.protection.outlook" not in real[1]:
            return shown[1], real[1]
    return None


def _site(host: str) -> str:
    parts = host.split(".")
    return ".".join(parts[-3:] if len(parts) > 2 and len(parts[-2]) <= 3 else parts[-2:])


def _unsolicited(seen: Seen) -> Verdict | None:
    text = seen.content.text
    said = plain(f"{seen.subject} {text}")
    letters = [c for c in said if c.isalpha()]
    if len(letters) >= 12 and sum(c >= "\u0370" for c in letters) * 2 > len(letters):
        return Verdict(Kind.NO_SOLICITADO, "está escrito en otro alfabeto", True)
    if seen.personal:
        return None
    phrases = [phrase for phrase in seen.house.commercial if plain(phrase) in said]
    links = _URL.findall(text) + [href for href, _ in seen.content.links]
    bulk = bool(_UNSUBSCRIBE.search(said)) or len(links) >= 4
    if len(phrases) >= 2 or (phrases and (bulk or links)):
        return Verdict(Kind.NO_SOLICITADO, f"publicidad: «{'», «'.join(phrases[:3])}»", True)
    words = _URL.sub(" ", text)
    if links and bulk and _UNSUBSCRIBE.search(said):
        return Verdict(Kind.NO_SOLICITADO, "correo publicitario con opción de darse de baja", True)
    if len(links) >= 2 and len(words.split()) < 4 * len(links):
        return Verdict(Kind.NO_SOLICITADO, "casi no trae más que enlaces", True)
    return None


def _empty(seen: Seen) -> Verdict | None:
    if seen.content.text.strip() or seen.content.attachments or re.search(r"\w", seen.subject):
        return None
    return Verdict(Kind.OTRO, "no trae texto, asunto ni adjuntos")
