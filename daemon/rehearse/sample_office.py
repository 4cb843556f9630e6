"""The office that the samples play in: people and addresses for a rehearsal, where the rules name none themselves."""

from __future__ import annotations

from ..model.office_rules import Consultor
from ..model.rules import PersonaDeCasa, RuleSet

_SUPERVISOR = "supervision.dac@imss.gob.mx"
_ENLACE = "enlace.pensiones@imss.gob.mx"
_CONSULTORES = (("consultora.uno@imss.gob.mx", "Consultora Uno"), ("consultor.dos@imss.gob.mx", "Consultor Dos"))
_ENCUESTA = "https://encuesta.imss.example/satisfaccion"


def sample_office(rules: RuleSet) -> RuleSet:
    """These rules with the samples' consultants, supervisor, enlace and survey, each where there is none yet."""
    casa, destinos, consultores = rules.casa, rules.destinos, rules.consultores
    if not consultores:
        consultores = tuple(Consultor(correo=who, nombre=name, supervisor=_SUPERVISOR) for who, name in _CONSULTORES)
    personas = casa.personas or (PersonaDeCasa(correo=_SUPERVISOR, nombre="Supervisión", papel="supervisor"),)
    if not any(organo.enlace for organo in destinos.organos):
        organos = tuple(organo.model_copy(update={"enlace": _ENLACE}) for organo in destinos.organos)
        destinos = destinos.model_copy(update={"organos": organos})
    casa = casa.model_copy(update={"personas": personas, "encuesta": casa.encuesta or _ENCUESTA})
    return rules.model_copy(update={"casa": casa, "destinos": destinos, "consultores": consultores})
