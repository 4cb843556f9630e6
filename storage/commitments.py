"""What was noted on commitments: the reminders that went out, and the progress that areas reported."""

from __future__ import annotations

from sqlalchemy import select

from daemon.model.commitments import Note

from .codec import pack, unpack
from .engine import Database, insert_once
from .tables import commitment_notes


class Commitments:
    """The part of the store that keeps the follow-up of commitments; a note is never changed."""

    _db: Database

    def add_commitment_note(self, note: Note) -> bool:
        with self._db.writing() as db:
            if db.execute(select(commitment_notes.c.id).where(commitment_notes.c.id == note.id)).first() is not None:
                return False
            insert_once(db, commitment_notes, [pack(note, commitment_notes.c.keys())])
            return True

    def commitment_notes(self) -> tuple[Note, ...]:
        with self._db.reading() as db:
            query = select(commitment_notes).order_by(commitment_notes.c.at, commitment_notes.c.id)
            return tuple(unpack(Note, row) for row in db.execute(query).mappings())
