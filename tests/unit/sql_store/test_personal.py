"""Every column of the store is declared: blanked, gone with its row, replaced at each load, or why it names nobody."""

from __future__ import annotations

from storage import personal
from storage.tables import metadata


def test_every_column_says_whether_it_holds_personal_data() -> None:
    told: dict[str, set[str]] = {table.name: set() for table in metadata.tables.values()}
    for declared in (personal.BLANKS, personal.NOTHING_PERSONAL):
        for table, columns in declared.items():
            assert not told[table.name] & set(columns), f"{table.name}: declarada dos veces"
            told[table.name] |= set(columns)
    for table in (*personal.VANISH, *personal.REPLACED):
        assert not told[table.name]
        told[table.name] = {column.name for column in table.columns}
    real = {table.name: {column.name for column in table.columns} for table in metadata.tables.values()}
    missing = {name: real[name] - told[name] for name in real if real[name] - told[name]}
    assert not missing, f"diga en storage/personal.py si estas columnas llevan datos personales: {missing}"
    assert told == real


def test_every_reason_is_given() -> None:
    for reasons in (*personal.NOTHING_PERSONAL.values(), personal.VANISH, personal.REPLACED):
        assert all(reason.strip() for reason in reasons.values())


def test_numbers_are_found_however_they_are_written() -> None:
    words = personal.Words(["12345678903", "ana@correo.example"])
    for text in ("NSS 12-34-56 7890-3", "12345678903", "escribió ANA@correo.example", "1234 5678 903"):
        assert words.stand_in(text)
    for text in ("12345678904", "luis@correo.example", ""):
        assert not words.stand_in(text)
    struck = words.struck({"data": {"nss": "12345678903", "nombre": "Ana"}, "subject": "de ana@correo.example", "n": 3})
    assert struck == {"data": {"nss": None, "nombre": "Ana"}, "subject": "[borrado]", "n": 3}
