"""The satisfaction survey's address (P 5.68): signed for each petition, without anything about the person in it."""

from __future__ import annotations

import hashlib
import hmac
import re

from .ids import folios_in

# Mail servers that rewrite links encode the address around it, but leave these letters and dashes as they are.
_TOKEN = re.compile(
    r"(?:(?<![0-9a-z])|(?<=%[0-9a-f]{2}))(ac-\d{6}-[0-9a-hjkmnp-tv-z]{5})-([0-9a-f]{12})(?![0-9a-z])", re.IGNORECASE
)


def survey_address(base: str | None, folio: str, key: bytes) -> str:
    """The survey's address for one petition, with a token that only we can make; '' without a base.

    `{token}` in the base says where the token goes; otherwise it is added as the parameter `p`.
    """
    if not base:
        return ""
    token = f"{folio.lower()}-{_signature(folio, key)}"
    if "{token}" in base:
        return base.replace("{token}", token)
    return f"{base}{'&' if '?' in base else '?'}p={token}"


def surveyed(text: str, key: bytes) -> tuple[str, ...]:
    """The petitions whose survey this text invites to: those whose token stands in it and is ours, once each.

    Another's token names another petition, and the plain address of the survey names none.
    """
    valid = (
        match[1]
        for match in _TOKEN.finditer(text)
        if hmac.compare_digest(_signature(match[1].upper(), key), match[2].lower())
    )
    return tuple(dict.fromkeys(folio for name in valid for folio in folios_in(name)))


def _signature(folio: str, key: bytes) -> str:
    return hmac.new(key, f"encuesta/{folio}".encode(), hashlib.sha256).hexdigest()[:12]
