"""What is held about a person is told whole, and erased without a trace of the person and without losing a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from daemon.errors import IllegalTransition
from daemon.model.decision import Plan, Reason
from daemon.model.ledger import Past
from daemon.model.mail import PersonData
from daemon.model.outgoing import DraftState
from daemon.model.petition import HistoryEntry, Petition, State
from daemon.model.privacy import ERASED, Dato, Erasure, PersonKey
from daemon.model.retention import Kind
from daemon.model.siade import Record, RecordClase
from daemon.model.survival import Check, CheckState, Pensioner
from daemon.ports import Store

from .store_samples import (
    ACCOUNT,
    FOLIO,
    HOUR,
    NOW,
    PERSON,
    a_copy,
    a_decision,
    a_delivery,
    a_draft,
    a_ficha,
    a_line,
    a_petition,
    keys,
    opened,
    send,
)

TODAY = date(2026, 11, 22)
LATER = NOW + timedelta(days=400)
NSS, CURP, PHONE = "12345678903", "LORA800101MDFPZN09", "5555550101"
DATA = PersonData(nombre="Rosa Medina Ñúñez", nss=NSS, curp=CURP, telefono=PHONE, correo=PERSON)
SURVEY = "https://encuesta.example/a"
# Whatever of these is still found in the store was not erased.
WORDS = (PERSON, "Rosa", "Medina", NSS, CURP, CURP.lower(), PHONE, "metformina", "nuevo@correo.example")


def by(kind: Dato = Dato.NSS, value: str = NSS) -> PersonKey:
    return PersonKey(kind, value)


def asked(**more: Any) -> Erasure:
    return replace(Erasure(0, LATER, "solicitud", "admin", "Solicitud 12/2026", by().seal(b"clave")), **more)


def a_whole_petition(store: Store, folio: str = FOLIO, *, uid: int = 1, **changes: Any) -> Petition:
    """A concluded petition with a row in every table that a petition has, in each of which the person is named."""
    # The account is of the house; what it wrote to is not.
    petition = a_petition(
        folio,
        **{
            "data": DATA,
            "summary": "Rosa Medina pide metformina",
            "respuesta": "Rosa ya tiene su metformina",
            "answer": "Estimada Rosa: ya hay metformina",
            "held": "Rosa escribió dos veces",
            "antecedentes": ("AC-250101-AAAAA",),
            "siade": f"S-{folio}",
            "state": State.CONCLUIDA,
            "subject": "Metformina de Rosa Medina",
            **changes,
        },
    )
    decision = replace(a_decision(), data=DATA, reasons=(Reason("tema", "P 5.10", "metformina de Rosa"),))
    lines = (a_line(), HistoryEntry(NOW, "nota", f"Rosa Medina, {NSS}, insiste", "P 5.73", PERSON))
    draft = a_draft(folio=folio, text=f"Estimada Rosa: su metformina. {SURVEY}?t=1")
    record = Record(f"{folio}/s1", folio, RecordClase.REGISTRO, ACCOUNT, NOW, f"Rosa Medina, NSS {NSS}", "de Rosa")
    ficha = a_ficha(folio=folio, subject="Ficha de Rosa Medina", raw=b"Subject: Rosa Medina\r\n\r\nmetformina\r\n")
    delivery = a_delivery(uid)
    store.claim(ACCOUNT, "INBOX", 7, [uid], NOW)
    store.commit(
        Plan(petition=petition, decision=decision, history=lines),
        now=NOW,
        delivery=delivery,
        keys=keys(f"<{uid}.nuevo@correo.example>"),
        drafts=[draft],
        internals=[ficha],
        move_to="Peticiones",
        records=[record],
    )
    send(store, draft.id, NOW)
    store.commit(Plan(), now=NOW, copy=a_copy(draft.message_id), settle=(draft.id, DraftState.ACEPTADO))
    store.export_records(NOW)
    for row in store.tasks(ACCOUNT, NOW + HOUR):
        store.task_failed(row.id, f"no se pudo con el correo de {PERSON}", None, NOW)
    return petition


def all_text(store: Any) -> str:
    """Everything that stands in the data base, table by table."""
    from sqlalchemy import select

    from storage.tables import metadata

    with store._db.reading() as db:
        return "\n".join(
            f"{table.name}: {dict(row)}"
            for table in metadata.sorted_tables
            for row in db.execute(select(table)).mappings()
        )


def left_of(store: Store, words: Sequence[str] = WORDS) -> list[str]:
    text = all_text(store)
    return [f"{word}: {line}" for line in text.splitlines() for word in words if word in line]


def test_what_is_held_is_told_table_by_table_with_the_place_of_each_mail(store: Store) -> None:
    a_whole_petition(store)
    store.load_past(
        [Past("2025A1", nss=NSS, nombre="Rosa Medina", respuesta="metformina", cerrada=date(2025, 1, 1))], NOW
    )
    store.load_roster([Pensioner(NSS, "Rosa", "Medina")], NOW)
    held = store.held_about(by(), TODAY)
    (matter,) = held.matters
    assert (matter.folio, matter.shared, matter.waits) == (FOLIO, False, ())
    assert {"petitions", "history", "decisions", "drafts", "internals", "deliveries", "copies", "records"} <= {
        *matter.rows
    }
    (mail,) = matter.mails
    assert (mail.account, mail.folder, mail.message_id) == (ACCOUNT, "INBOX", "<1.nuevo@correo.example>")
    assert [row.folio for row in held.past] == ["2025A1"]
    assert held.pensioner
    assert {"petitions", "history", "drafts", "past", "pensioners", "person_keys", "threads"} <= {*held.rows}
    assert "Estimada Rosa" in str(held.rows["drafts"])


@pytest.mark.parametrize(
    "key",
    [by(), by(Dato.CURP, CURP.lower()), by(Dato.CORREO, PERSON), by(Dato.TELEFONO, PHONE), by(Dato.FOLIO, FOLIO)],
    ids=lambda key: key.kind.value,
)
def test_nothing_of_the_person_is_left_anywhere(store: Store, key: PersonKey) -> None:
    a_whole_petition(store)
    done = store.erase(key, [FOLIO], asked(), TODAY, SURVEY)
    assert done.folios == (FOLIO,)
    assert done.number == 1
    assert left_of(store) == []
    # The records that vanish are those by which the person would be found.
    assert store.held_about(by(), TODAY).nothing
    assert store.erasures() == (done,)


def test_history_keeps_its_lines_with_date_numeral_and_whose_turn_it_was(store: Store) -> None:
    a_whole_petition(store)
    before = store.story(FOLIO)
    store.erase(by(), [FOLIO], asked(), TODAY)
    after = store.story(FOLIO)
    assert [(e.at, e.action, e.numeral, e.state) for e in after] == [
        (e.at, e.action, e.numeral, e.state) for e in before
    ]
    assert {e.text for e in after} == {ERASED}
    assert [e.actor for e in after] == ["acuse", "la persona"]


def test_the_figures_of_the_past_are_the_same_afterwards(store: Store) -> None:
    a_whole_petition(store)
    span = (NOW - HOUR, NOW + 24 * HOUR, SURVEY)
    before = store.facts(*span)
    assert before.mails[0].survey
    store.erase(by(), [FOLIO], asked(), TODAY, SURVEY)
    after = store.facts(*span)
    assert replace(after, copies=()) == replace(before, copies=())
    assert [(c.draft, c.times, len(c.to)) for c in after.copies] == [
        (c.draft, c.times, len(c.to)) for c in before.copies
    ]


def test_what_was_erased_can_still_be_read_and_a_change_that_was_under_way_is_refused(store: Store) -> None:
    a_whole_petition(store)
    read = store.petition(FOLIO)
    assert read
    store.erase(by(), [FOLIO], asked(), TODAY)
    erased = store.petition(FOLIO)
    assert erased
    assert (erased.petitioner, erased.data, erased.thread, erased.siade) == (ERASED, PersonData(), (), read.siade)
    assert [draft.raw for draft in store.drafts_of(FOLIO)] == [b""]
    assert store.decisions(FOLIO)[0].reasons[0].rule == "tema"
    assert store.records_of(FOLIO)[0].texto == ERASED
    with pytest.raises(IllegalTransition):
        store.commit(Plan(petition=replace(read, summary="Rosa otra vez")), now=LATER)
    # Whoever works on it from now on does not make it findable under what stands in place of the address.
    store.commit(Plan(petition=erased), now=LATER)
    assert store.history_for(keys(address=ERASED), NOW).kin == ()


def test_a_mail_of_an_erased_petition_that_is_listed_anew_is_known_and_opens_nothing(store: Store) -> None:
    a_whole_petition(store)
    store.erase(by(), [FOLIO], asked(), TODAY)
    again = store.history_for(keys("<1.nuevo@correo.example>", address=PERSON), NOW)
    assert (again.seen_before, again.already) == (True, FOLIO)
    late = store.history_for(keys("<tarde@correo.example>", "d2", thread=("<1.nuevo@correo.example>",), nss=NSS), NOW)
    assert (late.seen_before, late.by_thread, late.by_address, late.kin) == (False, None, (), ())


@pytest.mark.parametrize("state", [State.ESPERA_DATOS_1, State.REGISTRADA_TURNADA])
def test_what_is_open_is_not_erased_even_when_asked_for(store: Store, state: State) -> None:
    a_whole_petition(store, state=state)
    assert store.held_about(by(), TODAY).matters[0].waits == ("sigue abierta",)
    assert store.erase(by(), [FOLIO], asked(), TODAY).folios == ()
    assert left_of(store)


@pytest.mark.parametrize("why", ["envío sin resolver", "copia de conteo", "tarea por hacer", "registro a SIADE"])
def test_what_waits_for_something_is_left_alone_and_says_for_what(store: Store, why: str) -> None:
    closed = opened(store, a_petition(state=State.CONCLUIDA), drafts=[a_draft()])
    copied = why in ("tarea por hacer", "registro a SIADE")
    if why != "envío sin resolver":
        send(store, a_draft().id)
    if copied:
        store.commit(Plan(), now=NOW, copy=a_copy(a_draft().message_id))
    if why == "tarea por hacer":
        store.commit(Plan(petition=closed), now=NOW, internals=[a_ficha()])
    if why == "registro a SIADE":
        record = Record(f"{FOLIO}/s1", FOLIO, RecordClase.REGISTRO, ACCOUNT, NOW, "Rosa")
        store.commit(Plan(petition=closed), now=NOW, records=[record])
    told = store.held_about(by(), TODAY).matters[0].waits
    assert any(why in each for each in told), told
    assert store.erase(by(), [FOLIO], asked(), TODAY).folios == ()
    assert store.expire(Kind.PETICIONES, LATER, asked(origin="plazo"), TODAY, 10) == 0
    assert store.expire(Kind.CORREOS, LATER, asked(origin="plazo"), TODAY, 10) == 0


def test_only_the_petitions_of_that_person_are_erased_where_a_family_shares_an_address(store: Store) -> None:
    other = replace(DATA, nombre="Luis Mora Paz", nss="12816177971", curp=None, telefono=None)
    a_whole_petition(store)
    a_whole_petition(store, "AC-250910-BBBBB", uid=2, data=other)
    assert store.held_about(by(Dato.CORREO, PERSON), TODAY).people == (NSS, "12816177971")
    a_whole_petition(store, "AC-250911-CCCCC", uid=3, data=replace(DATA, nombre="Rosa Medina", nss=None))
    assert len(store.held_about(by(Dato.CORREO, PERSON), TODAY).people) == 2
    done = store.erase(by(), [FOLIO, "AC-250910-BBBBB"], asked(), TODAY)
    assert done.folios == (FOLIO,)
    kept = store.petition("AC-250910-BBBBB")
    assert kept
    assert (kept.petitioner, kept.data.nombre) == (PERSON, "Luis Mora Paz")


def test_who_wrote_for_a_relative_goes_and_the_relatives_matter_stays(store: Store) -> None:
    mother = PersonData(nombre="Juana Ríos Sol", nss="12816177971", tercero=True, correo=PERSON)
    a_whole_petition(store, data=mother, summary="Pide una cita")
    held = store.held_about(by(Dato.CORREO, PERSON), TODAY)
    assert held.matters[0].shared
    done = store.erase(by(Dato.CORREO, PERSON), [FOLIO], asked(), TODAY)
    assert (done.folios, done.shared) == ((), (FOLIO,))
    assert left_of(store, [PERSON]) == []
    kept = store.petition(FOLIO)
    assert kept
    assert (kept.data.nombre, kept.data.nss, kept.data.correo, kept.petitioner) == (
        "Juana Ríos Sol",
        "12816177971",
        None,
        ERASED,
    )
    assert store.held_about(by(Dato.CORREO, PERSON), TODAY).nothing
    assert store.held_about(by(Dato.NSS, "12816177971"), TODAY).matters


def test_of_a_consular_mail_with_two_pensioners_only_one_is_erased(store: Store) -> None:
    office = "imss_dallas@sre.gob.mx"

    def a_check(number: int, nss: str, name: str) -> Check:
        fields: dict[str, str | None] = {
            "nss": nss,
            "nombre": name,
            "apellido_paterno": "Medina",
            "contacto": f"555{nss}",
        }
        state, received = CheckState.CONFIRMADA, NOW
        return Check(
            f"CS-250909-7K3FQ-{number}", FOLIO, ACCOUNT, office, f"T{nss}", nss, state, received, fields, "<x@y>"
        )

    two = (a_check(1, NSS, "Rosalía"), a_check(2, "12816177971", "Joaquina"))
    both = a_petition(
        state=State.SUPERVIVENCIA_CONFIRMADA, petitioner=office, data=PersonData(), subject="Dos solicitudes"
    )
    lines = (
        HistoryEntry(NOW, "recibida", f"Solicitud de Rosalía Medina, NSS {NSS}", "C"),
        HistoryEntry(NOW, "recibida", "Solicitud de Joaquina Medina", "C"),
    )
    store.commit(Plan(petition=both, checks=two, history=lines), now=NOW)
    assert store.held_about(by(), TODAY).matters[0].waits == ("falta exportar una comprobación de supervivencia",)
    store.export_checks(ACCOUNT, NOW)
    done = store.erase(by(), [FOLIO], asked(), TODAY)
    assert done.shared == (FOLIO,)
    assert left_of(store, [NSS, "Rosalía"]) == []
    first, second = store.checks_of(FOLIO)
    assert (first.nss, first.fields, first.state) == (ERASED, {}, CheckState.CONFIRMADA)
    assert second == replace(two[1], exported_at=NOW)
    assert [entry.text for entry in store.story(FOLIO)] == [ERASED, "Solicitud de Joaquina Medina"]
    kept = store.petition(FOLIO)
    assert kept
    assert kept.petitioner == office


def test_an_imported_antecedent_is_erased_and_does_not_come_back_with_its_file(store: Store) -> None:
    old = Past(
        "2025A1",
        nss=NSS,
        nombre="Rosa Medina",
        respuesta="Hay metformina",
        estado="Concluida",
        cerrada=date(2025, 1, 1),
    )
    store.load_past([old], NOW)
    done = store.erase(by(), [], asked(), TODAY)
    assert done.past == ("2025A1",)
    assert left_of(store) == []
    assert store.load_past([old], LATER).same == 1
    assert left_of(store) == []


def test_what_lies_outside_petitions_is_found_and_erased(store: Store) -> None:
    store.commit(Plan(), now=NOW, copy=replace(a_copy("<a-mano@imss.example>"), subject=f"Para {PERSON}"))
    store.commit(Plan(decision=replace(a_decision(), data=DATA)), now=NOW, delivery=a_delivery(5), keys=keys("<m@x>"))
    store.alarm_on("incierto:x", f"no se sabe si salió el correo a {PERSON}", NOW)
    store.alarm_off(None, NOW)
    held = store.held_about(by(Dato.CORREO, PERSON), TODAY)
    assert held.loose == {"decisions": 1, "copies": 1, "alarms": 1}
    store.erase(by(Dato.CORREO, PERSON), [], asked(), TODAY)
    assert left_of(store, [PERSON]) == []
    assert store.held_about(by(Dato.CORREO, PERSON), TODAY).nothing


# --- past its time ---------------------------------------------------------------------------------------------------


def at_night(store: Store, kind: Kind, before: Any = LATER, limit: int = 10) -> int:
    return store.expire(kind, before, asked(origin="plazo", person="", reason="plazo cumplido"), TODAY, limit, SURVEY)


def test_a_concluded_petition_is_erased_when_its_last_movement_is_past_its_time(store: Store) -> None:
    a_whole_petition(store)
    assert at_night(store, Kind.PETICIONES, NOW) == 0
    assert left_of(store)
    assert at_night(store, Kind.SUPERVIVENCIA) == 0
    assert at_night(store, Kind.PETICIONES) == 1
    assert left_of(store) == []
    assert at_night(store, Kind.PETICIONES) == 0
    (record,) = store.erasures()
    assert (record.origin, record.person, record.folios) == ("plazo", "", ())
    assert record.rows["petitions"] == 1


def test_the_erasures_of_one_night_are_one_record(store: Store) -> None:
    for number in range(3):
        a_whole_petition(store, f"AC-250909-AAAA{number}", uid=number + 1)
    assert [at_night(store, Kind.PETICIONES, limit=2) for _ in range(3)] == [2, 1, 0]
    (record,) = store.erasures()
    assert record.rows["petitions"] == 3


def test_mails_go_before_the_petition_whose_facts_stay(store: Store) -> None:
    a_whole_petition(store)
    assert at_night(store, Kind.CORREOS) == 1
    assert at_night(store, Kind.CORREOS) == 0
    kept = store.petition(FOLIO)
    assert kept
    assert kept.data == DATA
    assert [(draft.raw, draft.html) for draft in store.drafts_of(FOLIO)] == [(b"", "")]


def test_each_other_kind_goes_by_its_own_time(store: Store) -> None:
    a_whole_petition(store)
    store.load_past([Past("1", nombre="Rosa", cerrada=date(2025, 1, 1)), Past("2", nombre="Rosa Abierta")], NOW)
    store.commit(Plan(), now=NOW, copy=a_copy("<a-mano@imss.example>"))
    store.commit(Plan(decision=a_decision()), now=NOW, delivery=a_delivery(5), keys=keys("<m@x>"))
    store.claim(ACCOUNT, "INBOX", 7, [9], NOW)
    store.quarantine(a_delivery(9), "ilegible", "Rosa Medina no se lee", NOW)
    store.alarm_on("a", "algo de Rosa", NOW)
    kinds = [Kind.REGISTROS_SIADE, Kind.ANTECEDENTES, Kind.COPIAS_AJENAS, Kind.SIN_PETICION, Kind.CUARENTENA]
    assert [at_night(store, kind, NOW - timedelta(days=600)) for kind in (*kinds, Kind.ALARMAS)] == [0] * 6
    assert at_night(store, Kind.ALARMAS) == 0, "un aviso que sigue no se borra"
    store.alarm_off(None, NOW)
    assert [at_night(store, kind) for kind in (*kinds, Kind.ALARMAS)] == [1, 1, 1, 2, 1, 1]
    assert [at_night(store, kind) for kind in (*kinds, Kind.ALARMAS)] == [0] * 6
    assert store.quarantined()[0].reason == "ilegible"
    assert "Rosa Abierta" in all_text(store)
