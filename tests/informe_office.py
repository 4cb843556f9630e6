"""An invented office of some weeks in a store of its own, for the tests of the report and the pictures of docs/."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from daemon.decide.calendar import OfficeCalendar
from daemon.edge.rulefiles import load_rules
from daemon.model.decision import Disposition, Plan
from daemon.model.ledger import Copy, Delivery
from daemon.model.mail import PersonData
from daemon.model.office_rules import Consultor
from daemon.model.outgoing import Draft, DraftState
from daemon.model.petition import Clase, HistoryEntry, Petition, State, Term, Type
from daemon.model.rules import PersonaDeCasa, RuleSet
from daemon.model.siade import Record, RecordClase
from daemon.ports import Store

ATNDER, EMPLOYERS, PREGNANT = (f"{name}@imss.gob.mx" for name in ("atnder", "atn.contribuyente", "mujer.embarazada"))
SUPERVISOR = "supervision.dac@imss.gob.mx"
# Monday at opening; Monday of the week before was a federal day of rest.
MORNING = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
BEGIN = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
_PEOPLE = (
    ("aurora.beltran", "Aurora Beltrán Cota"),
    ("benito.lara", "Benito Lara Osuna"),
    ("citlali.mena", "Citlali Mena Rueda"),
    ("dario.pinto", "Darío Pinto Salas"),
    ("elvira.zuno", "Elvira Zúñiga Nava"),
    ("fermin.orta", "Fermín Orta Leal"),
    ("gala.vidal", "Gala Vidal Trejo"),
)
CONSULTANTS = tuple(f"{name}@imss.gob.mx" for name, _ in _PEOPLE)
_OOAD = ("Jalisco", "Nuevo León", "Puebla", "Veracruz Norte", "Ciudad de México Sur", "Sonora", None)
_TOPICS = {
    Type.ORIENTACION: ("semanas_cotizadas", "escritorio_virtual", "vigencia_derechos"),
    Type.QUEJA: ("falta_medicamento", "cita_medica"),
    Type.GESTION: ("pension_cesantia_vejez", "pension_viudez_orfandad"),
}
# What must never stand in a report: it belongs to the petitions all the same.
NSS, NAME, TEXT = "12345678903", "Rosalinda Medina Ñúñez", "me duele mucho y no me han dado la insulina"


def office_rules() -> RuleSet:
    """The shipped rules with the people of this office, and a survey."""
    base = load_rules([Path("rules")])
    people = (
        *(PersonaDeCasa(correo=a, nombre=n, papel="consultor") for a, (_, n) in zip(CONSULTANTS, _PEOPLE, strict=True)),
        PersonaDeCasa(correo=SUPERVISOR, nombre="Supervisión", papel="supervisor"),
        PersonaDeCasa(correo="jefatura.dac@imss.gob.mx", nombre="Jefatura", papel="jefatura"),
    )
    staff = tuple(
        Consultor(correo=a, nombre=n, supervisor=SUPERVISOR) for a, (_, n) in zip(CONSULTANTS, _PEOPLE, strict=True)
    )
    casa = base.casa.model_copy(update={"personas": people, "encuesta": "https://encuesta.imss.example/satisfaccion"})
    return base.model_copy(update={"casa": casa, "consultores": staff})


class Weeks:
    """Fills a store with petitions, each through the commits that the daemon would make."""

    def __init__(self, store: Store, rules: RuleSet, seed: int = 7) -> None:
        self.store, self.rules, self.chance = store, rules, Random(seed)
        self.calendar = OfficeCalendar(rules.calendario)
        self.number = 0

    # --- one petition --------------------------------------------------------------------------------------------

    def arrives(self, at: datetime, kind: Type, **more: Any) -> Petition:
        self.number += 1
        day = self.calendar.local(at).date()
        # As our references are written: five signs, none of which is taken for another.
        folio = f"AC-{day:%y%m%d}-" + "".join(
            "23456789ABCDEFGHJKMNPQRS"[self.number * 7919 // 24**n % 24] for n in range(5)
        )
        petition = Petition(
            folio=folio,
            account=self.chance.choices((ATNDER, EMPLOYERS, PREGNANT), (7, 2, 1))[0],
            counting=ATNDER,
            state=State.NUEVA,
            opened_at=at,
            captured_on=self.calendar.capture_day(at),
            petitioner=f"persona{self.number}@correo.example",
            subject=f"Asunto de {NAME}",
            first_message_id=f"<{folio.lower()}@correo.example>",
            type=kind,
            topic=self.chance.choice(_TOPICS[kind]),
            data=PersonData(nombre=NAME, nss=NSS, correo=f"persona{self.number}@correo.example"),
            consultor=CONSULTANTS[min(int(self.chance.expovariate(0.4)), 6)],
            summary=TEXT,
            ooad=self.chance.choice(_OOAD),
            urgent=self.chance.random() < 0.06,
        )
        petition = replace(petition, **more)
        return self.moves(petition, State.REVISION_CONSULTOR, at, "recibida")

    def moves(self, petition: Petition, state: State, at: datetime, action: str = "nota", **more: Any) -> Petition:
        """Commit the petition in this state with one line; returns it as it is stored then."""
        commit = {key: more.pop(key) for key in ("drafts", "records", "settle", "copy") if key in more}
        after = replace(petition, state=state, **more)
        self.store.commit(
            Plan(petition=after, history=(HistoryEntry(at, action, TEXT, "P 5.19", state=state),)), now=at, **commit
        )
        return replace(after, version=after.version + 1)

    def draft(self, petition: Petition, clase: Clase, at: datetime, *, turn: int = 1, review: bool = False) -> Draft:
        ordinal = len(self.store.drafts_of(petition.folio)) + 1
        return Draft(
            id=f"{petition.folio}/{ordinal}",
            folio=petition.folio,
            ordinal=ordinal,
            clase=clase,
            turn=turn,
            account=petition.account,
            counting=petition.counting,
            to=petition.petitioner,
            subject="Respuesta",
            text=f"{NAME}: {TEXT} https://encuesta.imss.example/satisfaccion?f=x" if "orient" in clase else TEXT,
            html="",
            raw=b"",
            message_id=f"<{petition.folio.lower()}-{ordinal}@imss.gob.mx>",
            in_reply_to=None,
            disposition=Disposition.REVISAR if review else Disposition.ENVIAR,
            template=clase.value,
            rules_version="r1",
            created_at=at,
            consultor=petition.consultor,
        )

    def laid(self, petition: Petition, clase: Clase, state: State, at: datetime) -> tuple[Petition, Draft]:
        draft = self.draft(petition, clase, at, review=True)
        petition = self.moves(petition, state, at, "paso", drafts=[draft])
        self.store.mark_laid(draft.id, at)
        return petition, draft

    def leaves(
        self, petition: Petition, draft: Draft, state: State, at: datetime, *, copies: int = 1, **more: Any
    ) -> Petition:
        """The mail leaves, and its blind copy is seen so many times."""
        petition = self.moves(petition, state, at, "enviado", settle=(draft.id, DraftState.ACEPTADO), **more)
        for number in range(copies):
            self.counted(draft.message_id, petition.counting, petition.account, petition.petitioner, at, number)
        return petition

    def counted(self, message_id: str, account: str, sender: str, to: str, at: datetime, number: int = 0) -> None:
        from daemon.model.ledger import Keys

        self.uid = getattr(self, "uid", 0) + 1
        delivery = Delivery(account, "INBOX", 1, self.uid)
        seen = at + timedelta(minutes=2 + number)
        self.store.claim(account, "INBOX", 1, [self.uid], seen)
        copy = Copy(message_id, account, "conteo", seen, sender, (to,), TEXT)
        self.store.commit(Plan(), now=seen, delivery=delivery, keys=Keys(message_id, str(self.uid)), copy=copy)

    def term(self, name: str, at: datetime, petition: Petition) -> Term:
        return self.calendar.term(name, self.rules.plazos[name], at, petition.ooad)

    # --- how petitions go ----------------------------------------------------------------------------------------

    def guided(self, at: datetime, answered: datetime | None, **more: Any) -> Petition:
        """An orientación, answered then or still waiting for its consultant."""
        petition = self.arrives(at, Type.ORIENTACION, **more)
        petition, draft = self.laid(petition, Clase.ORIENTACION, State.ORIENTACION_EN_REVISION, at)
        if answered is None:
            return petition
        return self.leaves(petition, draft, State.CONCLUIDA_ORIENTACION, answered)

    def asked(self, at: datetime, missing: tuple[str, ...] = ("nss",), **more: Any) -> Petition:
        """A complaint without its NSS: the request leaves at once and a77's term runs."""
        petition = self.arrives(at, Type.QUEJA, missing=missing, **more)
        draft = self.draft(petition, Clase.DATOS_COMPLEMENTARIOS, at)
        petition = self.moves(petition, State.MENSAJE_EN_COLA, at, "paso", drafts=[draft])
        return self.leaves(
            petition, draft, State.ESPERA_DATOS_1, at, terms=(self.term("segunda_solicitud", at, petition),)
        )

    def answers(self, petition: Petition, at: datetime, missing: tuple[str, ...] = ()) -> Petition:
        return self.moves(petition, State.REVISION_CONSULTOR, at, "escribe", missing=missing, terms=())

    def registers(self, petition: Petition, at: datetime, folio: str | None) -> Petition:
        record = Record(f"{petition.folio}/s1", petition.folio, RecordClase.REGISTRO, petition.account, at, TEXT)
        draft = self.draft(petition, Clase.ACUSE_CDAOD, at)
        petition = self.moves(
            petition,
            State.REGISTRADA_TURNADA,
            at,
            "paso_registro",
            registered_at=at,
            destination="cdaod_jdaod",
            records=[record],
            drafts=[draft],
            terms=(self.term("respuesta_cdaod", at, petition),),
        )
        if folio is None:
            return petition
        return self.leaves(petition, draft, State.REGISTRADA_TURNADA, at + timedelta(hours=3), siade=folio)


def fill(store: Store, rules: RuleSet) -> Weeks:
    """Three weeks of an office, as they lie on MORNING: lively, not all well, the same every time."""
    weeks, calendar = Weeks(store, rules), OfficeCalendar(rules.calendario)
    chance = weeks.chance
    day = date(2026, 11, 2)
    while day < MORNING.date():
        if calendar.why_closed(day) is None:
            _one_day(weeks, calendar.opens(day), chance)
        day += timedelta(days=1)
    expired = weeks.arrives(BEGIN + timedelta(hours=1), Type.QUEJA)
    expired = weeks.registers(expired, BEGIN + timedelta(hours=1), "S2026110244")
    weeks.moves(expired, State.REGISTRADA_TURNADA, expired.terms[0].due_at, "vence", terms=())
    store.export_records(calendar.opens(date(2026, 11, 20)) + timedelta(hours=8))
    friday = calendar.opens(date(2026, 11, 20))
    # What Friday brought and left: a mail without copy, one counted twice, one sent by hand, two without folio.
    late = weeks.arrives(friday + timedelta(hours=2), Type.GESTION)
    draft = weeks.draft(late, Clase.DATOS_COMPLEMENTARIOS, friday + timedelta(hours=2))
    late = weeks.moves(late, State.MENSAJE_EN_COLA, friday + timedelta(hours=2), drafts=[draft])
    weeks.leaves(late, draft, State.ESPERA_DATOS_1, friday + timedelta(hours=2), copies=0,
                 terms=(weeks.term("segunda_solicitud", friday + timedelta(hours=2), late),))  # fmt: skip
    twice = weeks.arrives(friday + timedelta(hours=3), Type.ORIENTACION)
    twice, draft = weeks.laid(twice, Clase.ORIENTACION, State.ORIENTACION_EN_REVISION, friday + timedelta(hours=3))
    weeks.leaves(twice, draft, State.CONCLUIDA_ORIENTACION, friday + timedelta(hours=4), copies=2)
    weeks.counted(
        "<a-mano@imss.gob.mx>", ATNDER, CONSULTANTS[1], "marta.sosa@correo.example", friday + timedelta(hours=5)
    )
    by_hand = Copy("<sin-copia@imss.gob.mx>", ATNDER, "enviados", friday + timedelta(hours=6), CONSULTANTS[2],
                   ("jorge.rivas@correo.example",), TEXT)  # fmt: skip
    store.commit(Plan(), now=by_hand.seen_at, copy=by_hand)
    for hours in (6, 7):
        weeks.registers(
            weeks.arrives(friday + timedelta(hours=hours), Type.QUEJA), friday + timedelta(hours=hours), None
        )
    unclear = weeks.arrives(calendar.opens(date(2026, 11, 11)), Type.ORIENTACION)
    weeks.moves(unclear, State.ESPERA_ACLARACION, calendar.opens(date(2026, 11, 11)), "enviado")
    asks = weeks.arrives(calendar.opens(date(2026, 11, 12)), Type.ORIENTACION)
    weeks.moves(asks, State.ESPERA_SUPERVISOR, calendar.opens(date(2026, 11, 12)), "consulta")
    store.alarm_on("buzon:atnder@imss.gob.mx", "el servidor de correo no responde", friday + timedelta(hours=1))
    store.alarm_off("buzon:atnder@imss.gob.mx", friday + timedelta(hours=1, minutes=20))
    store.alarm_on("silencio:mujer.embarazada@imss.gob.mx", "sin una revisión completa de mujer.embarazada@imss.gob.mx "
                   "desde hace 25 minutos", MORNING - timedelta(minutes=30))  # fmt: skip
    odd = Delivery(EMPLOYERS, "INBOX", 1, 90_001)
    store.claim(EMPLOYERS, "INBOX", 1, [odd.uid], friday)
    store.quarantine(odd, "ilegible", "el mensaje está dañado", friday)
    return weeks


def _one_day(weeks: Weeks, opens: datetime, chance: Random) -> None:
    def hour() -> datetime:
        return opens + timedelta(minutes=chance.randrange(20, 9 * 60 - 60))

    def later(at: datetime, days: int) -> datetime:
        day = weeks.calendar.advance(weeks.calendar.local(at).date(), days)[0]
        return weeks.calendar.opens(day) + timedelta(minutes=chance.randrange(10, 400))

    for _ in range(chance.randrange(4, 8)):
        at = hour()
        answered = at + timedelta(minutes=chance.randrange(20, 50)) if chance.random() < 0.6 else later(at, 1)
        if chance.random() < 0.12:
            answered = later(at, 30)
        weeks.guided(at, answered if answered < MORNING else None)
    for _ in range(chance.randrange(1, 4)):
        at = hour()
        petition = weeks.asked(at)
        way = chance.random()
        if way < 0.5 and (back := later(at, 1)) < MORNING:
            petition = weeks.answers(petition, back)
            folio = f"S{petition.folio[3:9]}{weeks.number:03d}"
            known = folio if back < MORNING - timedelta(days=3) else None
            _unanswered(weeks, weeks.registers(petition, back + timedelta(minutes=5), known))
        elif way < 0.6 and (back := later(at, 1)) < MORNING:
            weeks.answers(petition, back, ("nss",))
        else:
            _silent(weeks, petition)


def _unanswered(weeks: Weeks, petition: Petition) -> None:
    """The area lets its term pass, and the service says so at that instant."""
    due = petition.terms[0].due_at
    if due < MORNING:
        weeks.moves(petition, petition.state, due, "vence", terms=())


def _silent(weeks: Weeks, petition: Petition) -> None:
    """Nobody answers: the second request, then the conclusion, each at the end of its term."""
    steps = (
        (Clase.DATOS_COMPLEMENTARIOS, 2, State.ESPERA_DATOS_2, "conclusion_desinteres"),
        (Clase.CONCLUSION_DESINTERES, 1, State.CONCLUIDA_DESINTERES, None),
    )
    for clase, turn, state, begins in steps:
        at = petition.terms[0].due_at
        if at >= MORNING:
            return
        draft = weeks.draft(petition, clase, at, turn=turn)
        petition = weeks.moves(petition, State.MENSAJE_EN_COLA, at, "vence", drafts=[draft], terms=())
        terms = (weeks.term(begins, at, petition),) if begins else ()
        petition = weeks.leaves(petition, draft, state, at, terms=terms)
