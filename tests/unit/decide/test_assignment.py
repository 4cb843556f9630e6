"""Whose petition it is and why: antecedent, topic, load; the same input gives the same answer; stand-ins hand back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from daemon.decide.assignment import assign, assigned, on_duty, supervisor_of, told_at_once
from daemon.model.ledger import History, Past
from daemon.model.mail import PersonData
from daemon.model.office_rules import Ausencia, Consultor
from daemon.model.petition import Petition, State
from daemon.model.rules import Casa, PersonaDeCasa, RuleSet

TODAY = date(2025, 10, 14)
NOW = datetime(2025, 10, 14, 16, tzinfo=UTC)
A, B, C = (f"{name}@imss.gob.mx" for name in ("ana", "beto", "carla"))
SUPERVISOR = "supervision@imss.gob.mx"


def consultor(correo: str, **more: object) -> Consultor:
    named = {"correo": correo, "nombre": f"Nombre {correo[:1]}", "supervisor": SUPERVISOR}
    return Consultor.model_validate(named | more)


def absence(suple: str | None = None, since: date = TODAY, until: date = TODAY) -> Ausencia:
    return Ausencia(desde=since, hasta=until, suple=suple)


def rules(*consultores: Consultor) -> RuleSet:
    casa = Casa(dominios=("imss.gob.mx",), servidores_de_recepcion=(), cuentas=(), portal="https://portal.example")
    return RuleSet.model_construct(consultores=consultores, casa=casa)


def petition(**more: object) -> Petition:
    base = Petition(
        folio="AC-251014-AAAAA",
        account="atnder@imss.gob.mx",
        counting="atnder@imss.gob.mx",
        state=State.NUEVA,
        opened_at=NOW,
        captured_on=TODAY,
        petitioner="p@correo.example",
        subject="",
        first_message_id="<1@correo.example>",
        topic="cita_medica",
        data=PersonData(nss="12816177971"),
    )
    return replace(base, **more)  # type: ignore[arg-type]


def chosen(*consultores: Consultor, history: History | None = None, **more: object) -> str:
    found = assign(petition(**more), history or History(), rules(*consultores), TODAY)
    assert found is not None
    assert found.why
    return found.consultor


def test_without_a_roster_nobody_is_assigned() -> None:
    assert assign(petition(), History(), rules(), TODAY) is None


def test_the_topics_consultant_comes_before_whoever_has_least() -> None:
    assert chosen(consultor(A), consultor(B, temas=["cita_medica"]), history=History(load={B: 40})) == B


def test_among_those_of_any_topic_the_least_loaded_by_share() -> None:
    half, whole = consultor(A, carga=0.5), consultor(B)
    assert chosen(half, whole, history=History(load={A: 4, B: 8})) == B
    assert chosen(half, whole, history=History(load={A: 3, B: 8})) == A


def test_among_equals_the_roster_decides_and_always_the_same() -> None:
    assert {chosen(consultor(B), consultor(A)) for _ in range(5)} == {B}


def test_who_has_no_share_gets_only_their_topics() -> None:
    assert chosen(consultor(A, carga=0), consultor(B), history=History(load={B: 99})) == B
    assert chosen(consultor(A, carga=0, temas=["cita_medica"]), consultor(B)) == A


def test_while_the_topics_consultant_is_away_somebody_present_gets_the_new_ones() -> None:
    assert chosen(consultor(A, temas=["cita_medica"], ausencias=[absence()]), consultor(B)) == B


def test_when_everybody_is_away_the_petition_still_gets_somebody() -> None:
    assert chosen(consultor(A, ausencias=[absence()]), consultor(B, ausencias=[absence()])) == A


def test_the_consultant_of_the_first_antecedent_is_kept_even_while_away() -> None:
    first = petition(folio="AC-250101-AAAAA", consultor=B, state=State.CONCLUIDA)
    later = petition(folio="AC-250601-AAAAA", consultor=A, state=State.CONCLUIDA)
    history = History(kin=(later, first))
    assert chosen(consultor(A), consultor(B, ausencias=[absence()]), history=history) == B


def test_somebody_else_at_the_same_address_is_no_antecedent() -> None:
    other = petition(folio="AC-250101-AAAAA", consultor=B, data=PersonData(nss="16907325605"))
    assert chosen(consultor(A), consultor(B), history=History(kin=(other,))) == A


@pytest.mark.parametrize("named", [B, "Beto@imss.gob.mx", "NOMBRE B"])
def test_a_consultant_whom_siade_names_by_address_or_name_is_kept(named: str) -> None:
    history = History(past=(Past("S-1", nss="12816177971", consultor=named),))
    assert chosen(consultor(A), consultor(B), history=history) == B


def test_an_antecedents_consultant_who_left_is_not_asked() -> None:
    history = History(kin=(petition(folio="AC-250101-AAAAA", consultor=C),))
    assert chosen(consultor(A), consultor(B), history=history) == A


def test_who_left_the_roster_is_replaced_and_the_line_says_so() -> None:
    plan = assigned(petition(consultor=C), History(), rules(consultor(A)), TODAY, NOW)
    assert plan is not None
    assert plan.petition is not None
    assert plan.petition.consultor == A
    assert plan.history[0].text.startswith(f"Se asigna a {A}: {C} ya no está en la lista")
    assert assigned(petition(consultor=A), History(), rules(consultor(A)), TODAY, NOW) is None


def test_stand_ins_are_followed_and_it_is_the_consultants_again_afterwards() -> None:
    office = rules(consultor(A, ausencias=[absence(B)]), consultor(B, ausencias=[absence(C)]), consultor(C))
    assert on_duty(A, office, TODAY) == C
    assert on_duty(A, office, date(2025, 10, 15)) == A


def test_without_a_stand_in_the_supervisor_is_told() -> None:
    assert on_duty(A, rules(consultor(A, ausencias=[absence()])), TODAY) == SUPERVISOR


def test_the_supervisor_is_the_consultants_own() -> None:
    assert supervisor_of(petition(consultor=A), rules(consultor(A))) == SUPERVISOR


def test_a_house_with_only_a_head_of_area_is_told_at_once_too() -> None:
    head = PersonaDeCasa(correo="jefatura@imss.gob.mx", nombre="Jefatura", papel="jefatura")
    casa = Casa(
        dominios=("IMSS.gob.mx",),
        servidores_de_recepcion=(),
        cuentas=(),
        portal="https://portal.example",
        personas=(head,),
    )
    alone = RuleSet.model_construct(consultores=(), casa=casa)
    assert told_at_once(petition(consultor=None), alone) == ("jefatura@imss.gob.mx",)
    assert casa.de_casa("jefatura@imss.gob.mx")
