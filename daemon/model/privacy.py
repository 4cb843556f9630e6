"""What is held about a person and what was erased of it (P 5.22; LGPDPPSO: access and cancellation)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from .ledger import Past
from .petition import State
from .survival import Pensioner
from .words import name_words

# What stands where a person's words stood, and who acted where it was a person outside the house.
ERASED, PERSON = "[borrado]", "la persona"


class Dato(StrEnum):
    """By what exact datum a person can be asked for; a name alone is not enough, because many share one."""

    NSS = "nss"
    CURP = "curp"
    CORREO = "correo"
    TELEFONO = "telefono"
    FOLIO = "folio"
    SIADE = "siade"


@dataclass(frozen=True, slots=True)
class PersonKey:
    """One datum of a person, written as the store keeps it; a folio names one petition and no other."""

    kind: Dato
    value: str

    def seal(self, key: bytes) -> str:
        """The datum as a record of an erasure may keep it: whoever has the signing key and the datum knows it again."""
        return hmac.new(key, f"privacidad/{self.kind}/{self.value}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Lies:
    """Where a message that we read lies in a mailbox: the folder where it was seen, and where it was filed then."""

    account: str
    folder: str
    filed: str
    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Matter:
    """One petition as far as a person's data are concerned.

    `shared` says that it holds data of others, too, so that only what names this person is blanked. `waits` are the
    reasons, in Spanish, why it cannot be erased yet. `rows` counts what is held by table, `mails` are the person's
    messages where they lie.
    """

    folio: str
    siade: str | None
    account: str
    state: State
    opened_at: datetime
    erased_at: datetime | None
    petitioner: str
    nombre: str | None
    nss: str | None
    topic: str | None
    shared: bool
    waits: tuple[str, ...]
    rows: Mapping[str, int]
    mails: tuple[Lies, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """Everything that is held about one person.

    `past` are imported antecedents, `pensioner` the row of the roster. `loose` counts rows outside any petition that
    name the person, by table. `rows` holds every row whole, by table, for who asks for a copy.
    """

    key: PersonKey
    matters: tuple[Matter, ...] = ()
    past: tuple[Past, ...] = ()
    pensioner: Pensioner | None = None
    loose: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)

    @property
    def people(self) -> tuple[str, ...]:
        """Whom these petitions and antecedents are about, each person once, by NSS or else by name.

        An address or a telephone may be a family's. What gives no NSS is that of whoever bears the same name; what
        gives no name either tells nobody apart.
        """
        told = [(matter.nss, matter.nombre) for matter in self.matters if not (matter.shared or matter.erased_at)]
        told += [(row.nss, row.nombre) for row in self.past]
        found: dict[str, frozenset[str]] = {nss: name_words(name) for nss, name in told if nss}
        for nss, name in told:
            words = name_words(name)
            if nss or not words:
                continue
            if not any(words <= known or known <= words for known in found.values()):
                found[str(name)] = words
        return tuple(sorted(found))

    @property
    def nothing(self) -> bool:
        return not (self.matters or self.past or self.pensioner or any(self.loose.values()))


@dataclass(frozen=True, slots=True)
class Erasure:
    """The dated record of an erasure; nothing in it names a person.

    `origin` is solicitud (somebody's right) or plazo (rules/retencion.yaml). `person` is the sealed datum. `folios`
    were blanked whole, `shared` only where they named the person, `past` are folios of imported antecedents. `rows`
    counts what was blanked by table.
    """

    number: int
    at: datetime
    origin: str
    by: str = ""
    reason: str = ""
    person: str = ""
    folios: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    rows: dict[str, int] = field(default_factory=dict)
