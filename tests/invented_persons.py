"""Persons made up by hypothesis, in every shape that people write their data, and the tokens that betray them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hypothesis import strategies as st

_SYLLABLES = (
    "xo",
    "chi",
    "quet",
    "zal",
    "mez",
    "tla",
    "güe",
    "ñez",
    "vaz",
    "rri",
    "go",
    "ló",
    "pech",
    "jua",
    "tzin",
    "wen",
)
# So that a token cannot be an ordinary word of a log line.
_WORD = st.lists(st.sampled_from(_SYLLABLES), min_size=3, max_size=4).map(lambda parts: "".join(parts).capitalize())
_LETTERS, _VOWELS, _CONSONANTS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "AEIOU", "BCDFGHJKLMNPQRSTVWXYZ"


def _digits(number: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=number, max_size=number)


@dataclass(frozen=True)
class Person:
    """Somebody, as a mail names them; `tokens` is what no log may contain."""

    given: str
    first: str
    second: str
    nss: str
    nss_written: str
    curp: str
    rfc: str
    phone: str
    phone_written: str
    street: str
    mail: str

    @property
    def name(self) -> str:
        return f"{self.given} {self.first} {self.second}"

    @property
    def words(self) -> str:
        """Everything about them, as in a petition."""
        return (
            f"Soy {self.name}, NSS {self.nss_written}, CURP {self.curp}, RFC {self.rfc}, tel. {self.phone_written}, "
            f"domicilio calle {self.street} número 12, correo {self.mail}."
        )

    @property
    def tokens(self) -> tuple[str, ...]:
        plain = (self.given, self.first, self.second, self.street, self.curp, self.rfc, self.nss, self.phone)
        return (*plain, self.nss_written, self.phone_written, self.mail, self.mail.partition("@")[0])

    def found_in(self, text: str) -> list[str]:
        """Which of their data stand in `text`, however they are written."""
        low, bare = text.lower(), re.sub(r"[\s.\-–/()+]", "", text.lower())
        found = [token for token in self.tokens if token.lower() in low]
        return found + [token for token in (self.nss, self.phone, self.curp, self.rfc) if token.lower() in bare]


@st.composite
def persons(draw: st.DrawFn) -> Person:
    given, first, second = (draw(_WORD) for _ in range(3))
    digits = draw(_digits(11))
    sep = draw(st.sampled_from(["", " ", "-", ".", " - "]))
    nss = sep.join((digits[:2], digits[2:4], digits[4:6], digits[6:10], digits[10:]))
    born = f"{draw(st.integers(30, 99))}{draw(st.integers(1, 12)):02}{draw(st.integers(1, 28)):02}"
    pick = st.sampled_from
    four = draw(pick(_LETTERS)) + draw(pick(_VOWELS)) + draw(pick(_LETTERS)) + draw(pick(_LETTERS))
    tail = "".join(draw(pick(_CONSONANTS)) for _ in range(3))
    curp = (
        four
        + born
        + draw(pick("HMX"))
        + draw(pick(["DF", "OC", "NE", "MC"]))
        + tail
        + draw(pick("0A9B"))
        + draw(_digits(1))
    )
    phone = draw(st.sampled_from(["55", "33", "667", "998"])) + draw(_digits(8))
    phone = phone[:10]
    shape = draw(
        pick(
            [
                "{0}{1}{2}",
                "{0} {1} {2}",
                "({0}) {1}-{2}",
                "+52 {0} {1} {2}",
                "+52 1 {0} {1} {2}",
                "0445{0}{1}{2}",
                "{0}.{1}.{2}",
            ]
        )
    )
    cut = 2 if phone[:2] in ("55", "33") else 3
    written = shape.format(phone[:cut], phone[cut:-4], phone[-4:])
    dot = draw(pick([".", "_", "+", "-", ""]))
    local = f"{_ascii(given)}{dot}{_ascii(first)}{draw(st.integers(0, 99))}".lower()
    domain = draw(pick(["correo.example", "mail.correo.example", "empresa-uno.example"]))
    return Person(
        given,
        first,
        second,
        digits,
        nss,
        curp,
        four + born + draw(_digits(3)),
        phone,
        written,
        draw(_WORD),
        f"{local}@{domain}",
    )


def _ascii(word: str) -> str:
    return word.lower().translate(str.maketrans("áéíóúüñ", "aeiouun"))
