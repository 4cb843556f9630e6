"""What must hold after the month, checked from outside: with a calendar of its own and with what the world knows.

The product's calendar, counts and verdicts are not asked: instants are those at which the mail server took a mail.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default as modern
from itertools import pairwise
from typing import Any

from daemon.decide.lifecycle import TABLE
from daemon.model.outgoing import Envelope
from daemon.model.petition import State

from .actors import Enlaces, Siade, Staff
from .office import ACCOUNTS, Month
from .people import MEXICO, Citizen, Mail

# A mail that is due may wait for the minute hand, for a server that asked to try later, or for one that was down.
SLACK, AFTER_OUTAGE = timedelta(minutes=35), timedelta(minutes=80)
_DIGITS = re.compile(r"(?<!\d)\d{11}(?!\d)")
_LEGAL = {(before.value, after.value) for (before, _), (after, _) in TABLE.items()}
_ACUSES = ("acuse_cdaod", "acuse_organo_normativo")


@dataclass
class Facts:
    """What store and world say, ready to be compared. `taken` maps a Message-ID to the instants at which it left."""

    month: Month
    closed: frozenset[date]
    drafts: dict[str, dict[str, Any]]
    petitions: dict[str, dict[str, Any]]
    history: dict[str, list[dict[str, Any]]]
    records: list[dict[str, Any]]
    copies: Counter[str]
    deliveries: list[dict[str, Any]]
    taken: dict[str, list[datetime]] = field(default_factory=dict)
    citizens: dict[str, list[Citizen]] = field(default_factory=dict)
    mails: dict[str, Mail] = field(default_factory=dict)

    def instant(self, message_id: str) -> datetime | None:
        found = self.taken.get(message_id)
        return found[0] if found else None


def collect(month: Month, closed: frozenset[date]) -> Facts:
    """Read the store's file as any other program would, and what the world saw."""
    path = str(month.office.settings.almacen).removeprefix("sqlite:///")
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    db.row_factory = sqlite3.Row

    def rows(query: str) -> list[dict[str, Any]]:
        return [dict(row) for row in db.execute(query)]

    history: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows("select * from history where folio is not null order by id"):
        history[row["folio"]].append(row)
    facts = Facts(
        month,
        closed,
        {row["message_id"]: row for row in rows("select * from drafts")},
        {row["folio"]: row for row in rows("select * from petitions")},
        history,
        rows("select * from records order by id"),
        Counter(row["message_id"] for row in rows("select message_id from copies where origin = 'conteo'")),
        rows("select * from deliveries"),
    )
    taken: dict[str, list[datetime]] = defaultdict(list)
    for at, envelope in month.world.sent:
        if isinstance(envelope, Envelope):
            taken[envelope.message_id].append(at)
    facts.taken = taken
    for mail in month.delivered:
        facts.mails[mail.message_id] = mail
        if mail.citizen and mail.citizen not in facts.citizens.setdefault(mail.citizen.address, []):
            facts.citizens[mail.citizen.address].append(mail.citizen)
    return facts


def audit(month: Month, staff: Staff, closed: frozenset[date]) -> dict[str, list[str]]:
    """Every check by name, with each fault in words; all empty when the month went well."""
    facts = collect(month, closed)
    return {
        "plazos que se pasaron o adelantaron": list(_terms(facts)),
        "estados a los que no se llega así": list(_states(facts)),
        "envíos mal contados": list(_counted(facts, staff)),
        "correos perdidos": list(_lost(facts)),
        "contestado dos veces lo mismo": list(_twice(facts)),
        "registrado dos veces": list(_registered(facts)),
        "concluido con una respuesta sin leer": list(_concluded(facts)),
        "acuses repetidos o tardíos": list(_acuses(facts)),
        "asignaciones que cambian o no son parejas": list(_assigned(facts)),
        "correos a una dirección ajena": list(_addresses(facts)),
        "datos de otra persona": list(_personal(facts)),
        "errores del programa": [str(e.fields) for e in month.events if e.action in ("error", "cuarentena")],
    }


# --- a calendar of its own -----------------------------------------------------------------------------------------


def _business(day: date, closed: frozenset[date]) -> bool:
    return day.weekday() < 5 and day not in closed


def _close(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 18, tzinfo=MEXICO)


def due(sent: datetime, days: int, closed: frozenset[date]) -> datetime:
    """The close of the n-th business day after the day of the sending."""
    day = sent.astimezone(MEXICO).date()
    while days:
        day += timedelta(days=1)
        days -= _business(day, closed)
    return _close(day)


def end_of_capture(at: datetime, closed: frozenset[date]) -> datetime:
    """The close of the day on which something that came at `at` is captured (5.19)."""
    local = at.astimezone(MEXICO)
    day = local.date()
    if not _business(day, closed) or local >= _close(day):
        day += timedelta(days=1)
        while not _business(day, closed):
            day += timedelta(days=1)
    return _close(day)


def _late(facts: Facts, at: datetime, limit: datetime) -> bool:
    begin, end = facts.month.outage
    if begin <= limit + SLACK and limit <= end:
        limit = end + AFTER_OUTAGE
    return at > limit + SLACK


def _at(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(str(row["at"])).replace(tzinfo=UTC)


# --- checks --------------------------------------------------------------------------------------------------------


def _terms(facts: Facts) -> Iterator[str]:
    """Each stay in espera_datos_1 and _2: it ends at its instant, or before by something that somebody did."""
    for folio, rows in facts.history.items():
        sent = sorted(
            instant
            for message_id, draft in facts.drafts.items()
            if draft["folio"] == folio and draft["clase"] == "datos_complementarios"
            for instant in facts.taken.get(message_id, ())[:1]
        )
        stays = [row for row in rows if row["state"]]
        for number, row in enumerate(stays):
            if row["state"] not in ("espera_datos_1", "espera_datos_2") or row["action"] not in ("enviado",):
                continue
            before = [at for at in sent if at <= _at(row)]
            if not before:
                continue  # A consultant sent it by hand: the daemon learned of it by its copy.
            limit = due(before[-1], 2 if row["state"] == "espera_datos_1" else 1, facts.closed)
            after = next((each for each in stays[number + 1 :] if each["state"] != row["state"]), None)
            if after is None:
                if _late(facts, facts.month.now, limit):
                    yield f"{folio}: {row['state']} desde {before[-1]:%d %H:%M}, vencía {limit:%d %H:%M} y sigue"
            elif after["action"] == "vence":
                left = _left(facts, folio, _at(after)) or _at(after)
                if _at(after) < limit.astimezone(UTC) and not _waits(facts, folio, _at(after)):
                    yield f"{folio}: {row['state']} venció {_at(after)} antes de {limit}"
                elif _late(facts, left, limit) and not _waits(facts, folio, _at(after)):
                    yield f"{folio}: {row['state']} vencía {limit}, salió {left}"
            elif _late(facts, _at(after), limit):
                yield f"{folio}: {row['state']} vencía {limit}, {after['action']} {_at(after)}"


def _of(facts: Facts, folio: str, at: datetime) -> dict[str, Any] | None:
    """The draft that was written at that instant."""
    for draft in facts.drafts.values():
        if draft["folio"] == folio and _when(draft["created_at"]) == at:
            return draft
    return None


def _left(facts: Facts, folio: str, at: datetime) -> datetime | None:
    draft = _of(facts, folio, at)
    return facts.instant(draft["message_id"]) if draft else None


def _waits(facts: Facts, folio: str, at: datetime) -> bool:
    draft = _of(facts, folio, at)
    return draft is None or draft["disposition"] != "enviar"


def _when(value: Any) -> datetime:
    return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)


def _states(facts: Facts) -> Iterator[str]:
    for folio, petition in facts.petitions.items():
        walked = [State.NUEVA.value] + [row["state"] for row in facts.history[folio] if row["state"]]
        for before, after in pairwise(walked):
            if before != after and (before, after) not in _LEGAL:
                yield f"{folio}: {before} → {after}"
        if walked[-1] != petition["state"]:
            yield f"{folio}: la historia termina en {walked[-1]}, la petición está en {petition['state']}"
        if petition["state"] == State.NUEVA.value:
            yield f"{folio}: sigue nueva"


def _counted(facts: Facts, staff: Staff) -> Iterator[str]:
    for message_id, instants in facts.taken.items():
        if len(instants) != 1:
            yield f"{message_id} salió {len(instants)} veces"
        if facts.copies[message_id] != 1:
            yield f"{message_id} se contó {facts.copies[message_id]} veces"
        if message_id not in facts.drafts:
            yield f"{message_id} salió sin borrador"
    for message_id, draft in facts.drafts.items():
        if draft["state"] == "aceptado" and message_id not in facts.taken:
            yield f"{draft['id']} consta como enviado y no salió"
        if draft["state"] not in ("aceptado", "enviado_por_consultor", "incierto") and message_id in facts.taken:
            yield f"{draft['id']} salió y consta como {draft['state']}"
    for message_id in staff.by_hand:
        if facts.copies[message_id] != 1:
            yield f"{message_id}, enviado a mano, se contó {facts.copies[message_id]} veces"
    for message_id in staff.without_copy:
        if facts.copies[message_id]:
            yield f"{message_id} no llevaba copia y se contó"


def _lost(facts: Facts) -> Iterator[str]:
    seen = Counter((row["account"], row["message_id"]) for row in facts.deliveries if row["state"] != "claimed")
    for mail in facts.month.delivered:
        for account in mail.accounts:
            if not seen[account, mail.message_id]:
                yield f"{mail.sort} {mail.message_id} en {account}"
    for row in facts.deliveries:
        if row["state"] == "claimed":
            yield f"entrega {row['id']} de {row['account']} a medias"
    known = {row["message_id"]: row["folio"] for row in facts.deliveries if row["folio"]}
    for mail in facts.month.delivered:
        if mail.sort in ("apertura", "repite", "respuesta") and mail.message_id not in known:
            yield f"{mail.sort} {mail.message_id} no llegó a ninguna petición"


def _twice(facts: Facts) -> Iterator[str]:
    """The same mail to the same person for the same petition again, with nothing of theirs in between."""
    groups: dict[tuple[str, ...], list[datetime]] = defaultdict(list)
    for message_id, draft in facts.drafts.items():
        if (at := facts.instant(message_id)) is not None:
            turn = re.search(r'"turn": (\d+)', str(draft["body"]))
            groups[draft["folio"], draft["clase"], turn[1] if turn else "", draft["to"]].append(at)
    for (folio, clase, _, to), instants in groups.items():
        wrote = [m.at for m in facts.month.delivered if m.at and m.citizen and m.citizen.address == to]
        ordered = sorted(instants)
        for before, after in pairwise(ordered):
            if to.startswith("enlace."):
                continue
            if not any(before < at <= after for at in wrote):
                yield f"{folio}: {clase} a {to} {before:%d %H:%M} y {after:%d %H:%M}"


def _registered(facts: Facts) -> Iterator[str]:
    registered = Counter(row["folio"] for row in facts.records if row["clase"] == "registro")
    for folio, number in registered.items():
        if number > 1:
            yield f"{folio} se registró {number} veces"
    of_matter: dict[int, set[str]] = defaultdict(set)
    for row in facts.deliveries:
        mail = facts.mails.get(row["message_id"])
        if mail and mail.matter and row["folio"] in registered:
            of_matter[mail.matter].add(row["folio"])
    for matter, folios in of_matter.items():
        if len(folios) > 1:
            yield f"asunto {matter}: {', '.join(sorted(folios))}"


def _concluded(facts: Facts) -> Iterator[str]:
    for message_id, draft in facts.drafts.items():
        at = facts.instant(message_id)
        if draft["clase"] != "conclusion_desinteres" or at is None:
            continue
        asked = max(
            (
                instant
                for other, each in facts.drafts.items()
                if each["folio"] == draft["folio"] and each["clase"] == "datos_complementarios"
                for instant in facts.taken.get(other, ())
            ),
            default=at,
        )
        folios = {row["message_id"] for row in facts.deliveries if row["folio"] == draft["folio"]}
        for mail in facts.month.delivered:
            if mail.sort == "respuesta" and mail.message_id in folios and mail.at and asked < mail.at < at:
                yield f"{draft['folio']}: concluida {at:%d %H:%M}, contestó {mail.at:%d %H:%M}"


def _acuses(facts: Facts) -> Iterator[str]:
    sent: dict[str, list[tuple[datetime, dict[str, Any]]]] = defaultdict(list)
    written: set[str] = set()
    for message_id, draft in facts.drafts.items():
        if draft["clase"] in _ACUSES:
            written.add(draft["folio"])
            for at in facts.taken.get(message_id, ())[:1]:
                sent[draft["folio"]].append((at, draft))
    for folio, mails in sent.items():
        if len(mails) > 1:
            yield f"{folio}: {len(mails)} acuses"
    for record in facts.records:
        if record["clase"] != "registro":
            continue
        limit = end_of_capture(_when(record["created_at"]), facts.closed)
        for at, draft in sent[record["folio"]]:
            if draft["disposition"] == "enviar" and _late(facts, at, limit):
                yield f"{record['folio']}: acuse {at.astimezone(MEXICO):%d %H:%M}, límite {limit:%d %H:%M}"
        petition = facts.petitions[record["folio"]]
        turned = any(d["folio"] == record["folio"] and d["clase"] == "turno_oic_sntss" for d in facts.drafts.values())
        # Whoever was answered and closed before the day was over needs no acuse any more.
        ended = any(
            each["folio"] == record["folio"] and each["clase"] == "cierre" and _when(each["created_at"]) <= limit
            for each in facts.records
        )
        over = _late(facts, facts.month.now, limit) and not ended
        if over and record["folio"] not in written and not turned and petition["petitioner"]:
            yield f"{record['folio']}: registrada y sin acuse ({petition['state']})"


def _assigned(facts: Facts) -> Iterator[str]:
    known = {one.correo: one for one in facts.month.rules.consultores}
    first: dict[str, str] = {}
    for event in facts.month.events:
        if event.action == "asignado" and event.petition:
            who = str(event.fields["consultor"])
            if who not in known:
                yield f"{event.petition}: asignada a {who}"
            # Who answers the person by hand keeps the petition (5.66): that line of its history is the colleague's own.
            took = any(row["action"] == "asignada" and row["actor"] == who for row in facts.history[event.petition])
            if first.setdefault(event.petition, who) != who and not took:
                yield f"{event.petition}: de {first[event.petition]} a {who}"
    burden = Counter(first.values())
    whole = [c.correo for c in known.values() if not c.temas and not c.ausencias and c.carga == 1]
    shares = [burden[who] for who in whole]
    if sum(shares) > 40 * len(whole) and max(shares) > 1.5 * min(shares):
        yield f"reparto entre quienes tienen jornada completa y no faltan: {shares}"


def _addresses(facts: Facts) -> Iterator[str]:
    """Each mail goes to who wrote the petition's first mail, or to the enlace of an Órgano."""
    opener: dict[str, str] = {}
    for row in sorted(facts.deliveries, key=lambda row: row["id"]):
        mail = facts.mails.get(row["message_id"])
        if row["folio"] and mail and mail.citizen:
            opener.setdefault(row["folio"], mail.citizen.address)
    enlaces = {organo.enlace for organo in facts.month.rules.destinos.organos}
    for at, envelope in facts.month.world.sent:
        if not isinstance(envelope, Envelope):
            continue
        draft = facts.drafts.get(envelope.message_id)
        for to in envelope.to:
            right = to in enlaces if to.startswith("enlace.") else draft and to == opener.get(draft["folio"])
            if not right:
                yield f"{at:%d %H:%M} {draft and draft['clase']} a {to}"
        if envelope.counting not in ACCOUNTS or len(envelope.to) != 1:
            yield f"{at:%d %H:%M} {envelope.recipients}"


def _personal(facts: Facts) -> Iterator[str]:
    """No NSS and no name of another person in a mail to somebody; an enlace hears of one person only."""
    owner = {one.nss: one for some in facts.citizens.values() for one in some}
    for _, envelope in facts.month.world.sent:
        if not isinstance(envelope, Envelope):
            continue
        mail = message_from_bytes(envelope.raw, policy=modern)
        words = "\n".join(p.get_content() for p in mail.walk() if p.get_content_maintype() == "text")
        named = {owner[found].address for found in _DIGITS.findall(words) if found in owner}
        to = envelope.to[0]
        if not to.startswith("enlace.") and named - {to}:
            yield f"a {to}: NSS de {', '.join(sorted(named))}"
        elif len(named) > 1:
            yield f"a {to}: NSS de {len(named)} personas"


# --- figures -------------------------------------------------------------------------------------------------------


def figures(month: Month, staff: Staff, siade: Siade, enlaces: Enlaces, seconds: float) -> Iterator[str]:
    """What happened in the month, for people."""
    sorts = Counter(mail.sort for mail in month.delivered)
    sent = [e for _, e in month.world.sent if isinstance(e, Envelope)]
    told = len(month.world.sent) - len(sent)
    states = month.store.health(month.now).petitions
    persons = sum(sorts[name] for name in ("apertura", "respuesta", "repite", "agradece"))
    yield f"Correos recibidos: {sum(sorts.values())} ({persons} de personas) " + _listed(sorts)
    yield f"Peticiones: {sum(states.values())} " + _listed(Counter({str(k): int(v) for k, v in states.items()}))
    classes = Counter(str(e.fields["borrador"].clase) for e in month.events if e.action == "enviado")
    yield f"Correos enviados y contados: {len(sent)} " + _listed(classes)
    yield f"Avisos internos: {told}"
    yield "Consultores: " + _listed(staff.done)
    yield "Enlaces: " + _listed(enlaces.done)
    yield "SIADE: " + _listed(siade.done)
    passes = sum(month.passes.values())
    alarms = Counter(str(e.fields["clave"]).split(":")[0] for e in month.events if e.action == "alarma")
    yield f"Alarmas: {_listed(alarms)}"
    for told in sorted({str(e.fields.get("detalle"))[:160] for e in month.events if e.action == "alarma"})[:12]:
        yield f"    {told}"
    yield f"Revisiones de buzón: {passes}; duró {seconds:.0f} s ({1000 * seconds / max(1, passes):.1f} ms cada una)"


def _listed(counts: Counter[str]) -> str:
    return "(" + ", ".join(f"{name} {number}" for name, number in counts.most_common()) + ")"
