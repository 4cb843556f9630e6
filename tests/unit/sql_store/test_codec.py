"""The codec: whatever our model can say comes back as it went, also from rows of another version."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from daemon.model.decision import Decision
from daemon.model.petition import Petition, Term
from storage.codec import decode, encode, pack, unpack

# The first example is slow on a busy machine, which says nothing about the codec.
patiently = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
instants = some.datetimes(timezones=some.sampled_from([UTC, timezone(timedelta(hours=-6))]))
terms = some.builds(Term, started_at=instants, due_at=instants, act_at=some.none() | instants)
petitions = some.builds(Petition, opened_at=instants, terms=some.lists(terms, max_size=2).map(tuple))


@patiently
@given(petitions)
def test_any_petition_comes_back_through_json(petition: Petition) -> None:
    assert decode(Petition, json.loads(json.dumps(encode(petition)))) == petition


@patiently
@given(some.builds(Decision))
def test_any_decision_comes_back_through_json(decision: Decision) -> None:
    assert decode(Decision, json.loads(json.dumps(encode(decision)))) == decision


class Colour(StrEnum):
    ROJO = "rojo"


@dataclass(frozen=True)
class Thing:
    name: str
    colour: Colour = Colour.ROJO
    sizes: tuple[int, ...] = ()
    free: dict[str, Any] | None = None
    raw: bytes = b""


def test_a_field_that_this_program_does_not_know_is_skipped() -> None:
    assert decode(Thing, {"name": "a", "weight": 3}) == Thing("a")


def test_a_field_that_the_row_lacks_takes_its_default() -> None:
    assert decode(Thing, {"name": "a"}) == Thing("a", Colour.ROJO, (), None)


def test_a_field_without_default_must_be_there() -> None:
    with pytest.raises(TypeError, match="name"):
        decode(Thing, {"colour": "rojo"})


def test_a_word_that_is_none_of_the_enums_is_refused() -> None:
    with pytest.raises(ValueError, match="verde"):
        decode(Thing, {"name": "a", "colour": "verde"})


def test_enums_are_kept_by_their_word_and_bytes_in_base64() -> None:
    thing = Thing("a", sizes=(1, 2), free={"x": [1, None]}, raw=b"\xff\x00")
    assert encode(thing) == {"name": "a", "colour": "rojo", "sizes": [1, 2], "free": {"x": [1, None]}, "raw": "/wA="}
    assert decode(Thing, encode(thing)) == thing


def test_fields_with_a_column_stay_outside_the_body() -> None:
    thing = Thing("a", sizes=(1,))
    row = pack(thing, ["name", "colour", "state", "body"])
    assert (row["name"], row["colour"], row["body"]) == ("a", Colour.ROJO, {"sizes": [1], "free": None, "raw": ""})
    assert unpack(Thing, {**row, "state": "pending"}) == thing


def test_a_table_that_has_no_place_for_a_field_is_a_fault() -> None:
    with pytest.raises(TypeError, match="sizes"):
        pack(Thing("a"), ["name", "colour"])


@pytest.mark.parametrize("value", [{1, 2}, object(), Thing])
def test_a_value_of_a_foreign_type_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="sin zona horaria"):
        encode(datetime(2025, 9, 9, 10, 0))  # noqa: DTZ001
