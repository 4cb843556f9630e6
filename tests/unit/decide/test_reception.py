"""A consular office is answered once, exactly, and nothing doubtful is ever confirmed by itself (C)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from daemon.decide.survival import connectivity, reception
from daemon.decide.survival.reception import on_message
from daemon.decide.survival.requests import months_after
from daemon.model.decision import Decision, Disposition, Ficha, Plan, Step, Write
from daemon.model.ledger import History
from daemon.model.mail import Address, Attachment, Kind, Reading
from daemon.model.outgoing import Draft
from daemon.model.petition import Clase, Petition, State
from daemon.model.survival import CheckState, Form, FormFault, Pensioner
from daemon.read.forms import UNREADABLE

from .makers import policy, reading, shipped_rules

RECEPTION, OFFICE = "pensionistas.sre@imss.gob.mx", "imss_dallas@sre.gob.mx"
RECEIVED = datetime(2025, 12, 1, 20, 17, tzinfo=UTC)
NSS = "06674910507"
FIELDS = {
    "fecha_solicitud": "2025-11-28",
    "oficina_consular": "DALLAS, TEXAS, ESTADOS UNIDOS",
    "id_tramite": "878653",
    "nss": NSS,
    "fecha_nacimiento": "1949-01-04",
    "ex_trabajador_imss": "NO",
    "nombre": "MARTIN",
    "apellido_paterno": "DE LA CRUZ",
    "apellido_materno": "JUAREZ",
    "identificacion_tipo": "MATRÍCULA CONSULAR",
    "identificacion_folio": "G30461939",
    "contacto": "+1 214 555 0133",
}


def form(*, file: str = "SUPERVIVENCIA.pdf", **changes: str | None) -> Form:
    fields = FIELDS | changes
    return Form(
        file, "solicitud_supervivencia", "text", fields=fields, fingerprint=str(sorted(fields.items(), key=str))
    )


def request(*forms: Form, **changes: object) -> Reading:
    attachments = tuple(Attachment(each.file, "application/pdf", 4000, each.readable) for each in forms)
    usual = {
        "message_id": "<uno@sre.gob.mx>",
        "mailbox": RECEPTION,
        "received_at": RECEIVED,
        "kind": Kind.SOLICITUD_SUPERVIVENCIA,
        "author": Address(OFFICE, "IMSS Dallas"),
        "sender": Address(OFFICE, "IMSS Dallas"),
        "to": (Address(RECEPTION),),
        "subject": "IMSS DIGITAL 878653",
        "text": "Se remite solicitud.",
        "fresh": "Se remite solicitud.",
        "authentic": "pass",
        "forms": forms or (form(),),
        "attachments": attachments or (Attachment("SUPERVIVENCIA.pdf", "application/pdf", 4000, "text"),),
    }
    return reading(**(usual | changes))


def decided(plan: Plan) -> Decision:
    assert plan.decision is not None
    return plan.decision


def written(plan: Plan) -> Write:
    return next(effect for effect in plan.effects if isinstance(effect, Write))


def codes(plan: Plan) -> set[str]:
    return {fault.code for each in decided(plan).forms for fault in each.faults}


def judge(*forms: Form, history: History | None = None, **changes: object) -> Plan:
    return on_message(request(*forms, **changes), history or History(), policy(), RECEIVED)


def test_a_faultless_request_from_the_enabled_account_is_confirmed_at_once_with_its_receipt() -> None:
    plan = judge()
    assert (decided(plan).step, decided(plan).disposition) == (Step.CONFIRMAR, Disposition.ENVIAR)
    (receipt,) = written(plan).receipts
    (check,) = plan.checks
    assert receipt.number == check.id
    assert check.state is CheckState.RECIBIDA
    assert receipt.next_due == date(2026, 6, 1)
    assert plan.petition is not None and plan.petition.state is State.MENSAJE_EN_COLA
    assert plan.petition.counting == RECEPTION


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nss": None}, "nss_falta"),
        ({"fecha_nacimiento": "31/02/1941"}, "fecha_nacimiento_imposible"),
        ({"fecha_nacimiento": None}, "fecha_nacimiento_falta"),
        ({"fecha_nacimiento": "2026-01-01"}, "fechas_en_desorden"),
        ({"fecha_nacimiento": "1890-01-01"}, "edad_inverosimil"),
        ({"fecha_solicitud": "2025-12-24"}, "fecha_solicitud_futura"),
        ({"fecha_solicitud": "2023-11-28"}, "fecha_solicitud_antigua"),
        ({"fecha_solicitud": "28/13/2025"}, "fecha_solicitud_imposible"),
        ({"oficina_consular": "HOUSTON, TEXAS, ESTADOS UNIDOS"}, "oficina_distinta"),
        ({"oficina_consular": None}, "oficina_falta"),
        ({"id_tramite": "0"}, "formulario_de_prueba"),
        ({"id_tramite": None}, "id_tramite_falta"),
        ({"id_tramite": "87A6"}, "id_tramite_formato"),
        ({"nombre": None}, "nombre_falta"),
        ({"apellido_paterno": None}, "apellido_paterno_falta"),
        ({"identificacion_tipo": "CREDENCIAL DE GIMNASIO"}, "identificacion_tipo_desconocido"),
        ({"identificacion_tipo": None}, "identificacion_tipo_falta"),
        ({"identificacion_folio": None}, "identificacion_folio_falta"),
        ({"identificacion_folio": "?"}, "identificacion_folio_formato"),
        ({"contacto": None}, "contacto_falta"),
    ],
)
def test_each_fault_is_told_with_its_cure_and_a_person_sends_the_refusal(
    changes: dict[str, str | None], code: str
) -> None:
    plan = judge(form(**changes))
    assert codes(plan) == {code}
    assert (decided(plan).step, decided(plan).disposition) == (Step.RECHAZAR, Disposition.REVISAR)
    assert plan.checks == ()
    (refusal,) = written(plan).values["rechazos"]
    assert all(motive["texto"] and motive["remedio"] for motive in refusal["motivos"])
    assert any(isinstance(effect, Ficha) for effect in plan.effects)


def test_a_single_surname_and_an_unmarked_regime_are_no_faults() -> None:
    assert decided(judge(form(apellido_materno=None, ex_trabajador_imss=None))).disposition is Disposition.ENVIAR


def test_every_reason_is_told_at_once() -> None:
    plan = judge(form(nss=None, contacto=None, id_tramite="0"))
    assert codes(plan) == {"nss_falta", "contacto_falta", "formulario_de_prueba"}


def test_a_request_dated_tomorrow_at_the_other_end_of_the_world_is_in_order() -> None:
    wellington = {"author": Address("imss_wellington@sre.gob.mx")}
    plan = judge(form(fecha_solicitud="2025-12-02", oficina_consular="WELLINGTON, NUEVA ZELANDIA"), **wellington)
    assert decided(plan).disposition is Disposition.ENVIAR


@pytest.mark.parametrize(
    ("address", "name", "code"),
    [
        ("consulado.houston.imss@gmail.example", "Consulado Houston", "cuenta_personal"),
        ("conraleigh@sre.gob.mx", "Consulmex Raleigh", "cuenta_institucional"),
        ("jperez@sre.gob.mx", "Juan Pérez", "cuenta_institucional"),
        ("imss_dallas@sre-gob.mx", "IMSS Dallas", "cuenta_parecida"),
        ("imss_dallas@sre.gob.mx.example", "IMSS Dallas", "cuenta_parecida"),
        ("imss_dalas@sre.gob.mx", "IMSS Dallas", "cuenta_parecida"),
        ("x@correo.example", "imss_dallas@sre.gob.mx", "cuenta_solo_nombre"),
        ("imss_paris@sre.gob.mx", "IMSS París", "cuenta_no_registrada"),
    ],
)
def test_each_wrong_account_is_told_apart_and_never_confirmed(address: str, name: str, code: str) -> None:
    plan = judge(author=Address(address, name))
    assert codes(plan) == {code}
    assert decided(plan).step is Step.RECHAZAR
    assert plan.checks == () and written(plan).receipts == ()


def test_without_the_servers_word_the_enabled_account_proves_nothing() -> None:
    assert codes(judge(authentic="none")) == {"cuenta_sin_acreditar"}


def doubtful() -> list[dict[str, object]]:
    return [
        {"forms": (replace(form(), unsure=("dos valores para el NSS",)),)},
        {"forms": (replace(form(), readable="ocr"),)},
        {"doubts": ("El PDF trae javascript",)},
        {"fresh": "El pensionado falleció ayer."},
        {"attachments": (*request().attachments, Attachment("carta.docx", "application/msword", 900))},
    ]


@pytest.mark.parametrize("changes", doubtful())
def test_whatever_is_doubtful_waits_for_a_person(changes: dict[str, object]) -> None:
    plan = judge(**changes)
    assert (decided(plan).step, decided(plan).disposition) == (Step.CONFIRMAR, Disposition.REVISAR)


def test_one_bad_form_among_several_holds_all_back_and_the_good_one_is_told_as_received() -> None:
    plan = judge(form(), form(file="dos.pdf", id_tramite="878654", nss=None))
    assert (decided(plan).step, decided(plan).disposition) == (Step.RECHAZAR, Disposition.REVISAR)
    assert [check.id_tramite for check in plan.checks] == ["878653"]
    assert [receipt.fields["id_tramite"] for receipt in written(plan).receipts] == ["878653"]


def test_a_request_without_its_pdf_is_refused_by_a_person() -> None:
    plan = on_message(replace(request(), forms=(), attachments=()), History(), policy(), RECEIVED)
    assert written(plan).values["rechazos"][0]["motivos"][0]["texto"].startswith("El correo no trae el PDF")


def test_a_document_that_cannot_be_read_is_refused_with_its_reason() -> None:
    unread = Form("x.pdf", None, "no", faults=(FormFault("cifrado", None, ""),))
    plan = judge(unread)
    assert codes(plan) == {"cifrado"}
    assert decided(plan).disposition is Disposition.REVISAR


# --- twice -------------------------------------------------------------------------------------------------------


def confirmed() -> History:
    (check,) = judge().checks
    return History(checks=(replace(check, state=CheckState.CONFIRMADA),))


def test_a_repeated_request_gets_the_same_receipt_again_and_no_second_registration() -> None:
    first = judge()
    plan = judge(history=confirmed(), message_id="<dos@sre.gob.mx>", received_at=RECEIVED + timedelta(days=1))
    (receipt,) = written(plan).receipts
    assert receipt.repeated and receipt.number == first.checks[0].id
    assert receipt.next_due == first.checks[0].next_due
    assert [check.id for check in plan.checks] == [first.checks[0].id]
    assert plan.checks[0].repeats == 1
    assert decided(plan).disposition is Disposition.ENVIAR


def test_a_repetition_does_not_overtake_the_person_who_looks_at_the_first() -> None:
    waiting = History(checks=judge().checks)
    assert decided(judge(history=waiting, message_id="<dos@sre.gob.mx>")).disposition is Disposition.REVISAR


def test_an_id_tramite_of_another_pensioner_is_refused() -> None:
    plan = judge(form(nss="48694790063", nombre="OTRA"), history=confirmed())
    assert codes(plan) == {"id_tramite_repetido"}


def test_a_corrected_request_after_a_refusal_is_a_new_one() -> None:
    (check,) = judge().checks
    refused = History(checks=(replace(check, state=CheckState.RECHAZADA),))
    assert decided(judge(history=refused)).disposition is Disposition.ENVIAR


def test_what_a_consular_office_keeps_in_the_same_store_is_no_request_received_before() -> None:
    (check,) = judge().checks
    sent = replace(check, account=OFFICE, state=CheckState.CONFIRMADA, nss="00000000000")
    assert written(judge(history=History(checks=(sent,)))).receipts[0].repeated is False


def test_a_repetition_from_another_office_is_not_answered_by_itself() -> None:
    (check,) = confirmed().checks
    theirs = History(checks=(replace(check, office="imss_houston@sre.gob.mx"),))
    assert decided(judge(history=theirs, message_id="<dos@sre.gob.mx>")).disposition is Disposition.REVISAR


def test_a_machine_that_sends_the_same_request_without_end_is_not_answered_without_end() -> None:
    (check,) = confirmed().checks
    many = replace(check, repeats=shipped_rules().topes.por_peticion)
    plan = judge(history=History(checks=(many,)), message_id="<dos@sre.gob.mx>")
    assert decided(plan).disposition is Disposition.REVISAR


@pytest.mark.parametrize("number", ["0878653", "878654"])
def test_the_same_request_under_another_id_tramite_is_not_registered_twice_by_itself(number: str) -> None:
    plan = judge(form(id_tramite=number), history=confirmed(), message_id="<dos@sre.gob.mx>")
    assert decided(plan).disposition is Disposition.REVISAR
    half_a_year_later = form(id_tramite=number, fecha_solicitud="2025-12-01")
    assert decided(judge(half_a_year_later, history=confirmed())).disposition is Disposition.ENVIAR


@pytest.mark.parametrize(("size", "outcome"), [(5_000, Disposition.ENVIAR), (400_000, Disposition.REVISAR)])
def test_a_photograph_beside_the_form_may_be_another_form_and_a_logo_is_none(size: int, outcome: Disposition) -> None:
    files = (Attachment("SUPERVIVENCIA.pdf", "application/pdf", 4000, "text"), Attachment("i.jpg", "image/jpeg", size))
    assert decided(judge(attachments=files)).disposition is outcome


# --- the roster --------------------------------------------------------------------------------------------------

ROW = Pensioner(NSS, "Martín", "De la Cruz", "Juárez", date(1949, 1, 4))


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (None, "padron_no_esta"),
        (replace(ROW, current=False), "padron_no_vigente"),
        (replace(ROW, nombre="Marta"), "padron_nombre"),
        (replace(ROW, fecha_nacimiento=date(1950, 1, 4)), "padron_nacimiento"),
    ],
)
def test_with_a_roster_the_data_must_agree_with_it(row: Pensioner | None, code: str) -> None:
    plan = judge(history=History(pensioners=(row,) if row else ()))
    assert codes(plan) == {code}


def test_data_that_agree_with_the_roster_are_confirmed_as_verified_accents_or_not() -> None:
    plan = judge(history=History(pensioners=(ROW,)))
    assert written(plan).receipts[0].verified
    assert not written(judge()).receipts[0].verified


# --- windows, months ---------------------------------------------------------------------------------------------


def test_test_forms_are_taken_before_26_january_and_only_looked_at_by_a_person() -> None:
    before = datetime(2017, 1, 20, 18, tzinfo=UTC)
    plan = on_message(
        request(form(id_tramite="0", fecha_solicitud="2017-01-19"), received_at=before), History(), policy(), before
    )
    assert codes(plan) == set()
    assert decided(plan).disposition is Disposition.REVISAR
    assert plan.checks == ()


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2025, 12, 2), date(2026, 6, 2)),
        (date(2025, 8, 31), date(2026, 2, 28)),
        (date(2023, 8, 30), date(2024, 2, 29)),
        (date(2025, 7, 1), date(2026, 1, 1)),
    ],
)
def test_the_next_check_is_due_six_months_later(day: date, due: date) -> None:
    assert months_after(day, 6) == due


# --- tests of connectivity ---------------------------------------------------------------------------------------


def test_a_test_is_sent_reminded_of_and_acknowledged_from_the_right_account_only() -> None:
    office = shipped_rules().oficina(OFFICE)
    assert office is not None
    started = connectivity.start_test(office, policy(), RECEIVED, date(2025, 12, 19))
    assert written(started).to == OFFICE
    petition = started.petition
    assert petition is not None
    waiting = reception.on_sent(petition, _draft(petition), policy(), RECEIVED).petition
    assert waiting is not None and waiting.state is State.ESPERA_ACUSE
    reminder = next(term for term in waiting.terms if term.name == connectivity.REMINDER)
    assert reminder.due_at == policy().calendar.opens(date(2025, 12, 18))
    reminded = reception.on_due(waiting, History(), policy(), reminder.due_at)
    assert written(reminded).turn == 2
    stranger = _ack("conraleigh@sre.gob.mx", waiting)
    assert stranger.petition is not None and stranger.petition.state is State.ESPERA_ACUSE
    assert stranger.history[0].action == connectivity.ANOTHER_ACCOUNT
    answered = _ack(OFFICE, waiting)
    assert answered.petition is not None and answered.petition.state is State.PRUEBA_ACUSADA
    late = reception.on_due(waiting, History(), policy(), RECEIVED + timedelta(days=30)).petition
    assert late is not None and late.state is State.PRUEBA_SIN_ACUSE


def _draft(petition: Petition) -> Draft:
    return Draft(
        id=f"{petition.folio}/1",
        folio=petition.folio,
        ordinal=1,
        clase=Clase.PRUEBA_CONECTIVIDAD,
        turn=1,
        account=RECEPTION,
        counting=RECEPTION,
        to=OFFICE,
        subject="Prueba",
        text="",
        html="",
        raw=b"",
        message_id="<ac-1@imss.gob.mx>",
        in_reply_to=None,
        disposition=Disposition.ENVIAR,
        template="prueba_conectividad",
        rules_version="",
        created_at=RECEIVED,
    )


def _ack(sender: str, petition: Petition) -> Plan:
    acknowledgement = request(
        kind=Kind.PRUEBA_CONECTIVIDAD, author=Address(sender), sender=Address(sender), forms=(), attachments=()
    )
    return on_message(acknowledgement, History(by_thread=petition), policy(), RECEIVED)


def test_every_field_that_may_be_missing_and_every_document_that_cannot_be_read_has_its_words() -> None:
    rules = shipped_rules()
    assert rules.supervivencia is not None
    empty = form(**dict.fromkeys(FIELDS))
    missing = codes(judge(empty))
    assert len(missing) == 10
    assert missing | set(UNREADABLE) <= set(rules.supervivencia.faltas)


def test_a_field_that_the_description_calls_optional_may_be_missing() -> None:
    described = shipped_rules().formularios[0]
    campos = tuple(
        c.model_copy(update={"obligatorio": c.obligatorio and c.clave != "contacto"}) for c in described.campos
    )
    rules = shipped_rules().model_copy(update={"formularios": (described.model_copy(update={"campos": campos}),)})
    changed = replace(policy(), rules=rules)
    plan = on_message(request(form(contacto=None)), History(), changed, RECEIVED)
    assert decided(plan).disposition is Disposition.ENVIAR


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("Se acusa recibo del mensaje de prueba.\nConsulado de México en Dallas", Step.SIN_RESPUESTA),
        ("Se acusa recibo. ¿Qué hacemos con el pensionado que no se presentó?", Step.CONSULTOR),
    ],
)
def test_a_mere_acknowledgement_of_a_test_that_nobody_remembers_asks_nothing_of_anybody(text: str, step: Step) -> None:
    plan = judge(kind=Kind.PRUEBA_CONECTIVIDAD, fresh=text, text=text, attachments=(), subject="RE: PRUEBA")
    assert decided(plan).step is step
