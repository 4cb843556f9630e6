"""Personal data in the store: in which columns it may stand, and what stands there once it is erased (P 5.22)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, func, or_, select, update

from daemon.model.privacy import ERASED, PERSON

from .codec import BODY
from .tables import (
    alarms,
    checks,
    commitment_notes,
    copies,
    cursors,
    decisions,
    deliveries,
    drafts,
    erasures,
    history,
    internals,
    mailboxes,
    marks,
    outbox,
    past,
    pensioners,
    person_keys,
    petitions,
    records,
    rule_files,
    rule_sets,
    terms,
    threads,
)

# Shorter words stand by chance in other people's texts.
_SHORTEST = 4
_SIGNS = str.maketrans("", "", " .-()/\t\u00a0")

# --- where personal data lies ----------------------------------------------------------------------------------------

Values = Mapping[str, Any]
Blank = Callable[[Any, Values], Any]


def _erased(_value: Any, _row: Values) -> str:
    return ERASED


def _empty(_value: Any, _row: Values) -> str:
    return ""


def _none(_value: Any, _row: Values) -> None:
    return None


def _no_bytes(_value: Any, _row: Values) -> bytes:
    return b""


def _only(*kept: str, **instead: Any) -> Blank:
    """Of a body these fields stay and these stand in for others; every other field goes, also one that is new."""

    def blank(body: Any, _row: Values) -> Any:
        return {name: body[name] for name in kept if name in body} | instead

    return blank


def _decision(body: Any, row: Values) -> Any:
    """Which rules hit and missed stays, the words that they matched go."""
    kept = ("kind", "step", "disposition", "type", "topic", "clear", "urgent", "sensitive", "missing", "destination")
    bare = _only(*kept, "template", "confidence", "rules_version")(body, row)
    reasons = [{**reason, "evidence": ""} for reason in body.get("reasons") or ()]
    return {**bare, "reasons": reasons, "borrado": "sí"}


def _actor(actor: str, row: Values) -> str:
    """Colleagues and the program stay named; whoever wrote from elsewhere was the person."""
    return actor if "@" not in actor or _of_the_house(actor, row) else PERSON


def _recipients(addresses: Any, row: Values) -> tuple[str, ...]:
    """How many they were stays, and which colleagues: whether a mail went outside is a figure."""
    return tuple(each if _of_the_house(each, row) else ERASED for each in addresses or ())


def _of_the_house(address: str, row: Values) -> bool:
    ours = {str(row.get(name) or "").rpartition("@")[2] for name in ("account", "_account")} - {""}
    return address.rpartition("@")[2] in ours


def _known_again(message_id: str | None, row: Values) -> str | None:
    """The writer's Message-ID as a digest: the same mail, listed anew, must not open the matter again. Ours stay."""
    return message_id if row.get("_ours") else disguised(message_id)


def _survey_alone(text: str, row: Values) -> str:
    """Whether a mail invited to the survey (P 5.68) is a figure: the survey's plain address stays."""
    survey = row.get("_survey")
    return f"{ERASED} {survey}" if survey and survey in text else ERASED


def _payload(payload: Any, _row: Values) -> Any:
    return {name: value for name, value in payload.items() if name != "why"}


def disguised(message_id: str | None) -> str | None:
    """How the ledger keeps the Message-ID of an erased mail; it cannot be turned back."""
    if not message_id or message_id.startswith(f"{ERASED} "):
        return message_id
    return f"{ERASED} {hashlib.sha256(message_id.encode()).hexdigest()}"


# Every column that may hold words of or about a person, and what stands there afterwards.
BLANKS: Mapping[Table, Mapping[str, Blank]] = {
    petitions: {
        "petitioner": _erased,
        "nss": _none,
        "body": _only(
            *("folio", "account", "counting", "state", "opened_at", "captured_on", "type", "topic", "missing", "asked"),
            *("urgent", "sensitive", "destination", "confidence", "consultor", "siade", "terms", "ooad", "destino"),
            # Digests of the rows that SIADE gave stay, lest an old file bring the words back.
            *("lugar", "registered_at", "siade_rows", "answered_at", "version"),
            petitioner=ERASED,
            subject=ERASED,
            first_message_id="",
        ),
    },
    history: {"text": _erased, "actor": _actor},
    decisions: {"body": _decision},
    drafts: {
        "to": _erased,
        "text": _survey_alone,
        "raw": _no_bytes,
        "detail": _empty,
        "body": _only(
            *("turn", "counting", "template", "rules_version", "asks", "consultor"),
            subject=ERASED,
            html="",
            in_reply_to=None,
        ),
    },
    internals: {"raw": _no_bytes, "body": _only("to", "consultor", subject=ERASED)},
    outbox: {"error": _empty, "payload": _payload},
    deliveries: {"message_id": _known_again, "detail": _empty},
    copies: {"to": _recipients, "subject": _erased},
    checks: {"id_tramite": _erased, "nss": _erased, "message_id": _empty, "next_due": _none, "body": _only()},
    records: {"body": _only("numeral", texto=ERASED)},
    past: {"body": _only("folio", "consultor", "estado", "tema", "abierta", "cerrada")},
    alarms: {"text": _erased},
}
# Tables whose rows go whole, because each of them is nothing but the tie between a person and a folio.
VANISH: Mapping[Table, str] = {
    threads: "un Message-ID de la persona y su folio",
    person_keys: "un dato de la persona y su folio",
}
# The roster is replaced whole at each load: it is the pension system's, and goes as that says.
REPLACED: Mapping[Table, str] = {pensioners: "el padrón se sustituye entero en cada carga"}
_REFERENCE = "referencia nuestra o de SIADE, sin datos"
_TECHNICAL = "dato técnico del servicio o del buzón"
_FIGURE = "fecha, estado o cifra que usan los informes"
_STAFF = "buzón o persona de la oficina, en su función"
# Every other column, and why nothing of a person stands in it. A test holds the three lists complete.
NOTHING_PERSONAL: Mapping[Table, Mapping[str, str]] = {
    cursors: dict.fromkeys(("account", "folder", "uidvalidity", "last_uid"), _TECHNICAL),
    mailboxes: dict.fromkeys(("account", "read_to_end"), _TECHNICAL),
    deliveries: {
        **dict.fromkeys(("id", "account", "folder", "uidvalidity", "uid", "attempts"), _TECHNICAL),
        **dict.fromkeys(("state", "claimed_at", "attempted_at", "finished_at"), _FIGURE),
        "digest": "huella SHA-256 del texto: no se puede volver atrás, y evita abrir dos veces el mismo correo",
        "folio": _REFERENCE,
        "reason": "una palabra fija del programa",
    },
    petitions: {
        "folio": _REFERENCE,
        **dict.fromkeys(("account", "consultor"), _STAFF),
        **dict.fromkeys(("state", "opened_at", "acts_at", "version", "erased_at"), _FIGURE),
    },
    history: {
        **dict.fromkeys(("id", "folio"), _REFERENCE),
        **dict.fromkeys(("at", "action", "numeral", "state"), _FIGURE),
    },
    decisions: {
        **dict.fromkeys(("id", "delivery_id", "folio"), _REFERENCE),
        **dict.fromkeys(("at", "rules_version"), _FIGURE),
    },
    drafts: {
        **dict.fromkeys(("id", "folio", "ordinal"), _REFERENCE),
        "message_id": "nombre del correo que da acuse: lleva el folio y una firma, nada de la persona",
        "account": _STAFF,
        **dict.fromkeys(
            ("clase", "disposition", "created_at", "urgent", "state", "attempts", "sent_at", "laid_at"), _FIGURE
        ),
        **dict.fromkeys(("missing_since", "attempted_at", "proposed_at", "changed_at"), _FIGURE),
    },
    internals: {
        **dict.fromkeys(("id", "folio", "message_id"), _REFERENCE),
        "account": _STAFF,
        **dict.fromkeys(("clase", "created_at", "urgent", "filed"), _FIGURE),
    },
    outbox: {
        **dict.fromkeys(("id", "folio", "draft_id", "internal_id", "delivery_id"), _REFERENCE),
        "account": _STAFF,
        **dict.fromkeys(("task", "state", "urgent", "not_before", "attempts", "created_at", "finished_at"), _TECHNICAL),
    },
    copies: {
        **dict.fromkeys(("id", "message_id", "draft_id"), _REFERENCE),
        **dict.fromkeys(("account", "sender"), _STAFF),
        **dict.fromkeys(("origin", "seen_at"), _FIGURE),
    },
    checks: {
        **dict.fromkeys(("id", "folio"), _REFERENCE),
        **dict.fromkeys(("account", "office"), _STAFF),
        **dict.fromkeys(("state", "received_at", "repeats", "verified", "exported_at", "export_batch"), _FIGURE),
    },
    records: {
        **dict.fromkeys(("number", "id", "folio"), _REFERENCE),
        "account": _STAFF,
        **dict.fromkeys(("clase", "created_at", "exported_at", "batch"), _FIGURE),
    },
    past: {"folio": _REFERENCE, **dict.fromkeys(("loaded_at", "erased_at"), _FIGURE)},
    terms: {
        "folio": _REFERENCE,
        **dict.fromkeys(("name", "started_at", "numeral", "at_due", "due_at", "acts_at", "ended_at"), _FIGURE),
    },
    alarms: {
        "key": "nombre fijo del aviso, con un buzón o un folio",
        **dict.fromkeys(("since", "until", "told", "told_over"), _FIGURE),
    },
    marks: dict.fromkeys(("key", "value", "at"), _TECHNICAL),
    commitment_notes: dict.fromkeys(("id", "compromiso", "at", "body"), "compromisos de las áreas, no de personas"),
    rule_files: dict.fromkeys(("digest", "text"), "reglas de la oficina"),
    rule_sets: dict.fromkeys(("number", "rules", "templates", "since", "files"), "reglas de la oficina"),
    erasures: dict.fromkeys(("number", "at", "body"), "constancia del borrado: la persona, solo como huella con clave"),
}


def _outbox_of(folio: str) -> ColumnElement[bool]:
    theirs = select(deliveries.c.id).where(deliveries.c.folio == folio)
    return or_(outbox.c.folio == folio, outbox.c.delivery_id.in_(theirs))


# How each table's rows are found by the petition that they belong to.
OF_FOLIO: Mapping[Table, Callable[[str], ColumnElement[bool]]] = {
    petitions: lambda folio: petitions.c.folio == folio,
    history: lambda folio: history.c.folio == folio,
    decisions: lambda folio: decisions.c.folio == folio,
    outbox: _outbox_of,
    deliveries: lambda folio: deliveries.c.folio == folio,
    copies: lambda folio: copies.c.draft_id.in_(select(drafts.c.id).where(drafts.c.folio == folio)),
    drafts: lambda folio: drafts.c.folio == folio,
    internals: lambda folio: internals.c.folio == folio,
    checks: lambda folio: checks.c.folio == folio,
    records: lambda folio: records.c.folio == folio,
}


# --- blanking --------------------------------------------------------------------------------------------------------


class Words:
    """A person's exact words (address, numbers, whole names), to be found in texts however they are spaced."""

    def __init__(self, words: Collection[str]) -> None:
        plain = {word.casefold() for word in words if len(word) >= _SHORTEST}
        self.plain = frozenset(plain)
        self._numbers = tuple(word for word in plain if word.isdigit())
        self._texts = tuple(word for word in plain if not word.isdigit())

    def stand_in(self, text: str) -> bool:
        low = text.casefold()
        if any(word in low for word in self._texts):
            return True
        bare = low.translate(_SIGNS)
        return any(word in bare for word in self._numbers)

    def struck(self, value: Any, *, datum: bool = False) -> Any:
        """The JSON value without every text in which one of the words stands; of a person's data nothing remains."""
        if isinstance(value, str):
            return (None if datum else ERASED) if self.stand_in(value) else value
        if isinstance(value, list | tuple):
            return [self.struck(item) for item in value]
        if isinstance(value, Mapping):
            data = ("data", "fields")
            return {key: self.struck(item, datum=datum or key in data) for key, item in value.items()}
        return value


def blank_rows(
    db: Connection, table: Table, which: ColumnElement[bool], known: Values, words: Words | None = None
) -> int:
    """Blank these rows' personal columns, all of them or only where `words` stand; returns how many rows changed."""
    keys = list(table.primary_key)
    columns = BLANKS[table]
    changed = 0
    for row in db.execute(select(table).where(which)).mappings().all():
        around = {**row, **known}
        if table is deliveries:
            around["_ours"] = _is_ours(db, row["message_id"])
        new = {name: _new_value(table, name, row[name], around, words) for name in columns}
        new = {name: value for name, value in new.items() if value != row[name]}
        if new:
            db.execute(update(table).where(*(key == row[key.name] for key in keys)).values(new))
            changed += 1
    return changed


def _new_value(table: Table, name: str, value: Any, around: Values, words: Words | None) -> Any:
    blank = BLANKS[table][name]
    if words is None:
        return blank(value, around)
    if isinstance(value, str):
        return blank(value, around) if words.stand_in(value) else value
    if isinstance(value, bytes):
        # Words within a mail may be written in a hundred ways, so none of it stays.
        return b""
    if isinstance(value, list | tuple | Mapping):
        struck = words.struck(value)
        return tuple(struck) if isinstance(value, tuple) else struck
    return value


def _is_ours(db: Connection, message_id: str | None) -> bool:
    found = or_(*(exists().where(table.c.message_id == message_id) for table in (drafts, internals, copies)))
    return message_id is not None and bool(db.execute(select(found)).scalar())


def blank_matter(db: Connection, folio: str, now: datetime, survey: str | None) -> Counter[str]:
    """Blank a petition whole: rows, dates, states and figures stay; what ties people to it goes."""
    account = db.execute(select(petitions.c.account).where(petitions.c.folio == folio)).scalar()
    known = {"_survey": survey, "_account": account}
    done = Counter({table.name: blank_rows(db, table, of(folio), known) for table, of in OF_FOLIO.items()})
    done[threads.name] = db.execute(delete(threads).where(threads.c.folio == folio)).rowcount
    mine = (person_keys.c.folio == folio, person_keys.c.imported.is_(False))
    done[person_keys.name] = db.execute(delete(person_keys).where(*mine)).rowcount
    _moved_on(db, folio, erased_at=now)
    return done


def strike_matter(db: Connection, folio: str, words: Words, survey: str | None) -> Counter[str]:
    """Blank a petition that holds others' data only where it names this person."""
    account = db.execute(select(petitions.c.account).where(petitions.c.folio == folio)).scalar()
    known = {"_survey": survey, "_account": account}
    done: Counter[str] = Counter()
    for table, of in OF_FOLIO.items():
        mine = and_(of(folio), _named_in(checks.c.nss, words)) if table is checks else of(folio)
        done[table.name] = blank_rows(db, table, mine, known, None if table is checks else words)
    for table, column in ((threads, threads.c.message_id), (person_keys, person_keys.c.value)):
        rows = db.execute(select(column).where(table.c.folio == folio)).scalars().all()
        named = [each for each in rows if words.stand_in(each)]
        if named:
            gone = delete(table).where(table.c.folio == folio, column.in_(named))
            done[table.name] = db.execute(gone).rowcount
    _moved_on(db, folio)
    return done


def _named_in(column: ColumnElement[str], words: Words) -> ColumnElement[bool]:
    return func.lower(column).in_(sorted(words.plain))


def _moved_on(db: Connection, folio: str, **values: Any) -> None:
    """Whoever read the petition before must read it again before changing it."""
    found = db.execute(select(petitions.c.body, petitions.c.version).where(petitions.c.folio == folio)).first()
    if found:
        body = {**found.body, "version": found.version + 1}
        new = {"version": found.version + 1, BODY: body, **values}
        db.execute(update(petitions).where(petitions.c.folio == folio).values(new))


def blank_past(db: Connection, folios: Sequence[str], now: datetime) -> Counter[str]:
    if not folios:
        return Counter()
    rows = blank_rows(db, past, past.c.folio.in_(folios), {})
    db.execute(update(past).where(past.c.folio.in_(folios)).values(erased_at=now))
    keys = db.execute(delete(person_keys).where(person_keys.c.folio.in_(folios), person_keys.c.imported.is_(True)))
    return Counter({past.name: rows, person_keys.name: keys.rowcount})
