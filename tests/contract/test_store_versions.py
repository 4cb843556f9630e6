"""Promises of the store for versions of rules: each once, with its texts, and how much was decided under it."""

from __future__ import annotations

from dataclasses import replace

from daemon.model.decision import Decision, Disposition, Plan, Step
from daemon.model.mail import Kind
from daemon.ports import Store
from tests.contract.store_samples import HOUR, NOW

FILES = {"reglas/casa.yaml": "casa: ñandú\n".encode(), "plantillas/formatos/uno.pdf": b"%PDF\x00\xff"}


def decide(store: Store, rules: str, at: int) -> None:
    decision = Decision(Kind.OTRO, Step.SIN_RESPUESTA, Disposition.NINGUNA)
    store.commit(Plan(decision=replace(decision, rules_version=rules)), now=NOW + at * HOUR)


def test_a_version_is_kept_when_it_differs_from_the_newest_and_comes_back_whole(store: Store) -> None:
    assert store.keep_rules("aaa", "ttt", FILES, NOW)
    assert not store.keep_rules("aaa", "ttt", FILES, NOW + HOUR)
    assert store.keep_rules("bbb", "ttt", FILES | {"reglas/casa.yaml": b""}, NOW + HOUR)
    assert store.keep_rules("aaa", "ttt", FILES, NOW + 2 * HOUR)
    found = store.rule_versions()
    assert [(each.number, each.rules, each.since) for each in found] == [
        (1, "aaa", NOW),
        (2, "bbb", NOW + HOUR),
        (3, "aaa", NOW + 2 * HOUR),
    ]
    assert found[0].files == found[2].files != found[1].files
    assert store.rule_texts(1) == {"reglas/casa.yaml": "casa: ñandú\n", "plantillas/formatos/uno.pdf": None}
    assert store.rule_texts(2)["reglas/casa.yaml"] == ""
    assert store.rule_texts(9) == {}


def test_each_decision_counts_for_the_version_that_it_names(store: Store) -> None:
    store.keep_rules("aaa", "uno", FILES, NOW)
    decide(store, "aaa", 1)
    store.keep_rules("bbb", "uno", FILES, NOW + 2 * HOUR)
    # It was begun before the change and stored after it.
    decide(store, "aaa", 3)
    decide(store, "bbb", 3)
    store.keep_rules("aaa", "dos", FILES, NOW + 4 * HOUR)
    decide(store, "aaa", 5)
    assert [each.decisions for each in store.rule_versions()] == [2, 1, 1]
