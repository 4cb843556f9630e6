"""Invented petitions, drafts and messages that the store's contract tests work with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from daemon.model.decision import Decision, Disposition, Plan, Reason, Step
from daemon.model.ledger import Copy, Delivery, Keys, Task
from daemon.model.mail import Attachment, Kind, PersonData
from daemon.model.outgoing import Draft, DraftState, InternalMail
from daemon.model.petition import Clase, HistoryEntry, Petition, State, Term, Type
from daemon.ports import Store

NOW = datetime(2025, 9, 9, 16, 30, tzinfo=UTC)
MIDNIGHT = datetime(2025, 9, 9, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ACCOUNT = "atnder@imss.example"
OTHER_ACCOUNT = "mujer.embarazada@imss.example"
COUNTING = "conteo@imss.example"
PERSON = "rosa.medina@correo.example"
FOLIO = "AC-250909-7K3FQ"


def a_petition(folio: str = FOLIO, **changes: Any) -> Petition:
    """A petition as it is before its first commit."""
    first = f"<{folio.lower()}@correo.example>"
    start = Petition(
        folio=folio,
        account=ACCOUNT,
        counting=COUNTING,
        state=State.ESPERA_DATOS_1,
        opened_at=NOW,
        captured_on=date(2025, 9, 9),
        petitioner=PERSON,
        subject="Semanas cotizadas",
        first_message_id=first,
        type=Type.ORIENTACION,
        topic="semanas_cotizadas",
        data=PersonData(nombre="Rosa Medina Ñúñez", nss="12345678903", correo=PERSON),
        missing=("nss",),
        confidence=0.97,
        thread=(first,),
    )
    return replace(start, **changes)


def a_term(acts_at: datetime, at_due: str = "correo", **changes: Any) -> Term:
    skipped = ((date(2025, 9, 16), "Independencia"),)
    return replace(Term("segunda_solicitud", "P a77", NOW, acts_at, at_due, skipped), **changes)


def a_draft(ordinal: int = 1, folio: str = FOLIO, **changes: Any) -> Draft:
    draft = Draft(
        id=f"{folio}/{ordinal}",
        folio=folio,
        ordinal=ordinal,
        clase=Clase.DATOS_COMPLEMENTARIOS,
        turn=1,
        account=ACCOUNT,
        counting=COUNTING,
        to=PERSON,
        subject="Solicitud de datos",
        text="Estimada Rosa: nos falta su número de seguridad social.",
        html="<p>Estimada Rosa</p>",
        raw=b"Subject: Solicitud de datos\r\n\r\nEstimada Rosa\r\n",
        message_id=f"<{folio.lower()}-{ordinal}@imss.example>",
        in_reply_to=f"<{folio.lower()}@correo.example>",
        disposition=Disposition.REVISAR,
        template="datos_complementarios",
        rules_version="r1",
        created_at=NOW + timedelta(seconds=ordinal),
        asks=("nss",),
    )
    return replace(draft, **changes)


def a_ficha(number: int = 1, folio: str = FOLIO, **changes: Any) -> InternalMail:
    mail = InternalMail(
        id=f"{folio}/ficha/{number}",
        folio=folio,
        clase=Clase.FICHA,
        account=ACCOUNT,
        to=ACCOUNT,
        subject="Ficha",
        raw=b"Subject: Ficha\r\n\r\n",
        message_id=f"<ficha-{folio.lower()}-{number}@imss.example>",
        created_at=NOW,
    )
    return replace(mail, **changes)


def a_decision() -> Decision:
    form = Attachment("solicitud.pdf", "application/pdf", 1000, "text", "NSS de otra persona", sha256="00")
    return Decision(
        kind=Kind.PETICION,
        step=Step.DATOS_COMPLEMENTARIOS,
        disposition=Disposition.ENVIAR,
        type=Type.ORIENTACION,
        attachments=(form,),
        reasons=(Reason("faltan_datos", "P a75", "no se encontró NSS", hit=False),),
        rules_version="r1",
    )


def a_line(action: str = "recibido", at: datetime = NOW) -> HistoryEntry:
    return HistoryEntry(at, action, "Llegó la petición", "P 5.11", state=State.NUEVA)


def a_delivery(uid: int = 1, account: str = ACCOUNT) -> Delivery:
    return Delivery(account, "INBOX", 7, uid)


def a_copy(message_id: str, account: str = COUNTING, origin: str = "conteo", seen_at: datetime = NOW) -> Copy:
    return Copy(message_id, account, origin, seen_at, ACCOUNT, (PERSON, "otra@correo.example"), "Solicitud de datos")


def keys(message_id: str = "<nuevo@correo.example>", digest: str = "d1", **more: Any) -> Keys:
    return Keys(message_id=message_id, digest=digest, **more)


def opened(store: Store, petition: Petition | None = None, **more: Any) -> Petition:
    """Store a petition for the first time and read it back."""
    petition = petition or a_petition()
    store.commit(Plan(petition=petition), now=NOW, **more)
    stored = store.petition(petition.folio)
    assert stored is not None
    return stored


def state_of(store: Store, draft_id: str) -> DraftState:
    draft = store.draft(draft_id)
    assert draft is not None
    return draft.state


def open_tasks(store: Store, account: str = ACCOUNT, now: datetime = NOW + 24 * HOUR) -> list[Task]:
    return [row.task for row in store.tasks(account, now)]


def send(store: Store, draft_id: str, at: datetime = NOW) -> None:
    """Let a prepared or approved draft leave, as the sender would."""
    assert store.sending(draft_id, at)
    store.settled(draft_id, DraftState.ACEPTADO, "250 ok", at)


def folios(petitions: Sequence[Petition]) -> list[str]:
    return [petition.folio for petition in petitions]
