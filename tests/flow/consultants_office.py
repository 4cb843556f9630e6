"""An office with a roster: two consultants, a supervisor, an Órgano with an enlace, a survey, a server that vouches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from daemon.count import uncounted
from daemon.model.figures import CopyFact
from daemon.model.office_rules import Ausencia, Consultor
from daemon.model.outgoing import Draft, DraftState
from daemon.model.petition import Clase, Petition
from daemon.model.rules import PersonaDeCasa, RuleSet
from daemon.model.survey import survey_address
from daemon.reply.informe import names_of
from tests.flow.memory_office import ATNDER, CONSULTANT, KEY, PERSON, SUPERVISOR, VOUCHED, MemoryOffice

OTHER = "consultor.dos@imss.gob.mx"
ENLACE = "enlace.afiliacion@imss.gob.mx"
SURVEY = "https://encuesta.imss.example/satisfaccion"
COMPLETE = "No me surten la receta en la UMF 27. Soy Ana López Ruiz, mi NSS es 12816177971."
# An orientación whose topic has no template.
UNKNOWN = "Buenos días. ¿Me pueden informar qué requisitos piden para el pase con un especialista?"


def staffed(rules: RuleSet, consultores: Sequence[Consultor]) -> RuleSet:
    """The rules with these consultants, their supervisor, an enlace for every Órgano, and a survey."""
    people = (PersonaDeCasa(correo=SUPERVISOR, nombre="Supervisión", papel="supervisor"),)
    casa = rules.casa.model_copy(update={"personas": people, "encuesta": SURVEY})
    organos = tuple(organo.model_copy(update={"enlace": ENLACE}) for organo in rules.destinos.organos)
    destinos = rules.destinos.model_copy(update={"organos": organos})
    temas = tuple(tema.model_copy(update={"plantilla": None}) for tema in rules.temas)
    return rules.model_copy(
        update={"casa": casa, "destinos": destinos, "consultores": tuple(consultores), "temas": temas}
    )


def one(**more: object) -> Consultor:
    return Consultor.model_validate({"correo": CONSULTANT, "nombre": "Consultora Uno", "supervisor": SUPERVISOR} | more)


def two(**more: object) -> Consultor:
    return Consultor.model_validate({"correo": OTHER, "nombre": "Consultor Dos", "supervisor": SUPERVISOR} | more)


def away(since: str, until: str, suple: str | None = OTHER) -> Ausencia:
    return Ausencia(desde=date.fromisoformat(since), hasta=date.fromisoformat(until), suple=suple)


class StaffedOffice(MemoryOffice):
    """A memory office whose people are on the roster."""

    def __init__(self, *consultores: Consultor, trusting: bool = True) -> None:
        super().__init__(trusting=trusting)
        self.world.mailbox(OTHER)
        self.world.mailbox(ENLACE)
        self.roster(*(consultores or (one(), two())))
        self.run()

    def uncounted(self, since: datetime) -> tuple[CopyFact, ...]:
        """What was written by hand since then and nobody counted, as it is known now."""
        facts = self.store.facts(since, self.desk.now())
        return uncounted(facts, facts.since, facts.until, names_of(self.desk.policy.rules))

    def roster(self, *consultores: Consultor) -> None:
        """The office with these consultants, started anew."""
        self.rules = staffed(self.rules, consultores)
        self.start()

    def inbox(self, who: str) -> list[EmailMessage]:
        """What our own people, or the person, found in their mail."""
        return self.mails("INBOX", who)

    def by_hand(self, text: str, *, sender: str = CONSULTANT, folder: str = "INBOX", **more: str) -> EmailMessage:
        """A consultant's own mail to the person: its blind copy, or what lies in Sent."""
        mail = self.written(text, to=[more.get("to", PERSON)], subject=more.get("subject", "RE: Falta de medicamento"))
        mail.replace_header("From", f"Colega <{sender}>")
        del mail["Message-ID"]
        mail["Message-ID"] = f"<{more.get('name', 'mano')}@outlook.imss.gob.mx>"
        if answering := more.get("answering"):
            mail["In-Reply-To"] = answering
        if more.get("vouched", VOUCHED):
            mail["Authentication-Results"] = more.get("vouched", VOUCHED)
        mail["Delivered-To"] = ATNDER
        self.world.deliver(ATNDER, mail.as_bytes(), self.clock.now(), folder)
        self.run()
        return mail

    def survey(self, petition: Petition | None = None) -> str:
        return survey_address(SURVEY, (petition or self.petition()).folio, KEY)

    def lines(self) -> list[str]:
        """The petition's story."""
        return [entry.text for entry in self.store.story(self.petition().folio)]

    def waiting(self, clase: Clase) -> list[Draft]:
        return [d for d in self.drafts() if d.clase is clase and d.state is DraftState.EN_REVISION]


def enclosed(mail: EmailMessage) -> EmailMessage | None:
    """The original that goes along with a data sheet."""
    inner = [part for part in mail.walk() if part.get_content_type() == "message/rfc822"]
    if not inner:
        return None
    whole = inner[0].get_payload(0)
    return message_from_bytes(whole.as_bytes(), policy=policy.default)  # type: ignore[union-attr]
