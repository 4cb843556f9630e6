"""The name to take: of the insured person whose matter it is, else of who writes, and what is doubtful about it."""

from __future__ import annotations

import re

from daemon.model.mail import Address, Found

from . import names, nss
from .lexicon import NICKNAMES
from .names import Known, Name
from .numberwords import CHILDREN, RELATIVES
from .plain import fold
from .sources import Source

_SOMEBODY = re.compile(
    rf"\b(?:{RELATIVES}|{CHILDREN}|paciente|asegurad[oa]|titular|senora?|sra?|trabajador[a]?|emplead[oa]|enferm[oa]|"
    r"familiar|finad[oa]|ella|father|mother|husband|wife|son|daughter|brother|sister)\b"
)


def named(
    sources: list[Source], chosen: nss.Nss | None, place: str, writer: Address | None, known: Known, doubts: list[str]
) -> tuple[str | None, list[Found]]:
    """The insured person's name and every candidate.

    The name that goes with the NSS wins. Without one, a named patient; else the writer, whose name in the text goes
    before the header's. `place` is where the NSS stands ('varios' when none of several was taken).
    """
    header = names.of_header(writer, known) if writer else None
    known = known.with_writer(writer, header)
    own, candidates, found = _candidates(sources, known)
    if header:
        found.append(Found(header, writer.name if writer else "", "remitente", 0, "nombre del remitente"))
    insured = [n for n in candidates if n.role == "asegurado"]
    children = [n for n in candidates if n.role == "familiar"]
    of_writer = names.best_writer(candidates, header)
    if chosen is not None and chosen.owner in ("de_otra_persona", "de_un_hijo") and _SOMEBODY.search(fold(own)):
        others = [n for n in candidates if n.role not in ("escribe", "firma")]
        person = _nearest(insured + children, own, chosen) or _beside(others, own, chosen)
        if person is None and of_writer:
            doubts.append("El NSS es de otra persona cuyo nombre completo no está en el texto.")
        return _told(person, of_writer, doubts), found
    if place != "varios" and (chosen is None or chosen.owner != "propio"):
        beside = _beside(insured, own, chosen) if chosen else (insured[0].value if insured else None)
        if chosen is not None and beside is None:
            beside = _right_before(children, own, chosen)
        if beside is not None:
            return _told(beside, of_writer, doubts), found
    if of_writer is not None and of_writer == header and not any(n.weight for n in candidates):
        body = "\n".join(source.text for source in sources if source.where == "cuerpo")
        of_writer = _checked_header(body, header, known, doubts)
    if of_writer is None or (place == "adjunto" and not any(n.weight for n in candidates)):
        # Who attaches a document with the NSS attaches the name that goes with it.
        attached, extra = _from_attachments(sources, known)
        of_writer = attached or of_writer
        found += extra
    if of_writer is None and (mentioned := names.mentioned(own, known)):
        doubts.append(f"Quizá el nombre sea «{mentioned[-1]}», que el texto menciona: no se toma.")
        found += [Found(name, name, "cuerpo", own.find(name), "sólo mencionado") for name in mentioned]
    return of_writer, found


def _candidates(sources: list[Source], known: Known) -> tuple[str, list[Name], list[Found]]:
    """The writer's own words in one text, with every name in them; those of now before those of earlier mails."""
    own, candidates, found = "", [], []
    for source in sorted((s for s in sources if s.own), key=lambda s: ("cuerpo", "asunto", "cita").index(s.where)):
        base = len(own)
        for name in names.find(source.text, known):
            candidates.append(name.moved(base, earlier=source.where == "cita"))
            found.append(Found(name.value, name.value, source.where, name.start, name.role))
        own += source.text + "\n\n"
    return own, candidates, found


def _told(person: str | None, of_writer: str | None, doubts: list[str]) -> str | None:
    """The insured person's name in its fullest form, with a doubt when somebody else writes."""
    if person is None or of_writer is None:
        return person
    if names.same_person(person, of_writer):
        return names.fuller(person, of_writer)
    doubts.append(f"Escribe {of_writer} por {person}: se toman los datos de {person}, de quien es el asunto.")
    return person


def _checked_header(own: str, header: str, known: Known, doubts: list[str]) -> str | None:
    """The header's name, unless the text is signed by somebody else, as happens with a borrowed account."""
    signed = names.first_name_only(own, known)
    if signed and not names.same_person(signed, header) and names.words(signed)[0] not in NICKNAMES:
        doubts.append(f"Firma «{signed}» y el remitente se llama {header}: no se sabe de quién son los datos.")
        return None
    return header


def _nearest(candidates: list[Name], own: str, chosen: nss.Nss) -> str | None:
    """Of named insured persons, the one nearest to the number."""
    if not candidates:
        return None
    place = own.find(chosen.raw)
    return min(candidates, key=lambda n: abs(n.start - place) if place >= 0 else n.start).value


def _beside(candidates: list[Name], own: str, chosen: nss.Nss) -> str | None:
    """The name that stands with the number: before it in the same lines, or right after it."""
    place = own.find(chosen.raw)
    if place < 0:
        return None
    before = [
        n for n in candidates if n.end <= place and len(own[n.end : place]) <= 90 and "\n\n" not in own[n.end : place]
    ]
    if before:
        return before[-1].value
    end = place + len(chosen.raw)
    after = [n for n in candidates if n.start >= end and re.fullmatch(r"[^.;!?\n]{0,25}", own[end : n.start])]
    return after[0].value if after else None


def _right_before(candidates: list[Name], own: str, chosen: nss.Nss) -> str | None:
    """The child whose name the number follows at once: 'mi hija Sofía Luna (NSS …)'."""
    place = own.find(chosen.raw)
    gap = re.compile(r"\W*(?:(?:con|y|su|el|nss|imss|n\.s\.s|numero|de|seguro|social|afiliacion)\W*){0,6}")
    near = [n for n in candidates if 0 <= n.end <= place and gap.fullmatch(fold(own[n.end : place]))]
    return near[-1].value if near else None


def _from_attachments(sources: list[Source], known: Known) -> tuple[str | None, list[Found]]:
    for source in sources:
        if source.where == "adjunto":
            named = [
                n
                for n in names.find(source.text, known)
                if n.role != "familiar" and (source.letter or n.role != "linea")
            ]
            if named:
                return named[0].value, [Found(n.value, n.value, "adjunto", n.start, n.role) for n in named]
    return None, []
