"""Versions of rules and templates that came into force: each once, with its texts, every text once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, func, insert, select

from daemon.model.versions import RuleVersion

from .engine import Database, insert_once
from .tables import decisions, rule_files, rule_sets


class Versions:
    """The part of the store that knows under which rules was decided when."""

    _db: Database

    def keep_rules(self, rules: str, templates: str, files: Mapping[str, bytes], now: datetime) -> bool:
        digests = {name: sha256(raw).hexdigest() for name, raw in files.items()}
        texts = {digests[name]: text for name, raw in files.items() if (text := _text(raw)) is not None}
        with self._db.writing() as db:
            last = db.execute(select(rule_sets).order_by(rule_sets.c.number.desc()).limit(1)).first()
            if last and (last.rules, last.templates, last.files) == (rules, templates, digests):
                return False
            insert_once(db, rule_files, [{"digest": digest, "text": text} for digest, text in texts.items()])
            number = last.number + 1 if last else 1
            row = {"number": number, "rules": rules, "templates": templates, "since": now, "files": digests}
            db.execute(insert(rule_sets), row)
            return True

    def rule_versions(self) -> tuple[RuleVersion, ...]:
        with self._db.reading() as db:
            rows = db.execute(select(rule_sets).order_by(rule_sets.c.number)).all()
            until = _ends(rows)
            return tuple(
                RuleVersion(
                    row.number, row.rules, row.templates, row.since, row.files, _decided(db, row, until[row.number])
                )
                for row in rows
            )

    def rule_texts(self, number: int) -> dict[str, str | None]:
        with self._db.reading() as db:
            files = db.execute(select(rule_sets.c.files).where(rule_sets.c.number == number)).scalar() or {}
            which = rule_files.c.digest.in_(list(files.values()))
            texts = {row.digest: row.text for row in db.execute(select(rule_files).where(which))}
            return {name: texts.get(digest) for name, digest in files.items()}


def _text(raw: bytes) -> str | None:
    """The text of a file; None for an Órgano's form and the like, which its digest alone tells of."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _ends(rows: Sequence[Any]) -> dict[int, datetime | None]:
    """When the same rules came into force again, by number: until then decisions that name them are this one's."""
    ends: dict[int, datetime | None] = {}
    again: dict[str, datetime] = {}
    for row in reversed(rows):
        ends[row.number] = again.get(row.rules)
        again[row.rules] = row.since
    return ends


def _decided(db: Connection, row: Any, until: datetime | None) -> int:
    """How many decisions name these rules. A decision is dated by its commit, which may be later than the next version:
    only where the same rules came into force twice its time tells the two apart."""
    query = select(func.count()).select_from(decisions).where(decisions.c.rules_version == row.rules)
    query = query.where(decisions.c.at >= row.since)
    return int(db.execute(query if until is None else query.where(decisions.c.at < until)).scalar_one())
