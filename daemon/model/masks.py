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
