"""Other areas' terms: asked once, waited as the area waits, concluded as it concludes; every boundary by its day."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from daemon.decide.outcomes import on_due, on_sent
from daemon.decide.policy import Policy
from daemon.model.decision import Disposition, Ficha, Notify, Plan, Register, Write
from daemon.model.ledger import History
from daemon.model.outgoing import Draft
from daemon.model.petition import Clase, Petition, State, Type
from daemon.model.siade import RecordClase
from tests.unit.decide.makers import petition, policy

CITY = ZoneInfo("America/Mexico_City")
SECOND = timedelta(seconds=1)


def under(area: str | None, **changes: object) -> Policy:
    """The shipped policy with every account under the terms of one area; `changes` are made to all its terms."""
    base = policy()
    cuentas = tuple(each.model_copy(update={"area_de_plazos": area}) for each in base.rules.casa.cuentas)
    casa = base.rules.casa.model_copy(update={"cuentas": cuentas})
    areas = tuple(
        each.model_copy(update={"plazos": tuple(plazo.model_copy(update=changes) for plazo in each.plazos)})
        for each in base.rules.areas
    )
    return replace(base, rules=base.rules.model_copy(update={"casa": casa, "areas": areas}))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY)


def request(one: Petition, clase: Clase = Clase.DATOS_COMPLEMENTARIOS) -> Draft:
    return Draft(
        id=f"{one.folio}/1",
        folio=one.folio,
        ordinal=1,
        clase=clase,
        account=one.account,
        to=one.petitioner,
        subject="Nos falta información",
        text="Nos falta su NSS.",
        html="",
        turn=1,
        template=clase.value,
        rules_version="x",
        raw=b"",
        message_id="<m1@imss.gob.mx>",
        in_reply_to=None,
        counting=one.counting,
        disposition=Disposition.ENVIAR,
        created_at=one.opened_at,
        asks=("nss",),
    )


def asked(
    area: str | None, sent: str, *, received: str | None = None, rules: Policy | None = None, **facts: object
) -> Plan:
    """A data request of a petition of that area really left at `sent`."""
    one = petition(state=State.MENSAJE_EN_COLA, opened_at=at(received or sent), **facts)
    return on_sent(one, request(one), rules or under(area), at(sent))


def waiting(plan: Plan) -> Petition:
    assert plan.petition is not None
    return plan.petition


def due(one: Petition, name: str = "conclusion_desinteres") -> str:
    (term,) = (term for term in one.terms if term.name == name)
    return f"{term.due_at.astimezone(CITY):%Y-%m-%dT%H:%M}"


def fall(area: str, one: Petition, when: str | datetime, *, rules: Policy | None = None, unread: int = 0) -> Plan:
    now = at(when) if isinstance(when, str) else when
    return on_due(one, History(), rules or under(area), now, unread=unread)


def registered(plan: Plan) -> list[RecordClase]:
    return [effect.clase for effect in plan.effects if isinstance(effect, Register)]


def test_without_an_area_a_mailbox_waits_as_medios_electronicos() -> None:
    plan = asked(None, "2025-10-13T10:00")
    assert [term.name for term in waiting(plan).terms] == ["segunda_solicitud"]
    assert registered(plan) == [RecordClase.ORIENTACION]  # P a76


@pytest.mark.parametrize(
    ("area", "tipo", "received", "sent", "ends"),
    [
        # Gestión (a27): three business days from the sending; the 16th of March 2026 is a holiday.
        ("gestion", Type.QUEJA, "2025-10-06T09:00", "2025-10-13T10:00", "2025-10-16T18:00"),
        ("gestion", Type.QUEJA, "2026-03-13T10:00", "2026-03-13T10:00", "2026-03-19T18:00"),
        # Redes Sociales (a42): seven calendar days from the request, a Sunday or a holiday too.
        ("redes_sociales", Type.GESTION, "2025-10-06T09:00", "2025-10-13T10:00", "2025-10-20T18:00"),
        ("redes_sociales", Type.GESTION, "2025-10-12T09:00", "2025-10-12T10:00", "2025-10-19T18:00"),
        # Redes Sociales (a37): three calendar days from the first interaction.
        ("redes_sociales", Type.QUEJA, "2025-10-13T10:00", "2025-10-13T10:05", "2025-10-16T18:00"),
        ("redes_sociales", Type.QUEJA, "2026-03-13T10:00", "2026-03-13T10:05", "2026-03-17T18:00"),
        ("redes_sociales", None, "2025-10-15T10:00", "2025-10-15T10:05", "2025-10-18T18:00"),
        # Correspondencia (a111): three calendar days from reception.
        ("correspondencia", Type.QUEJA, "2025-10-10T23:50", "2025-10-10T23:55", "2025-10-13T18:00"),
        ("correspondencia", Type.QUEJA, "2025-10-09T10:00", "2025-10-09T10:05", "2025-10-12T18:00"),
    ],
)
def test_each_area_waits_from_its_own_instant_in_its_own_days(
    area: str, tipo: Type | None, received: str, sent: str, ends: str
) -> None:
    assert due(waiting(asked(area, sent, received=received, type=tipo))) == ends


def test_a_request_that_left_late_leaves_the_person_a_business_day_to_answer() -> None:
    # Received on Monday, its request waited for a person until Friday: the three days are over already.
    one = waiting(asked("correspondencia", "2025-10-17T11:00", received="2025-10-13T10:00"))
    assert due(one) == "2025-10-20T18:00"
    (term,) = one.terms
    assert [day.isoformat() for day, _ in term.skipped] == ["2025-10-18", "2025-10-19"]


def test_other_areas_register_nothing_when_they_ask() -> None:
    assert all(registered(asked(area, "2025-10-13T10:00")) == [] for area in ("gestion", "redes_sociales"))


def test_gestion_concludes_as_an_orientacion_without_a_mail() -> None:
    one = waiting(asked("gestion", "2025-10-13T10:00"))
    instant = one.terms[0].acts_at
    early = fall("gestion", one, instant - SECOND)
    assert early.petition is not None and early.petition.state is State.ESPERA_DATOS_1
    assert early.petition.terms == one.terms
    plan = fall("gestion", one, instant)
    assert waiting(plan).state is State.CONCLUIDA_ORIENTACION
    assert registered(plan) == [RecordClase.ORIENTACION]
    assert not [effect for effect in plan.effects if isinstance(effect, Write)]
    assert plan.closes_fichas and waiting(plan).terms == ()


@pytest.mark.parametrize("tipo", [Type.GESTION, Type.QUEJA])
def test_redes_sociales_closes_for_lack_of_interest_registering_and_closing_at_once(tipo: Type) -> None:
    one = waiting(asked("redes_sociales", "2025-10-13T10:00", type=tipo))
    end = next(term for term in one.terms if term.name == "conclusion_desinteres")
    one = replace(one, terms=(end,))
    plan = fall("redes_sociales", one, end.acts_at)
    assert waiting(plan).state is State.CONCLUIDA_DESINTERES
    assert registered(plan) == [RecordClase.REGISTRO, RecordClase.CIERRE]
    assert not [effect for effect in plan.effects if isinstance(effect, Write)]


def test_correspondencia_concludes_by_mail_and_registers_when_it_has_left() -> None:
    rules = under("correspondencia")
    one = waiting(asked("correspondencia", "2025-10-13T10:00", rules=rules))
    plan = fall("correspondencia", one, one.terms[0].acts_at, rules=rules)
    (write,) = (effect for effect in plan.effects if isinstance(effect, Write))
    assert (write.clase, write.turn) == (Clase.CONCLUSION_DESINTERES, 1)
    gone = on_sent(waiting(plan), request(one, Clase.CONCLUSION_DESINTERES), rules, at("2025-10-16T18:00"))
    assert waiting(gone).state is State.CONCLUIDA_DESINTERES
    assert registered(gone) == [RecordClase.REGISTRO, RecordClase.CIERRE]


@pytest.mark.parametrize(
    ("sent", "days"),
    [
        ("2025-10-13T10:00", ["2025-10-15", "2025-10-17", "2025-10-20"]),  # the 19th is a Sunday: the Monday after
        ("2025-10-12T10:00", ["2025-10-14", "2025-10-16", "2025-10-17"]),  # Saturday: Monday is too late, so Friday
        ("2025-10-14T10:00", ["2025-10-16", "2025-10-20", "2025-10-20"]),
    ],
)
def test_three_calls_are_tasks_on_business_days_within_the_term(sent: str, days: list[str]) -> None:
    one = waiting(asked("redes_sociales", sent, type=Type.GESTION))
    calls = [term for term in one.terms if term.name.startswith("llamada_")]
    assert [f"{term.acts_at.astimezone(CITY):%Y-%m-%d}" for term in calls] == days
    end = next(term for term in one.terms if term.name == "conclusion_desinteres")
    assert all(term.acts_at < end.acts_at for term in calls)


def test_a_call_is_asked_of_the_consultant_once_and_changes_nothing_else() -> None:
    one = waiting(asked("redes_sociales", "2025-10-13T10:00", type=Type.GESTION, consultor="una@imss.gob.mx"))
    first = next(term for term in one.terms if term.name == "llamada_1")
    plan = fall("redes_sociales", one, first.acts_at)
    (notice,) = plan.effects
    assert isinstance(notice, Notify) and notice.to == "una@imss.gob.mx" and "Llame hoy" in notice.text
    assert waiting(plan).state is State.ESPERA_DATOS_1
    assert [term.name for term in waiting(plan).terms] == ["conclusion_desinteres", "llamada_2", "llamada_3"]


def test_a_term_that_ends_in_a_task_is_concluded_by_a_consultant() -> None:
    rules = under("gestion", al_vencer="tarea")
    one = waiting(asked("gestion", "2025-10-13T10:00", rules=rules))
    plan = fall("gestion", one, one.terms[0].due_at, rules=rules)
    assert waiting(plan).state is State.REVISION_CONSULTOR
    assert [type(effect) for effect in plan.effects] == [Ficha]


@pytest.mark.parametrize("facts", [{"urgent": True}, {"sensitive": "violencia"}])
def test_an_urgent_or_sensitive_petition_is_never_concluded_by_itself(facts: dict[str, object]) -> None:
    one = replace(waiting(asked("gestion", "2025-10-13T10:00")), **facts)  # type: ignore[arg-type]
    assert waiting(fall("gestion", one, one.terms[0].acts_at)).state is State.REVISION_CONSULTOR


def test_nothing_is_concluded_while_a_mail_that_nobody_read_may_be_the_answer() -> None:
    one = waiting(asked("gestion", "2025-10-13T10:00"))
    assert waiting(fall("gestion", one, one.terms[0].acts_at, unread=1)).state is State.REVISION_CONSULTOR
