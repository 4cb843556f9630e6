"""A consular office's decisions: what IMSS says is matched, noted once, and left to a person where it does not fit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from daemon.decide.profiles import PROFILES, profile_of
from daemon.decide.survival import consulate
from daemon.model.decision import Disposition, Ficha, Plan, Step, Write
from daemon.model.ledger import History
from daemon.model.mail import Address, Kind, Reading
from daemon.model.petition import Clase, Petition, State
from daemon.model.survival import Check, CheckState, Form, Notice, Said
from tests.unit.decide.makers import NOW, petition, policy, reading, shipped_rules

OFFICE, RECEPTION = "imss_dallas@sre.gob.mx", "pensionistas.sre@imss.gob.mx"
MARTIN, INAKI = "06674910507", "48694790063"
KINDS = {
    Said.CONFIRMACION: Kind.CONFIRMACION_SUPERVIVENCIA,
    Said.RECHAZO: Kind.RECHAZO_SUPERVIVENCIA,
    Said.PRUEBA: Kind.PRUEBA_CONECTIVIDAD,
    Said.DUDOSO: Kind.OTRO,
}
FIELDS = {"id_tramite": "878653", "nss": MARTIN, "nombre": "MARTIN", "apellido_paterno": "DE LA CRUZ"}


def check(**changes: Any) -> Check:
    usual = Check(
        id="SO-251013-7K3FQ-1", folio="AC-251013-7K3FQ", account=OFFICE, office=OFFICE, id_tramite="878653", nss=MARTIN,
        state=CheckState.ENVIADA, received_at=NOW - timedelta(hours=2), fields=dict(FIELDS), message_id="<so@sre>",
    )  # fmt: skip
    return replace(usual, **changes)


def request(**changes: Any) -> Petition:
    usual = petition(account=OFFICE, counting=OFFICE, petitioner=RECEPTION, state=State.ESPERA_CONFIRMACION, topic=None)
    return replace(usual, **changes)


def notice(said: Said = Said.CONFIRMACION, **changes: Any) -> Notice:
    return replace(Notice(said, id_tramite="878653", nss=MARTIN, next_due=date(2026, 4, 13)), **changes)


def says(*notices: Notice, **changes: Any) -> Reading:
    author = Address(RECEPTION)
    usual = reading(
        mailbox=OFFICE, author=author, sender=author, to=(Address(OFFICE),), kind=KINDS[notices[0].said],
        notices=notices, message_id="<aviso@imss>", subject="IMSS Digital", text="", fresh="x",
    )  # fmt: skip
    return replace(usual, **changes)


def known(*checks: Check, state: State = State.ESPERA_CONFIRMACION, **changes: Any) -> History:
    folios = dict.fromkeys(each.folio for each in checks)
    return History(checks=checks, by_token=tuple(request(folio=folio, state=state) for folio in folios), **changes)


def decide(mail: Reading, history: History | None = None) -> Plan:
    return consulate.on_message(mail, history or History(), policy(), NOW)


def fichas(plan: Plan) -> list[Ficha]:
    return [each for part in (plan, *plan.others) for each in part.effects if isinstance(each, Ficha)]


def outcome(plan: Plan) -> tuple[Step, Disposition]:
    assert plan.decision is not None
    return plan.decision.step, plan.decision.disposition


ACTED, FOR_A_PERSON = (Step.SIN_RESPUESTA, Disposition.NINGUNA), (Step.CONSULTOR, Disposition.REVISAR)


def test_an_enabled_account_of_an_office_has_this_profile() -> None:
    assert profile_of(shipped_rules(), OFFICE) is PROFILES["imss_digital_oficina"]


def test_a_confirmation_settles_its_request_and_leaves_the_pair_to_print() -> None:
    plan = decide(says(notice(receipt="CS-251013-7K3FQ-1")), known(check()))
    assert outcome(plan) == ACTED
    assert plan.petition and plan.petition.state is State.CONFIRMADA_POR_IMSS
    assert [(each.state, each.next_due) for each in plan.checks] == [(CheckState.CONFIRMADA, date(2026, 4, 13))]
    (ficha,) = fichas(plan)
    (receipt,) = ficha.receipts
    assert (receipt.number, receipt.fields["nombre"]) == ("CS-251013-7K3FQ-1", "MARTIN")
    assert ficha.subject.startswith("Imprimir en duplicado") and plan.flag is None


@pytest.mark.parametrize(
    ("said", "checks"),
    [
        (notice(nss=None), [check()]),
        (notice(id_tramite=None), [check()]),
        (
            notice(id_tramite=None),
            [check(), check(id="SO-2", folio="AC-1", state=CheckState.CONFIRMADA, id_tramite="1")],
        ),
        (notice(nombre="Martín de la Cruz Juárez"), [check()]),
        (notice(), [check(id_tramite="")]),
        (notice(), [check(state=CheckState.SIN_CONFIRMACION)]),
    ],
)
def test_id_tramite_or_nss_alone_find_the_request(said: Notice, checks: list[Check]) -> None:
    plan = decide(says(said), known(*checks))
    assert [each.state for each in plan.checks] == [CheckState.CONFIRMADA]


@pytest.mark.parametrize(
    ("said", "checks"),
    [
        (notice(nss=INAKI), [check()]),
        (notice(id_tramite="111222"), [check()]),
        (notice(nombre="ROSA IBÁÑEZ"), [check()]),
        (notice(id_tramite=None), [check(), check(id="SO-2", id_tramite="999000")]),
        (notice(id_tramite=None, nss=None), [check()]),
        (Notice(Said.DUDOSO, id_tramite="878653", reasons=("no queda claro",)), [check()]),
        (notice(Said.RECHAZO, nss=INAKI), [check()]),
    ],
)
def test_what_fits_no_request_or_several_changes_none_and_goes_to_a_person(said: Notice, checks: list[Check]) -> None:
    plan = decide(says(said), known(*checks))
    assert outcome(plan) == FOR_A_PERSON
    assert plan.checks == () and plan.petition and plan.petition.state is State.REVISION_CONSULTOR
    assert not any(ficha.receipts for ficha in fichas(plan)) and len(fichas(plan)) == 1


def test_the_number_that_imss_gave_stays_with_the_check_whether_its_request_is_known_or_not() -> None:
    for history in (known(check()), History()):
        (kept,) = decide(says(notice(receipt="CS-251013-7K3FQ-1")), history).checks
        assert kept.fields["recibo"] == "CS-251013-7K3FQ-1"
    (refused,) = decide(says(notice(Said.RECHAZO, receipt="CS-251013-7K3FQ-1")), known(check())).checks
    assert "recibo" not in refused.fields


def test_a_notice_without_numbers_finds_its_request_by_the_thread() -> None:
    history = replace(known(check()), by_thread=request())
    plan = decide(says(notice(id_tramite=None, nss=None)), history)
    assert [each.state for each in plan.checks] == [CheckState.CONFIRMADA]


def test_last_half_years_check_of_the_same_person_is_another_request() -> None:
    old = check(state=CheckState.CONFIRMADA, id_tramite="111222", received_at=NOW - timedelta(days=180))
    plan = decide(says(notice()), known(old, state=State.CONFIRMADA_POR_IMSS))
    assert plan.petition and plan.petition.state is State.CONFIRMACION_SIN_SOLICITUD


def test_a_confirmation_without_request_is_printed_with_a_warning_and_alarmed() -> None:
    plan = decide(says(notice()))
    assert outcome(plan) == ACTED
    assert plan.petition and plan.petition.state is State.CONFIRMACION_SIN_SOLICITUD
    assert [each.state for each in plan.checks] == [CheckState.SIN_SOLICITUD]
    (ficha,) = fichas(plan)
    assert ficha.receipts[0].note and ficha.urgent and plan.flag is not None


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (Said.CONFIRMACION, CheckState.CONFIRMADA),
        (Said.CONFIRMACION, CheckState.SIN_SOLICITUD),
        (Said.RECHAZO, CheckState.RECHAZADA),
    ],
)
def test_the_same_answer_twice_is_noted_and_not_printed_again(said: Said, state: CheckState) -> None:
    plan = decide(says(notice(said)), known(check(state=state), state=State.CONFIRMADA_POR_IMSS))
    assert outcome(plan) == ACTED and plan.effects == () and plan.checks == () and plan.flag is None
    assert [entry.action for entry in plan.history] == ["nota"]


@pytest.mark.parametrize(
    ("said", "state", "stood"),
    [
        (Said.RECHAZO, CheckState.CONFIRMADA, State.CONFIRMADA_POR_IMSS),
        (Said.CONFIRMACION, CheckState.RECHAZADA, State.RECHAZADA_POR_IMSS),
        (Said.RECHAZO, CheckState.SIN_SOLICITUD, State.CONFIRMACION_SIN_SOLICITUD),
    ],
)
def test_an_answer_against_an_earlier_one_is_alarmed_and_for_a_person(
    said: Said, state: CheckState, stood: State
) -> None:
    plan = decide(says(notice(said)), known(check(state=state), state=stood))
    assert outcome(plan) == FOR_A_PERSON and plan.flag is not None and plan.checks == ()
    assert plan.petition and plan.petition.state is State.REVISION_CONSULTOR
    assert not any(ficha.receipts for ficha in fichas(plan))


def test_a_refusal_tells_every_reason_and_how_to_mend_it() -> None:
    plan = decide(says(notice(Said.RECHAZO, reasons=("falta el NSS", "la fecha no existe"))), known(check()))
    assert outcome(plan) == ACTED
    assert plan.petition and plan.petition.state is State.RECHAZADA_POR_IMSS
    why = " ".join(fichas(plan)[0].why)
    assert "falta el NSS" in why and "la fecha no existe" in why and "MCLV" in why
    unknown = decide(says(notice(Said.RECHAZO)))
    assert unknown.petition and unknown.petition.state is State.RECHAZADA_POR_IMSS


def test_one_mail_settles_several_petitions_and_a_petition_waits_for_its_last_request() -> None:
    other = check(id="SO-251013-AAAAA-1", folio="AC-251013-AAAAA", id_tramite="474840", nss=INAKI, fields={})
    plan = decide(says(notice(), notice(Said.RECHAZO, id_tramite="474840", nss=INAKI)), known(check(), other))
    states = {part.petition.folio: part.petition.state for part in (plan, *plan.others) if part.petition}
    assert states == {"AC-251013-7K3FQ": State.CONFIRMADA_POR_IMSS, "AC-251013-AAAAA": State.RECHAZADA_POR_IMSS}
    sibling = replace(other, folio="AC-251013-7K3FQ")
    half = decide(says(notice()), known(check(), sibling))
    assert half.petition and half.petition.state is State.ESPERA_CONFIRMACION and len(half.checks) == 1


@pytest.mark.parametrize("said", [Said.CONFIRMACION, Said.RECHAZO, Said.PRUEBA])
@pytest.mark.parametrize(
    ("sender", "authentic"), [(RECEPTION, "none"), (RECEPTION, "fail"), ("otra@imss.gob.mx", "pass")]
)
def test_what_is_not_proven_to_come_from_the_reception_account_moves_nothing(
    said: Said, sender: str, authentic: str
) -> None:
    plan = decide(
        says(notice(said), author=Address(sender), sender=Address(sender), authentic=authentic), known(check())
    )
    assert outcome(plan) == FOR_A_PERSON and plan.checks == () and plan.others == ()
    assert plan.petition and plan.petition.folio != "AC-251013-7K3FQ"
    assert not any(isinstance(effect, Write) for effect in plan.effects)


def test_what_belongs_to_the_other_side_of_the_exchange_is_not_ours() -> None:
    plan = decide(says(notice()), known(check(account=RECEPTION)))
    assert plan.petition and plan.petition.state is State.CONFIRMACION_SIN_SOLICITUD


def test_a_test_is_acknowledged_to_the_reception_account_at_once() -> None:
    test = Notice(Said.PRUEBA, deadline=NOW.date() + timedelta(days=3))
    plan = decide(says(test, reply_to=(Address("otro@correo.example"),)))
    assert outcome(plan) == (Step.ACUSAR, Disposition.ENVIAR)
    (write,) = plan.effects
    assert isinstance(write, Write) and plan.decision
    assert (write.clase, write.to, write.in_reply_to) == (Clase.ACUSE_CONECTIVIDAD, RECEPTION, "<aviso@imss>")
    assert (plan.decision.template, plan.flag) == ("acuse_conectividad", None)
    assert plan.petition and plan.petition.counting == OFFICE


def test_more_tests_in_a_day_than_the_cap_wait_for_a_person_and_the_same_one_is_only_noted() -> None:
    test = says(Notice(Said.PRUEBA))
    earlier = request(topic="prueba_conectividad", state=State.PRUEBA_ACUSADA, subject="otra", opened_at=NOW)
    same = replace(earlier, subject="IMSS Digital", summary="x")
    many = History(by_address=tuple(replace(earlier, folio=f"AC-{n}") for n in range(3)))
    assert outcome(decide(test, many)) == (Step.ACUSAR, Disposition.REVISAR)
    assert outcome(decide(test, History(by_address=(same,)))) == ACTED
    yesterday = replace(same, opened_at=NOW - timedelta(days=1))
    assert outcome(decide(test, History(by_address=(yesterday,)))) == (Step.ACUSAR, Disposition.ENVIAR)


def own_mail(**changes: Any) -> Reading:
    form = Form("s.pdf", "solicitud", "text", fields=dict(FIELDS))
    usual = reading(
        mailbox=OFFICE, author=Address(OFFICE), sender=Address(OFFICE), to=(Address(RECEPTION),),
        kind=Kind.COPIA_DE_CONTEO, forms=(form,), message_id="<so@sre>", authentic="none",
    )  # fmt: skip
    return replace(usual, **changes)


def test_a_request_in_sent_is_awaited_from_its_sending() -> None:
    plan = consulate.on_own_mail(own_mail(), History(), policy(), NOW)
    assert plan.petition and plan.petition.state is State.ESPERA_CONFIRMACION and plan.petition.petitioner == RECEPTION
    (term,) = plan.petition.terms
    assert (term.name, term.started_at) == ("confirmacion_supervivencia", NOW)
    (seen,) = plan.checks
    assert seen.id.startswith("SO-251013-") and (seen.state, seen.nss) == (CheckState.ENVIADA, MARTIN)
    assert plan.decision and plan.decision.forms == own_mail().forms


@pytest.mark.parametrize(
    "mail",
    [
        own_mail(to=(Address("consul@sre.gob.mx"),)),
        own_mail(forms=()),
        own_mail(forms=(Form("x.pdf", None, "no"),)),
        own_mail(forms=(Form("x.pdf", "solicitud", "text", fields={"id_tramite": "0"}),)),
    ],
)
def test_other_own_mail_is_no_request(mail: Reading) -> None:
    assert consulate.on_own_mail(mail, History(), policy(), NOW) == Plan()


def test_a_request_seen_again_is_one_and_one_refused_may_be_sent_again() -> None:
    assert consulate.on_own_mail(own_mail(), known(check()), policy(), NOW) == Plan()
    again = own_mail(message_id="<so2@sre>")
    assert consulate.on_own_mail(again, known(check()), policy(), NOW).checks == ()
    refused = known(check(state=CheckState.RECHAZADA), state=State.RECHAZADA_POR_IMSS)
    assert [each.state for each in consulate.on_own_mail(again, refused, policy(), NOW).checks] == [CheckState.ENVIADA]


def test_silence_after_the_term_is_an_alarm_and_what_was_answered_stays() -> None:
    waiting = consulate.on_own_mail(own_mail(), History(), policy(), NOW)
    assert waiting.petition
    late = waiting.petition.terms[0].due_at
    answered = replace(waiting.checks[0], id="SO-2", state=CheckState.RECHAZADA)
    history = History(checks=(*waiting.checks, answered))
    plan = consulate.on_due(waiting.petition, history, policy(), late)
    assert plan.petition and plan.petition.state is State.SIN_CONFIRMACION and plan.flag is not None
    assert [each.state for each in plan.checks] == [CheckState.SIN_CONFIRMACION]
    early = consulate.on_due(waiting.petition, history, policy(), late - timedelta(seconds=1))
    assert early.flag is None and early.petition and early.petition.state is State.ESPERA_CONFIRMACION


def test_anybody_else_is_for_a_person_and_what_continues_a_request_does_not_stop_it_waiting() -> None:
    mail = says(notice(), kind=Kind.OTRO, author=Address("dgsc@sre.gob.mx"), notices=())
    plan = decide(mail)
    assert outcome(plan) == FOR_A_PERSON
    assert plan.petition and plan.petition.state is State.REVISION_CONSULTOR
    about = says(notice(), kind=Kind.OTRO, notices=(), in_reply_to="<so@sre>")
    follow = decide(about, replace(known(check()), by_thread=request()))
    assert follow.petition and follow.petition.state is State.ESPERA_CONFIRMACION and len(fichas(follow)) == 1
