"""Has this person been here before (P 5.11, 5.14, 5.19, 5.67, 5.73)? The same matter, another one, or a doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum
from itertools import combinations

from ..model.decision import Classification, Reason
from ..model.ledger import History, Past
from ..model.mail import PersonData, Reading
from ..model.petition import Petition, State, Type
from ..model.words import name_words
from .likeness import likeness, same_name, says_one_of, telling
from .policy import Policy

# As many antecedents are told of in a trail and in a history line; the newest are what a consultant asks for.
_TOLD = 6
_UNANSWERED = (State.CONCLUIDA_DESINTERES, State.CONCLUIDA_DESISTIMIENTO)
_ENDED_THERE = re.compile(r"conclu|cerrad|atendid|resuel|finaliz|terminad|desist|desinter", re.IGNORECASE)
# Of a name that is all there is to go by, so many words must agree: half of Mexico shares a given name and a surname.
_WHOLE_NAME = 3


class Relation(StrEnum):
    """How a new mail stands to what the person asked before; the first that holds decides."""

    MISMO_ABIERTO = "mismo_asunto_abierto"
    MISMO_CERRADO = "mismo_asunto_contestado"
    SIN_RESPUESTA = "mismo_asunto_cerrado_sin_respuesta"
    DUDA = "duda"
    OTRO_ASUNTO = "otro_asunto"
    NINGUNA = "ninguna"


_NUMERALS = {
    Relation.MISMO_ABIERTO: "P 5.73",
    Relation.MISMO_CERRADO: "P 5.14",
    Relation.SIN_RESPUESTA: "P 5.66, 5.67",
    Relation.OTRO_ASUNTO: "P 5.67",
}
_VERDICTS = {
    Relation.MISMO_ABIERTO: "mismo asunto, sigue abierta",
    Relation.MISMO_CERRADO: "mismo asunto, ya contestado",
    Relation.SIN_RESPUESTA: "mismo asunto, cerrado sin respuesta",
    Relation.DUDA: "duda: decide un consultor",
    Relation.OTRO_ASUNTO: "otro asunto de la misma persona",
    Relation.NINGUNA: "no es de la misma persona",
}


class Person(IntEnum):
    """How sure it is that two petitions are one person's.

    RESEMBLES counts only when the matter is the same, DOUBTFUL stops at a consultant only when it may be. In
    CONTRADICTS, what is given cannot all be true: that is a doubt whatever the matter.
    """

    OTHER = 0
    RESEMBLES = 1
    CONTRADICTS = 2
    DOUBTFUL = 3
    PROBABLE = 4
    SAME = 5


class Matter(IntEnum):
    """How sure it is that two petitions of one person are the same matter."""

    OTHER = 0
    DOUBTFUL = 1
    SAME = 2


@dataclass(frozen=True, slots=True)
class Known:
    """An earlier petition, ours or imported, as far as antecedents are judged by it.

    `address` is None when nobody wrote it down. `on` is the day of its answer or, without one, of its beginning.
    """

    folio: str
    data: PersonData
    address: str | None
    siade: str | None
    topic: str | None
    type: Type | None
    words: str
    open: bool
    unanswered: bool
    on: date | None
    petition: Petition | None = None
    past: Past | None = None


@dataclass(frozen=True, slots=True)
class Antecedent:
    """The verdict on a mail's antecedents: which earlier petition decides, by what evidence, and the whole trail.

    `folios` are the earlier petitions of the person (in doubt: those that may be), the deciding one first.
    """

    relation: Relation
    known: Known | None
    reasons: tuple[Reason, ...]
    folios: tuple[str, ...] = ()

    @property
    def reason(self) -> Reason:
        """The deciding line of the trail."""
        return self.reasons[0]

    @property
    def petition(self) -> Petition | None:
        return self.known.petition if self.known else None

    @property
    def past(self) -> Past | None:
        return self.known.past if self.known else None


@dataclass(frozen=True, slots=True)
class _Judged:
    known: Known
    person: Person
    matter: Matter
    relation: Relation
    evidence: str
    like: float


def look(reading: Reading, found: Classification, history: History, policy: Policy, now: datetime) -> Antecedent:
    """Judge a mail that no thread joins to a petition against those that share something with it.

    `history.kin` and `history.past` are what shares an NSS, CURP, telephone, name, address or SIADE folio with it.
    Nothing doubtful is ever taken for the same: a third party must not learn what another was told (P 5.22).
    """
    today = policy.calendar.local(now).date()
    candidates = _candidates(history, policy)
    at_the_address = [k for k in candidates if k.address and reading.sender and k.address == reading.sender.email]
    shared = any(_strangers(a, b, policy) for a, b in combinations(at_the_address[:20], 2))
    persons = [(known, *_person(reading, known, shared, policy)) for known in candidates]
    theirs = sum(known.open and who >= Person.PROBABLE for known, who, _ in persons)
    judged = [
        _judge(reading, found, known, who, proof, alone=theirs == 1, policy=policy, today=today)
        for known, who, proof in persons
    ]
    order = list(Relation)
    # What is certainly the writer's goes before what only names the same person: anybody who knows an NSS and a name
    # may have opened that one, and the writer's own words would end in a stranger's petition.
    judged.sort(key=lambda each: (_rank(each), order.index(each.relation), -each.like))
    near = [each for each in judged if each.relation is not Relation.NINGUNA]
    if not near:
        none = Reason("antecedente", policy.rules.antecedentes.numeral, "no hay antecedentes", hit=False)
        return Antecedent(Relation.NINGUNA, None, (none, *_trail(judged, policy)))
    first = near[0]
    folios = tuple(dict.fromkeys(each.known.folio for each in near))[:_TOLD]
    return Antecedent(first.relation, first.known, _trail(judged, policy), folios)


def _rank(judged: _Judged) -> int:
    if judged.relation not in (Relation.MISMO_ABIERTO, Relation.MISMO_CERRADO, Relation.SIN_RESPUESTA):
        return 2
    return 0 if judged.person is Person.SAME else 1


def is_another(reading: Reading, found: Classification, petition: Petition, policy: Policy) -> bool:
    """Whether a mail from a petition's own address is certainly of another person or about another matter."""
    known = _ours(petition, policy)
    who, _ = _person(reading, known, False, policy)
    if who in (Person.OTHER, Person.CONTRADICTS):
        return True
    threshold = next((tema.umbral for tema in policy.rules.temas if tema.clave == found.topic), 1.0)
    told = found.clear and petition.topic is not None and found.topic != petition.topic
    return (
        told
        and found.confidence >= threshold
        and _matter(reading, found, known, policy, alone=False)[0] is Matter.OTHER
    )


def _trail(judged: Sequence[_Judged], policy: Policy) -> tuple[Reason, ...]:
    numeral = policy.rules.antecedentes.numeral
    return tuple(
        Reason(
            "antecedente",
            _NUMERALS.get(each.relation, numeral),
            f"antecedente {each.known.folio}: {each.evidence} → {_VERDICTS[each.relation]}",
            hit=each.relation is not Relation.NINGUNA,
        )
        for each in judged[:_TOLD]
    )


# --- what is known ---------------------------------------------------------------------------------------------


def _candidates(history: History, policy: Policy) -> list[Known]:
    """What may be an antecedent, ours before imported, newest first; each petition once."""
    ours = {each.folio: each for each in (*history.kin, *history.by_address)}
    digital = {cuenta.correo for cuenta in policy.rules.casa.cuentas if cuenta.digital}
    kept = [each for each in ours.values() if each.account not in digital]
    kept.sort(key=lambda each: (each.opened_at, each.folio), reverse=True)
    official = {each.siade.casefold() for each in kept if each.siade}
    imported = [each for each in history.past if each.folio.casefold() not in official]
    imported.sort(key=lambda each: (each.cerrada or each.abierta or date.min, each.folio), reverse=True)
    return [*(_ours(each, policy) for each in kept), *(_imported(each, policy) for each in imported)]


def _ours(petition: Petition, policy: Policy) -> Known:
    return Known(
        folio=petition.folio,
        data=petition.data,
        address=petition.petitioner or None,
        siade=petition.siade,
        topic=petition.topic,
        type=petition.type,
        words=f"{petition.subject}\n{petition.summary}",
        open=not petition.state.closed,
        unanswered=petition.state in _UNANSWERED,
        on=policy.calendar.local(petition.answered_at or petition.opened_at).date(),
        petition=petition,
    )


def _imported(past: Past, policy: Policy) -> Known:
    said = f"{past.tema}\n" + "\n".join(past.fields.values())
    named = {tema.clave: tema.nombre for tema in policy.rules.temas}
    topic = next((clave for clave, nombre in named.items() if past.tema and past.tema in (clave, nombre)), None)
    if topic is None and past.tema:
        told = policy.judge.classify(past.tema, said)
        topic = told.topic if told.clear else None
    return Known(
        folio=past.folio,
        data=PersonData(nombre=past.nombre, nss=past.nss, curp=past.curp, telefono=past.telefono),
        address=past.correo,
        siade=past.folio,
        topic=topic,
        type=None,
        words=said,
        open=past.cerrada is None and not _ENDED_THERE.search(past.estado),
        unanswered=not past.respuesta.strip(),
        on=past.cerrada or past.abierta,
        past=past,
    )


# --- the same person? ------------------------------------------------------------------------------------------


def _agree(one: str | None, other: str | None) -> bool | None:
    return one.casefold() == other.casefold() if one and other else None


def _strangers(one: Known, other: Known, policy: Policy) -> bool:
    """Whether two petitions are certainly not one person's: an address that a family or a shop uses."""
    given = policy.rules.nombres.de_pila
    return (
        _agree(one.data.nss, other.data.nss) is False or same_name(one.data.nombre, other.data.nombre, given) is False
    )


def _person(reading: Reading, known: Known, shared: bool, policy: Policy) -> tuple[Person, str]:
    """Whether the mail is of the person of an earlier petition, and by what that is told (never the data itself).

    `shared` says that several persons have written from that address.
    """
    mine, given = reading.data, policy.rules.nombres.de_pila
    nss, curp = _agree(mine.nss, known.data.nss), _agree(mine.curp, known.data.curp)
    name = same_name(mine.nombre, known.data.nombre, given)
    if name is False and not any(each.where != "remitente" for each in reading.found.get("nombre", ())):
        # The name of a mailbox is not always that of the person whose matter it is.
        name = None
    address = _agree(reading.sender.email if reading.sender else None, known.address)
    phone = _agree(mine.telefono, known.data.telefono)
    folio = known.folio in reading.tokens or bool(_agree(mine.folio, known.siade))
    told = {"NSS": nss, "CURP": curp, "nombre": name, "dirección": address, "teléfono": phone}
    words = [
        f"{'mism' if same else 'otr'}{'a' if what in ('CURP', 'dirección') else 'o'} {what}"
        for what, same in told.items()
        if same is not None and (same or what != "teléfono")
    ] + (["nombra su folio"] if folio else [])
    who = _certainty(
        reading, known, nss, curp, name, bool(address), bool(phone), folio=folio, shared=shared, given=given
    )
    return who, ", ".join(words) or "nada en común"


def _certainty(
    reading: Reading,
    known: Known,
    nss: bool | None,
    curp: bool | None,
    name: bool | None,
    address: bool,
    phone: bool,
    *,
    folio: bool,
    shared: bool,
    given: tuple[str, ...],
) -> Person:
    number = nss is True or curp is True
    if nss is False or curp is False:
        # One person with two numbers, two namesakes, or a slip: nobody but a person can tell.
        return Person.CONTRADICTS if name and (address or phone or number) else Person.OTHER
    if name is False:
        return Person.CONTRADICTS if number else Person.OTHER
    if address:
        if reading.authentic != "pass":
            # Anybody can write another's address; only the receiving server can vouch for it.
            return Person.DOUBTFUL
        return Person.SAME if number or name or not shared else Person.RESEMBLES
    if number:
        writer = reading.sender.name if reading.sender else ""
        third = reading.data.tercero or same_name(writer, known.data.nombre, given) is False
        return Person.PROBABLE if name and not third and reading.authentic == "pass" else Person.DOUBTFUL
    whole = name and min(len(name_words(reading.data.nombre)), len(name_words(known.data.nombre))) >= _WHOLE_NAME
    return Person.RESEMBLES if phone or whole or folio else Person.OTHER


# --- the same matter? ------------------------------------------------------------------------------------------


def _matter(
    reading: Reading, found: Classification, known: Known, policy: Policy, *, alone: bool
) -> tuple[Matter, str, float]:
    """Whether the mail asks what the earlier petition asked; `alone`: it is the person's only open one."""
    rules, names = policy.rules.antecedentes, (reading.data.nombre or "", known.data.nombre or "")
    said = f"{reading.subject}\n{reading.fresh}"
    mine, theirs = telling(said, names), telling(known.words, names)
    like, again = likeness(mine, theirs), says_one_of(said, rules.repite)
    unit = _agree(reading.data.unidad, known.data.unidad)
    topic = found.topic if found.clear else None
    insists = f", dice «{again}»" if again else ""
    praise = found.type is not known.type and Type.RECONOCIMIENTO in (found.type, known.type)
    if praise and known.type is not None:
        return Matter.OTHER, "otra clase de petición", like
    if like >= rules.parecido:
        elsewhere = ", otra unidad" if unit is False else ""
        return Matter.DOUBTFUL if elsewhere else Matter.SAME, f"mismas palabras ({like:.0%}){elsewhere}{insists}", like
    near = likeness(mine, theirs, 2)
    if topic is not None and topic == known.topic:
        if unit is False:
            return Matter.OTHER, "mismo tema, otra unidad", like
        if again or unit or near >= rules.parecido_mismo_tema:
            where = ", misma unidad" if unit else ""
            return Matter.SAME, f"mismo tema{where}, palabras parecidas ({near:.0%}){insists}", near
        return Matter.DOUBTFUL, f"mismo tema, con otras palabras ({near:.0%})", near
    if again and known.open and (unit or near >= rules.parecido_mismo_tema):
        return Matter.SAME, f"misma unidad o palabras parecidas ({near:.0%}){insists}", near
    if again and known.open and alone:
        # Whoever only insists says nothing of the matter; with one open petition there is no other that can be meant.
        sure = topic is None
        return Matter.SAME if sure else Matter.DOUBTFUL, f"insiste («{again}») y solo tiene esta abierta", like
    if (again and known.open and topic is None) or like >= rules.parecido_dudoso:
        return Matter.DOUBTFUL, f"palabras parecidas ({like:.0%}){insists}", like
    return Matter.OTHER, "otro tema" if topic and known.topic else "otras palabras", like


def _judge(
    reading: Reading,
    found: Classification,
    known: Known,
    who: Person,
    proof: str,
    *,
    alone: bool,
    policy: Policy,
    today: date,
) -> _Judged:
    if who is Person.OTHER:
        return _Judged(known, who, Matter.OTHER, Relation.NINGUNA, proof, 0.0)
    matter, words, like = _matter(reading, found, known, policy, alone=alone)
    fresh = known.on is not None and (today - known.on).days <= policy.rules.antecedentes.ratificar_dias
    evidence = f"{proof}; {words}" + ("" if known.open or fresh else "; hace demasiado tiempo para ratificar")
    relation = _relation(known, who, matter, fresh=fresh)
    return _Judged(known, who, matter, relation, evidence, like)


def _relation(known: Known, who: Person, matter: Matter, *, fresh: bool) -> Relation:
    live = known.open or fresh
    if who is Person.RESEMBLES:
        return Relation.DUDA if matter is Matter.SAME and live else Relation.NINGUNA
    if who is Person.CONTRADICTS:
        return Relation.DUDA
    if matter is Matter.OTHER or not live:
        return Relation.OTRO_ASUNTO
    if who is Person.DOUBTFUL:
        return Relation.DUDA
    if matter is Matter.DOUBTFUL:
        # Of a matter that is settled, other words on the same topic are a new occurrence, not a doubt.
        return Relation.DUDA if known.open else Relation.OTRO_ASUNTO
    if known.open:
        return Relation.MISMO_ABIERTO
    if known.unanswered and known.past:
        return Relation.OTRO_ASUNTO
    # What was told to one address is never sent to another; without a known one, NSS and name must both agree.
    to_the_same = who is Person.SAME or known.address is None
    if not to_the_same:
        return Relation.DUDA
    return Relation.SIN_RESPUESTA if known.unanswered else Relation.MISMO_CERRADO
