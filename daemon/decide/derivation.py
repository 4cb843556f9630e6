"""Where a matter goes (P a79–a92), the mail that takes it to an Órgano normativo, and the answer that comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ..model.decision import Decision, Disposition, Effect, Ficha, Plan, Reason, Step, Withdraw, Write
from ..model.ledger import History
from ..model.mail import Reading
from ..model.office_rules import Organo
from ..model.petition import Clase, HistoryEntry, Petition
from ..model.rules import RuleSet
from .lifecycle import Happening, step
from .policy import Policy

ANSWERS = ("respuesta_cdaod", "respuesta_organo_normativo")


def organo_for(kind: str, topic: str | None, rules: RuleSet) -> Organo | None:
    """The Órgano normativo, or the OIC or SNTSS, that attends this topic; None when the matrix names none."""
    if topic is None:
        return None
    return next((each for each in rules.destinos.organos if each.tipo == kind and topic in each.temas), None)


def proposal(petition: Petition, policy: Policy, *, turn: int = 1, text: str | None = None) -> Write | None:
    """The proposed mail to the Órgano's enlace (P a87); None without an address, which is never invented."""
    organo = policy.rules.organo(petition.destino)
    if organo is None or organo.enlace is None:
        return None
    return Write(
        clase=Clase.DERIVACION_ORGANO_NORMATIVO,
        template=Clase.DERIVACION_ORGANO_NORMATIVO.value,
        to=organo.enlace,
        disposition=Disposition.REVISAR,
        values={"destino": organo.nombre, "texto_libre": text or petition.summary or petition.subject},
        turn=turn,
        urgent=petition.urgent,
    )


def answered(petition: Petition, reading: Reading, policy: Policy, now: datetime) -> Plan:
    """The enlace answered on our mail (P a91, 5.28): its words become a draft for the person, never the raw thread."""
    state, numeral = step(petition.state, Happening.RESPONDE_AREA)
    moved = replace(petition, state=state, terms=tuple(t for t in petition.terms if t.name not in ANSWERS))
    who = reading.author.email if reading.author else "enlace"
    entry = HistoryEntry(now, "responde_organo", "Contesta el Órgano normativo", numeral, who, state)
    effects: list[Effect] = [Withdraw("llegó otra respuesta", (Clase.RESPUESTA_ORGANO_NORMATIVO,))]
    if petition.petitioner:
        effects.append(
            Write(
                clase=Clase.RESPUESTA_ORGANO_NORMATIVO,
                template=Clase.RESPUESTA_ORGANO_NORMATIVO.value,
                to=petition.petitioner,
                disposition=Disposition.REVISAR,
                values={"texto_libre": reading.fresh},
                in_reply_to=petition.first_message_id or None,
                urgent=petition.urgent,
            )
        )
    effects.append(Ficha(("contestó el Órgano normativo: decida si es concluyente (P 5.26)",), urgent=petition.urgent))
    decision = Decision(
        kind=reading.kind,
        step=Step.CONSULTOR,
        disposition=Disposition.REVISAR,
        type=petition.type,
        topic=petition.topic,
        template=Clase.RESPUESTA_ORGANO_NORMATIVO.value,
        attachments=reading.attachments,
        reasons=(Reason("responde_organo", "P a91, 5.28", f"contesta {who} sobre nuestro mensaje"),),
        rules_version=policy.rules.version,
    )
    return Plan(decision=decision, petition=moved, history=(entry,), effects=tuple(effects))


def awaited(reading: Reading, history: History) -> Petition | None:
    """The petition that a mail of an enlace answers: by the thread, with the enlace's address vouched for."""
    petition, draft = history.by_thread, history.draft
    if petition is None or draft is None or reading.authentic == "fail":
        return None
    return petition if draft.clase is Clase.DERIVACION_ORGANO_NORMATIVO else None
