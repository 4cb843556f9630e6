"""The outbox: effects that were stored with their decision are carried out here, each safe to repeat."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ..decide.outcomes import on_refused
from ..decide.profiles import profile_of
from ..errors import AcuseError, LoginRefused, MailboxUnavailable, MessageGone, SenderUnavailable, StoreUnavailable
from ..model.decision import Disposition
from ..model.ledger import OutboxRow, Task
from ..model.outgoing import (
    Draft,
    DraftState,
    Envelope,
    InternalEnvelope,
    InternalMail,
    SendOutcome,
    SendResult,
)
from ..model.petition import State
from .desk import Desk, Station

_BACKOFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
# Accounts get locked when a refused login is tried in a loop: people mend it, the daemon looks again after this.
LOGIN_PAUSE = timedelta(hours=1)
_NEVER = datetime.max.replace(tzinfo=UTC)
_SENDING = (Task.ENVIAR, Task.ENVIAR_INTERNO)
_QUIET = tuple(task for task in Task if task not in _SENDING)


def work_off(desk: Desk, station: Station) -> bool:
    """Carry out every outbox row of this mailbox that may be carried out now; True when there was one.

    With `envios = "detenidos"` nothing is sent and the rows wait. When the SMTP server cannot be reached, sending
    waits until a later pass and everything else goes on; so it does when one task cannot be done.
    MailboxUnavailable, LoginRefused (IMAP) and StoreUnavailable end the pass.
    """
    worked = False
    while rows := desk.store.tasks(station.account, desk.now(), only=_QUIET if _held(desk, station) else ()):
        for row in rows:
            if row.task in _SENDING and _held(desk, station):
                continue
            worked = True
            try:
                _carry_out(desk.fresh(), station, row)
            except (MailboxUnavailable, StoreUnavailable):
                raise
            except AcuseError as problem:
                if isinstance(problem, LoginRefused) and row.task not in _SENDING:
                    raise
                _put_off(desk, station, row, problem)
            else:
                if row.attempts:
                    desk.calm(f"tarea:{row.task}:{station.account}")
    return worked


def _held(desk: Desk, station: Station) -> bool:
    """Whether mail waits for now: stopped by a person, server out of reach, or at the account's rate limit."""
    paused = desk.paused.get(station.account)
    if station.envios == "detenidos" or (paused is not None and desk.now() < paused):
        return True
    return station.sender.ready_in() > 0


def _put_off(desk: Desk, station: Station, row: OutboxRow, problem: AcuseError) -> None:
    """One task failed and is tried again later. Without a server, or with a refused login, no other mail is tried."""
    retry_at = _later(desk.now(), row)
    if isinstance(problem, SenderUnavailable | LoginRefused):
        refused = isinstance(problem, LoginRefused)
        urgent = desk.policy.rules.acceso_rechazado(station.account) if refused else ""
        if refused:
            retry_at = desk.now() + LOGIN_PAUSE
        # The login of an office's account is tried again only after a restart.
        desk.paused[station.account] = _NEVER if urgent else retry_at
        desk.alarm_once(f"envio:{station.account}", f"{urgent} {problem}".strip(), buzon=station.account)
    else:
        desk.alarm_once(f"tarea:{row.task}:{station.account}", str(problem), buzon=station.account, folio=row.folio)
    desk.store.task_failed(row.id, str(problem), retry_at, desk.now())


def _later(now: datetime, row: OutboxRow) -> datetime:
    return now + _BACKOFF[min(row.attempts, len(_BACKOFF) - 1)]


def _carry_out(desk: Desk, station: Station, row: OutboxRow) -> None:
    match row.task:
        case Task.MOVER:
            _move(station, row)
        case Task.PRESENTAR:
            _lay(desk, station, _draft(desk, row))
        case Task.PRESENTAR_FICHA:
            station.review.lay_ficha(_internal(desk, row))
        case Task.RETIRAR:
            _clear(station, draft_id=str(row.payload["draft_id"]))
        case Task.ARCHIVAR_FICHA:
            _clear(station, ficha_id=str(row.payload["internal_id"]))
        case Task.ENVIAR:
            if not _send(desk, station, row, _draft(desk, row)):
                return
        case Task.ENVIAR_INTERNO:
            if not _send_internal(desk, station, row, _internal(desk, row)):
                return
    desk.store.task_done(row.id, desk.now())


def _draft(desk: Desk, row: OutboxRow) -> Draft:
    draft = desk.store.draft(str(row.payload["draft_id"]))
    if draft is None:
        raise AcuseError("el borrador de una tarea no existe", where=str(row.payload), cure="ejecute «acuse status»")
    return draft


def _internal(desk: Desk, row: OutboxRow) -> InternalMail:
    mail = desk.store.internal(str(row.payload["internal_id"]))
    if mail is None:
        raise AcuseError("la ficha de una tarea no existe", where=str(row.payload), cure="ejecute «acuse status»")
    return mail


def _move(station: Station, row: OutboxRow) -> None:
    """File a handled message; one that a person moved meanwhile, or a renumbered folder, needs no more filing."""
    folder, target = str(row.payload["folder"]), str(row.payload["target"])
    if station.mailbox.status(folder).uidvalidity != row.payload["uidvalidity"]:
        return
    try:
        station.mailbox.move(folder, int(row.payload["uid"]), target)
    except MessageGone:
        return


def _lay(desk: Desk, station: Station, draft: Draft) -> None:
    """Lay a draft for review, unless it was withdrawn or settled while it waited."""
    if draft.state is DraftState.PREPARADO:
        station.review.lay(draft)
        desk.store.mark_laid(draft.id, desk.now())


def _clear(station: Station, *, draft_id: str | None = None, ficha_id: str | None = None) -> None:
    for lying in station.review.survey():
        if draft_id and lying.draft_id == draft_id:
            station.review.clear(lying.handle)
        if ficha_id and lying.ficha_id == ficha_id:
            station.review.file_ficha(lying.handle)


def _send(desk: Desk, station: Station, row: OutboxRow, draft: Draft) -> bool:
    """Hand one counted mail over. True when the row is done; False when it stays for a later try."""
    held = desk.policy.rules.disposicion(draft.clase).disposicion is not Disposition.ENVIAR
    if draft.state is DraftState.PREPARADO and (held or station.envios == "solo_borradores"):
        # What was to leave by itself waits for a person: the shadow mode, or rules that changed while it waited.
        _lay(desk, station, draft)
        return True
    before = draft.state
    if copies := desk.store.copies(draft.message_id):
        # It left already: a restored store met its copy before the mail that it answers.
        finish_sent(desk, draft, copies[0].seen_at)
        return True
    if not desk.store.sending(draft.id, desk.now()):
        return True
    envelope = Envelope(draft.account, (draft.to,), draft.counting, draft.message_id, draft.raw)
    try:
        result = station.sender.send(envelope)
    except AcuseError as problem:
        # Nothing was handed over (connection or login): the draft is again what it was.
        desk.store.settled(draft.id, before, str(problem), desk.now())
        raise
    desk.calm(f"envio:{station.account}")
    return _settle(desk, row, draft, before, result)


def _settle(desk: Desk, row: OutboxRow, draft: Draft, before: DraftState, result: SendResult) -> bool:
    now = desk.now()
    if draft.counting in result.refused:
        detail = f"{result.refused[draft.counting]}"
        text = f"el servidor rechazó la copia oculta de conteo (5.65): {detail}"
        desk.alarm_once(f"bcc:{draft.counting}", text, folio=draft.folio)
    person_refused = result.refused.get(draft.to)
    outcome = result.outcome
    if person_refused and outcome is SendOutcome.ACEPTADO:
        outcome = SendOutcome.RECHAZADO if person_refused[0] >= 500 else SendOutcome.APLAZADO
    match outcome:
        case SendOutcome.ACEPTADO:
            finish_sent(desk, draft, now)
            if draft.counting not in result.refused:
                desk.calm(f"bcc:{draft.counting}")
        case SendOutcome.RECHAZADO:
            _refused(desk, draft, result, now)
        case SendOutcome.INCIERTO:
            desk.store.settled(draft.id, DraftState.INCIERTO, result.detail, now)
            desk.tell("incierto", None, folio=draft.folio, message_id=draft.message_id, detalle=result.detail)
        case SendOutcome.APLAZADO | SendOutcome.NO_ENTREGADO:
            desk.store.settled(draft.id, before, result.detail, now)
            desk.store.task_failed(row.id, result.detail, _later(now, row), now)
            desk.tell("aplazado", None, folio=draft.folio, detalle=result.detail)
            return False
    return True


def finish_sent(desk: Desk, draft: Draft, at: datetime) -> None:
    """A mail has left: settle its draft and move its petition, in one transaction."""
    petition = desk.store.petition(draft.folio)
    if petition is None:
        desk.store.settled(draft.id, DraftState.ACEPTADO, "", at)
        return
    profile = profile_of(desk.policy.rules, petition.account)
    plan = profile.on_sent(petition, draft, desk.policy, at, checks=desk.checks_of(draft))
    desk.tell("enviado", plan.petition, borrador=draft, por="acuse")
    desk.commit(plan, before=petition, settle=(draft.id, DraftState.ACEPTADO))


def _refused(desk: Desk, draft: Draft, result: SendResult, now: datetime) -> None:
    code, text = result.refused.get(draft.to, (0, result.detail))
    petition = desk.store.petition(draft.folio)
    desk.tell("rechazado_por_servidor", petition, clase=draft.clase.value, codigo=code, detalle=text)
    if petition is None or petition.state.closed or petition.state is State.CONTACTO_FALLIDO_CONSULTOR:
        desk.store.settled(draft.id, DraftState.RECHAZADO_POR_SERVIDOR, text, now)
        return
    plan = on_refused(petition, draft, f"{code} {text}", now)
    desk.commit(plan, before=petition, settle=(draft.id, DraftState.RECHAZADO_POR_SERVIDOR))


def _send_internal(desk: Desk, station: Station, row: OutboxRow, mail: InternalMail) -> bool:
    """Send a notice to our own staff, and to nobody else: any other address is refused here."""
    if not desk.policy.rules.casa.de_casa(mail.to):
        desk.store.task_failed(row.id, f"{mail.to.rpartition('@')[2]} no es de la casa", None, desk.now())
        return False
    result = station.sender.send(InternalEnvelope(mail.account, (mail.to,), mail.message_id, mail.raw))
    desk.calm(f"envio:{station.account}")
    if result.outcome in (SendOutcome.APLAZADO, SendOutcome.NO_ENTREGADO):
        desk.store.task_failed(row.id, result.detail, _later(desk.now(), row), desk.now())
        return False
    return True


def turn_interrupted(desk: Desk, station: Station) -> None:
    """A crash between handing a mail over and noting it leaves `enviando`: nobody knows, so it is `incierto`."""
    for draft in desk.store.interrupted(station.account):
        desk.store.settled(draft.id, DraftState.INCIERTO, "el proceso se interrumpió al enviar", desk.now())
        desk.tell("incierto", None, folio=draft.folio, message_id=draft.message_id, detalle="proceso interrumpido")


def settle_uncertain(desk: Desk, station: Station) -> bool:
    """Settle uncertain sendings by evidence: a copy proves them; proven absence allows a second try (DESIGN §7).

    Absence is proven only when both places were read to their end after the attempt and a later copy has arrived
    (the watermark). Otherwise, and when the petition has moved on meanwhile, it becomes an alarm for a person after
    `uncertain_after`.
    """
    worked = False
    for draft in desk.store.waiting(station.account, (DraftState.INCIERTO,)):
        attempted = draft.attempted_at or draft.created_at
        if desk.store.copies(draft.message_id):
            finish_sent(desk.fresh(), draft, attempted)
            desk.calm(f"incierto:{draft.id}")
            worked = True
        elif _proven_absent(desk, station, draft, attempted) and not moved_on(desk, draft, attempted):
            desk.tell("reintento", None, folio=draft.folio, message_id=draft.message_id)
            desk.store.resend(draft.id, desk.now())
            desk.calm(f"incierto:{draft.id}")
            worked = True
        elif desk.now() - attempted > desk.uncertain_after:
            text = (
                "no se sabe si este correo salió: búsquelo en Enviados y dígalo con «acuse peticion FOLIO --incierto»"
            )
            desk.alarm_once(f"incierto:{draft.id}", text, folio=draft.folio)
    return worked


def moved_on(desk: Desk, draft: Draft, since: datetime) -> bool:
    """Whether something happened to the petition that may have made the mail stale: the person wrote, say."""
    return any(entry.at > since for entry in desk.store.story(draft.folio))


def settle_by_hand(desk: Desk, folio: str, *, left: bool) -> int:
    """A person looked and says whether this petition's uncertain mails left; returns how many that settled.

    What did not leave is sent again with the same Message-ID.
    """
    uncertain = [draft for draft in desk.store.drafts_of(folio) if draft.state is DraftState.INCIERTO]
    for draft in uncertain:
        if left:
            finish_sent(desk, draft, draft.attempted_at or draft.created_at)
        else:
            desk.store.resend(draft.id, desk.now())
    return len(uncertain)


def _proven_absent(desk: Desk, station: Station, draft: Draft, attempted: datetime) -> bool:
    settled_for = desk.now() - attempted
    horizon = desk.store.horizon(tuple({station.account, draft.counting} & set(desk.accounts)))
    return (
        draft.counting in desk.accounts
        and settled_for > timedelta(minutes=1)
        and horizon is not None
        and horizon > attempted
        and desk.store.copy_after(draft.counting, attempted)
    )
