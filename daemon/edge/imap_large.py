"""Big messages by their parts: what is read (header, texts, PDFs) is fetched, the rest is named with its size."""

from __future__ import annotations

from collections.abc import Iterator

from .imap_syntax import Part

OMITTED_HEADER = "X-Acuse-Omitido"
PDF_LIMIT = 15 * 1024 * 1024
TEXT_LIMIT = 1024 * 1024


def sections(top: Part) -> list[str]:
    """The sections to fetch for `rebuild`."""
    return list(_sections(top))


def rebuild(top: Part, fetched: dict[str, bytes]) -> bytes:
    """The message as a MIME skeleton: a part that was not fetched keeps its header, with its size, and is empty.

    `fetched` holds the content of sections ("1.MIME", "2"); one that the server does not know is missing.
    `X-Acuse-Omitido: <octets as encoded>` marks those. ValueError when the description does not fit what came.
    """
    return _entity(top, fetched, "HEADER")


def wanted(part: Part) -> bool:
    """Whether the content of a single part is read: texts, and PDFs by type or by name, within limits."""
    if part.kind.startswith("text/"):
        return part.size <= TEXT_LIMIT
    is_pdf = part.kind == "application/pdf" or part.file.lower().endswith(".pdf")
    return is_pdf and part.size <= PDF_LIMIT


def _sections(part: Part, header: str = "HEADER") -> Iterator[str]:
    yield header
    if part.kind == "message/rfc822" and part.parts:
        yield from _sections(part.parts[0], f"{part.body_section}.HEADER")
    elif part.parts:
        for child in part.parts:
            yield from _sections(child, f"{child.section}.MIME")
    elif wanted(part):
        yield part.body_section


def _entity(part: Part, fetched: dict[str, bytes], header: str) -> bytes:
    if header not in fetched:
        raise ValueError(f"falta la sección {header}")
    head = fetched[header].rstrip(b"\r\n") + b"\r\n"
    if part.kind == "message/rfc822" and part.parts:
        return head + b"\r\n" + _entity(part.parts[0], fetched, f"{part.body_section}.HEADER")
    if part.parts:
        return head + b"\r\n" + _multipart(part, fetched)
    if wanted(part) and part.body_section in fetched:
        return head + b"\r\n" + fetched[part.body_section]
    return head.lstrip(b"\r\n") + f"{OMITTED_HEADER}: {part.size}\r\n\r\n".encode("ascii")


def _multipart(part: Part, fetched: dict[str, bytes]) -> bytes:
    if not part.boundary:
        raise ValueError("un multipart sin frontera")
    children = (_entity(child, fetched, f"{child.section}.MIME") for child in part.parts)
    body = b"".join(b"--" + part.boundary + b"\r\n" + child + b"\r\n" for child in children)
    return body + b"--" + part.boundary + b"--\r\n"
