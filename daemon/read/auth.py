"""Whether the writer is who they say, in the words of our own receiving server (RFC 8601); nobody else's count."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.message import Message

from authres import AuthenticationResultsHeader
from authres.core import AuthResError

from . import headers

# No server says more of one mail.
_LONGEST = 4_000


@dataclass(slots=True)
class _Results:
    methods: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def passed(self, method: str, domain: str) -> bool:
        """Whether this method passed for a domain aligned with the author's; DMARC is for the author's own."""
        found = self.methods.get(method, [])
        untold = method == "dmarc"
        return any(result == "pass" and (_aligned(of, domain) or (untold and not of)) for result, of in found)

    def has(self, method: str, result: str) -> bool:
        return any(found == result for found, _ in self.methods.get(method, []))


def verdict(message: Message, authserv: frozenset[str], author_domain: str) -> str:
    """`pass`, `fail` or `none`.

    pass: DMARC passed, or SPF or DKIM passed for the author's own domain. What DMARC says of another author than we
    read counts for nothing: a malformed From may be read in two ways. fail: DMARC failed, or SPF failed and no DKIM
    signature passed.
    """
    results = _results(message, authserv)
    if results.passed("dmarc", author_domain):
        return "pass"
    if results.has("dmarc", "fail"):
        return "fail"
    if results.passed("spf", author_domain) or results.passed("dkim", author_domain):
        return "pass"
    spf_failed = results.has("spf", "fail") or results.has("spf", "softfail")
    return "fail" if spf_failed and not results.has("dkim", "pass") else "none"


def _results(message: Message, authserv: frozenset[str]) -> _Results:
    """Each method's word in the topmost field of our server that has it: what stands below may have come along."""
    found = _Results()
    for raw in (whole[:_LONGEST] for whole in headers.values(message, "Authentication-Results")):
        name = re.split(r"[\s;]", raw.strip(), maxsplit=1)[0].lower()
        if "=" in name or not name:
            continue  # Microsoft 365 leaves its name out, so nobody can say whose word this is.
        if name not in authserv:
            continue
        here: dict[str, list[tuple[str, str]]] = {}
        for method, result, domain in _parsed(raw):
            here.setdefault(method, []).append((result, domain))
        found.methods = here | found.methods
    return found


def _parsed(raw: str) -> list[tuple[str, str, str]]:
    try:
        header = AuthenticationResultsHeader.parse(f"Authentication-Results: {raw}")
    except (AuthResError, ValueError, AttributeError, IndexError, TypeError, RecursionError):
        return _by_hand(raw)
    rows = []
    for result in header.results or []:
        wanted = {"spf": ("mailfrom", "helo"), "dkim": ("d", "i"), "dmarc": ("from",)}.get(result.method, ())
        values = [p.value or "" for p in result.properties if p.name in wanted]
        rows.append((str(result.method).lower(), str(result.result).lower(), _domain(values[0] if values else "")))
    return rows


def _by_hand(raw: str) -> list[tuple[str, str, str]]:
    """The same for fields that the parser refuses, such as `smtp.mailfrom=<>`."""
    rows = []
    for piece in re.sub(r"\([^()]*\)", " ", raw).split(";")[1:]:
        match = re.match(r"\s*(spf|dkim|dmarc)\s*=\s*([a-z]+)", piece, re.IGNORECASE)
        if match:
            of = re.search(r"(?:smtp\.mailfrom|header\.d|header\.i|header\.from)\s*=\s*([^\s;]+)", piece, re.IGNORECASE)
            rows.append((match[1].lower(), match[2].lower(), _domain(of[1] if of else "")))
    return rows


def _domain(value: str) -> str:
    return value.strip("<>\"' ").rpartition("@")[2].lower()


def _aligned(of: str, domain: str) -> bool:
    """Relaxed alignment, without a list of public suffixes: the same domain or one below the other."""
    return bool(of) and bool(domain) and (of == domain or of.endswith(f".{domain}") or domain.endswith(f".{of}"))
