"""Whether somebody asks for the data of a person whose care is not theirs (P 5.22): an ex, a debtor, a neighbour."""

from __future__ import annotations

import re

from .numberwords import RELATIVES
from .plain import fold

OTHERS = (
    r"(?:(?:mi|su|la|el) ex\b(?:[ -]?(?:espos[oa]|marido|mujer|pareja|novi[oa]|patron|jefe|emplead[oa]|"
    r"trabajador[a]?))?|exespos[oa]|exmarido|exmujer|expareja|"
    r"(?:el|la) (?:papa|padre|mama|madre) de mis? hij[oa]s?|mi (?:deudor[a]?|inquilin[oa]|arrendatari[oa]|"
    r"vecin[oa]|novi[oa]|roomie|"
    r"compadre|comadre|conocid[oa]|emplead[oa]|trabajador[a]?|companer[oa]|jefe|amig[oa]|colega|cliente|demandad[oa])|"
    r"(?:un|una) (?:vecin[oa]|conocid[oa]|amig[oa]|companer[oa]|persona|senor[a]?|trabajador[a]?|emplead[oa]|"
    r"deudor[a]?|"
    r"client[ea]|inquilin[oa])|otra persona|una tercera persona|una persona que)"
)
_ASKS = (
    r"(?:(?:en )?donde (?:trabaja|labora|cotiza|vive|esta trabajando)|cuanto (?:gana|cotiza|percibe|le pagan)|"
    r"(?:en|con|para) que (?:empresa|patron)|(?:su|el|que) (?:salario|sueldo|domicilio|direccion|diagnostico|"
    r"patron actual|"
    r"expediente|historial)|si (?:esta|sigue|se encuentra|tiene|cuenta con|cotiza|trabaja)|datos (?:de|del|que tengan)|"
    r"informacion (?:de|del|sobre|acerca)|semanas (?:que )?(?:cotizadas )?(?:de|tiene)|de que (?:esta enferm|"
    r"se atiend|murio)|"
    r"su (?:nss|numero de seguro|seguro social|curp|vigencia|historia clinica|telefono))"
)
_WANTS = (
    r"(?:quiero|quisiera|necesito|solicito|pido|deseo|pueden|podrian|podria|ayud\w+|requiero|"
    r"me (?:pueden|podrian|interesa)|favor|saber|conocer|consultar|verificar|proporcion\w+|informa\w*)"
)
_THIRD = re.compile(
    rf"(?:{_WANTS})[^.!?\n]{{0,120}}(?:(?:{_ASKS})[^.!?\n]{{0,100}}\b{OTHERS}|\b{OTHERS}[^.!?\n]{{0,100}}(?:{_ASKS}))"
)
_WHETHER = re.compile(rf"\bsi {OTHERS}(?: \w+){{0,3}} (?:esta|sigue|tiene|cotiza|trabaja|se encuentra|cuenta|fue)\b")
_WORKERS = re.compile(r"\b(?:trabajador|emplead|colaborador|companer)")
_THIRD_LOOSE = re.compile(rf"\b{OTHERS}\b.{{0,220}}?(?:{_WANTS})[^.!?\n]{{0,60}}(?:{_ASKS})", re.DOTALL)
# Where somebody works and earns is asked of anybody else too: of a named man, of an own relative.
_EMPLOYMENT = (
    r"(?:(?:en )?donde (?:trabaja|labora|esta trabajando)|cuanto (?:gana|percibe|le pagan)|"
    r"(?:en|con|para) que (?:empresa|patron)|"
    r"(?:esta|sigue|se encuentra) (?:actualmente )?(?:trabajando|laborando|cotizando)|su (?:salario|sueldo|patron)\b)"
)
_SOMEBODY = (
    rf"(?:\b(?:el|la|del|al|a la|de la) (?:senora?|sra?|c|ciudadan[oa]|joven|tal|sujeto|individuo)\b\.?|"
    rf"\besta persona\b|"
    rf"\bmi {RELATIVES}\b)"
)
_EMPLOYED = re.compile(
    rf"(?:{_WANTS})[^.!?\n]{{0,160}}(?:{_EMPLOYMENT})[^.!?\n]{{0,100}}{_SOMEBODY}|"
    rf"(?:{_WANTS})[^.!?\n]{{0,80}}{_SOMEBODY}[^.!?\n]{{0,160}}(?:{_EMPLOYMENT})"
)
_LATE = re.compile(r"\b(?:fallec|falleci|murio|finad|difunt|viud)\w*")
# Somebody who complains of a boss or of a colleague writes about the own matter.
_OWN_MATTER = re.compile(
    r"\bmi (?:ex )?(?:patron|jefe)\b[^.]{0,60}\bno me\b|\bme (?:dio|dieron) de baja|\bmis semanas|\bmi pension\b|"
    r"\bme corr"
)


def asks_about_others(own: str, *, employer: bool = False) -> bool:
    """Whether the writer wants to know something of a person whose care is not theirs: an ex, a debtor, a neighbour.

    An employer asks about the own workers by right, and who complains of a boss writes about the own matter.
    """
    folded = re.sub(r"\b(sra?|c|lic|dr|dra)\.", r"\1", " ".join(fold(own).split()))
    if (asked := _EMPLOYED.search(folded)) and not _LATE.search(folded) and not _OWN_MATTER.search(folded):
        return not (employer and _WORKERS.search(asked[0]))
    hit = _THIRD.search(folded) or _WHETHER.search(folded) or _THIRD_LOOSE.search(folded)
    if hit is None or _OWN_MATTER.search(folded):
        return False
    return not (employer and _WORKERS.search(hit[0]))
