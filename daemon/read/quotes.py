"""What a person wrote now, apart from what they quote, their signature and what their program adds."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .plain import fold

# All patterns work on folded text: lower-case, no accents, same offsets.
_VERB = r"(?:escribio|wrote|a ecrit|schrieb|escreveu|va escriure)"
_WROTE = re.compile(
    r"^[ \t>*]{0,40}(?:el|en|on|le|am|a la\(?s?\)?)\b(?=[^\n]{0,60}\d)"
    rf"(?:[^\n]{{0,200}}{_VERB}|[^\n]{{0,200}}(?:\n[^\n]{{0,200}}){{1,3}}?{_VERB})[^\n]{{0,120}}?:?[ \t*_]*$",
    re.MULTILINE,
)
_WROTE_SHORT = re.compile(
    r"^(?=[^\n]{0,400}\bescribio)[^\n]{0,120}<?[^\s<>@]{1,80}@[^\s<>@]{1,200}>?\)?[^\n]{0,40}\bescribio[^\n]{0,40}:"
    r"[ \t]*$",
    re.M,
)
_ORIGINAL = re.compile(
    r"^[ \t>*]{0,40}-{2,}[ \t]*(?:mensaje original|original message|mensagem original|correo original|"
    r"mensaje anterior|message d'origine|respuesta original)[ \t]*-{2,}[ \t]*$",
    re.MULTILINE,
)
_FORWARD = re.compile(
    r"^[ \t>*]{0,40}(?:-{2,}[ \t]*(?:forwarded message|mensaje reenviado|mensaje original reenviado|forwarded by[^\n]*|"
    r"correo reenviado|mensagem encaminhada)[^\n]*?-{0,}|inicio del mensaje reenviado:?|begin forwarded message:?|"
    r"mensaje reenviado:?)[ \t*]*$",
    re.MULTILINE,
)
_FIELD = r"[ \t>*_]{{0,40}}(?:{})[ \t*_]{{0,9}}:[^\n]*"
_FROM = _FIELD.format("de|from|desde|remitente|von|da")
_OTHERS = _FIELD.format(
    "enviado(?: el)?|enviada(?: el)?|fecha|date|sent|para|to|asunto|subject|cc|cco|responder a|reply-to|importancia|"
    "importance|enviado por|destinatario|adjuntos|datos adjuntos"
)
_BLOCK = re.compile(rf"^{_FROM}\n(?:[ \t>]*\n)?(?:{_OTHERS}\n(?:[ \t>]*\n|[ \t]+[^\n]+\n)?){{2,9}}", re.MULTILINE)
_ADDRESS_OR_DATE = re.compile(
    r"[^\s@]+@[^\s@]+|\b\d{1,2}[ /.-](?:de )?[a-z0-9]+[ /.,-]+(?:de )?\d{2,4}|\b[a-z]{3,} \d{1,2},? \d{4}"
)
_RULE = re.compile(r"(?:^[ \t]*_{5,}[ \t]*\n)\s*\Z", re.MULTILINE)
_FORWARD_SUBJECT = re.compile(
    r"^\s*(?:(?:re|rv|fw|fwd|rm|reenv|reenviado|enc|tr)\s*:\s*)*(?:rv|fw|fwd|reenv|reenviado|enc|tr)\s*:"
)
_REPLY_SUBJECT = re.compile(r"^\s*(?:re|res|aw|sv|r)\s*:")
_DEVICE = re.compile(
    r"^[ \t>*]{0,40}(?:enviado (?:desde|con|mediante|por|a traves de) [^\n]{0,90}|(?:obtener|obtenga|"
    r"descargar?) outlook (?:para|for) "
    r"[^\n]{0,90}|sent from [^\n]{0,80}|get outlook for [^\n]{0,60}|libre de virus[^\n]{0,80}|sin virus[^\n]{0,60}|"
    r"este (?:correo|mensaje)[^\n]{0,60}(?:avast|antivirus)[^\n]{0,80}|yahoo mail: [^\n]{0,80})[ \t]*$",
    re.MULTILINE,
)
_DEVICE_WORDS = re.compile(
    r"iphone|ipad|ipod|android|samsung|galaxy|huawei|xiaomi|redmi|motorola|\bmoto\b|\blg\b|nokia|blackberry|"
    r"outlook|yahoo|"
    r"gmail|proton|correo (?:para|de) windows|windows|smartphone|movil|celular|telefono|dispositivo|tableta|"
    r"tablet|zoho|aol|"
    r"hotmail|mi (?:mac|pc)|avast|avg|virus|app\b|aplicacion|telcel|apple|mailspring|thunderbird|bluemail|phone"
)
_NOTICE = re.compile(
    r"^[ \t*_]*(?:aviso (?:de|legal|importante|sobre)|nota de confidencialidad|confidencialidad|este (?:mensaje|"
    r"correo|e-?mail)|"
    r"la informacion (?:contenida|de este|que contiene|transmitida|incluida|en este)|el contenido de este|"
    r"antes de imprimir|"
    r"piense en el medio|cuidemos el|favor de no imprimir|no imprima|confidentiality|this (?:e-?mail|message)|"
    r"the information (?:contained|in this)|disclaimer|por favor,? considere (?:el|su)|en cumplimiento (?:con|de|"
    r"a) la ley|"
    r"los datos personales)",
    re.MULTILINE,
)
_NOTICE_WORDS = re.compile(
    r"confidencial|destinatari|uso exclusivo|medio ambiente|imprimir|privacidad|intended recipient|confidential|"
    r"proteccion de datos"
)
_SIGNATURE = re.compile(r"^--[ \t]?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Split:
    """A text in its pieces: `own` words with the signature, `fresh` without it, `quoted` others' words.

    `forward` is where a forwarded message begins in the text, or None: what follows is kept in `own`.
    """

    own: str
    fresh: str
    quoted: str
    forward: int | None = None


def split(text: str, subject: str = "") -> Split:
    """Tell the writer's own words from quotes, as Outlook, Gmail, Yahoo, Apple and Samsung mark them in Spanish.

    A forwarded message is the writer's matter, not a quote, so nothing is taken from it.
    """
    folded = fold(text)
    forward = _forward_start(folded, fold(subject))
    start = _quote_start(folded, fold(subject))
    if forward is not None and (start is None or forward <= start):
        return Split(text, fresh_of(text), "", forward)
    if start is None:
        own, quoted = _without_arrows(text)
    else:
        before, quoted_before = _without_arrows(text[:start])
        after, quoted_after = _answers_below(text[start:])
        own = f"{before.rstrip()}\n\n{after}".strip() if after else before
        quoted = f"{quoted_before}\n{quoted_after}".strip()
    own = own.strip()
    return Split(own, fresh_of(own), quoted, None)


def quote_headers(folded: str) -> list[tuple[int, int]]:
    """Where the headers of quoted messages stand in folded text without quote marks, as (start, end), in order."""
    found = [(m.start(), m.end()) for m in _blocks(folded)]
    for pattern in (_WROTE, _WROTE_SHORT):
        found += [(m.start(), m.end()) for m in pattern.finditer(folded) if _is_header(m[0])]
    return sorted(found, key=lambda place: (place[0], -place[1]))


def _is_header(words: str) -> bool:
    """'El 9 de septiembre la doctora escribió: …' is the person's own story: a header has an address or an hour."""
    return re.search(r"@|\d:\d\d", words) is not None


def _quote_start(folded: str, subject: str) -> int | None:
    starts = [m.start() for p in (_WROTE, _WROTE_SHORT, _ORIGINAL) if (m := _first(p, folded)) is not None]
    if not (_FORWARD_SUBJECT.match(subject) and not _REPLY_SUBJECT.match(subject)):
        starts += [m.start() for m in _blocks(folded)][:1]
    if not starts:
        return None
    start = min(starts)
    rule = _RULE.search(folded[:start])
    return rule.start() if rule else start


def _first(pattern: re.Pattern[str], folded: str) -> re.Match[str] | None:
    """The first real header of a quote: it carries an address or an hour, or is a ruled line."""
    for match in pattern.finditer(folded):
        if pattern is _ORIGINAL or _is_header(match[0]):
            return match
    return None


def _blocks(folded: str) -> list[re.Match[str]]:
    """Outlook's De:/Enviado:/Para:/Asunto: blocks; a letter that begins so has no address or date in them."""
    return [match for match in _BLOCK.finditer(folded + "\n") if _ADDRESS_OR_DATE.search(match[0])]


def _forward_start(folded: str, subject: str) -> int | None:
    starts = [m.start() for m in [_FORWARD.search(folded)] if m]
    if _FORWARD_SUBJECT.match(subject):
        starts += [m.start() for p in (_ORIGINAL,) if (m := p.search(folded))]
        starts += [m.start() for m in _blocks(folded)][:1]
    return min(starts) if starts else None


def _without_arrows(text: str) -> tuple[str, str]:
    kept: list[str] = []
    quoted: list[str] = []
    for line in text.split("\n"):
        (quoted if re.match(r"[ \t]*>", line) else kept).append(line)
    return "\n".join(kept), "\n".join(quoted)


def _answers_below(block: str) -> tuple[str, str]:
    """What the person wrote between or below the lines that they quote with '>'; without such lines, nothing."""
    lines = block.split("\n")
    arrows = [i for i, line in enumerate(lines) if re.match(r"[ \t]*>", line)]
    if not arrows:
        return "", block
    marked = set(arrows)
    kept = [line for i, line in enumerate(lines) if i > arrows[0] and i not in marked]
    quoted = [line for i, line in enumerate(lines) if i <= arrows[0] or i in marked]
    return "\n".join(kept).strip(), "\n".join(quoted)


def fresh_of(own: str) -> str:
    """The words themselves: no line of a telephone, no notice of confidentiality, no signature after '-- '."""
    mark = _SIGNATURE.search(own)
    if mark is not None and own[: mark.start()].strip():
        own = own[: mark.start()]
    return re.sub(r"\n{3,}", "\n\n", without_notices(without_devices(own))).strip()


def without_devices(text: str) -> str:
    """The text without the lines by which telephones and programs praise themselves."""
    folded = fold(text)
    for match in reversed(list(_DEVICE.finditer(folded))):
        if _DEVICE_WORDS.search(match[0]):
            text = text[: match.start()] + text[match.end() :]
    return text


def without_notices(text: str) -> str:
    """The text without paragraphs on confidentiality and on printing."""
    paragraphs = re.split(r"(\n\s*\n)", text)
    kept = [p for p in paragraphs if not (_NOTICE.match(fold(p)) and _NOTICE_WORDS.search(fold(p)))]
    return "".join(kept)
