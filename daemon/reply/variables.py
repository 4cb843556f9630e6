"""The values that templates may use: their names, what each means, and where each comes from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..errors import TemplateFailed
from ..model.dates import long_day
from ..model.decision import Write
from ..model.petition import Clase, Petition
from ..model.rules import Plazo, RuleSet
from ..model.survey import survey_address
from .clean import Markdown, escape, one_line, person_name, plain_as_markdown, subject_of, unwrapped

# What a template of a mail to a person may name. `acuse check` compares every template with this list.
VARIABLES: dict[str, str] = {
    "saludo": "«Buen día, Ana López:» o, sin nombre, «Estimada persona usuaria:»",
    "nombre": "cómo dirigirse a la persona: su nombre como lo escribió, o «Estimada persona usuaria»",
    "referencia": "nuestra referencia, AC-250909-7K3FQ",
    "siade": "folio de SIADE; vacío mientras no se conoce",
    "tema": "nombre del tema como lo lee una persona; vacío si no se reconoció",
    "pide": "lista: lo que se pide, en palabras («su Número de Seguridad Social (NSS)»)",
    "faltante": "lista: lo que se pide, por clave (nombre, nss, contacto…)",
    "cuantos": "cuántos datos se piden: «un dato», «dos datos»",
    "parcial": "sí o no: la persona ya contestó una parte de lo que se le pidió",
    "original_asunto": "asunto que puso la persona, sin «Re:»; vacío si no puso",
    "fecha_peticion": "día en que la persona escribió, en fecha larga",
    "fecha_solicitud": "día de nuestra primera solicitud, en fecha larga; vacío si no la hubo",
    "plazo": "cuánto se espera la respuesta a este correo («dos días hábiles»), según rules/plazos.yaml; o vacío",
    "insiste": "sí o no: sin respuesta se escribe una segunda vez; no en las áreas de rules/areas.yaml",
    "vence": "día en que vence ese plazo, en fecha larga; vacío si todavía no se sabe",
    "encuesta": "dirección de la encuesta para esta petición; vacía si la oficina no la ha configurado",
    "portal": "portal donde se consulta el folio de SIADE",
    "firma": "despedida: nombre de la cuenta, área, correo y referencia",
    "area": "nombre con que firma la cuenta",
    "correo_cuenta": "correo de la cuenta que contesta",
    "urgente": "sí o no: ocurre algo en este momento (P 4.37)",
    "cuerpo_orientacion": "texto de la plantilla del tema (solo en orientacion.md)",
    "vez": "1 en la primera solicitud, 2 en la segunda",
    "texto_libre": "lo que escribió el consultor o respondió el Órgano normativo; vacío si no hay",
    "destino": "quién atenderá la petición, con su artículo («la Dirección de…»); vacío si no se sabe",
    "adjuntos": "lista: nombres de los archivos que envió la persona",
    "formatos": "lista: formatos del Órgano que van adjuntos (P 5.27)",
    "datos": "lista de (dato, valor): NSS, CURP, teléfono, unidad… (solo para áreas del Instituto)",
    "correo_persona": "correo de la persona; vacío si no dejó (solo para el OIC o el SNTSS, que le contestan ellos)",
    "nombre_completo": "nombre de la persona asegurada como se dio; o vacío (solo para áreas del Instituto)",
    "nss": "NSS de la persona asegurada; vacío si no se sabe (solo para áreas del Instituto)",
}

# What a template of a data sheet (clase ficha) may name. It is internal: NSS and original text stand there whole.
FICHA_VARIABLES: dict[str, str] = {
    "referencia": "nuestra referencia",
    "tema": "nombre del tema; vacío si no se reconoció",
    "urgente": "sí o no",
    "sensible": "asunto sensible que se reconoció; vacío si ninguno",
    "porque": "lista: por qué debe verlo una persona, con numeral",
    "estado": "estado de la petición en palabras",
    "tipo": "tipo de petición en palabras; vacío si no se reconoció",
    "destino": "a dónde va, en palabras",
    "propuesta": "paso que se propone, en palabras; vacío si no hay decisión nueva",
    "confianza": "confianza de la clasificación, «93 %»; vacía si no hay",
    "remitente": "quién escribe: nombre y correo",
    "recibido": "cuándo llegó, fecha larga y hora de la oficina",
    "original_asunto": "asunto como llegó",
    "datos": "lista de (dato, valor, dónde se encontró)",
    "faltan": "lista: datos mínimos que faltan (P 4.16), en palabras",
    "dudas": "lista: lo que el programa no pudo asegurar",
    "reglas": "lista: reglas que acertaron, con numeral y evidencia",
    "antecedentes": "lista: historia de esta petición y otras del mismo correo",
    "plazos": "lista: plazos que corren, con su vencimiento",
    "borradores": "lista: borradores de esta petición que acompañan a la ficha",
    "aprobadas": "carpeta donde se aprueba un borrador, según rules/carpetas.yaml",
    "supervisar": "carpeta de la supervisión, si el borrador pasa antes por ella; vacía si no (P a87–a90)",
    "rechazadas": "carpeta donde se rechaza",
    "digital": "sí o no: la cuenta es de IMSS Digital, donde no hay temas ni datos mínimos (C)",
    "supervivencia": "carpeta donde está el original de IMSS Digital con su PDF; vacía si no es de ese trámite (C)",
    "fichas": "carpeta a donde se mueve una ficha atendida, según rules/carpetas.yaml",
    "recibos": "lista de comprobantes adjuntos: numero, id_tramite, nss, nombre, proxima (o vacía), nota (C)",
    "comprobante": "nombre del comprobante en duplicado que va adjunto, listo para imprimir; vacío si no hay (C)",
    "solicitudes": "lista de (documento, lista de (campo, valor)): solicitudes de supervivencia leídas (C)",
    "adjuntos": "lista: archivos adjuntos y qué se pudo leer de cada uno",
    "original": "texto original completo (hasta 8 000 caracteres), citado",
    "adjunto_original": "qué se dice del mensaje original adjunto; vacío si no va adjunto",
    "encuesta": "dirección de la encuesta para esta petición; vacía si la oficina no la ha configurado",
    "lugar": "OOAD o UMAE donde ocurrió; vacío si no se sabe",
    "atiende": "quién la atiende: el Órgano, o la CDAOD o JDAOD del lugar; vacío si no se sabe",
    "propuesto": "texto de un correo que no puede salir por falta de dirección; vacío si no lo hay",
    "propuesto_asunto": "su asunto",
    "propuesto_formatos": "lista: formatos del Órgano que deben acompañarlo (P 5.27)",
    "revision": "lista de (aspecto, valor): lo que revisa el supervisor (P a81); vacía si no le toca",
    "formulario": "formulario que el consultor contesta",
}

# What the reminder of a commitment (compromiso.md) may name. It is internal.
COMMITMENT_VARIABLES: dict[str, str] = {
    "no": "número del compromiso",
    "programa": "el programa, según rules/compromisos.yaml",
    "periodo": "el periodo",
    "area": "área responsable",
    "correo": "dirección desde la que el área informa",
    "fecha": "fecha de término, en fecha larga",
    "fecha_corta": "fecha de término, dd/mm/aaaa",
    "vencido": "sí o no: la fecha ya pasó",
    "hoy": "sí o no: vence hoy",
    "dias": "días hábiles que faltan o que pasaron: «un día hábil», «3 días hábiles»",
    "aspecto": "aspecto susceptible de mejora",
    "actividades": "actividades",
    "resultados": "resultados esperados; vacío si no se escribieron",
    "productos": "productos o evidencias; vacío si no se escribieron",
    "registrado": "avance que se tiene, sin el signo: «80»",
    "documentos": "cuántos documentos ha enviado el área: «un documento», «3 documentos»; vacío si ninguno",
    "jefatura": "sí o no: el aviso es para la jefatura",
    "formulario": "formulario que el área contesta",
}

PIDE: dict[str, str] = {
    "nombre": "su nombre completo, con los dos apellidos",
    "nss": "su Número de Seguridad Social (NSS)",
    "contacto": "un teléfono con lada o un correo electrónico para localizarle",
    "telefono": "un teléfono con lada para localizarle",
    "correo": "un correo electrónico para localizarle",
    "curp": "su CURP",
    "rfc": "su RFC",
    "registro_patronal": "su registro patronal ante el IMSS",
    "unidad": "la clínica, el hospital o la oficina donde ocurrió",
    "folio": "el folio de la petición que ya había presentado",
}

# Only what is certain from the kind alone; which Órgano normativo or instance it is, the caller says.
_DESTINOS = {"cdaod_jdaod": "el área de Atención y Orientación al Derechohabiente de su unidad"}
# The rule of rules/plazos.yaml that runs after each request of data, by vez.
_PLAZOS = {1: "segunda_solicitud", 2: "conclusion_desinteres"}
_NUMBERS = ("cero", "un", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez")


def long_date(value: date | datetime | str | None, zone: str = "America/Mexico_City") -> str:
    """A day as people read it, «martes 9 de septiembre de 2025»; text passes as it is, None becomes ''."""
    if value is None or isinstance(value, str):
        return value or ""
    day = value.astimezone(ZoneInfo(zone)).date() if isinstance(value, datetime) else value
    return long_day(day)


def long_time(value: datetime, zone: str) -> str:
    """A day and its hour in the office, «martes 9 de septiembre de 2025, 14:05 h»."""
    return f"{long_date(value, zone)}, {value.astimezone(ZoneInfo(zone)):%H:%M} h"


def asked(keys: tuple[str, ...]) -> list[str]:
    """What is asked for, in words a person understands; TemplateFailed for a key without words."""
    unknown = [key for key in keys if key not in PIDE]
    if unknown:
        raise TemplateFailed(
            f"no hay palabras para pedir «{unknown[0]}»", cure="agréguelo a PIDE en daemon/reply/variables.py"
        )
    return [PIDE[key] for key in keys]


def values_for(write: Write, petition: Petition, rules: RuleSet, key: bytes) -> dict[str, Any]:
    """Every value of VARIABLES except `cuerpo_orientacion`, never None.

    `write.values` may give any of them and wins; what it gives is plain text (dates may be `date` or `datetime`).
    """
    given: Mapping[str, Any] = write.values
    zone = rules.calendario.zona
    keys = tuple(write.asks) or petition.missing
    cuenta = rules.buzon(petition.account)
    tema = rules.tema(petition.topic)
    area = cuenta.nombre if cuenta else "Instituto Mexicano del Seguro Social"
    name = person_name(_own_name(given, petition))
    values: dict[str, Any] = {
        "nombre": name or "Estimada persona usuaria",
        "saludo": f"Buen día, {name}:" if name else "Estimada persona usuaria:",
        "referencia": petition.folio,
        "siade": one_line(str(given.get("siade") or petition.siade or "")),
        "tema": str(given.get("tema") or (tema.nombre if tema else "")),
        "pide": asked(keys),
        "faltante": list(keys),
        "cuantos": f"{number_word(len(keys))} dato{'s' if len(keys) != 1 else ''}",
        "parcial": bool(given.get("parcial")),
        "original_asunto": subject_of(petition.subject, 100),
        "fecha_peticion": long_date(petition.opened_at, zone),
        "fecha_solicitud": long_date(given.get("fecha_solicitud"), zone),
        "plazo": str(given.get("plazo") or _wait(write, petition, rules)),
        "insiste": rules.espera(petition.account, petition.type) is None,
        "vence": long_date(given.get("vence"), zone),
        "encuesta": survey_address(rules.casa.encuesta, petition.folio, key),
        "portal": rules.casa.portal,
        "firma": signature(petition, rules),
        "area": area,
        "correo_cuenta": petition.account,
        "urgente": write.urgent or petition.urgent,
        "vez": write.turn,
        "texto_libre": plain_as_markdown(unwrapped(str(given.get("texto_libre") or given.get("texto") or ""))),
        "destino": str(given.get("destino") or _attended(petition, rules)),
        "adjuntos": [escape(str(name)) for name in given.get("adjuntos", ())],
        "formatos": [str(name) for name in given.get("formatos", ())],
        "datos": _data_of(petition, rules),
        "correo_persona": petition.petitioner,
        "nombre_completo": one_line(petition.data.nombre or ""),
        "nss": petition.data.nss or "",
    }
    return values


def _attended(petition: Petition, rules: RuleSet) -> str:
    named = rules.atiende(petition.destination, petition.destino, petition.lugar)
    return named or _DESTINOS.get(petition.destination, "")


def _data_of(petition: Petition, rules: RuleSet) -> list[tuple[str, str]]:
    """What an area of the Institute needs to find the person and the place, as (datum, value); never their address."""
    data, lugar = petition.data, rules.lugar(petition.lugar)
    known = {
        "NSS": data.nss,
        "CURP": data.curp,
        "RFC": data.rfc,
        "Registro patronal": data.registro_patronal,
        "Teléfono": data.telefono,
        "Unidad": data.unidad,
        "OOAD o UMAE": lugar.nombre if lugar else None,
    }
    return [(label, one_line(value)) for label, value in known.items() if value]


def signature(petition: Petition, rules: RuleSet) -> Markdown:
    """How our mails end: the account's name, its area, its address and our reference."""
    cuenta = rules.buzon(petition.account)
    area = cuenta.nombre if cuenta else "Instituto Mexicano del Seguro Social"
    lines = [f"**{escape(area)}**", *([escape(cuenta.area)] if cuenta and cuenta.area else [])]
    lines += [f"<{petition.account}>", f"Referencia: {escape(petition.folio)}"]
    return Markdown("Atentamente,\n\n" + "  \n".join(lines))


def number_word(number: int) -> str:
    """Small numbers as people write them before a masculine noun: «un», «dos»; larger ones in digits."""
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def words_for_destination(kind: str) -> str:
    """Where a matter goes, for our own people."""
    return {
        "cdaod_jdaod": "CDAOD o JDAOD",
        "organo_normativo": "Órgano normativo",
        "oic_sntss": "OIC o SNTSS",
    }.get(kind, "ninguno")


def term_in_words(plazo: Plazo) -> str:
    """A term's length in words: «dos días hábiles», «un día hábil», «15 días naturales»."""
    number = number_word(plazo.n)
    kind = {"habiles": "hábil", "naturales": "natural"}[plazo.unidad]
    if plazo.n == 1:
        return f"{number} día {kind}"
    return f"{number} días {'hábiles' if plazo.unidad == 'habiles' else 'naturales'}"


def _wait(write: Write, petition: Petition, rules: RuleSet) -> str:
    """How long the answer to a data request is awaited; '' for a term that began before it, which would be less."""
    if write.clase is not Clase.DATOS_COMPLEMENTARIOS:
        return ""
    of_area = rules.espera(petition.account, petition.type)
    plazo = of_area or rules.plazos.get(_PLAZOS.get(write.turn, "conclusion_desinteres"))
    return term_in_words(plazo) if plazo and plazo.n and plazo.desde == "envio" else ""


def _own_name(given: Mapping[str, Any], petition: Petition) -> str:
    """Whom to address. The name in the data is the insured person's, so it serves only when that one writes."""
    if "nombre" in given:
        return str(given["nombre"] or "")
    data = petition.data
    return "" if data.tercero or data.patron else data.nombre or ""
