"""Whose data a mail gives: the insured person's whose matter it is, and what is doubtful about them (DOMAIN §1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from daemon.model.mail import Address, Found, PersonData

from . import identifiers, insured, units, whose
from .names import Known
from .plain import fold
from .sources import OWN, Source
from .thirdparty import asks_about_others

_EMPLOYER = re.compile(
    r"registros? patronal|\breg\w*\.? patronal|razon social|representante legal|apoderad[oa] legal|\b(?:mi|"
    r"nuestra|la) empresa (?:que represento|es|tiene|esta)|"
    r"\bnuestr[oa]s? (?:empresa|trabajador|emplead|colaborador|registro|despacho|client)|\bmis (?:trabajador|"
    r"emplead|colaborador)|\bmi (?:empresa|negocio|registro patronal)|"
    r"como (?:patron|empleador|contador|contribuyente)|soy (?:patron|empleador|contador|constructor)|"
    r"empresa como representada|"
    r"\bs\.? ?a\.? de c\.? ?v|\bs\.? de r\.? ?l|\bspr de rl|\bs\.? ?c\.?$|\bsatic\b|\bsiroc\b|nominas?$|"
    r"opinion de cumplimiento|\blos constructores\b|"
    r"dimos de alta a|dar de alta a (?:un|mi|mis|los|nuestr|la empresa)|alta de (?:un )?trabajador|"
    r"a nombre de la empresa|prima de riesgo|determinacion de la prima",
    re.MULTILINE,
)
# What writers to the employers' account speak of who do not say that they are one, and what says that they are not.
_EMPLOYERS_MATTER = re.compile(
    r"\b(?:un|una|el|la|los|las|mis?|nuestros?) (?:trabajador|emplead)\w*|\bsua\b|\bidse\b|\bsipare\b|\bla empresa\b|"
    r"\bnomina\b|"
    r"\bbimestre|\bcuotas? (?:obrero|patronal)|\bsbc\b|\bausentismo\b|\bfiniquito de obra\b"
)
_WORKERS_MATTER = re.compile(
    r"\bmi (?:patron|jefe|pension|incapacidad|seguro|cita|clinica)\b|\bme (?:dio|dieron|dan) de (?:baja|alta)|"
    r"\bmis semanas|\bsoy (?:trabajador|emplead|pensionad)|\bdonde trabajo\b|\btrabajo en\b|\bmi salario\b"
)
_BAD_END = re.compile(
    r"\.(?:con|comm|cmo|ocm|com\.mxx|vom|xom|cim|clm|cpm|coom|conm|come|coml|mxx|nx|ner|nte|ent|og|ogr)$"
)
_BAD_HOST = re.compile(
    r"@(?:gmial|gmai|gamil|gnail|gmeil|gmil|gemail|gmaill|hotmial|hotmal|hotmai|homail|hotmil|hotamil|outlok|"
    r"outloo|outlock|yaho|yahooo|yhoo|iclod|icoud)\."
)
_ADDRESS = re.compile(r"^[^@\s]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$")

# No person's letter is longer; what programs paste may be, and every search costs time.
_LONGEST, _TAIL = 40_000, 10_000


@dataclass(slots=True)
class Person:
    """The data taken, every candidate with its place, and the doubts in Spanish."""

    data: PersonData
    found: dict[str, tuple[Found, ...]]
    doubts: list[str] = field(default_factory=list)


def usable(address: str) -> bool:
    """Whether mail to this address can arrive: well formed and with none of the usual slips ('gmail.con')."""
    return bool(_ADDRESS.match(address)) and not _BAD_END.search(address) and not _BAD_HOST.search(address)


def identified(texts: list[str]) -> bool:
    """Whether somebody gives a good NSS or CURP here, which advertisers never do."""
    return any(identifiers.identifies(shortened(text)) for text in texts)


def shortened(text: str) -> str:
    """The beginning and the end of an endless text: the matter stands first, the signature last."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - _TAIL]}\n{text[-_TAIL:]}"


def read_person(sources: list[Source], writer: Address | None, known: Known, *, employers: bool, form: bool) -> Person:
    """Gather from all texts what they say of the person, own words before attachments before quotes.

    `writer` gives the name of last resort; `employers` says that the account is for employers; `form` that a web
    form's labels name the address to answer to.
    """
    sources = [replace(source, text=shortened(source.text)) for source in sources]
    found, trusted = _found(sources)
    own = "\n\n".join(source.text for source in sources if source.where == "cuerpo")
    doubts: list[str] = []
    chosen, place = whose.choose(sources, doubts)
    patron = _is_employer(sources, found, employers)
    third = asks_about_others(own, employer=patron)
    name, name_found = insured.named(sources, chosen, place, writer, known, doubts)
    if chosen is None and not patron:
        doubtful = whose.unread(sources, found)
        doubts += [f"«{item.raw}» podría ser el NSS, pero {item.note}: no se toma." for item in doubtful]
        shown = {(item.where, item.start) for item in found.get("nss_dudoso", [])}
        found.setdefault("nss_dudoso", []).extend(item for item in doubtful if (item.where, item.start) not in shown)
    if name_found:
        found["nombre"] = name_found
    correo = _correo(found, writer, form, doubts)
    if third:
        doubts.append("Pide información de otra persona: no se toman su NSS ni su nombre (datos de terceros, P 5.22).")
    data = PersonData(
        nombre=None if third else name,
        nss=None if third or chosen is None else chosen.value,
        curp=None if third else _first(trusted, "curp"),
        rfc=_first(trusted, "rfc"),
        telefono=_phone(trusted, sources),
        correo=correo,
        folio=_first(trusted, "folio"),
        registro_patronal=_first(trusted, "registro_patronal"),
        unidad=_first(trusted, "unidad"),
        patron=patron and not third,
        tercero=third,
    )
    return Person(data, {kind: tuple(items) for kind, items in found.items() if items}, doubts)


def _found(sources: list[Source]) -> tuple[dict[str, list[Found]], dict[str, list[Found]]]:
    """Every identifier by kind, and those among them that may be taken: what others wrote in a quote may not."""
    found: dict[str, list[Found]] = {}
    trusted: dict[str, list[Found]] = {}
    for source in sources:
        for hits in (identifiers.find(source.text, source.where), units.find(source.text, source.where)):
            for kind, items in hits.items():
                found.setdefault(kind, []).extend(items)
                if source.author == OWN:
                    trusted.setdefault(kind, []).extend(items)
    return found, trusted


def _first(found: dict[str, list[Found]], kind: str) -> str | None:
    """The first candidate of the own words, else of the own earlier ones that are quoted, else of an attachment."""
    for where in ("cuerpo", "asunto", "cita", "adjunto"):
        for item in found.get(kind, []):
            if item.where == where:
                return item.value
    return None


def _phone(found: dict[str, list[Found]], sources: list[Source]) -> str | None:
    """The writer's telephone: one announced as such, else the first; of a document only an announced one."""
    theirs = [f for f in found.get("telefono", []) if not f.note.startswith("es de otra")]
    letter = any(source.where == "adjunto" and source.letter for source in sources)
    own = [f for f in theirs if f.where in ("cuerpo", "asunto")]
    earlier = [f for f in theirs if f.where == "cita"]
    attached = [f for f in theirs if f.where == "adjunto" and (f.note or letter)]
    for group in (own, earlier, attached):
        if group:
            return next((f.value for f in group if f.note), group[0].value)
    return None


def _is_employer(sources: list[Source], found: dict[str, list[Found]], employers: bool) -> bool:
    """Whether somebody writes for a company: its RFC, its registro patronal, its words."""
    own = fold("\n".join(source.text for source in sources if source.where in ("cuerpo", "asunto")))
    mine = {kind: [f for f in items if f.where in ("cuerpo", "asunto")] for kind, items in found.items()}
    if mine.get("registro_patronal") or any(len(f.value) == 12 for f in mine.get("rfc", [])):
        return not mine.get("nss") or bool(_EMPLOYER.search(own))
    said = bool(_EMPLOYER.search(own))
    if employers and not mine.get("nss") and _EMPLOYERS_MATTER.search(own) and not _WORKERS_MATTER.search(own):
        return True
    if mine.get("nss") and not employers:
        return False
    return said or (employers and bool(mine.get("rfc")) and not mine.get("nss"))


def _correo(found: dict[str, list[Found]], writer: Address | None, form: bool, doubts: list[str]) -> str | None:
    if not form:
        return writer.email if writer and usable(writer.email) else None
    given = [f.value for f in found.get("correo", []) if f.where == "cuerpo"]
    good = [address for address in given if usable(address)]
    if good:
        doubts.append(
            f"Viene de un formulario: la dirección {good[0]} la escribió la persona y nadie la ha comprobado."
        )
        return good[0]
    if given:
        doubts.append(f"La dirección «{given[0]}» está mal escrita: no hay correo al que contestar.")
    else:
        doubts.append("Viene de un formulario sin dirección de correo a la cual contestar.")
    return None
