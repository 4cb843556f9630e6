"""By what a person is known: the keys under which petitions and imported antecedents are found again (P 5.11, 5.19)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, literal, select, tuple_, union_all

from daemon.model.ledger import Keys, Past, PastChange
from daemon.model.petition import Petition
from daemon.model.privacy import ERASED
from daemon.model.words import name_words

from .codec import decode, encode
from .engine import Database, insert_once, insert_or_update
from .tables import past, person_keys

Key = tuple[str, str]

# Of an address, telephone or name that hundreds share, so many of the newest are brought; in all, as many.
_NEWEST = 50
# Rows of a file of antecedents that are compared and stored at once; SQLite takes some 32,000 values a statement.
_BATCH = 500
# How much a kind of key proves: what proves most is brought first when there is too much.
_KINDS = ("nss", "curp", "siade", "correo", "telefono", "nombre")


def _names(name: str | None) -> list[str]:
    """A name's words in order of the alphabet, and again each time with one word left out: people omit a surname."""
    words = sorted(name_words(name))
    shorter = [words[:at] + words[at + 1 :] for at in range(len(words))] if len(words) > 2 else []
    return [" ".join(each) for each in (words, *shorter) if len(each) > 1]


def known_keys(**known: str | None) -> tuple[Key, ...]:
    """What is known of a person as (kind, value), the strongest kind first; a name as often as it may be written."""
    found = [(kind, known.get(kind)) for kind in _KINDS if kind != "nombre"]
    found += [("nombre", name) for name in _names(known.get("nombre"))]
    return tuple(dict.fromkeys((kind, _plain(kind, value)) for kind, value in found if value))


def _plain(kind: str, value: str) -> str:
    """Folios and CURP are written in capitals or not, addresses too."""
    return (value.strip().lower() if kind in ("siade", "curp", "correo") else value)[:320]


def keys_of_petition(petition: Petition) -> tuple[Key, ...]:
    data, writer = petition.data, petition.petitioner
    return known_keys(
        nss=data.nss,
        curp=data.curp,
        telefono=data.telefono,
        correo=writer if writer and writer != ERASED else None,
        nombre=data.nombre,
        siade=petition.siade,
    )


def note(db: Connection, petition: Petition) -> None:
    """Keep a petition findable by what is known of its person now."""
    mine = (person_keys.c.folio == petition.folio, person_keys.c.imported.is_(False))
    wanted = set(keys_of_petition(petition))
    there = {(row.kind, row.value) for row in db.execute(select(person_keys).where(*mine))}
    if gone := there - wanted:
        db.execute(delete(person_keys).where(*mine, tuple_(person_keys.c.kind, person_keys.c.value).in_(list(gone))))
    add(db, petition.folio, wanted - there, imported=False)


def add(db: Connection, folio: str, keys: Iterable[Key], *, imported: bool) -> None:
    """Make a folio findable by these keys, too."""
    rows = [{"kind": kind, "value": value, "folio": folio, "imported": imported} for kind, value in keys]
    if rows:
        insert_once(db, person_keys, rows)


def kin(db: Connection, keys: Keys, *, imported: bool) -> Sequence[str]:
    """Folios of whatever shares an NSS, CURP, telephone, name, address or SIADE folio with these keys.

    Our folios begin with their day and SIADE's with their year, so that the greatest are the newest. An address that
    hundreds write from brings only those; the index gives them without reading the others.
    """
    asked = known_keys(
        nss=keys.nss, curp=keys.curp, telefono=keys.telefono, correo=keys.address, nombre=keys.nombre, siade=keys.siade
    )
    if not asked:
        return []
    newest = [
        select(
            select(literal(rank).label("rank"), person_keys.c.folio)
            .where(person_keys.c.kind == kind, person_keys.c.value == value, person_keys.c.imported.is_(imported))
            .order_by(person_keys.c.folio.desc())
            .limit(_NEWEST)
            .subquery()
        )
        for rank, (kind, value) in enumerate(asked)
    ]
    rows = db.execute(union_all(*newest)).all()
    ranked = sorted(
        sorted({(row.rank, row.folio) for row in rows}, key=lambda row: row[1], reverse=True), key=lambda row: row[0]
    )
    return list(dict.fromkeys(folio for _, folio in ranked))[:_NEWEST]


def imported(db: Connection, keys: Keys) -> tuple[Past, ...]:
    """Antecedents from before our time that share something with these keys, by folio, the newest first."""
    folios = kin(db, keys, imported=True)
    if not folios:
        return ()
    query = select(past.c.body).where(past.c.folio.in_(folios)).order_by(past.c.folio.desc())
    return tuple(decode(Past, body) for body in db.execute(query).scalars())


def _take_in(db: Connection, rows: Mapping[str, Past], now: datetime) -> None:
    """Store these antecedents in place of what was known of them, and make them findable."""
    if not rows:
        return
    values = [{"folio": folio, "loaded_at": now, "body": encode(row)} for folio, row in rows.items()]
    insert_or_update(db, past, values, keep=())
    db.execute(delete(person_keys).where(person_keys.c.folio.in_(list(rows)), person_keys.c.imported.is_(True)))
    keys = [(folio, key) for folio, row in rows.items() for key in _keys_of_past(row)]
    found = [{"kind": kind, "value": value, "folio": folio, "imported": True} for folio, (kind, value) in keys]
    insert_once(db, person_keys, found)


def _keys_of_past(row: Past) -> tuple[Key, ...]:
    return known_keys(
        nss=row.nss, curp=row.curp, telefono=row.telefono, correo=row.correo, nombre=row.nombre, siade=row.folio
    )


class Antecedents:
    """The part of the store that takes in the history kept elsewhere."""

    _db: Database

    def load_past(self, rows: Iterable[Past], now: datetime) -> PastChange:
        new = {row.folio: row for row in rows}
        added = changed = 0
        with self._db.writing() as db:
            for start in range(0, len(new), _BATCH):
                batch = dict(list(new.items())[start : start + _BATCH])
                there = db.execute(select(past).where(past.c.folio.in_(list(batch)))).all()
                old = {row.folio: row.body for row in there}
                # What was erased (P 5.22) does not come back with the file that it came from.
                gone = {row.folio for row in there if row.erased_at}
                fresh = {f: row for f, row in batch.items() if f not in gone and old.get(f) != encode(row)}
                _take_in(db, fresh, now)
                changed += len(fresh.keys() & old.keys())
                added += len(fresh.keys() - old.keys())
            size = int(db.execute(select(func.count()).select_from(past)).scalar_one())
        return PastChange(added, changed, len(new) - added - changed, size)
