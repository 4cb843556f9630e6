"""The office's policy as data: what `rules/*.yaml` may say, checked whole; keys are Spanish, as admins write them."""

from __future__ import annotations

import calendar
from datetime import time
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from .antecedent_rules import Antecedentes
from .commitments import Compromisos
from .decision import Disposition
from .mail import Accounts
from .office_rules import Consultor, Destinos, Lugar, Organo, Siade
from .petition import Clase, Type
from .retention import Retencion
from .strict import Clave, Correo, Dominio, Entero, Fecha, Frase, Hora, Numero, Pagina, SiNo, Strict, Texto
from .survival_rules import OFFICE, RECEPTION, Formulario, OficinaConsular, Supervivencia, SurvivalHouse

Destino = Literal["ninguno", "cdaod_jdaod", "organo_normativo", "oic_sntss"]
Persona = Literal["derechohabiente", "patron", "cualquiera"]


class Ejemplo(Strict):
    """What a person really wrote about a topic, with the type a trained person gives it."""

    texto: Texto
    tipo: Type


class Casi(Strict):
    """A near miss: it shares words with the topic that lists it and belongs to another."""

    texto: Texto
    tema: Clave
    tipo: Type | None = None


class CatalogoSiade(Strict):
    """How SIADE calls a topic in its catalogue (P a81). `otros`: what else is captured (receta, medicamentos)."""

    normativa: str = ""
    tramite: str = ""
    subtramite: str = ""
    otros: str = ""


class Tema(Strict):
    """A topic: how people write of it, what type it usually is and where it goes when it is no orientación."""

    clave: Clave
    nombre: Texto
    tipo: Type
    destino: Destino
    persona: Persona = "derechohabiente"
    plantilla: str | None = None
    numeral: str = "P a69"
    umbral: Numero = Field(default=0.95, ge=0, le=1)
    frases: tuple[Frase, ...] = ()
    ejemplos: tuple[Ejemplo, ...] = Field(min_length=5)
    casi: tuple[Casi, ...] = ()
    siade: CatalogoSiade = CatalogoSiade()
    nota: str = ""


class Senales(Strict):
    """Phrases that speak for one type (P 5.10), with their weight (1 = as strong as a topic's own type)."""

    tipo: Type
    peso: Numero = Field(default=1.0, gt=0, le=10)
    frases: tuple[Frase, ...]


class Indicio(Strict):
    """One thing that people say in many ways; it decides nothing alone, matters learn how much it weighs for them.

    `basta`: when it may tell a matter with no other clue beside it. `en_todo_el_correo`: said once, it holds for all
    of the mail and not only for the sentences around it.
    """

    clave: Clave
    nombre: Texto
    frases: tuple[Frase, ...]
    basta: Literal["una_vez", "dos_veces", "acompanado"] = "acompanado"
    en_todo_el_correo: SiNo = False


class Sensible(Strict):
    """A matter that never gets an automatic answer: `frases` raise it, `salvo` phrases take it back.

    Beside them it is learned from `ejemplos` of it and `casi`, near misses that are not it, how much each of its
    `indicios` weighs (all of them when it lists none). `falsas_alarmas` is the share of ordinary examples that may be
    taken for it: the more, the fewer are missed. `tambien_urgente` raises urgency too. `supervisa`: whatever is written
    about it passes the supervisor, of any clase.
    """

    clave: Clave
    nombre: Texto
    numeral: str
    frases: tuple[Frase, ...]
    salvo: tuple[Frase, ...] = ()
    indicios: tuple[Clave, ...] = ()
    ejemplos: tuple[Texto, ...] = ()
    casi: tuple[Texto, ...] = ()
    falsas_alarmas: Numero = Field(default=0.005, ge=0, lt=1)
    tambien_urgente: SiNo = False
    supervisa: SiNo = False


class Urgencia(Strict):
    """Something is happening now (P 4.37): `frases` raise it, `salvo` phrases (past, hypothetical) take it back.

    `indicios`, `ejemplos`, `casi` and `falsas_alarmas` as in `Sensible`.
    """

    numeral: str = "P 4.37"
    frases: tuple[Frase, ...]
    salvo: tuple[Frase, ...] = ()
    indicios: tuple[Clave, ...] = ()
    ejemplos: tuple[Texto, ...] = ()
    casi: tuple[Texto, ...] = ()
    falsas_alarmas: Numero = Field(default=0.02, ge=0, lt=1)


class Claridad(Strict):
    """When a petition is unclear (P a65): too few meaningful words, or only phrases that say nothing of the matter."""

    numeral: str = "P a65"
    palabras_minimas: Entero = Field(default=4, ge=0)
    frases_vacias: tuple[Frase, ...] = ()


class Plazo(Strict):
    """A term: counted `desde` the reception, first interaction or real sending; what happens `al_vencer`."""

    desde: Literal["recepcion", "interaccion", "envio"]
    unidad: Literal["habiles", "naturales"]
    n: Entero = Field(ge=0, le=3650)
    al_vencer: Literal["correo", "tarea", "nada"]
    numeral: str
    nota: str = ""


class PlazoDeArea(Plazo):
    """How long an area waits for what it asked a person for, and how it concludes without an answer.

    `tipos` are the petitions that it is for (none: all). `llamadas` say after how many days, counted in `unidad` from
    the real sending, a consultant is asked to telephone (P a42). `al_vencer` says how it concludes: with a mail
    (correo), by a consultant's hand (tarea), or by itself without a mail (nada). `concluye` is as what: for lack of
    interest, or as an orientación (P a28).
    """

    tipos: tuple[Type, ...] = ()
    llamadas: tuple[Annotated[Entero, Field(ge=1)], ...] = ()
    concluye: Literal["desinteres", "orientacion"] = "desinteres"

    @model_validator(mode="after")
    def _calls_before_it_ends(self) -> PlazoDeArea:
        if any(day > self.n for day in self.llamadas):
            raise ValueError(f"«llamadas» dentro del plazo: ningún día después del {self.n}")
        if self.concluye == "orientacion" and self.al_vencer == "correo":
            raise ValueError("«al_vencer: nada» o «tarea» cuando «concluye» es «orientacion»: no lleva correo (P a28)")
        return self


class AreaDePlazos(Strict):
    """Another area's terms, which a mailbox may work by instead of those of Medios Electrónicos (P a77, a78).

    The first of `plazos` that is for a petition's type holds for it.
    """

    clave: Clave
    nombre: Texto
    plazos: tuple[PlazoDeArea, ...]

    @model_validator(mode="after")
    def _has_a_term(self) -> AreaDePlazos:
        if not self.plazos:
            raise ValueError("al menos un plazo en «plazos»")
        return self

    def plazo(self, tipo: Type | None) -> PlazoDeArea:
        """The term for a petition of this type."""
        return next((each for each in self.plazos if not each.tipos or tipo in each.tipos), self.plazos[-1])


# The terms that Medios Electrónicos cannot do without; others may stand beside them.
PLAZOS_NECESARIOS = (
    "segunda_solicitud",
    "conclusion_desinteres",
    "aclaracion_sin_plazo",
    "acuse_sin_folio",
    "respuesta_cdaod",
    "respuesta_organo_normativo",
)


class Horario(Strict):
    """Office hours, Monday = 0."""

    abre: Hora = time(9)
    cierra: Hora = time(18)
    dias: tuple[Annotated[Entero, Field(ge=0, le=6)], ...] = Field(default=(0, 1, 2, 3, 4), min_length=1)

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Horario:
        if self.abre >= self.cierra:
            raise ValueError("una hora de apertura («abre») anterior a la de cierre («cierra»)")
        return self


class DiaPropio(Strict):
    """A day on which the institution does not work: one date, or every year on `mes`/`dia`."""

    nombre: Texto
    fecha: Fecha | None = None
    mes: Entero | None = Field(default=None, ge=1, le=12)
    dia: Entero | None = Field(default=None, ge=1, le=31)

    @model_validator(mode="after")
    def _is_one_date_or_a_day_of_each_year(self) -> DiaPropio:
        yearly = (self.mes, self.dia)
        if (self.fecha is None) is (None in yearly) or (self.fecha and yearly != (None, None)):
            raise ValueError("o bien «fecha», o bien «mes» y «dia»")
        if self.mes and self.dia and self.dia > calendar.monthrange(2024, self.mes)[1]:
            raise ValueError(f"un día que exista en el mes {self.mes}")
        return self


class CierreRegional(Strict):
    """A closure by state (an earthquake): these days do not count for petitions of those OOAD."""

    desde: Fecha
    hasta: Fecha
    ooad: tuple[Texto, ...] = Field(min_length=1)
    motivo: Texto

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> CierreRegional:
        if self.desde > self.hasta:
            raise ValueError("«desde» anterior o igual a «hasta»")
        return self


class Calendario(Strict):
    """Business days: federal days of rest (unless `feriados` replaces them wholesale), own days, closures, hours."""

    zona: str = "America/Mexico_City"
    horario: Horario = Horario()
    dias_propios: tuple[DiaPropio, ...] = ()
    cierres: tuple[CierreRegional, ...] = ()
    feriados: tuple[Fecha, ...] | None = None

    @field_validator("zona")
    @classmethod
    def _zone_exists(cls, zona: str) -> str:
        if zona not in available_timezones():
            raise ValueError("una zona horaria que exista, como America/Mexico_City")
        return zona


class DisposicionClase(Strict):
    """Whether mails of a clase leave by themselves or wait for a person, and why (shown to whoever asks).

    `supervisa`: what the consultant proposes passes the supervisor before it leaves (P a87–a90).
    """

    clase: Clase
    disposicion: Disposition
    numeral: Texto
    porque: Texto
    supervisa: SiNo = False

    @model_validator(mode="after")
    def _what_leaves_by_itself_passes_nobody(self) -> DisposicionClase:
        if self.supervisa and self.disposicion is not Disposition.REVISAR:
            raise ValueError("«disposicion: revisar» donde dice «supervisa: sí»")
        return self


class Cuenta(Strict):
    """One of our accounts: its profile, the account that its mails are counted to (5.65), the name it signs with.

    `area_de_plazos` is the area of rules/areas.yaml by whose terms it waits; None: Medios Electrónicos.
    """

    correo: Correo
    perfil: Clave
    cuenta_a: Correo
    nombre: Texto
    area: str = ""
    area_de_plazos: Clave | None = None

    @property
    def digital(self) -> bool:
        """Whether it is a mailbox of IMSS Digital (C), on either side."""
        return self.perfil in (RECEPTION, OFFICE)


class PersonaDeCasa(Strict):
    """One of our own people: consultor, supervisor, jefatura or enlace."""

    correo: Correo
    nombre: Texto
    papel: Literal["consultor", "supervisor", "jefatura", "enlace", "administrador"]


class Casa(Strict):
    """The house: its mail domains, the servers whose Authentication-Results count, its people, its accounts."""

    dominios: tuple[Dominio, ...]
    servidores_de_recepcion: tuple[Texto, ...]
    cuentas: tuple[Cuenta, ...]
    personas: tuple[PersonaDeCasa, ...] = ()
    portal: Pagina
    encuesta: Pagina | None = None

    def con_papel(self, *papeles: str) -> tuple[str, ...]:
        """The addresses of our people in these roles: those of the first role first, each as rules/casa.yaml lists."""
        return tuple(one.correo for papel in papeles for one in self.personas if one.papel == papel)

    def de_casa(self, correo: str) -> bool:
        """Whether an address belongs to one of our mail domains: only there may internal mail go."""
        return correo.rpartition("@")[2] in self.dominios

    def acredita(self, authentic: str) -> bool:
        """Whether who writes is who From says, by the verdict of `Reading.authentic`: our receiving server vouches for
        it, or refutes nothing where the house names no server that could."""
        return authentic == "pass" or (authentic == "none" and not self.servidores_de_recepcion)


class Topes(Strict):
    """Guards that only hold mail back: automatic mails to a person a day, for a petition, of an account an hour."""

    por_persona_al_dia: Entero = Field(default=3, ge=0)
    por_peticion: Entero = Field(default=6, ge=0)
    por_cuenta_por_hora: Entero = Field(default=100, ge=0)


class Carpetas(Strict):
    """Where handled mail is filed and drafts are reviewed, by name as people see it.

    `por_consultor`: each consultant has a sub-folder of their own below `pendientes`.
    """

    pendientes: Texto = "Respuestas pendientes"
    por_consultor: SiNo = True
    por_supervisar: Texto = "Por supervisar"
    aprobadas: Texto = "Aprobadas"
    rechazadas: Texto = "Rechazadas"
    borradores: Texto = "Drafts"
    enviados: Texto = "Sent"
    no_deseado: Texto = "Junk"
    fichas: Texto = "Fichas atendidas"
    peticiones: Texto = "Peticiones"
    supervivencia: Texto = "Supervivencia"
    copias: Texto = "Copias de conteo"
    rebotes: Texto = "Rebotes"
    automaticos: Texto = "Automáticos"
    compromisos: Texto = "Compromisos"
    ajenos: Texto = "No son peticiones"

    @model_validator(mode="after")
    def _what_a_move_means_is_plain(self) -> Carpetas:
        review = [self.pendientes, self.por_supervisar, self.aprobadas, self.rechazadas, self.borradores, self.fichas]
        if len({name.casefold() for name in review}) < len(review):
            raise ValueError("un nombre distinto para cada carpeta de revisión")
        return self


class Informe(Strict):
    """The morning mail (P 5.23, 5.48): at which hour (None: at opening), to which roles and further addresses, how many
    business days ahead a term counts as near, and after how many a draft counts as left lying."""

    hora: Hora | None = None
    papeles: tuple[Literal["supervisor", "jefatura", "administrador"], ...] = ("supervisor", "jefatura")
    tambien: tuple[Correo, ...] = ()
    proximos: Entero = Field(default=2, ge=1, le=20)
    sin_tocar: Entero = Field(default=1, ge=1, le=20)


class CorreoAjeno(Strict):
    """Phrases of mail that is no petition: forged mail that asks for passwords or payments, advertising."""

    suplantacion: tuple[Texto, ...] = ()
    publicidad: tuple[Texto, ...] = ()


class Nombres(Strict):
    """Frequent given names and surnames of Mexico, lower-case without accents: they tell a signature from a phrase."""

    de_pila: tuple[Texto, ...] = ()
    apellidos: tuple[Texto, ...] = ()


class Desistimiento(Strict):
    """How people say that they give their petition up (P a78, a85): `frases` say so, `salvo` phrases take it back; in a
    longer mail than `palabras_maximas` words a person decides."""

    numeral: str = "P a78, a85"
    palabras_maximas: Entero = Field(default=40, ge=1)
    frases: tuple[Frase, ...] = ()
    salvo: tuple[Frase, ...] = ()


class RuleSet(Strict):
    """Everything the core may be told by the office, loaded and checked as one; `version` names it in decisions."""

    version: str
    temas: tuple[Tema, ...]
    tipos: tuple[Senales, ...]
    sensibles: tuple[Sensible, ...]
    urgencia: Urgencia
    claridad: Claridad
    indicios: tuple[Indicio, ...] = ()
    plazos: dict[str, Plazo]
    calendario: Calendario
    disposiciones: tuple[DisposicionClase, ...]
    casa: Casa
    topes: Topes = Topes()
    carpetas: Carpetas = Carpetas()
    correo_ajeno: CorreoAjeno = CorreoAjeno()
    nombres: Nombres = Nombres()
    oficinas_consulares: tuple[OficinaConsular, ...] = ()
    formularios: tuple[Formulario, ...] = ()
    supervivencia: Supervivencia | None = None
    consultores: tuple[Consultor, ...] = ()
    destinos: Destinos = Destinos()
    informe: Informe = Informe()
    siade: Siade = Siade()
    antecedentes: Antecedentes = Antecedentes()
    desistimiento: Desistimiento | None = None
    areas: tuple[AreaDePlazos, ...] = ()
    compromisos: Compromisos = Compromisos()
    retencion: Retencion = Retencion()

    def espera(self, correo: str, tipo: Type | None) -> PlazoDeArea | None:
        """How the area of this account waits for data that it asked for; None: as Medios Electrónicos (P a77, a78)."""
        cuenta = self.cuenta(correo)
        clave = cuenta.area_de_plazos if cuenta else None
        return next((area.plazo(tipo) for area in self.areas if area.clave == clave), None)

    def consultor(self, correo: str | None) -> Consultor | None:
        """The consultant of that address, or None."""
        return next((one for one in self.consultores if one.correo == correo), None)

    def organo(self, clave: str | None) -> Organo | None:
        """The destination of that key, or None."""
        return next((organo for organo in self.destinos.organos if organo.clave == clave), None)

    def atiende(self, destination: str, destino: str | None, lugar: str | None) -> str:
        """Who attends a matter, with its article, as a person or a colleague reads it; "" when that is not known.

        `destination` is the kind of place, `destino` the key of an Órgano, `lugar` that of an OOAD or UMAE.
        """
        organo, place = self.organo(destino), self.lugar(lugar)
        if organo is not None:
            return organo.nombre
        if destination != "cdaod_jdaod" or place is None:
            return ""
        if place in self.destinos.umae:
            return f"la Jefatura de Atención y Orientación al Derechohabiente de la {place.nombre}"
        return f"la Coordinación de Atención y Orientación al Derechohabiente de la OOAD {place.nombre}"

    def lugar(self, clave: str | None) -> Lugar | None:
        """The OOAD or UMAE of that key, or None."""
        return next((lugar for lugar in (*self.destinos.umae, *self.destinos.ooad) if lugar.clave == clave), None)

    def tema(self, clave: str | None) -> Tema | None:
        """The topic of that key, or None."""
        return next((tema for tema in self.temas if tema.clave == clave), None)

    def sensible(self, clave: str | None) -> Sensible | None:
        """The sensitive matter of that key, or None."""
        return next((matter for matter in self.sensibles if matter.clave == clave), None)

    def disposicion(self, clase: Clase) -> DisposicionClase:
        """The rule for mails of `clase`; a clase without a rule waits for a person."""
        for rule in self.disposiciones:
            if rule.clase is clase:
                return rule
        # No rule of a file, so it has no numeral, which a rule that people write must have.
        return DisposicionClase.model_construct(
            clase=clase, disposicion=Disposition.REVISAR, numeral="", porque="sin regla: lo ve una persona"
        )

    def supervisa(self, clase: Clase, sensible: str | None) -> str:
        """The numeral under which mails of `clase` about this sensitive matter pass the supervisor; '' when none do."""
        rule, matter = self.disposicion(clase), self.sensible(sensible)
        if rule.supervisa:
            return rule.numeral or "P a88"
        return matter.numeral if matter and matter.supervisa else ""

    def cuenta(self, correo: str) -> Cuenta | None:
        """Our account of that address, or None."""
        return next((cuenta for cuenta in self.casa.cuentas if cuenta.correo == correo), None)

    def buzon(self, correo: str) -> Cuenta | None:
        """The account of a mailbox that we read: one of our own, or the enabled one of a consular office (C).

        An office counts its mails at its own mailbox, never at `atnder@`.
        """
        cuenta, told = self.cuenta(correo), _survival(self)
        if cuenta is not None or told is None or not told.es_de_oficina(correo):
            return cuenta
        oficina = self.oficina(correo)
        nombre = f"Oficina consular de México en {oficina.ciudad}" if oficina else "Oficina consular de México"
        return Cuenta(correo=correo, perfil=OFFICE, cuenta_a=correo, nombre=nombre)

    def acceso_rechazado(self, correo: str) -> str:
        """What to say when the login of a consular office's account is refused, which must not be tried again (C: its
        password); '' for an account whose login may be."""
        cuenta = self.buzon(correo)
        if cuenta is None or cuenta.perfil != OFFICE or self.supervivencia is None:
            return ""
        return self.supervivencia.acceso_rechazado

    def oficina(self, cuenta: str) -> OficinaConsular | None:
        """The consular office whose enabled account this is, or None."""
        return next((oficina for oficina in self.oficinas_consulares if oficina.cuenta == cuenta), None)


def enlaces(rules: RuleSet) -> frozenset[str]:
    """The liaison addresses of the Órganos normativos (P 5.28): those of the house and those of the destinations."""
    named = {persona.correo for persona in rules.casa.personas if persona.papel == "enlace"}
    return frozenset(named | {organo.enlace for organo in rules.destinos.organos if organo.enlace})


def _staff(rules: RuleSet) -> frozenset[str]:
    people = {persona.correo for persona in rules.casa.personas if persona.papel != "enlace"}
    supervisors = {one.supervisor for one in rules.consultores if one.supervisor}
    return frozenset(people | supervisors | {one.correo for one in rules.consultores})


def house(rules: RuleSet) -> Accounts:
    """What a reader must know of the house (5.64, 5.65): our accounts, who counts copies, our people, our servers."""
    casa, names, foreign = rules.casa, rules.nombres, rules.correo_ajeno
    return Accounts(
        own=frozenset(cuenta.correo for cuenta in casa.cuentas),
        counting=frozenset(cuenta.cuenta_a for cuenta in casa.cuentas),
        staff=_staff(rules),
        enlaces=enlaces(rules),
        domains=frozenset(domain.lower() for domain in casa.dominios),
        authserv=frozenset(server.lower() for server in casa.servidores_de_recepcion),
        given_names=frozenset(names.de_pila),
        surnames=frozenset(names.apellidos),
        phishing=foreign.suplantacion,
        commercial=foreign.publicidad,
        profiles={cuenta.correo: cuenta.perfil for cuenta in casa.cuentas},
        survival=_survival(rules),
    )


def _survival(rules: RuleSet) -> SurvivalHouse | None:
    told = rules.supervivencia
    if told is None:
        return None
    return SurvivalHouse(
        recepcion=told.recepcion,
        oficinas=rules.oficinas_consulares,
        formularios=rules.formularios,
        palabras=told.palabras,
    )
