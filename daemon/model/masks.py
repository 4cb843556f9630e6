"""Identifiers of persons in any text, made unreadable: for logs, alarms and whatever an operator reads (P 5.22)."""

from __future__ import annotations

import re
from collections.abc import Callable

_SPACE = r"[\s.\-–/]{0,2}"
_PERSONAL = re.compile(
    rf"""
    (?P<instant>\b\d{{4}}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?)
  | (?P<address>\b(?:\d{{1,3}}\.){{3}}\d{{1,3}}\b)
  | (?P<correo>[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+)
  | (?P<curp>\b[A-Z][AEIOUX][A-Z]{{2}}\d{{6}}[HMX][A-Z]{{5}}[A-Z\d]\d\b)
  | (?P<rfc>\b[A-ZÑ&]{{3,4}}{_SPACE}\d{{6}}{_SPACE}[A-Z\d]{{3}}\b)
  | (?P<numero>(?<![\w-])\+?(?:\(?\d\)?{_SPACE}){{9,17}}\d(?![\w]))
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MASKS = {"curp": "[CURP]", "rfc": "[RFC]", "numero": "[número]"}


def _nobody(_address: str) -> bool:
    return False


def masked(text: str, keep: Callable[[str], bool] = _nobody) -> str:
    """A text without NSS, CURP, RFC, telephone numbers and the local part of mail addresses.

    `keep` says which addresses stay whole, as those of our own accounts may.
    """

    def veil(match: re.Match[str]) -> str:
        if match.lastgroup == "correo":
            return match[0] if keep(match[0].lower()) else f"…@{match[0].partition('@')[2]}"
        return _MASKS.get(match.lastgroup or "", match[0])

    return _PERSONAL.sub(veil, text)


# What somebody else wrote stands in quotes or parentheses in every sentence of ours.
_KEPT = re.compile(
    r"«(?P<command>acuse [\w\- ]+)»"
    r"|«(?P<code>\d{3}(?: \d\.\d{1,3}\.\d{1,3})?\b|\[[A-Z]+\])(?=[^»]*»)"
    r"|\((?P<numeral>(?:[PC] )?[a\d.,: ]+|[\w.-]+:\d{1,5})\)"
)
# To the last closing one of the line: who is quoted may close quotes himself, or never.
_OPENED = re.compile(
    r"«(?:.*»|.*$)|“(?:.*”|.*$)|\"(?:.*\"|.*$)|(?<!\w)'(?:.*'|.*$)|\((?:.*\)|.*$)",
    re.MULTILINE,
)


def bare(text: str) -> str:
    """A sentence of ours without what others wrote in it: whatever stands in quotes or parentheses, to the last one.

    A command of ours, a server's code and a numeral stay. Names and postal addresses cannot be recognised, so no
    sentence may repeat them but between quotes; a log keeps only the rest.
    """
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        code = match["code"]
        kept.append(code or match[0])
        return f"\x00{len(kept) - 1}\x00{' «' if code else ''}"

    hidden = _OPENED.sub(
        lambda match: f"{match[0][0]}…{_CLOSING[match[0][0]]}", _KEPT.sub(keep, text.replace("\x00", " "))
    )
    return masked(re.sub("\x00(\\d+)\x00", lambda match: kept[int(match[1])], hidden))


_CLOSING = {"«": "»", "“": "”", '"': '"', "'": "'", "(": ")"}
