"""A petition goes to an Órgano and its answer comes back: nothing leaks, nothing is invented, nothing is forgotten."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

import pytest

from daemon.decide.outcomes import StaffWord, on_staff
from daemon.model.ledger import History
from daemon.model.outgoing import Draft
from daemon.model.petition import Clase, State
from daemon.model.rules import RuleSet

from .memory_office import ATNDER, CONSULTANT, PERSON, SUPERVISOR, VOUCHED, MemoryOffice, words

ENLACE = "enlace.pensiones@imss.gob.mx"
NSS = "12816177971"
PENSION = (
    "Buenas tardes. Desde hace tres meses no me depositan mi pensión por viudez y en el banco dicen que el IMSS la "
    f"suspendió. Solicito que se reactive el pago. Mi NSS es {NSS}."
)
BRIBE = (
    "Quiero denunciar que en la ventanilla me pidieron dinero, quinientos pesos, para darme la cita con el "
    f"especialista. Es corrupción y exijo que se investigue al trabajador. Mi NSS es {NSS}."
)


def with_enlace(rules: RuleSet, clave: str) -> RuleSet:
    organos = tuple(
        each.model_copy(update={"enlace": ENLACE}) if each.clave == clave else each for each in rules.destinos.organos
    )
    return rules.model_copy(update={"destinos": rules.destinos.model_copy(update={"organos": organos})})


def opened(clave: str = "") -> MemoryOffice:
    """An office that has looked at its mailbox once; the Órgano of that key has an enlace."""
    office = MemoryOffice()
    office.rules = with_enlace(office.rules, clave)
    office.start()
    office.run()
    return office


@pytest.fixture
def office() -> MemoryOffice:
    return opened("prestaciones_economicas")


def derived(office: MemoryOffice) -> Draft:
    """The mail to the Órgano, after a consultant approved it."""
    office.write(PENSION, subject="Pensión suspendida")
    office.run()
    office.approve()
    office.run()
    (draft,) = [d for d in office.drafts() if d.clase is Clase.DERIVACION_ORGANO_NORMATIVO]
    return draft


def answer(office: MemoryOffice, text: str, draft: Draft, **how: str | None) -> None:
    office.write(
        text,
        sender=how.get("sender") or ENLACE,
        name="Enlace",
        answering=draft.message_id if how.get("answering", "") == "" else how["answering"],
        subject=f"RE: {draft.subject}",
        vouched=how.get("vouched", VOUCHED),
    )
    office.run()


def told(office: MemoryOffice) -> list[str]:
    """The reasons that fichas in the pending folder give, as text."""
    return [" ".join(words(mail).split()) for mail in office.mails(office.rules.carpetas.pendientes, ATNDER)]


def of(office: MemoryOffice, clase: Clase) -> list[Draft]:
    return [draft for draft in office.drafts() if draft.clase is clase]


def header(draft: Draft, name: str) -> str:
    from email import message_from_bytes, policy

    mail = message_from_bytes(draft.raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return str(mail[name] or "")


def test_the_mail_to_an_organo_has_all_it_needs_in_a_thread_of_its_own(office: MemoryOffice) -> None:
    draft = derived(office)
    assert draft.to == ENLACE
    assert NSS in draft.text and "no me depositan mi pensión por viudez" in draft.text
    assert header(draft, "References") == "" and header(draft, "In-Reply-To") == ""
    assert office.petition().state is State.ESPERA_ORGANO_NORMATIVO
    assert [term.name for term in office.petition().terms if term.at_due == "tarea"] == ["respuesta_organo_normativo"]


def test_the_answer_becomes_a_draft_for_the_person_without_the_thread_below_it(office: MemoryOffice) -> None:
    draft = derived(office)
    answer(office, f"Se reactivó el pago en la nómina de noviembre.\n\n{quote(draft)}", draft)
    assert office.petition().state is State.RESPUESTA_POR_ENVIAR
    (reply,) = of(office, Clase.RESPUESTA_ORGANO_NORMATIVO)
    assert "Se reactivó el pago" in reply.text and "GC10-003-002" not in reply.text
    assert reply.to == PERSON and draft.message_id not in header(reply, "References")
    office.approve()
    office.run()
    assert office.petition().state is State.CONCLUIDA


def quote(draft: Draft) -> str:
    lines = draft.text.splitlines()
    return "El lun, 13 oct 2025 a las 10:00, Atención <atnder@imss.gob.mx> escribió:\n" + "\n".join(
        f"> {line}" for line in lines
    )


@pytest.mark.parametrize(
    "how",
    [
        {"answering": None},
        {"sender": "alguien@otra.example", "vouched": "mx1.imss.gob.mx; dmarc=pass header.from=otra.example"},
        {"vouched": None},
        {"vouched": "mx1.imss.gob.mx; dmarc=fail header.from=imss.gob.mx"},
    ],
)
def test_an_answer_that_proves_nothing_is_shown_to_the_consultant_and_to_nobody_else(
    office: MemoryOffice, how: dict[str, str | None]
) -> None:
    draft = derived(office)
    answer(office, "Se reactivó el pago.", draft, **how)
    assert office.petition().state is State.ESPERA_ORGANO_NORMATIVO
    assert of(office, Clase.RESPUESTA_ORGANO_NORMATIVO) == []


def test_an_answer_of_nobodys_thread_is_told_in_a_ficha(office: MemoryOffice) -> None:
    draft = derived(office)
    answer(office, "Se reactivó el pago.", draft, answering=None)
    assert any("quizá sea su respuesta" in text for text in told(office))


def test_that_an_enlace_is_away_is_no_answer(office: MemoryOffice) -> None:
    draft = derived(office)
    mail = office.written(
        "Estaré fuera de la oficina.", sender=ENLACE, subject="Respuesta automática", answering=draft.message_id
    )
    mail["Auto-Submitted"] = "auto-replied"
    mail["Authentication-Results"] = VOUCHED
    office.world.deliver(ATNDER, mail.as_bytes(), office.clock.now())
    office.run()
    assert office.petition().state is State.ESPERA_ORGANO_NORMATIVO
    assert office.petition().terms


def test_a_second_answer_replaces_the_draft_that_waits(office: MemoryOffice) -> None:
    draft = derived(office)
    answer(office, "Lo estamos revisando.", draft)
    answer(office, "Corrección: se reactivó el pago.", draft)
    first, second = of(office, Clase.RESPUESTA_ORGANO_NORMATIVO)
    assert first.state.value == "retirado" and "Corrección" in second.text


def test_an_answer_after_the_closing_is_told_and_changes_nothing(office: MemoryOffice) -> None:
    draft = derived(office)
    answer(office, "Se reactivó el pago.", draft)
    office.approve()
    office.run()
    answer(office, "Una precisión: fue en diciembre.", draft)
    assert office.petition().state is State.CONCLUIDA
    assert any("ya no espera respuesta" in text for text in told(office))


def ficha_id(office: MemoryOffice) -> str:
    mails = office.mails(office.rules.carpetas.pendientes, ATNDER)
    return [str(mail["Message-ID"]) for mail in mails if "Ficha" in str(mail["Subject"])][-1]


def test_what_an_answer_lacks_is_asked_for_as_often_as_needed_each_time_with_its_term(office: MemoryOffice) -> None:
    draft = derived(office)
    for number in (2, 3):
        answer(office, "Ya se atendió.", draft)
        office.colleague(f"concluyente: no\nfaltan: la fecha del depósito {number}\n", ficha_id(office))
        office.run()
        assert office.petition().state is State.PROPUESTA_ORGANO_NORMATIVO
        complement = of(office, Clase.DERIVACION_ORGANO_NORMATIVO)[-1]
        assert complement.turn == number and f"la fecha del depósito {number}" in complement.text
        assert header(complement, "In-Reply-To") == of(office, Clase.DERIVACION_ORGANO_NORMATIVO)[-2].message_id
        assert all(d.state.settled for d in of(office, Clase.RESPUESTA_ORGANO_NORMATIVO))
        office.clock.advance(timedelta(days=1))
        office.approve()
        office.run()
        assert office.petition().state is State.ESPERA_ORGANO_NORMATIVO
        (term,) = [each for each in office.petition().terms if each.name == "respuesta_organo_normativo"]
        assert term.started_at == complement_sent(office)


def complement_sent(office: MemoryOffice) -> object:
    return of(office, Clase.DERIVACION_ORGANO_NORMATIVO)[-1].sent_at


def test_a_late_answer_is_reminded_then_escalated_to_the_supervisor(office: MemoryOffice) -> None:
    derived(office)
    office.until(office.clock.now() + timedelta(days=16))
    reminder = of(office, Clase.DERIVACION_ORGANO_NORMATIVO)[-1]
    assert reminder.template == "derivacion_recordatorio"
    assert any("plazo propio, no normado" in text for text in told(office))
    office.approve()
    office.run()
    assert office.petition().state is State.ESPERA_ORGANO_NORMATIVO
    assert "recordatorio_area" in [term.name for term in office.petition().terms]
    office.until(office.clock.now() + timedelta(days=7))
    (notice,) = [m for m in office.mails(account=SUPERVISOR) if "Sin respuesta del área" in str(m["Subject"])]
    assert "no normado" in " ".join(words(notice).split())
    office.until(office.clock.now() + timedelta(days=30))
    assert office.petition().state is State.ESPERA_ORGANO_NORMATIVO


def test_without_an_address_the_proposal_stays_with_the_consultant_as_text() -> None:
    office = opened()
    office.write(PENSION, subject="Pensión suspendida")
    office.run()
    assert office.petition().state is State.PROPUESTA_ORGANO_NORMATIVO
    assert of(office, Clase.DERIVACION_ORGANO_NORMATIVO) == []
    (sheet,) = [text for text in told(office) if "correo propuesto" in text.lower()]
    assert "no tiene enlace" in sheet and "no me depositan mi pensión por viudez" in sheet


def test_what_goes_to_the_oic_is_handed_over_and_not_followed() -> None:
    office = opened("oic")
    office.write(BRIBE, subject="Me pidieron dinero")
    office.run()
    office.colleague("destino: OIC\n", ficha_id(office))
    office.run()
    office.approve()
    office.run()
    assert office.petition().state is State.TURNADA_SIN_SEGUIMIENTO
    assert {draft.clase: draft.to for draft in office.drafts()} == {
        Clase.TURNO_OIC_SNTSS: PERSON,
        Clase.DERIVACION_OIC_SNTSS: ENLACE,
    }
    assert office.petition().terms == ()
    person = office.mails()[-1]
    office.write("¿Qué pasó con mi denuncia?", answering=str(person["Message-ID"]), subject="Re: Me pidieron dinero")
    office.run()
    assert office.petition().state is State.TURNADA_SIN_SEGUIMIENTO
    assert any("vea si pide otra cosa" in text for text in told(office))


def test_data_given_in_a_ficha_complete_a_petition_and_send_it_on(office: MemoryOffice) -> None:
    office.write(PENSION.replace(f" Mi NSS es {NSS}.", ""), subject="Pensión suspendida")
    office.run()
    before = office.petition()
    assert before.state is State.ESPERA_DATOS_1
    word = StaffWord(CONSULTANT, nss=NSS)
    office.desk.commit(on_staff(before, word, office.desk.policy, History(), office.clock.now()), before=before)
    office.run()
    assert office.petition().state is State.PROPUESTA_ORGANO_NORMATIVO
    assert len(of(office, Clase.DERIVACION_ORGANO_NORMATIVO)) == 1
    assert [record.clase.value for record in office.store.records_of(before.folio)] == ["orientacion", "registro"]


def test_what_a_consultant_looked_at_goes_on_with_one_word(office: MemoryOffice) -> None:
    derived(office)
    first = office.petition().first_message_id
    office.write("¿Ya saben algo de mi pensión suspendida?", subject="Re: Pensión suspendida", answering=first)
    office.run()
    seen = office.petition()
    if seen.state is State.REVISION_CONSULTOR:
        word = StaffWord(CONSULTANT, seguir=True)
        history = History(drafts=office.drafts())
        office.desk.commit(on_staff(seen, word, office.desk.policy, history, office.clock.now()), before=seen)
    assert office.petition().state is State.ESPERA_ORGANO_NORMATIVO
    assert len(of(office, Clase.DERIVACION_ORGANO_NORMATIVO)) == 1


def test_the_supervisor_checks_what_is_registered_and_a_correction_reaches_siade() -> None:
    office = opened()
    office.write(
        "No me surten la metformina desde hace un mes en la UMF 12 de Guadalajara, Jalisco. Pido que me la entreguen. "
        f"Mi NSS es {NSS}.",
        subject="Falta de medicamento",
    )
    office.run()
    assert office.petition().state is State.REGISTRADA_TURNADA
    assert office.petition().lugar == "jalisco"
    (check,) = [m for m in office.mails(account=SUPERVISOR) if "Revise lo registrado" in str(m["Subject"])]
    assert "Área responsable" in words(check) and "OOAD Jalisco" in words(check)
    office.write(
        "destino: Nayarit\n", sender=SUPERVISOR, name="Supervisión", answering=str(check["Message-ID"]), vouched=VOUCHED
    )
    office.run()
    assert office.petition().lugar == "nayarit"
    assert office.petition().state is State.REGISTRADA_TURNADA
    records = office.store.records_of(office.petition().folio)
    assert [record.clase.value for record in records] == ["registro", "nota"]
