"""New messages of a mailbox: claimed, read, decided and stored one by one; what cannot be processed is quarantined."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from ..decide.byhand import taken_over
from ..decide.consultation import cannot_ask
from ..decide.notes import with_message
from ..decide.outcomes import StaffWord, on_staff
from ..decide.places import key_of
from ..decide.profiles import profile_of
from ..decide.supervision import Seen
from ..errors import (
    AcuseError,
    FolderMissing,
    IllegalTransition,
    LoginRefused,
    MailboxUnavailable,
    StoreUnavailable,
    Unreadable,
)
from ..model import ids
from ..model.decision import Notify, Plan
from ..model.ledger import Copy, Cursor, Delivery, History, Keys, RawMessage
from ..model.mail import Kind, Reading
from ..model.outgoing import Draft, DraftState, Lying, Place
from ..model.petition import Clase, HistoryEntry
from ..read import keys as keys_of
from ..read.ficha import FichaAnswer, confirm_answer, read_answer
from ..receive import window
from ..send.review import recognise
from . import commitments
from .desk import Desk, Station

BATCH = 50
# How far a long reading has come is told no more often.
_TELL_EVERY = timedelta(seconds=10)
# The mail server's clock, which dates arrivals, may go otherwise than ours.
CLOCKS_DIFFER = timedelta(hours=1)
_NOT_VOUCHED = (
    "Llegó una respuesta a la ficha con su dirección, pero el servidor de recepción no acreditó que la enviara usted. "
    "No se anotó nada.\n\nSi la envió usted, anótelo con «acuse peticion FOLIO» y avise a quien lleva el servicio: "
    "«servidores_de_recepcion» en casa.yaml debe nombrar al servidor que acredita el correo de la institución, o estar "
    "vacío si ninguno lo hace. Si no fue usted, alguien escribe en su nombre: avise también."
)
# From is easily forged, and who was answered by hand gets no draft of ours: only what we know of the sending counts.
_COPY_NOT_VOUCHED = (
    "Llegó lo que parece la copia de un correo de la institución a la persona, pero el servidor de recepción no lo "
    "acreditó ni está en la carpeta de enviados del buzón: el borrador sigue esperando. Si se envió, rechácelo"
)
_FOLDER_OF = {
    Kind.PETICION: "peticiones",
    Kind.SEGUIMIENTO: "peticiones",
    Kind.ENLACE: "peticiones",
    Kind.COPIA_DE_CONTEO: "copias",
    Kind.REBOTE: "rebotes",
    Kind.RESPUESTA_AUTOMATICA: "automaticos",
    Kind.SOLICITUD_SUPERVIVENCIA: "supervivencia",
    Kind.CONFIRMACION_SUPERVIVENCIA: "supervivencia",
    Kind.RECHAZO_SUPERVIVENCIA: "supervivencia",
    Kind.PRUEBA_CONECTIVIDAD: "supervivencia",
}


def receive(desk: Desk, station: Station) -> bool:
    """Take in everything new of the inbox and the junk folder (petitions in Junk are read too), and see what was sent.

    The mailbox counts as read to its end only when nothing that was listed is still to be decided.
    """
    began, worked = desk.now(), False
    carpetas = desk.policy.rules.carpetas
    interrupted = desk.store.unfinished(station.account)
    for (folder, _), deliveries in groupby(interrupted, key=lambda delivery: (delivery.folder, delivery.uidvalidity)):
        worked = _take_all(desk, station, folder, list(deliveries)) or worked
    junk, sent = (station.mailbox.resolve(name) for name in (carpetas.no_deseado, carpetas.enviados))
    # Where the account's own mail asks for answers it is seen before them.
    asks = profile_of(desk.policy.rules, station.account).on_own_mail is not None
    for folder in (sent, "INBOX", junk) if asks else ("INBOX", junk, sent):
        try:
            worked = _receive_folder(desk, station, folder) or worked
        except FolderMissing:
            if folder == "INBOX":
                raise
    if not desk.store.unfinished(station.account):
        desk.store.read_to_end(station.account, began)
    return worked


def _receive_folder(desk: Desk, station: Station, folder: str) -> bool:
    claimed = listed(desk, station, folder)
    _take_all(desk, station, folder, claimed)
    return bool(claimed)


def listed(desk: Desk, station: Station, folder: str) -> list[Delivery]:
    """Claim everything new of a folder; FolderMissing when there is none of that name."""
    account, store, mailbox = station.account, desk.store, station.mailbox
    status = mailbox.status(folder)
    cursor = store.cursor(account, folder)
    counted = cursor is not None and cursor.uidvalidity == status.uidvalidity
    look = window(status, cursor, None if counted else _unnumbered_since(desk, station))
    if look.renumbered:
        desk.tell("uidvalidity", buzon=account, carpeta=folder)
    if look.empty and not look.begins:
        return []
    uids = [] if look.empty else mailbox.uids(folder, look.cursor.last_uid, look.since)
    claimed = store.claim(account, folder, status.uidvalidity, uids, desk.now())
    if look.begins:
        # Only now, after the claim: an interruption in between must not make everything older look new.
        store.start_cursor(account, folder, Cursor(status.uidvalidity, status.uidnext - 1))
    return claimed


def _unnumbered_since(desk: Desk, station: Station) -> datetime | None:
    """From when on mail is new in a folder whose numbers tell nothing, because it or its numbering is.

    What lay there when the account was last read to its end has been seen, or was older than the first run.
    """
    seen = desk.store.horizon((station.account,))
    return station.since if seen is None else seen - CLOCKS_DIFFER


def _take_all(desk: Desk, station: Station, folder: str, deliveries: list[Delivery]) -> bool:
    total, told = len(deliveries), desk.now()
    for start in range(0, total, BATCH):
        _fetch_and_take(desk, station, folder, deliveries[start : start + BATCH])
        done = min(start + BATCH, total)
        if done < total and desk.now() - told >= _TELL_EVERY:
            # A first run on a big mailbox takes hours: nobody shall think that it is stuck.
            told = desk.now()
            desk.tell("avance", buzon=station.account, carpeta=folder, leidos=done, total=total)
    return bool(deliveries)


def _fetch_and_take(desk: Desk, station: Station, folder: str, deliveries: list[Delivery]) -> None:
    waiting = {delivery.uid: delivery for delivery in deliveries}
    if station.mailbox.status(folder).uidvalidity != deliveries[0].uidvalidity:
        fetched: list[RawMessage] = []
    else:
        fetched = list(station.mailbox.fetch(folder, sorted(waiting)))
    for message in fetched:
        take(desk.fresh(), station, waiting.pop(message.uid), message)
    for gone in waiting.values():
        desk.store.commit(Plan(), now=desk.now(), delivery=gone)
        desk.tell("desaparecido", buzon=station.account, uid=gone.uid)


def take(desk: Desk, station: Station, delivery: Delivery, message: RawMessage) -> None:
    """One message. The one broad except of the flow: whatever a message does to us, the mailbox goes on."""
    attempt = desk.store.attempt(delivery, desk.now())
    if attempt > desk.attempts:
        detail = f"el programa se interrumpió las {attempt - 1} veces que lo leyó"
        return _quarantine(desk, delivery, "intentos_agotados", detail)
    try:
        reading = desk.read(message.raw, station.account, message.received_at)
        desk.tell("recibido", buzon=station.account, kind=reading.kind.value, uid=delivery.uid, reading=reading)
        _handle(desk, station, delivery, reading, message.raw)
    except (MailboxUnavailable, LoginRefused, StoreUnavailable):
        # No fault of the message: the pass ends here and is tried again.
        raise
    except Unreadable as problem:
        _quarantine(desk, delivery, "ilegible", str(problem))
    except Exception as problem:  # noqa: BLE001
        detail = str(problem) if isinstance(problem, AcuseError) else f"{type(problem).__name__}: {problem}"
        # The words of a bug may be those of the mail that it met: they are kept with the mail, not in the log.
        told = detail if isinstance(problem, AcuseError) else type(problem).__name__
        desk.tell("error", buzon=station.account, uid=delivery.uid, detalle=told, intento=attempt, exc=problem)
        if attempt >= desk.attempts:
            _quarantine(desk, delivery, "intentos_agotados", detail, told)


def known_before(desk: Desk, station: Station, reading: Reading) -> bool:
    """Whether this very message was decided before, wherever it lay; of a copy, whether this mailbox counted it."""
    if reading.kind is Kind.COPIA_DE_CONTEO:
        seen = desk.store.copies(reading.message_id)
        return any(copy.account == station.account and copy.origin == "conteo" for copy in seen)
    return desk.history_for(keys_for(reading, desk), station.account).seen_before


def _quarantine(desk: Desk, delivery: Delivery, reason: str, detail: str, told: str | None = None) -> None:
    """Set a message aside with its `detail`; `told` is what of it may stand in the log, when that is less."""
    desk.store.quarantine(delivery, reason, detail, desk.now())
    desk.tell("cuarentena", motivo=reason, buzon=delivery.account, uid=delivery.uid, detalle=told or detail)


def _handle(desk: Desk, station: Station, delivery: Delivery, reading: Reading, raw: bytes) -> None:
    keys = keys_for(reading, desk)
    policy, now = desk.policy, desk.now()
    history = desk.history_for(keys, station.account)
    if ids.is_internal(reading.message_id, policy.key):
        # Our own notice to somebody who reads this very mailbox: it is theirs to read, and no copy of anything.
        desk.store.commit(Plan(), now=now, delivery=delivery, keys=keys)
        return
    if _in_sent(desk, station, delivery) or reading.kind is Kind.COPIA_DE_CONTEO:
        # Before anything else: the same mail is seen in Sent and in the counting inbox, and both sightings matter.
        _counted(desk, station, delivery, reading, keys, history)
        return
    staff = reading.kind is Kind.PERSONAL
    if history.seen_before and (staff or not history.already):
        # The same message through another account or under a new number: what follows from it was done.
        target = policy.rules.carpetas.fichas if history.already else _target(desk, station, delivery, reading.kind)
        desk.store.commit(Plan(), now=now, delivery=delivery, keys=keys, move_to=target)
        return
    if commitments.take_answer(desk, delivery, reading, keys):
        return
    if staff and _staff_answer(desk, delivery, reading, keys):
        return
    plan = profile_of(policy.rules, station.account).on_message(reading, history, policy, now)
    if plan.petition and not plan.petition.version and desk.store.petition(plan.petition.folio):
        # Two messages of one day fell on the same reference: this one gets another, or it would never be taken in.
        other = replace(reading, digest=ids.digest_at(reading.digest, reading.mailbox))
        plan = profile_of(policy.rules, station.account).on_message(other, history, policy, now)
    if plan.quarantine:
        if plan.petition:
            # First what a person must see: repeated after a crash, it would only be told twice.
            before = desk.store.petition(plan.petition.folio)
            desk.commit(replace(plan, quarantine=None), before=before, reading=reading, raw=raw)
        else:
            desk.tell("decidido", None, decision=plan.decision)
        _quarantine(desk, delivery, plan.quarantine, reading.kind_reason)
        return
    before = desk.store.petition(plan.petition.folio) if plan.petition else None
    # What an enlace writes about no petition of ours stays where people look.
    about_none = reading.kind is Kind.ENLACE and plan.petition is None
    move_to = None if about_none else _target(desk, station, delivery, reading.kind)
    desk.commit(plan, before=before, reading=reading, raw=raw, delivery=delivery, keys=keys, move_to=move_to)


def keys_for(reading: Reading, desk: Desk) -> Keys:
    """By what the ledger knows a message."""
    found = keys_of(reading)
    if reading.bounce and reading.bounce.original_message_id:
        found = replace(found, thread=(reading.bounce.original_message_id, *found.thread))
    if reading.kind is Kind.COPIA_DE_CONTEO:
        found = _of_copy(found, reading, desk)
    if profile_of(desk.policy.rules, reading.mailbox).apart:
        found = replace(found, digest=ids.digest_at(found.digest, reading.mailbox))
    return found


def _of_copy(found: Keys, reading: Reading, desk: Desk) -> Keys:
    """A mail of our own is about whom it goes to, a stranger before a colleague; seen again, its own id knows it."""
    rules = desk.policy.rules
    others = [a.email for a in (*reading.to, *reading.cc) if rules.cuenta(a.email) is None]
    outside = [each for each in others if not rules.casa.de_casa(each)]
    thread = (reading.message_id, *found.thread) if reading.message_id else found.thread
    return replace(found, address=next(iter((*outside, *others)), None), thread=thread)


def _in_sent(desk: Desk, station: Station, delivery: Delivery) -> bool:
    return delivery.folder == station.mailbox.resolve(desk.policy.rules.carpetas.enviados)


def _target(desk: Desk, station: Station, delivery: Delivery, kind: Kind) -> str | None:
    carpetas = desk.policy.rules.carpetas
    if _in_sent(desk, station, delivery) or kind in (Kind.PERSONAL, Kind.OTRO):
        return None
    target = str(getattr(carpetas, _FOLDER_OF.get(kind, "ajenos")))
    # After a restore mail is met again where it was filed.
    return None if delivery.folder == target else target


def _counted(desk: Desk, station: Station, delivery: Delivery, reading: Reading, keys: Keys, history: History) -> None:
    """A copy of a mail that left (P 5.65), the daemon's or a consultant's: in Sent it is evidence, in INBOX a count."""
    now, policy, store = desk.now(), desk.policy, desk.store
    profile = profile_of(policy.rules, station.account)
    in_sent = _in_sent(desk, station, delivery)
    sender = reading.author.email if reading.author else ""
    copy = Copy(
        reading.message_id,
        station.account,
        "enviados" if in_sent else "conteo",
        now,
        sender,
        tuple(a.email for a in (*reading.to, *reading.cc)),
        reading.subject,
    )
    draft = history.draft if history.draft and history.draft.message_id == reading.message_id else None
    move_to = _target(desk, station, delivery, Kind.COPIA_DE_CONTEO)
    by_hand = None if draft else _sent_by_hand(desk, reading)
    petition = store.petition(by_hand.folio) if by_hand else None
    proven = in_sent or policy.rules.casa.acredita(reading.authentic)
    if by_hand and petition and (in_sent or reading.authentic == "pass"):
        checks = desk.checks_of(by_hand)
        plan = profile.on_sent(petition, by_hand, policy, reading.received_at, actor=sender, checks=checks)
        plan = _taken_over(plan, reading, sender, desk)
        seen = Seen(by_hand, plan.petition or petition, policy.rules, now)
        if seen.too_early:
            around = seen.sent_around(sender)
            plan = replace(plan, history=(*plan.history, *around.history), effects=(*plan.effects, *around.effects))
        settle = (by_hand.id, DraftState.ENVIADO_POR_CONSULTOR)
        desk.commit(plan, before=petition, delivery=delivery, keys=keys, move_to=move_to, copy=copy, settle=settle)
        petition = plan.petition
        desk.tell("enviado", petition, borrador=replace(by_hand, message_id=reading.message_id), por=sender)
    else:
        plan = Plan()
        own = profile.on_own_mail if in_sent else profile.on_message
        if petition:
            entry = HistoryEntry(now, "nota", _COPY_NOT_VOUCHED, "P 5.65", actor=sender, state=petition.state)
            plan = Plan(petition=petition, history=(entry,))
        elif profile.on_copy and not draft:
            plan = profile.on_copy(reading, history, policy, now, proven=proven)
        elif own and not draft:
            plan = own(reading, history, policy, now)
        known = draft.folio if draft else history.by_thread.folio if history.by_thread else None
        petition = plan.petition or (store.petition(known) if known else None)
        before = store.petition(plan.petition.folio) if plan.petition else None
        desk.commit(plan, before=before, reading=reading, delivery=delivery, keys=keys, move_to=move_to, copy=copy)
    if not in_sent:
        desk.tell("contado", petition, message_id=reading.message_id, por=station.account)


def _taken_over(plan: Plan, reading: Reading, sender: str, desk: Desk) -> Plan:
    """Whoever sent a draft by hand attends its petition from now on (5.66).

    The mail program may have given it a Message-ID of its own: it joins the conversation, so that the same mail, seen
    elsewhere, is not taken for another.
    """
    petition = plan.petition
    if petition is None:
        return plan
    petition = with_message(petition, reading)
    taken = Plan(petition=petition) if petition.state.closed else taken_over(petition, sender, desk.policy, desk.now())
    history, effects = (*plan.history, *taken.history), (*plan.effects, *taken.effects)
    return replace(plan, petition=taken.petition, history=history, effects=effects)


def _sent_by_hand(desk: Desk, reading: Reading) -> Draft | None:
    """The waiting draft that a consultant sent from the own mail client, however the client rewrote it.

    What was seen in another folder before can only be a draft that waited then; the petition's next one is not meant.
    """
    seen = min((copy.seen_at for copy in desk.store.copies(reading.message_id)), default=desk.now())
    waiting = [
        draft
        for account in desk.accounts
        for draft in desk.store.waiting(account, (DraftState.EN_REVISION, DraftState.PREPARADO))
        if draft.created_at <= seen
    ]
    sent = Lying(
        place=Place.PENDIENTES,
        handle="",
        message_id=reading.message_id,
        draft_id=None,
        ficha_id=None,
        to=tuple(a.email for a in reading.to),
        subject=reading.subject,
        thread=reading.thread,
    )
    return next((match.draft for match in recognise([sent], waiting, desk.folio_of)), None)


def _staff_answer(desk: Desk, delivery: Delivery, reading: Reading, keys: Keys) -> bool:
    """A colleague answered a ficha: take the word and confirm it back. False when it is ordinary staff mail.

    The proof that a ficha is answered is its own Message-ID, which never leaves the house: the Message-ID of a mail
    to the person is known to that person. It may leak all the same, in what a colleague sends on, so that the
    receiving server must vouch for the colleague, too, wherever the office names one.
    """
    key = desk.policy.key
    folio = next((desk.folio_of(found) for found in reading.thread if ids.is_internal(found, key)), None)
    petition = desk.store.petition(folio) if folio else None
    if petition is None or reading.author is None or reading.authentic == "fail":
        return False
    if not desk.policy.rules.casa.acredita(reading.authentic):
        _say_back(desk, delivery, keys, Plan(petition=petition), reading.author.email, "No se anotó nada", _NOT_VOUCHED)
        return True
    answer = _checked(read_answer(reading.text, partial(key_of, rules=desk.policy.rules)), desk)
    word = StaffWord(
        actor=reading.author.email,
        nss=answer.nss,
        nombre=answer.nombre,
        telefono=answer.telefono,
        tipo=answer.tipo,
        tema=answer.tema,
        destino=answer.destino,
        nota=answer.nota,
        concluyente=answer.concluyente,
        faltan=answer.faltan,
        seguir=bool(answer.seguir),
        respuesta=answer.respuesta,
        consultar=answer.consultar,
        concluir="conclusion" if answer.concluir else None,
    )
    now = desk.now()
    history = History(drafts=desk.store.drafts_of(petition.folio))
    heading, said = "Anotado" if answer.given else "No se anotó nada", confirm_answer(answer)
    try:
        plan = on_staff(petition, word, desk.policy, history, now)
    except IllegalTransition as problem:
        plan = Plan(petition=petition)
        heading, said = "No se anotó", f"{problem.what}.\n\nNo se anotó nada de su respuesta."
    _say_back(desk, delivery, keys, plan, reading.author.email, heading, said)
    return True


def _say_back(desk: Desk, delivery: Delivery, keys: Keys, plan: Plan, to: str, heading: str, said: str) -> None:
    """Store what followed from a colleague's answer, and tell the colleague."""
    assert plan.petition is not None
    before = desk.store.petition(plan.petition.folio)
    notice = Notify(Clase.AVISO_INTERNO, to, f"{heading} en {plan.petition.folio}", said, personal=True)
    plan = replace(plan, effects=(*plan.effects, notice))
    desk.commit(plan, before=before, delivery=delivery, keys=keys, move_to=desk.policy.rules.carpetas.fichas)


def _checked(answer: FichaAnswer, desk: Desk) -> FichaAnswer:
    """The answer without a topic or an Órgano that the rules do not have: that is said back instead of noted."""
    rules = desk.policy.rules
    problems = {
        "tema": f"no existe el tema «{answer.tema}»" if answer.tema and rules.tema(answer.tema) is None else "",
        "consultar": cannot_ask(answer.consultar, rules) if answer.consultar else "",
    }
    wrong = {name: problem for name, problem in problems.items() if problem}
    given = tuple((name, value) for name, value in answer.given if name not in wrong)
    tema, consultar = (None if name in wrong else getattr(answer, name) for name in ("tema", "consultar"))
    return replace(answer, tema=tema, consultar=consultar, given=given, problems=(*answer.problems, *wrong.values()))
