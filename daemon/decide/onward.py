"""A colleague completed, corrected or looked at a petition: to which step it goes on from there (P a75–a92)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ..errors import IllegalTransition
from ..model.decision import Disposition, Effect, Ficha, Plan, Register, Step, Withdraw
from ..model.ledger import History
from ..model.petition import Clase, HistoryEntry, Petition, Type
from ..model.rules import RuleSet
from ..model.siade import RecordClase
from . import assignment, derivation, guards, places, registration
from .course import lasting, mail_to, new_state, next_step
from .lifecycle import Happening, step
from .policy import Policy

_ASKS = {"nombre": "el nombre completo", "nss": "el NSS", "contacto": "un medio de contacto"}


def directed(petition: Petition, destino: str, rules: RuleSet) -> Petition:
    """The petition with the destination that a colleague named: a kind of place, or the key of an Órgano or a place."""
    organo, lugar = rules.organo(destino), rules.lugar(destino)
    if organo:
        return replace(petition, destination=organo.tipo, destino=organo.clave)
    if lugar:
        ooad = lugar.estado or petition.ooad
        return replace(petition, destination="cdaod_jdaod", destino=None, lugar=lugar.clave, ooad=ooad)
    return replace(petition, destination=destino, destino=petition.destino if destino == petition.destination else None)


def go_on(
    before: Petition, petition: Petition, policy: Policy, history: History, now: datetime, *, actor: str, asked: bool
) -> Plan:
    """What follows now that a colleague has said what is known; `before` is the petition without those words.

    What is complete and has a destination is registered and handed over (a79), what goes elsewhere now is derived
    anew. `asked` says that the colleague wants it to go on (`seguir`): then also a sensitive one, a data request, an
    orientación, or the way that a registered one was on. IllegalTransition when nothing says where it could go.
    """
    if petition.state.closed:
        if asked:
            raise IllegalTransition(f"la petición ya está en «{petition.state}»", cure="escriba a la persona")
        return Plan(petition=petition)
    elsewhere = (petition.destination, petition.destino) != (before.destination, before.destino)
    if petition.registered_at is not None:
        if elsewhere:
            return _handed(petition, policy, history, now, actor, "Se deriva a otro lado")
        return _resumed(petition, policy, history, now, actor) if asked else _noted_there(before, petition)
    # Whoever names the destination of a sensitive petition, or has it go on, has looked at it.
    seen = replace(petition, sensitive=None) if asked or elsewhere else petition
    chosen, why = next_step(seen, clear=True)
    if chosen is Step.REGISTRO:
        return _handed(petition, policy, history, now, actor, "Completa y con destino: se registra y se turna")
    if chosen is Step.DATOS_COMPLEMENTARIOS and asked:
        return ask_for_data(petition, policy, history, now, actor)
    tema = policy.rules.tema(petition.topic)
    if chosen is Step.ORIENTACION and asked and tema and tema.plantilla:
        moved = new_state(petition, Happening.PROPONE_ORIENTACION)
        entry = HistoryEntry(now, "paso_orientacion", "Se prepara la orientación", "P a68–a69", actor, moved.state)
        write = mail_to(
            moved,
            Clase.ORIENTACION,
            Disposition.REVISAR,
            answering=moved.first_message_id,
            template=tema.plantilla,
        )
        stale = Withdraw("hay otro paso", (Clase.ORIENTACION, Clase.DATOS_COMPLEMENTARIOS, Clase.ACLARACION))
        return Plan(petition=moved, history=(entry,), effects=(stale, write, Ficha((why.evidence,), moved.urgent)))
    if asked:
        lacks = (
            "diga en la ficha su tipo, su tema o su destino" if petition.petitioner else "no hay correo de la persona"
        )
        raise IllegalTransition(f"no se sabe cómo seguir: {lacks}", cure="complete la ficha y contéstela otra vez")
    return Plan(petition=petition)


def ask_for_data(petition: Petition, policy: Policy, history: History, now: datetime, actor: str) -> Plan:
    """Ask the person for what is still missing (a75–a76), because a colleague wants it so."""
    if not petition.missing or not petition.petitioner:
        return Plan(petition=petition)
    state, numeral = step(petition.state, Happening.PIDE_DATOS)
    clase = Clase.DATOS_COMPLEMENTARIOS
    disposition, _ = guards.disposition(clase, petition, policy.rules, history=history)
    write = mail_to(petition, clase, disposition, answering=petition.first_message_id)
    wanted = ", ".join(_ASKS.get(name, name) for name in petition.missing)
    entry = HistoryEntry(now, "paso_datos_complementarios", f"Se solicita {wanted}", numeral, actor, state)
    moved = replace(petition, state=state, asked=petition.missing, terms=lasting(petition))
    return Plan(petition=moved, history=(entry,), effects=(write,))


def _handed(petition: Petition, policy: Policy, history: History, now: datetime, actor: str, text: str) -> Plan:
    """Register and hand over, or hand on what was registered before; whatever waited for another way is taken back."""
    rules = policy.rules
    again = petition.registered_at is not None
    if petition.destination not in registration.HAPPENS:
        moved = new_state(petition, Happening.PASA_A_CONSULTOR)
        return Plan(petition=moved, effects=(Ficha(("se quedó sin destino: diga cuál es (P a79)",), moved.urgent),))
    state, numeral = step(petition.state, registration.HAPPENS[petition.destination])
    consultor = petition.consultor or (actor if assignment.attends(actor, rules) else None)
    kept = tuple(term for term in lasting(petition) if term.name not in derivation.ANSWERS)
    petition = replace(petition, state=state, asked=(), consultor=consultor, terms=kept)
    clase = registration.ACUSES[petition.destination]
    disposition, reasons = guards.disposition(clase, petition, rules, history=history)
    held = reasons[1:] if disposition is Disposition.REVISAR else ()
    petition, effects = derivation.hand_over(
        petition, policy, now, words=petition.summary, turno=disposition, held=held
    )
    area = places.attended_by(petition, rules)
    if again:
        if petition.destination == "cdaod_jdaod":
            petition = registration.awaiting_answer(petition, policy, now)
        effects.append(Register(RecordClase.NOTA, f"Se deriva a {area or 'otra área'}", numeral="P 5.73"))
    if not any(isinstance(effect, Ficha) for effect in effects):
        effects.append(Ficha((f"{text}{f': {area}' if area else ''} ({numeral})",), petition.urgent))
    entry = HistoryEntry(now, "paso_registro", f"{text}{f': {area}' if area else ''}", numeral, actor, state)
    stale = Withdraw(
        "la petición siguió otro camino", () if not again else (*derivation.IN_HAND, Clase.TURNO_OIC_SNTSS)
    )
    return Plan(petition=petition, history=(entry,), effects=(stale, *effects))


def _resumed(petition: Petition, policy: Policy, history: History, now: datetime, actor: str) -> Plan:
    """A registered petition goes back to where it was before a person looked at it (5.73), with what it lacks now."""
    effects: list[Effect] = []
    sent = derivation.sent_to_organo(history)
    if petition.respuesta:
        happening = Happening.RESPONDE_AREA
        effects += [Withdraw("se propone otra vez", (Clase.RESPUESTA_ORGANO_NORMATIVO,))]
        effects += [write for write in (derivation.to_person(petition),) if write]
    elif petition.destination == "organo_normativo" and sent:
        happening = Happening.SALE_DERIVACION
    elif petition.destination in registration.HAPPENS:
        happening = registration.HAPPENS[petition.destination]
    else:
        raise IllegalTransition("la petición no tiene destino", cure="dígalo en «destino»")
    if petition.destination == "organo_normativo" and not sent and not petition.respuesta:
        effects += [
            Withdraw("se propone otra vez", derivation.IN_HAND),
            derivation.proposal(petition, policy, words=petition.summary),
        ]
    state, _ = step(petition.state, happening)
    moved = replace(petition, state=state, terms=lasting(petition))
    if not any(term.name == registration.WITHOUT_FOLIO for term in moved.terms):
        effects += [write for write in (registration.acuse(moved, history, policy),) if write]
    entry = HistoryEntry(now, "sigue", "La revisó un consultor: sigue su camino", "P 5.73", actor, state)
    return Plan(petition=moved, history=(entry,), effects=tuple(effects))


def _noted_there(before: Petition, petition: Petition) -> Plan:
    """SIADE is told what was corrected after the registration (a82)."""
    lines = corrected(before, petition)
    if not lines:
        return Plan(petition=petition)
    return Plan(
        petition=petition, effects=(Register(RecordClase.NOTA, f"Se corrige: {', '.join(lines)}", numeral="P a82"),)
    )


def corrected(before: Petition, petition: Petition) -> Sequence[str]:
    """What of a registration a colleague changed, by name; values stand in the record itself."""
    pairs = {
        "NSS": (before.data.nss, petition.data.nss),
        "nombre": (before.data.nombre, petition.data.nombre),
        "teléfono": (before.data.telefono, petition.data.telefono),
        "tipo": (before.type, petition.type),
        "tema": (before.topic, petition.topic),
        "OOAD o UMAE": (before.lugar, petition.lugar),
        "destino": ((before.destination, before.destino), (petition.destination, petition.destino)),
    }
    return [name for name, (old, new) in pairs.items() if old != new]


def type_of(petition: Petition, tipo: Type | None, topic: str | None, rules: RuleSet) -> Type | None:
    """The type as a colleague said it; where nobody has said one, the topic's usual one."""
    tema = rules.tema(topic)
    return tipo or petition.type or (tema.tipo if tema else None)
