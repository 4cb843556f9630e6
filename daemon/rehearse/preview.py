"""`acuse template preview`: any template as its reader will see it, with an invented petition or a real one."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import MappingProxyType
from typing import Any

from ..count.morning import morning
from ..decide.calendar import OfficeCalendar
from ..edge.charts import draw
from ..errors import AcuseError
from ..findings import nearest
from ..model import ids
from ..model.commitments import AreaResponsable, Compromiso, Compromisos, Reminder, Row
from ..model.decision import Decision, Destination, Disposition, Ficha, Reason, Step, Write
from ..model.figures import Facts, MailFact, Move, PetitionFact, TermFact
from ..model.mail import Kind, PersonData
from ..model.masks import masked
from ..model.outgoing import DraftState
from ..model.petition import Clase, HistoryEntry, Petition, State, Type
from ..model.rules import RuleSet, house
from ..model.survival import Receipt
from ..model.templates import Template, TemplateSet
from ..read import read
from ..reply import compose, compose_ficha
from ..reply.commitments import compose_reminder
from ..reply.house import compose_house
from ..reply.informe import morning_mail, names_of
from ..reply.offices import CLASES
from .bench import REHEARSAL_KEY

_PERSON = "rosa.iturbe@correo.example"
_WROTE = (
    "Buenos días. En la farmacia de mi clínica no me surten la receta desde hace dos semanas y me dicen que regrese. "
    "¿A dónde puedo acudir?"
)
_ANSWERED = (
    "Se revisó el abasto de la unidad: el medicamento está disponible desde hoy en la farmacia.\n\n"
    "Puede recogerlo con su receta, de lunes a viernes de 8 a 20 horas."
)
# A day on which nothing is special: every preview of the same template shows the same.
_DAY = datetime(2026, 3, 10, 17, 5, tzinfo=UTC)
_NUMBER, _UNIT, _TELEPHONE = "30684502179", "UMF 27, Tlalpan", "5555550188"
_FORM = MappingProxyType(
    {
        "fecha_solicitud": "2026-03-06",
        "oficina_consular": "DALLAS, TEXAS, ESTADOS UNIDOS",
        "id_tramite": "735120",
        "nss": _NUMBER,
        "fecha_nacimiento": "1951-03-22",
        "ex_trabajador_imss": "NO",
        "nombre": "ROSALBA",
        "apellido_paterno": "DE LEÓN",
        "apellido_materno": "IBÁÑEZ",
        "identificacion_tipo": "MATRÍCULA CONSULAR",
        "identificacion_folio": "G40718265",
        "contacto": "+1 214 555 0177",
    }
)


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail as it would be written; `html` needs nothing from outside, `files` are the names of what goes along."""

    template: Template
    subject: str
    to: str
    text: str
    html: str
    files: tuple[str, ...] = ()


def template_named(name: str, templates: TemplateSet) -> Template:
    """The template of this name, also written as a path or without its folder; AcuseError names the nearest ones."""
    wanted = re.sub(r"^(?:.*/)?templates/|\.md$", "", name.strip())
    for each in (wanted, f"orientacion/{wanted}"):
        if found := templates.get(each):
            return found
    known = {each.rpartition("/")[2]: each for each in templates.templates} | {
        each: each for each in templates.templates
    }
    close = nearest(wanted.rpartition("/")[2], known) or nearest(wanted, known)
    cure = close or f"las hay: {', '.join(each for each in templates.templates if '/' not in each)}"
    raise AcuseError("no hay ninguna plantilla con ese nombre", where=name, cure=cure)


def preview(
    name: str,
    rules: RuleSet,
    templates: TemplateSet,
    *,
    petition: Petition | None = None,
    now: datetime = _DAY,
    key: bytes = REHEARSAL_KEY,
) -> Preview:
    """Write the mail of a template. Without a `petition` one is invented that gives the template something to say.

    TemplateFailed when the template cannot be completed; AcuseError when no such mail is about a petition.
    """
    template = template_named(name, templates)
    if petition and template.clase in (Clase.INFORME, Clase.AVISO_INTERNO):
        raise AcuseError("esa plantilla no trata de una petición", where=template.name, cure="quite --petition")
    if template.clase is Clase.INFORME:
        return _report(template, rules, templates, now)
    if template.clase is Clase.AVISO_INTERNO:
        return _reminder(template, rules, templates, now, key)
    about = petition or _invented(template, rules, now)
    if template.clase is Clase.FICHA:
        return _ficha(template, about, rules, templates, now, key, real=petition is not None)
    return _mail(template, about, rules, templates, now, key)


# --- mails about a petition ----------------------------------------------------------------------------------------


def _mail(
    template: Template, petition: Petition, rules: RuleSet, templates: TemplateSet, now: datetime, key: bytes
) -> Preview:
    second = template.name.endswith("_2")
    to = petition.petitioner
    if template.clase in (Clase.DERIVACION_ORGANO_NORMATIVO, Clase.DERIVACION_OIC_SNTSS):
        organo = rules.organo(petition.destino)
        to = (organo.enlace if organo else None) or f"enlace@{rules.casa.dominios[0]}"
    asks = petition.missing or petition.asked or ("nss", "contacto")
    write = Write(
        template.clase,
        template.name.removesuffix("_2") if second else template.name,
        to,
        rules.disposicion(template.clase).disposicion,
        _values(petition, now),
        asks=asks if template.clase in (Clase.DATOS_COMPLEMENTARIOS, Clase.CONCLUSION_DESINTERES) else (),
        turn=2 if second else 1,
        receipts=_receipts(rules, now) if template.clase is Clase.CONFIRMACION else (),
    )
    draft = compose(write, petition=petition, rules=rules, templates=templates, now=now, ordinal=1, key=key)
    return Preview(template, draft.subject, to, draft.text, draft.html, _attached(draft.raw))


def _values(petition: Petition, now: datetime) -> dict[str, Any]:
    """What a template may be given besides the petition; nobody but the template decides what of it is said."""
    day = now.date()
    return {
        "texto_libre": petition.respuesta or petition.answer or _ANSWERED,
        "siade": petition.siade or "SIADE2603100001",
        "fecha_solicitud": day - timedelta(days=4),
        "vence": day + timedelta(days=2),
        "adjuntos": ["receta.pdf"],
        "limite": day + timedelta(days=7),
        "recibida": now - timedelta(hours=2),
        "rechazos": [
            {
                "documento": "SUPERVIVENCIA_604417.pdf",
                "id_tramite": "604417",
                "motivos": [
                    {
                        "clave": "nss_vacio",
                        "texto": "Falta el NSS.",
                        "remedio": "Escríbalo con sus 11 números.",
                        "numeral": "C",
                        "campo": "nss",
                    }
                ],
            }
        ],
    }


def _invented(template: Template, rules: RuleSet, now: datetime) -> Petition:
    """Rosa's petition, as complete as a petition can be, at the mailbox that writes such mails."""
    topic = next((tema for tema in rules.temas if template.name in (tema.plantilla, f"orientacion/{tema.clave}")), None)
    subject = topic.nombre if topic else "No me surten mi receta"
    topic = topic or next((tema for tema in rules.temas if tema.clave == "falta_medicamento"), rules.temas[0])
    toward = {
        Clase.DERIVACION_ORGANO_NORMATIVO: "organo_normativo",
        Clase.ACUSE_ORGANO_NORMATIVO: "organo_normativo",
        Clase.RESPUESTA_ORGANO_NORMATIVO: "organo_normativo",
        Clase.DERIVACION_OIC_SNTSS: "oic_sntss",
        Clase.TURNO_OIC_SNTSS: "oic_sntss",
    }
    destination = toward.get(template.clase, "cdaod_jdaod")
    organo = next((each for each in rules.destinos.organos if each.tipo == destination), None)
    account, petitioner = _between(template, rules)
    return Petition(
        folio=ids.folio("<vista-previa@correo.example>", template.name, now.date()),
        account=account,
        counting=account,
        state=State.REVISION_CONSULTOR,
        opened_at=now - timedelta(days=4),
        captured_on=(now - timedelta(days=4)).date(),
        petitioner=petitioner,
        subject="" if template.clase in CLASES else subject,
        first_message_id="<vista-previa@correo.example>",
        type=Type.QUEJA,
        topic=topic.clave,
        data=PersonData("Rosa Iturbe Sandoval", _NUMBER, telefono=_TELEPHONE, correo=_PERSON, unidad=_UNIT),
        missing=("nss", "contacto") if template.clase is Clase.DATOS_COMPLEMENTARIOS else (),
        destination=destination,
        destino=organo.clave if organo else None,
        lugar=next((lugar.clave for lugar in rules.destinos.ooad), None),
        confidence=0.97,
        summary=_WROTE,
        siade="SIADE2603100001" if template.clase is Clase.AVISO_FOLIO else None,
    )


def _between(template: Template, rules: RuleSet) -> tuple[str, str]:
    """Our account and who gets the mail: a citizen, or the other side of IMSS Digital."""
    ours = next((c.correo for c in rules.casa.cuentas if c.perfil == "medios_electronicos"), None)
    ours = ours or rules.casa.cuentas[0].correo
    if template.clase not in CLASES or rules.supervivencia is None:
        return ours, _PERSON
    reception = rules.supervivencia.recepcion
    offices = [each.cuenta for each in rules.oficinas_consulares]
    office = next((each for each in offices if "dallas" in each), offices[0] if offices else f"imss_dallas@{_PERSON}")
    return (office, reception) if template.clase is Clase.ACUSE_CONECTIVIDAD else (reception, office)


def _receipts(rules: RuleSet, now: datetime) -> tuple[Receipt, ...]:
    office = next((each for each in rules.oficinas_consulares if "dallas" in each.cuenta), None)
    name = office.nombre if office else "Dallas, Texas, Estados Unidos"
    due = (now + timedelta(days=182)).date()
    return (Receipt("CS-260310-7K3FQ-1", name, dict(_FORM), now, due, verified=True),)


def _ficha(
    template: Template,
    petition: Petition,
    rules: RuleSet,
    templates: TemplateSet,
    now: datetime,
    key: bytes,
    *,
    real: bool,
) -> Preview:
    """The data sheet. Of a real petition the store keeps no message, so nothing is invented in its place."""
    raw = _wrote(petition, now)
    accounts = house(rules)
    reading = None if real else read(raw, mailbox=petition.account, house=accounts, received_at=petition.opened_at)
    decision = Decision(
        Kind.PETICION,
        Step.CONSULTOR,
        Disposition.NINGUNA,
        type=petition.type,
        topic=petition.topic,
        destination=Destination(petition.destination),
        confidence=petition.confidence,
        reasons=(Reason("frase", "P 5.10", "«no me surten»"),),
    )
    mail = compose_ficha(
        Ficha(("P a66: la decide un consultor",), urgent=petition.urgent),
        petition=petition,
        decision=None if real else decision,
        reading=reading,
        drafts=(),
        history=() if real else (HistoryEntry(petition.opened_at, "recibida", "Llega la petición", "P a65"),),
        rules=rules,
        templates=templates,
        now=now,
        ordinal=1,
        key=key,
    )
    return _of_internal(template, mail.subject, mail.to, mail.raw)


def _wrote(petition: Petition, now: datetime) -> bytes:
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = f"Rosa Iturbe Sandoval <{_PERSON}>", petition.account, petition.subject
    mail["Date"], mail["Message-ID"] = now - timedelta(days=4), petition.first_message_id
    mail.set_content(f"{_WROTE}\n\nRosa Iturbe Sandoval\nNSS {_NUMBER}\nTeléfono 55 5555 0188\n")
    return mail.as_bytes()


# --- mails to our own people ---------------------------------------------------------------------------------------


def _reminder(template: Template, rules: RuleSet, templates: TemplateSet, now: datetime, key: bytes) -> Preview:
    """The reminder of a commitment of improvement: the first of the rules, or an invented one."""
    told = rules.compromisos
    if not told.compromisos:
        area = AreaResponsable(nombre="Coordinación de Abasto", correo=f"abasto@{rules.casa.dominios[0]}")
        one = Compromiso(
            no=3,
            aspecto="Tiempo de respuesta a las quejas por falta de medicamento",
            actividades="Revisar cada semana las claves con más quejas y surtirlas",
            area_responsable=area.nombre,
            fecha_de_termino=(now + timedelta(days=3)).date(),
            resultados_esperados="Menos quejas por la misma clave",
            productos_evidencias="Informe mensual de abasto",
            avance=40,
        )
        told = Compromisos(programa="Atención al Derechohabiente", periodo="2026", areas=(area,), compromisos=(one,))
    one = told.compromisos[0]
    row = Row(told.clave(one), told.correo(one), one, one.avance, (), "", "", "")
    subject, body = compose_reminder(row, Reminder("antes-3", 3, False), told, templates, lead=False)
    account = rules.casa.cuentas[0].correo
    mail = compose_house(
        "vista-previa", row.correo, subject, body, account=account, rules=rules, templates=templates, now=now, key=key
    )
    return _of_internal(template, mail.subject, mail.to, mail.raw)


def _report(template: Template, rules: RuleSet, templates: TemplateSet, now: datetime) -> Preview:
    """The morning mail of an office with a handful of petitions."""
    calendar = OfficeCalendar(rules.calendario)
    account = rules.casa.cuentas[0].correo
    topics = [tema for tema in rules.temas if tema.destino != "ninguno"] or list(rules.temas)
    petitions, terms, mails, moves = [], [], [], []
    for number in range(6):
        opened = now - timedelta(days=number + 1, hours=number)
        folio = ids.folio(str(number), "vista previa", opened.date())
        waits = number % 2 == 0
        state = State.ORIENTACION_EN_REVISION if waits else State.ESPERA_DATOS_1
        topic = topics[number % len(topics)]
        fact = PetitionFact(folio, account, state, opened, opened.date(), "queja", topic.clave, urgent=number == 2)
        petitions.append(fact)
        moves.append(Move(folio, opened, "recibida", state))
        last = calendar.advance(opened.date(), 2)[0]
        due = calendar.midnight(datetime.combine(last, time(12), UTC)) + timedelta(hours=18)
        terms.append(TermFact(folio, "segunda_solicitud", "P a77", "correo", opened, due, due))
        clase = Clase.ORIENTACION if waits else Clase.DATOS_COMPLEMENTARIOS
        how = DraftState.EN_REVISION if waits else DraftState.ACEPTADO
        at = None if waits else opened
        mails.append(
            MailFact(f"{folio}/1", folio, clase, 1, account, how, opened, f"<{number}@vista.example>", sent_at=at)
        )
    facts = Facts(
        now - timedelta(days=24), now, tuple(petitions), moves=tuple(moves), mails=tuple(mails), terms=tuple(terms)
    )
    since = calendar.midnight(now - timedelta(days=1))
    report = morning(facts, since, now, calendar, names_of(rules), hide=lambda text: masked(text, rules.casa.de_casa))
    pictures = {
        chart.key: f"data:image/png;base64,{base64.b64encode(draw(chart)).decode()}"
        for section in report.sections
        for chart in section.charts
    }
    subject, body, html = morning_mail(report, templates, pictures)
    to = next(iter(rules.casa.con_papel("supervisor")), f"supervisor@{rules.casa.dominios[0]}")
    mail = compose_house(
        "vista-previa", to, subject, body, account=account, rules=rules, templates=templates, now=now,
        key=REHEARSAL_KEY, html=html,
    )  # fmt: skip
    return replace(_of_internal(template, subject, to, mail.raw), html=html)


def _of_internal(template: Template, subject: str, to: str, raw: bytes) -> Preview:
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)

    def part(kind: str) -> str:
        body = found.get_body((kind,))
        return str(body.get_content()) if body else ""

    return Preview(template, subject, to, part("plain"), part("html"), _attached(raw))


def _attached(raw: bytes) -> tuple[str, ...]:
    mail = message_from_bytes(raw, policy=policy.default)
    return tuple(
        name for part in mail.walk() if part.get_content_disposition() == "attachment" and (name := part.get_filename())
    )
