"""Commitments: their areas are reminded, and what an area answers is noted on its row and confirmed (form ASM)."""

from __future__ import annotations

import hashlib
from datetime import date

from ..count.commitments import table
from ..decide.commitments import reminder
from ..model.commitments import Evidence, Note, Row
from ..model.decision import Plan
from ..model.ledger import Delivery, Keys
from ..model.mail import Kind, Reading
from ..model.rules import Casa
from ..read.progress import month_of, read_progress
from ..reply.clean import Markdown
from ..reply.commitments import compose_not_theirs, compose_nothing_taken, compose_reminder, compose_taken
from .desk import Desk

_MACHINES = (Kind.REBOTE, Kind.RESPUESTA_AUTOMATICA, Kind.LISTA, Kind.SOSPECHOSO)
# A picture in a signature is no evidence; a photograph or a scan is larger.
_SIGNATURE_PICTURE = 20_000


def rows(desk: Desk) -> tuple[Row, ...]:
    """All commitments as they stand now."""
    return table(desk.policy.rules.compromisos, desk.store.commitment_notes())


def remind(desk: Desk, day: date) -> None:
    """Remind each area whose commitment's day has come, and its jefatura after the date; each reminder goes once."""
    rules = desk.policy.rules
    told = rules.compromisos
    leaders = rules.casa.con_papel("jefatura") or rules.casa.con_papel("supervisor")
    sent = {note.id for note in desk.store.commitment_notes()}
    for row in rows(desk):
        due = reminder(row, told.avisos, day, desk.policy.calendar)
        if due is None:
            continue
        name = f"compromiso/{row.clave}/{row.compromiso.fecha_de_termino}/{due.name}"
        for to in dict.fromkeys((row.correo, *(leaders if due.late else ()))):
            if f"{name}/{to}" not in sent:
                subject, body = compose_reminder(row, due, told, desk.templates, lead=to != row.correo)
                _write(desk, row, name, to, subject, body, urgent=due.late)


def _write(desk: Desk, row: Row, name: str, to: str, subject: str, body: Markdown, *, urgent: bool = False) -> None:
    """Send a mail about a commitment and remember its Message-ID, by which an answer finds its row.

    An interruption between the two repeats both, and the mail goes once.
    """
    message_id = desk.tell_people(name, to, subject, body, urgent=urgent)
    desk.store.add_commitment_note(Note(f"{name}/{to}", row.clave, desk.now(), True, to, message_id))


def take_answer(desk: Desk, delivery: Delivery, reading: Reading, keys: Keys) -> bool:
    """An area answered a reminder: note what it reports and confirm it back. False when it is no such answer.

    Only the area's own address counts, and the receiving server must vouch for it wherever the office names one. Any
    other answer to a mail of ours about a commitment is said back and notes nothing; none becomes a petition.
    """
    row = _row_of(desk, reading)
    if row is None or reading.author is None or reading.kind in _MACHINES or reading.automatic:
        return False
    why, to = _not_theirs(desk.policy.rules.casa, row, reading.author.email, reading.authentic)
    if why:
        subject, body = compose_not_theirs(row, why)
        _write(desk, row, f"compromiso/{row.clave}/respuesta/{_fingerprint(reading)}/ajena", to, subject, body)
    else:
        _note(desk, row, reading)
    desk.store.commit(
        Plan(), now=desk.now(), delivery=delivery, keys=keys, move_to=desk.policy.rules.carpetas.compromisos
    )
    return True


def _fingerprint(reading: Reading) -> str:
    """The same for the same message, however often it is taken in; as short as a name may be."""
    return hashlib.sha256(f"{reading.message_id}\0{reading.digest}".encode()).hexdigest()[:16]


def _row_of(desk: Desk, reading: Reading) -> Row | None:
    """The commitment whose reminder, or whose confirmation, this message answers."""
    if not reading.thread or not desk.policy.rules.compromisos.compromisos:
        return None
    about = {note.message_id: note.compromiso for note in desk.store.commitment_notes() if note.aviso}
    clave = next((about[found] for found in reading.thread if found in about), None)
    return next((row for row in rows(desk) if row.clave == clave), None)


def _not_theirs(casa: Casa, row: Row, sender: str, authentic: str) -> tuple[str, str]:
    """Why this answer may not be noted ('' when it may), and whom to tell: never anybody outside the house."""
    vouched = casa.acredita(authentic)
    if sender == row.correo and not vouched:
        return (
            "Llegó una respuesta con su dirección, pero el servidor de recepción no acreditó que la enviara usted. Si "
            "la envió, avise a quien lleva el servicio; si no, alguien escribe en su nombre: avise también."
        ), row.correo
    if sender == row.correo:
        return "", row.correo
    inside = vouched and casa.de_casa(sender)
    return (
        f"Respondió {sender}, y los avances de este compromiso se toman solo de {row.correo}, la dirección del área "
        "responsable. Envíe la respuesta desde ahí."
    ), sender if inside else row.correo


def _note(desk: Desk, row: Row, reading: Reading) -> None:
    """Note what the area reports, if anything, and tell it what was noted."""
    progress = read_progress(reading.text)
    local = desk.policy.calendar.local(reading.received_at)
    documents = tuple(
        Evidence(file.file or "sin nombre", file.sha256)
        for file in reading.attachments
        if file.sha256 and not (file.content_type.startswith("image/") and file.size < _SIGNATURE_PICTURE)
    )
    where = f"Correo del {local:%d/%m/%Y} en {reading.mailbox}, carpeta «{desk.policy.rules.carpetas.compromisos}»"
    name = f"compromiso/{row.clave}/respuesta/{_fingerprint(reading)}"
    if progress.documento:
        documents = (Evidence(progress.documento), *documents)
    note = Note(
        id=name,
        compromiso=row.clave,
        at=desk.now(),
        aviso=False,
        actor=row.correo,
        message_id=reading.message_id,
        avance=progress.avance,
        documentos=documents,
        ubicacion=progress.ubicacion or (where if documents else ""),
        observaciones=progress.observaciones,
        mes_y_anio=progress.mes_y_anio or month_of(local.date()),
    )
    if progress.avance is None and not documents and not progress.labelled:
        subject, body = compose_nothing_taken(row, progress)
    else:
        if desk.store.add_commitment_note(note):
            desk.tell("compromiso", compromiso=row.clave, avance=note.avance, documentos=len(documents))
        subject, body = compose_taken(row, note, progress)
    _write(desk, row, f"{name}/acuse", row.correo, subject, body)


def note_by_hand(
    desk: Desk,
    row: Row,
    actor: str,
    avance: float | None,
    documents: tuple[Evidence, ...],
    ubicacion: str,
    observaciones: str,
    mes_y_anio: str,
) -> None:
    """Note what was reported otherwise than by mail, on the word of `actor` at a terminal."""
    now = desk.now()
    name = f"compromiso/{row.clave}/anotado/{now.isoformat()}"
    desk.store.add_commitment_note(
        Note(name, row.clave, now, False, actor, "", avance, documents, ubicacion, observaciones, mes_y_anio)
    )
