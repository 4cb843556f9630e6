"""What holds an automatic mail back: guards only turn `enviar` into `revisar`, never the other way (RFC 3834, 5.65)."""

from __future__ import annotations

import re
from dataclasses import replace

from ..model.decision import Disposition, Effect, Ficha, Plan, Reason, Write
from ..model.ledger import History
from ..model.mail import Reading
from ..model.petition import Clase, Petition
from ..model.rules import RuleSet
from .words import LONGEST

# Behind these local parts programs read, or everybody on a list (RFC 3834 §2, RFC 2142, RFC 5230 §4.5).
_NOBODY = re.compile(
    r"(?:post|host|web|list)master|mailer[-_.]?daemon|root|daemon|nobody|abuse|listserv|majordomo|"
    r"(?:do[-_.]?)?(?:no|not)[-_.]?(?:reply|respond|responder|responda|contestar|conteste)(?:[-_.+].*)?|"
    r"owner-.+|.+-(?:owner|request|bounces?|errors)|(?:bounces?|errors)(?:[-+=].*)?",
    re.IGNORECASE,
)


def disposition(
    clase: Clase,
    petition: Petition,
    rules: RuleSet,
    *,
    history: History | None = None,
    reading: Reading | None = None,
) -> tuple[Disposition, tuple[Reason, ...]]:
    """Whether a mail of this clase leaves by itself or waits for a person, with every guard that was asked."""
    rule = rules.disposicion(clase)
    reasons = [Reason(f"disposicion_{clase}", rule.numeral, rule.porque)]
    if rule.disposicion is not Disposition.ENVIAR:
        return rule.disposicion, tuple(reasons)
    held = [*_petition_guards(petition), *_caps(petition, rules, history)]
    if reading is not None:
        held += [*_doubtful_judgement(clase, petition, rules), *_reading_guards(reading)]
    reasons += [Reason(name, numeral, evidence) for name, numeral, evidence in held]
    return (Disposition.REVISAR if held else Disposition.ENVIAR), tuple(reasons)


def _petition_guards(petition: Petition) -> list[tuple[str, str, str]]:
    held = []
    if _NOBODY.fullmatch(petition.petitioner.rpartition("@")[0]):
        held.append(("guarda_direccion", "RFC 3834 §2", f"detrás de {petition.petitioner} no lee una persona"))
    if petition.urgent:
        held.append(("guarda_urgencia", "P 4.37", "urgencia: lo ve una persona antes de enviarse"))
    if petition.sensitive:
        held.append(("guarda_sensible", "P 5.22", f"asunto sensible: {petition.sensitive}"))
    return held


def _doubtful_judgement(clase: Clase, petition: Petition, rules: RuleSet) -> list[tuple[str, str, str]]:
    """A first request rests on what was judged of the mail; the later ones rest on the request that was sent."""
    tema = rules.tema(petition.topic)
    threshold = tema.umbral if tema else 1.0
    if clase is not Clase.DATOS_COMPLEMENTARIOS or petition.confidence >= threshold:
        return []
    return [("guarda_confianza", "P a67", f"confianza {petition.confidence:.2f} menor que {threshold:.2f}")]


def _reading_guards(reading: Reading) -> list[tuple[str, str, str]]:
    held = []
    sender = reading.sender.email if reading.sender else ""
    if reading.authentic == "fail":
        held.append(("guarda_autenticacion", "P 5.22", "el remitente no pasó la autenticación"))
    if reading.origin != "propio":
        held.append(("guarda_origen", "P 5.22", f"el texto o el remitente vienen de un mensaje {reading.origin}"))
    if reading.reply_to and all(address.email != sender for address in reading.reply_to):
        held.append(("guarda_responder_a", "P 5.22", "pide responder a otra dirección"))
    if reading.doubts:
        held.append(("guarda_dudas", "P 4.16", reading.doubts[0]))
    if len(reading.fresh) > LONGEST:
        held.append(("guarda_largo", "P a67", f"es muy largo: solo se juzgaron las primeras {LONGEST} letras"))
    if reading.attachments:
        held.append(("guarda_adjunto", "P 5.22", "trae archivos: quizá en ellos está lo que falta"))
    if reading.language != "es":
        held.append(("guarda_idioma", "P a67", "no está escrito en español"))
    return held


def _caps(petition: Petition, rules: RuleSet, history: History | None) -> list[tuple[str, str, str]]:
    if history is None:
        return []
    held = []
    if history.sent_today >= rules.topes.por_persona_al_dia:
        held.append(("tope_por_persona", "RFC 3834 §2", f"{history.sent_today} correos automáticos hoy a esta persona"))
    if history.sent_lately >= rules.topes.por_cuenta_por_hora:
        evidence = f"{history.sent_lately} correos automáticos de esta cuenta en la última hora"
        held.append(("tope_por_cuenta", "RFC 3834 §2", evidence))
    written = sum(draft.folio == petition.folio for draft in history.drafts)
    if written >= rules.topes.por_peticion:
        held.append(("tope_por_peticion", "RFC 3834 §2", f"{written} correos ya escritos en esta petición"))
    return held


def in_the_shadow(plan: Plan) -> Plan:
    """The plan of an office that only tries the daemon: nothing leaves by itself, and each draft has its ficha."""
    held = [isinstance(effect, Write) and effect.disposition is Disposition.ENVIAR for effect in plan.effects]
    if not any(held):
        return plan
    effects: list[Effect] = [
        replace(effect, disposition=Disposition.REVISAR) if isinstance(effect, Write) else effect
        for effect in plan.effects
    ]
    if not any(isinstance(effect, Ficha) for effect in effects):
        effects.append(Ficha(("modo de sombra: saldría por sí solo; lo ve una persona (envios = solo_borradores)",)))
    return replace(plan, effects=tuple(effects))
