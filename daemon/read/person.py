"""Whose data a mail gives: the insured person's whose matter it is, and what is doubtful about them (DOMAIN §1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from daemon.model.mail import Address, Found, PersonData

from . import identifiers, names, nss, units
from .lexicon import NICKNAMES
from .names import Known, Name
from .nss import CHILDREN, RELATIVES
from .plain import fold

OTHERS = (
    r"(?:(?:mi|su|la|el) ex\b(?:[ -]?(?:espos[oa]|marido|mujer|pareja|novi[oa]|patron|jefe|emplead[oa]|"
    r"trabajador[a]?))?|exespos[oa]|exmarido|exmujer|expareja|"
    r"(?:el|la) (?:papa|padre|mama|madre) de mis? hij[oa]s?|mi (?:deudor[a]?|inquilin[oa]|arrendatari[oa]|"
    r"vecin[oa]|novi[oa]|roomie|"
    r"compadre|comadre|conocid[oa]|emplead[oa]|trabajador[a]?|companer[oa]|jefe|amig[oa]|colega|cliente|demandad[oa])|"
    r"(?:un|una) (?:vecin[oa]|conocid[oa]|amig[oa]|companer[oa]|persona|senor[a]?|trabajador[a]?|emplead[oa]|"
    r"deudor[a]?|"
    r"client[ea]|inquilin[oa])|otra persona|una tercera persona|una persona que)"
)
_ASKS = (
    r"(?:(?:en )?donde (?:trabaja|labora|cotiza|vive|esta trabajando)|cuanto (?:gana|cotiza|percibe|le pagan)|"
    r"(?:en|con|para) que (?:empresa|patron)|(?:su|el|que) (?:salario|sueldo|domicilio|direccion|diagnostico|"
    r"patron actual|"
    r"expediente|historial)|si (?:esta|sigue|se encuentra|tiene|cuenta con|cotiza|trabaja)|datos (?:de|del|que tengan)|"
    r"informacion (?:de|del|sobre|acerca)|semanas (?:que )?(?:cotizadas )?(?:de|tiene)|de que (?:esta enferm|"
    r"se atiend|murio)|"
    r"su (?:nss|numero de seguro|seguro social|curp|vigencia|historia clinica|telefono))"
)
_WANTS = (
    r"(?:quiero|quisiera|necesito|solicito|pido|deseo|pueden|podrian|podria|ayud\w+|requiero|"
    r"me (?:pueden|podrian|interesa)|favor|saber|conocer|consultar|verificar|proporcion\w+|informa\w*)"
)
_THIRD = re.compile(
    rf"(?:{_WANTS})[^.!?\n]{{0,120}}(?:(?:{_ASKS})[^.!?\n]{{0,100}}\b{OTHERS}|\b{OTHERS}[^.!?\n]{{0,100}}(?:{_ASKS}))"
)
_WHETHER = re.compile(rf"\bsi {OTHERS}(?: \w+){{0,3}} (?:esta|sigue|tiene|cotiza|trabaja|se encuentra|cuenta|fue)\b")
_WORKERS = re.compile(r"\b(?:trabajador|emplead|colaborador|companer)")
_THIRD_LOOSE = re.compile(rf"\b{OTHERS}\b.{{0,220}}?(?:{_WANTS})[^.!?\n]{{0,60}}(?:{_ASKS})", re.DOTALL)
# Somebody who complains of a boss or of a colleague writes about the own matter.
_OWN_MATTER = re.compile(
    r"\bmi (?:ex )?(?:patron|jefe)\b[^.]{0,60}\bno me\b|\bme (?:dio|dieron) de baja|\bmis semanas|\bmi pension\b|"
    r"\bme corr"
)
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
_SOMEBODY = re.compile(
    rf"\b(?:{RELATIVES}|{CHILDREN}|paciente|asegurad[oa]|titular|senora?|sra?|trabajador[a]?|emplead[oa]|enferm[oa]|"
    r"familiar|finad[oa]|ella|father|mother|husband|wife|son|daughter|brother|sister)\b"
)
_ON_BEHALF = re.compile(
    r"\b(?:escribo|solicito|pido|hablo|acudo|tramito|lo hago|vengo)[^.\n]{0,25} (?:por|para|a nombre de|"
    r"en nombre de|en representacion de)"
    r" (?:mi|el|la|un)\b|\b(?:la|el) (?:paciente|asegurad[oa]|titular) es\b|\bpaciente\s*:"
)


@dataclass(frozen=True, slots=True)
class Source:
    """One text with its place: asunto, cuerpo, cita, adjunto. `letter` says that it is a mail, not a document.

    In a document only what is named counts: its other numbers are references and amounts.
    """

    text: str
    where: str
    letter: bool = True


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
    found = [identifiers.find(shortened(text), "cuerpo") for text in texts]
    return any(hits.get("nss") or hits.get("curp") for hits in found)


def shortened(text: str) -> str:
    """The beginning and the end of an endless text: the matter stands first, the signature last."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - _TAIL]}\n{text[-_TAIL:]}"


def read_person(sources: list[Source], writer: Address | None, known: Known, *, employers: bool, form: bool) -> Person:
    """Gather from all texts what they say of the person, own words before attachments before quotes.

    `writer` gives the name of last resort; `employers` says that the account is for employers; `form` that a web
    form's labels name the address to answer to.
    """
    sources = [replace(source, text=shortened(source.text)) for source in sources]
    found: dict[str, list[Found]] = {}
    for source in sources:
        for hits in (identifiers.find(source.text, source.where), units.find(source.text, source.where)):
            for kind, items in hits.items():
                found.setdefault(kind, []).extend(items)
    own = "\n\n".join(source.text for source in sources if source.where == "cuerpo")
    doubts: list[str] = []
    chosen, place = _nss(sources, doubts)
    patron = _is_employer(sources, found, employers)
    third = asks_about_others(own, employer=patron)
    name, name_found = _name(sources, chosen, writer, known, doubts, place)
    if name_found:
        found["nombre"] = name_found
    correo = _correo(found, writer, form, doubts)
    if third:
        doubts.append("Pide información de otra persona: no se toman su NSS ni su nombre (datos de terceros, P 5.22).")
    data = PersonData(
        nombre=None if third else name,
        nss=None if third or chosen is None else chosen.value,
        curp=None if third else _first(found, "curp"),
        rfc=_first(found, "rfc"),
        telefono=_phone(found, sources),
        correo=correo,
        folio=_first(found, "folio"),
        registro_patronal=_first(found, "registro_patronal"),
        unidad=_first(found, "unidad"),
        patron=patron and not third,
        tercero=third,
    )
    return Person(data, {kind: tuple(items) for kind, items in found.items() if items}, doubts)


def asks_about_others(own: str, *, employer: bool = False) -> bool:
    """Whether the writer wants to know something of a person whose care is not theirs: an ex, a debtor, a neighbour.

    An employer asks about the own workers by right, and who complains of a boss writes about the own matter.
    """
    folded = " ".join(fold(own).split())
    hit = _THIRD.search(folded) or _WHETHER.search(folded) or _THIRD_LOOSE.search(folded)
    if hit is None or _OWN_MATTER.search(folded):
        return False
    return not (employer and _WORKERS.search(hit[0]))


def _first(found: dict[str, list[Found]], kind: str) -> str | None:
    """The first candidate of the own words, else of an attachment; what is only quoted is not taken."""
    for where in ("cuerpo", "asunto", "adjunto"):
        for item in found.get(kind, []):
            if item.where == where:
                return item.value
    return None


def _phone(found: dict[str, list[Found]], sources: list[Source]) -> str | None:
    """The writer's telephone: one announced as such, else the first; of a document only an announced one."""
    theirs = [f for f in found.get("telefono", []) if not f.note.startswith("es de otra")]
    letter = any(source.where == "adjunto" and source.letter for source in sources)
    own = [f for f in theirs if f.where in ("cuerpo", "asunto")]
    attached = [f for f in theirs if f.where == "adjunto" and (f.note or letter)]
    return next((f.value for f in [*own, *attached] if f.note), next((f.value for f in [*own, *attached]), None))


def _nss(sources: list[Source], doubts: list[str]) -> tuple[nss.Nss | None, str]:
    """The NSS to take: the only one given, or the one clearly said to be the insured person's or the writer's.

    The second value says where it stands, 'varios' when several were given and none is clear.
    """
    hits = [(n, source.where, source.letter) for source in sources for n in nss.find(source.text)]
    for number, where, _ in hits:
        if number.problem and number.labelled and where != "cita":
            doubts.append(f"El número «{number.raw}» se da como NSS pero {number.problem}: no se toma.")
    for places in (("cuerpo", "asunto"), ("adjunto",), ("cita",)):
        bare = places[0] != "cita"
        good = [
            n for n, where, letter in hits if where in places and not n.problem and (n.labelled or (bare and letter))
        ]
        values = list(dict.fromkeys(n.value for n in good))
        if not values:
            continue
        if len(values) == 1:
            if places[0] == "cita":
                doubts.append(f"El NSS {values[0]} sólo está en el texto citado.")
            return max(good, key=lambda n: (n.owner != "", n.labelled)), places[0]
        own = "\n".join(source.text for source in sources if source.where == "cuerpo")
        several = _of_several(good, values, doubts, on_behalf=bool(_ON_BEHALF.search(fold(own))))
        return several, places[0] if several else "varios"
    return None, ""


def _of_several(good: list[nss.Nss], values: list[str], doubts: list[str], *, on_behalf: bool) -> nss.Nss | None:
    """Of several numbers the one that is clearly the insured person's: a child is insured by the parent who writes."""
    owners: dict[str, set[str]] = {value: {n.owner for n in good if n.value == value} for value in values}
    theirs = [value for value in values if "de_otra_persona" in owners[value]]
    own = [value for value in values if "propio" in owners[value]]
    children = [value for value in values if "de_un_hijo" in owners[value]]
    chosen = None
    if len(theirs) == 1 and (not own or on_behalf):
        chosen = theirs[0]
    elif len(own) == 1 and not theirs:
        chosen = own[0]
    elif not own and not theirs and not children:
        labelled = [value for value in values if any(n.labelled for n in good if n.value == value)]
        chosen = labelled[0] if len(labelled) == 1 else None
    listed = " y ".join(values)
    if chosen is None:
        doubts.append(
            f"Hay {len(values)} NSS distintos ({listed}) y el texto no deja claro cuál es el del asunto: "
            "no se toma ninguno."
        )
        return None
    doubts.append(f"Hay {len(values)} NSS distintos ({listed}); se tomó {chosen} por lo que dice el texto.")
    return next(n for n in good if n.value == chosen)


def _name(
    sources: list[Source],
    chosen: nss.Nss | None,
    writer: Address | None,
    known: Known,
    doubts: list[str],
    place: str,
) -> tuple[str | None, list[Found]]:
    """The insured person's name and every candidate.

    The name that goes with the NSS wins. Without one, a named patient; else the writer, whose name in the text goes
    before the header's.
    """
    header = names.of_header(writer.name, known) if writer else None
    own = "\n\n".join(source.text for source in sources if source.where == "cuerpo")
    candidates = names.find(own, known)
    found = [Found(n.value, n.value, "cuerpo", n.start, n.role) for n in candidates]
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
        elif person is not None and of_writer and not names.same_person(person, of_writer):
            doubts.append(f"Escribe {of_writer} por {person}: se toman los datos de {person}, de quien es el asunto.")
        return person, found
    if place != "varios" and (chosen is None or chosen.owner != "propio"):
        beside = _beside(insured, own, chosen) if chosen else (insured[0].value if insured else None)
        if chosen is not None and beside is None:
            beside = _right_before(children, own, chosen)
        if beside is not None:
            if of_writer and not names.same_person(beside, of_writer):
                doubts.append(
                    f"Escribe {of_writer} por {beside}: se toman los datos de {beside}, de quien es el asunto."
                )
            return beside, found
    if of_writer is not None and of_writer == header and not any(n.weight for n in candidates):
        of_writer = _checked_header(own, header, known, doubts)
    if of_writer is None or (place == "adjunto" and not any(n.weight for n in candidates)):
        # Who attaches a document with the NSS attaches the name that goes with it.
        attached, extra = _from_attachments(sources, known)
        of_writer = attached or of_writer
        found += extra
    return of_writer, found


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


def _is_employer(sources: list[Source], found: dict[str, list[Found]], employers: bool) -> bool:
    """Whether somebody writes for a company: its RFC, its registro patronal, its words."""
    own = fold("\n".join(source.text for source in sources if source.where in ("cuerpo", "asunto")))
    mine = {kind: [f for f in items if f.where in ("cuerpo", "asunto")] for kind, items in found.items()}
    if mine.get("registro_patronal") or any(len(f.value) == 12 for f in mine.get("rfc", [])):
        return not mine.get("nss") or bool(_EMPLOYER.search(own))
    said = bool(_EMPLOYER.search(own))
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
