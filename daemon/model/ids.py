"""Names that we give: our reference (folio), signed Message-IDs, and how to recognise them again."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import date

# Crockford's alphabet: no I, L, O, U, so that a reference read over the telephone is written down right.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FOLIO = re.compile(r"\bAC-(\d{6})-([0-9A-HJKMNP-TV-Z]{5})\b", re.IGNORECASE)
_RECEIPT = re.compile(r"(?m)^[ *]*Recibo:[ *]*CS-(\d{6}-[0-9A-HJKMNP-TV-Z]{5})-(\d+)\b")
_MESSAGE_ID = re.compile(r"^<ac-(\d{6})-([0-9a-hjkmnp-tv-z]{5})-(\d{1,4})-([0-9a-f]{12})@([^>\s]+)>$", re.IGNORECASE)


def folio(message_id: str, digest: str, day: date) -> str:
    """Our reference for the petition that this message opens, like `AC-250909-7K3FQ`.

    It depends only on the message and its office day, so a replay gives the same reference as the daemon did.
    """
    value = int.from_bytes(hashlib.sha256(f"{message_id}\0{digest}".encode()).digest()[:8], "big")
    letters = ""
    for _ in range(5):
        value, rest = divmod(value, len(_ALPHABET))
        letters += _ALPHABET[rest]
    return f"AC-{day:%y%m%d}-{letters}"


def digest_at(digest: str, account: str) -> str:
    """The digest of a message where the same one at another account is a matter of its own."""
    return hashlib.sha256(f"{digest} {account}".encode()).hexdigest()


def folios_in(text: str) -> tuple[str, ...]:
    """Every reference of ours in a text, in order, upper-cased, once each."""
    found = (f"AC-{m[1]}-{m[2].upper()}" for m in _FOLIO.finditer(text))
    return tuple(dict.fromkeys(found))


def receipt(folio_: str, number: int) -> str:
    """The number of the receipt for the survival check `number` of this petition, like `CS-250909-7K3FQ-1`."""
    return f"CS{folio_.removeprefix('AC')}-{number}"


def receipts_in(text: str) -> dict[str, str]:
    """The receipts that a mail gives, each on a line of its own («Recibo: CS-…»), with the petition of each."""
    return {f"CS-{match[1]}-{match[2]}": f"AC-{match[1]}" for match in _RECEIPT.finditer(text)}


def _signature(folio_: str, ordinal: int, key: bytes) -> str:
    return hmac.new(key, f"{folio_}/{ordinal}".encode(), hashlib.sha256).hexdigest()[:12]


def message_id(folio_: str, ordinal: int, domain: str, key: bytes) -> str:
    """The Message-ID of this petition's mail number `ordinal`, signed with `key` so that nobody else can make one.

    It stays under 77 characters: longer ones are destroyed in In-Reply-To by common mail programs.
    """
    return f"<{folio_.lower()}-{ordinal}-{_signature(folio_, ordinal, key)}@{domain}>"


def ordinal_of(message_id_: str) -> int:
    """Which of its petition's mails a Message-ID of ours is; 0 for one that is not ours."""
    match = _MESSAGE_ID.match(message_id_.strip())
    return int(match[3]) if match else 0


# Internal mails (fichas, notices) are numbered from here, so that none is taken for a mail to a person.
FIRST_INTERNAL = 5000


def is_internal(message_id_: str, key: bytes) -> bool:
    """Whether a Message-ID is that of a ficha or notice of ours: such a mail is never counted (P 5.65)."""
    match = _MESSAGE_ID.match(message_id_.strip())
    return match is not None and int(match[3]) >= FIRST_INTERNAL and folio_of(message_id_, key) is not None


def folio_of(message_id_: str, key: bytes) -> str | None:
    """The folio that a Message-ID of ours belongs to, or None when it is not ours or its signature is wrong."""
    match = _MESSAGE_ID.match(message_id_.strip())
    if not match:
        return None
    name = f"AC-{match[1]}-{match[2].upper()}"
    return name if hmac.compare_digest(_signature(name, int(match[3]), key), match[4].lower()) else None
