"""By what a person is known: the keys under which petitions and imported antecedents are found again (P 5.11, 5.19)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, tuple_

from daemon.model.ledger import Keys, Past, PastChange
from daemon.model.petition import Petition
from daemon.model.words import comparable

from .codec import decode, encode
from .engine import Database, insert_once, insert_or_update
from .tables import past, person_keys

Key = tuple[str, str]


def _keys(**known: str | None) -> tuple[Key, ...]:
    """Each known fact as (kind, value); of a name its words in order of the alphabet, without accents."""
    words = " ".join(sorted(comparable(known.pop("nombre", None) or "").split()))
    found = {**known, "nombre": words if " " in words else None}
    return tuple((kind, value[:320]) for kind, value in found.items() if value)


def keys_of_petition(petition: Petition) -> tuple[Key, ...]:
    data = petition.data
    return _keys(
        nss=data.nss,
        curp=data.curp,
        telefono=data.telefono,
        correo=petition.petitioner or None,
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
    _add(db, petition.folio, wanted - there, imported=False)


def _add(db: Connection, folio: str, keys: Iterable[Key], *, imported: bool) -> None:
    rows = [{"kind": kind, "value": value, "folio": folio, "imported": imported} for kind, value in keys]
    if rows:
        insert_once(db, person_keys, rows)


def kin(db: Connection, keys: Keys, *, imported: bool) -> Sequence[str]:
    """Folios of whatever shares an NSS, CURP, telephone, name, address or SIADE folio with these keys."""
    asked = _keys(
        nss=keys.nss, curp=keys.curp, telefono=keys.telefono, correo=keys.address, nombre=keys.nombre, siade=keys.siade
    )
    if not asked:
        return []
    which = (tuple_(person_keys.c.kind, person_keys.c.value).in_(asked), person_keys.c.imported.is_(imported))
    return list(db.execute(select(person_keys.c.folio).where(*which).distinct()).scalars())


def imported(db: Connection, keys: Keys) -> tuple[Past, ...]:
    """Antecedents from before our time that share something with these keys, by folio."""
    folios = kin(db, keys, imported=True)
    if not folios:
        return ()
    query = select(past.c.body).where(past.c.folio.in_(folios)).order_by(past.c.folio.desc())
    return tuple(decode(Past, body) for body in db.execute(query).scalars())


class Antecedents:
    """The part of the store that takes in the history kept elsewhere."""

    _db: Database

    def load_past(self, rows: Iterable[Past], now: datetime) -> PastChange:
        new = {row.folio: row for row in rows}
        with self._db.writing() as db:
            old = {row.folio: row.body for row in db.execute(select(past)) if row.folio in new}
            fresh = {folio: row for folio, row in new.items() if old.get(folio) != encode(row)}
            if fresh:
                values = [{"folio": f, "loaded_at": now, "body": encode(row)} for f, row in fresh.items()]
                insert_or_update(db, past, values, keep=())
                mine = (person_keys.c.folio.in_(list(fresh)), person_keys.c.imported.is_(True))
                db.execute(delete(person_keys).where(*mine))
            for folio, row in fresh.items():
                known = {name: getattr(row, name) for name in ("nss", "curp", "telefono", "correo", "nombre")}
                _add(db, folio, _keys(**known, siade=folio), imported=True)
            size = int(db.execute(select(func.count()).select_from(past)).scalar_one())
        changed = len(fresh.keys() & old.keys())
        return PastChange(len(fresh) - changed, changed, len(new) - len(fresh), size)
