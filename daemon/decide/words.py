"""How people's words are made comparable: one key for each spelling, a light Spanish stem, sentences and their weight.

People write on telephones and as they speak: 'nesecito', 'ase un mes', 'xq no ay'. A key is how a word sounds in
Mexico, so that the right and the wrong spelling meet without a dictionary of mistakes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"\w+(?:[-.]\w+)*|[¿?]")
_SENTENCE_END = re.compile(r"[.!?…]+(?=\s|$)|\n\s*\n|[;:]\s|\n\s*[-*•]\s|\n(?=\s*[A-ZÁÉÍÓÚÑ¿¡])|\?")
QUESTION = "¿?"
# What is longer is no letter; its beginning is judged, and a person looks (`guards`).
LONGEST = 30_000
# 'Mi número de seguro social es 1234…', 'afiliación: 12-34…', 'Reg. pat. A12…': who writes, not what about. Of several
# numbers ('tengo dos números de seguro: …') the label is the matter itself and stays.
_LABEL = re.compile(
    r"""(?<!\w)(?<!meros\ de\ )(?:(?:y|con|mi|su|el|la|es)\s+)*
    (?:n[uú]mero\s*(?:de\s+)?|n[uú]m\.?\s*(?:de\s+)?|no\.\s*(?:de\s+)?|n[°º]\s*(?:de\s+)?|clave\s+de\s+)?
    (?:n\.?s\.?s\.?|imss|seguro(?:\s+social)?|seguridad\s+social|afiliaci[oó]n|pensi[oó]n|pensionad[oa]|curp|rfc|tel[eé]fono|tel\.?|
       cel\.?|celular|m[oó]vil|whatsapp|registro\s+patronal|reg\.?\s*pat\.?|r\.p\.|n[uú]mero)
    \s*(?:es|es\s+el|no\.?|:|\#|=|-)?\s*
    (?=\(?\d[\d\s./()-]{5,}|[A-Z]{4}\d{6}|[A-Z]\d\d[\s-]?\d{5})""",
    re.IGNORECASE | re.VERBOSE,
)
_PLURAL = re.compile(r"(?<=[a-z]{2}[lrndsj])es$|(?<=[a-z]{2}[aeiou])(?<![aei]mo)s$")
_REPEATED = re.compile(r"([a-z])\1{1,}")

# What is shorter on a telephone, and what people run together. Keys and values without accents.
_SHORT = {
    "q": "que", "k": "que", "qe": "que", "ke": "que", "x": "por", "xq": "porque", "pq": "porque", "xk": "porque",
    "porq": "porque", "xke": "porque", "porke": "porque", "d": "de", "tb": "tambien", "tmb": "tambien", "bn": "bien",
    "dr": "doctor", "dra": "doctora", "doc": "doctor", "xfa": "porfavor", "xfavor": "porfavor", "porfa": "porfavor",
    "porfis": "porfavor", "plis": "porfavor", "tel": "telefono", "cel": "celular", "ps": "pues", "pz": "pues",
    "ntp": "gracias", "grax": "gracias", "ahi": "hay", "ai": "hay", "ahy": "hay", "num": "numero", "no.": "numero",
    "tqm": "gracias", "sr": "senor", "sra": "senora", "srita": "senorita", "hrs": "horas", "hr": "hora",
}  # fmt: skip

# Articles, courtesies, names of data: they carry no matter of their own.
_STOP_WORDS = """
a al algo ahora ante antes asi aun aunque bien cada como con cual cuando da de del desde donde dos e el ella
    ellas ellos en entre era eran eres es esa esas ese eso esos esta estaba estamos estan estar este esto estos estoy
    fue fueron ha habia han hasta hay he hice la las le les lo los mas me mi mis mucho muy nada nos nosotros o otra
    otro para pero por porque pues que quien se sea ser si sido sin sobre solo son soy su sus tambien tan te ti tiene
    tienen tengo todo todos tu tus u un una unas uno unos usted ustedes va van vez y ya yo buenas buenos buen dia dias
    tarde tardes noche noches hola gracias saludos saludo cordial atentamente atte favor porfavor senor senora senores
    estimado estimada estimados presente enviado iphone smartphone samsung galaxy android mail yahoo outlook
    rfc telefono celular the of to and is are my in for it i
"""

# Longest first. What remains keeps at least three letters (four for verb endings of two letters).
_ENDINGS = (
    "aciones", "iciones", "amientos", "imientos", "aremos", "eremos", "iremos", "ariamos",
    "acion", "icion", "amiento", "imiento", "adores", "adoras", "idades", "asteis",
    "ando", "iendo", "aron", "ieron", "aran", "eran", "iran", "aria", "eria", "iria", "arian", "erian", "aban",
    "ador", "adora", "idad", "ismo", "ista", "mente", "ados", "adas", "idos", "idas", "amos", "emos", "imos",
    "arse", "erse", "irse", "arme", "erme", "irme", "arlo", "arla", "arle", "erle", "irle", "arles", "arnos",
    "ado", "ada", "ido", "ida", "aba", "ara", "era", "ira", "are", "ere", "ire", "iera", "iste", "aste",
    "ion", "ar", "er", "ir", "an", "en", "es", "as", "os", "on", "a", "e", "o", "s", "i",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """One word: `raw` as written, `plain` lower-case without accents, `key` as it sounds, `stem` of the key.

    `sentence` is the number of its sentence in the text, `stop` says that it carries no matter of its own.
    """

    raw: str
    plain: str
    key: str
    stem: str
    sentence: int
    stop: bool


@dataclass(frozen=True, slots=True)
class Text:
    """A text as words and as sentences (the written form of each, trimmed)."""

    words: tuple[Word, ...]
    sentences: tuple[str, ...]


@lru_cache(maxsize=50_000)
def plain(word: str) -> str:
    """Lower-case without accents, what is short on a telephone written out."""
    folded = "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(c))
    return _SHORT.get(folded, folded)


@lru_cache(maxsize=50_000)
def key(folded: str) -> str:
    """How a `plain` word sounds in Mexico: b = v, s = c = z = x, silent h, ll = y, repeated letters once."""
    if not folded.isalpha():
        return folded
    word = _REPEATED.sub(r"\1", folded.replace("ll", "y").replace("cc", "x").replace("ch", "#"))
    word = word.replace("h", "").replace("#", "ch")
    word = re.sub(r"qu(?=[ei])|q", "k", word)
    word = re.sub(r"gu(?=[ei])", "G", word)
    word = re.sub(r"g(?=[ei])", "j", word).replace("G", "g")
    word = re.sub(r"c(?=[ei])", "s", word)
    word = re.sub(r"c(?!h)", "k", word)
    word = re.sub(r"n(?=[bp])", "m", word)
    word = re.sub(r"^ps", "s", word)
    word = word.replace("v", "b").replace("z", "s").replace("x", "s").replace("ks", "s").replace("y", "i")
    return _REPEATED.sub(r"\1", word)


@lru_cache(maxsize=50_000)
def stem(sound: str) -> str:
    """The key without its plural and then without its ending of gender, person or tense."""
    if len(sound) < 4 or not sound.isalpha():
        return sound
    one = _PLURAL.sub("", sound)
    for ending in _ENDINGS:
        keep = 3 if len(ending) != 2 else 4
        if one.endswith(ending) and len(one) - len(ending) >= keep:
            return one[: -len(ending)]
    return one


_STOP_KEYS = frozenset(key(plain(word)) for word in _STOP_WORDS.split())


def read_words(text: str) -> Text:
    """The words of `text` with their sentences. Question marks are words too; identifiers (long digits) are none."""
    text = _LABEL.sub(" ", unicodedata.normalize("NFC", text))
    words: list[Word] = []
    sentences: list[str] = []
    start = 0
    cuts = [match.end() for match in _SENTENCE_END.finditer(text)]
    for end in [*cuts, len(text)]:
        written = text[start:end].strip()
        start = end
        if not written:
            continue
        number = len(sentences)
        sentences.append(" ".join(written.split()))
        words.extend(_words_of(written, number))
    return Text(tuple(words), tuple(sentences))


def _words_of(written: str, number: int) -> list[Word]:
    found = []
    for match in _WORD.finditer(written):
        raw = match.group()
        understood = _understood(raw)
        if understood:
            folded, sound, root, stop = understood
            found.append(Word(raw, folded, sound, root, number, stop))
    return found


@lru_cache(maxsize=50_000)
def _understood(raw: str) -> tuple[str, str, str, bool] | None:
    """A word's plain form, key and stem, and whether it carries no matter; None for an identifier."""
    folded = plain(raw)
    if sum(c.isdigit() for c in folded) > 4:
        return None
    sound = key(folded)
    return folded, sound, stem(sound), sound in _STOP_KEYS or raw in QUESTION
