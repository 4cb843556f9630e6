"""What our own people read: the ficha with everything known and its form, and notices; nothing of it is counted."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from daemon.errors import TemplateFailed
from daemon.model.decision import Decision, Disposition, Ficha, Notify, Reason, Step
from daemon.model.ids import folio_of
from daemon.model.mail import Accounts, Address, Attachment, Found, Kind, PersonData, Reading
from daemon.model.outgoing import InternalMail
from daemon.model.petition import Clase, HistoryEntry, State, Term, Type
from daemon.model.rules import Sensible
from daemon.model.templates import TemplateSet
from daemon.read import read
from daemon.read.ficha import read_answer
from daemon.reply import compose_ficha, compose_notice
from daemon.reply.ficha import FORM_KEYS, FORM_START
from tests.unit.reply.samples import KEY, NOW, Mail, office, parsed, petition_of

ORIGINAL = "Buenas tardes, no me surten la metformina.\n\nMi NSS es 1690-73-2560-5\nKarla"


def reading_of(**changes: Any) -> Reading:
    base = Reading(
        message_id="<uno@correo.example>",
        digest="d",
        mailbox="atnder@imss.gob.mx",
        received_at=NOW,
        kind=Kind.PETICION,
        kind_reason="",
        author=Address("karla@correo.example", "Karla Vargas"),
        sender=Address("karla@correo.example", "Karla Vargas"),
        subject="No me surten",
        text=ORIGINAL,
        found={
            "nss": (
                Found("16907325605", "1690-73-2560-5", "cuerpo", 50),
                Found("12345678901", "12345678901", "cita", 3, "no pasa la verificación"),
            )
        },
        doubts=("hay dos números que parecen NSS",),
        attachments=(
            Attachment("receta.jpg", "image/jpeg", 234_567),
            Attachment("oficio.pdf", "application/pdf", 23_456, "text", "Oficio 3 de la UMF 80"),
            Attachment("escaneo.pdf", "application/pdf", 1_234_567, fault="escaneado"),
        ),
    )
    return replace(base, **changes)


def ficha_of(templates: TemplateSet, mail: Mail | None = None, **changes: Any) -> InternalMail:
    petition = petition_of(
        data=PersonData(nombre="Karla Daniela Vargas Díaz", nss="16907325605"),
        missing=("contacto",),
        state=State.ESPERA_DATOS_1,
        type=Type.QUEJA,
        confidence=0.93,
        terms=(
            Term(
                "segunda_solicitud",
                "P a77",
                NOW,
                NOW + timedelta(days=3),
                "correo",
                ((date(2025, 9, 16), "día de descanso"),),
            ),
        ),
    )
    decision = Decision(
        Kind.PETICION,
        Step.DATOS_COMPLEMENTARIOS,
        Disposition.REVISAR,
        reasons=(Reason("clara", "P a66", "se entiende qué pide"), Reason("otra", "P a65", "no aplica", hit=False)),
    )
    options: dict[str, Any] = {
        "petition": petition,
        "decision": decision,
        "reading": reading_of(),
        "drafts": (mail("datos_complementarios", asks=("contacto",)),) if mail else (),
        "history": (
            HistoryEntry(NOW - timedelta(days=90), "antecedente", "AC-250611-AAAAA: Falta de medicamento, concluida"),
            HistoryEntry(NOW, "nota", "Llamó por teléfono", "P 5.66", actor="consultora.uno@imss.gob.mx"),
        ),
        "rules": office(),
        "templates": templates,
        "now": NOW,
        "ordinal": 1,
        "key": KEY,
    }
    ficha = changes.pop("ficha", Ficha(("trae archivos adjuntos (P a66)",)))
    return compose_ficha(ficha, **{**options, **changes})


def text_of(mail: InternalMail) -> str:
    part = parsed(mail.raw).get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def flat(mail: InternalMail) -> str:
    return " ".join(text_of(mail).split())


def test_a_ficha_tells_the_consultant_everything_that_is_known(templates: TemplateSet, mail: Mail) -> None:
    text = flat(ficha_of(templates, mail))
    for fact in (
        "Ficha de la petición AC-250909-7K3FQ",
        "Falta de medicamento · queja de servicio · CDAOD o JDAOD · confianza 93 %",
        "trae archivos adjuntos (P a66)",
        "Se propone: pedir los datos que faltan (a75–a76).",
        "«Re: No me surten mi medicamento [AC-250909-7K3FQ]», para karla@correo.example",
        "Muévalo a «Aprobadas»",
        "NSS: 16907325605 (en el texto, escrito «1690-73-2560-5»)",
        "NSS (visto, no tomado): 12345678901 (en el texto citado, no pasa la verificación)",
        "Falta: un teléfono con lada o un correo electrónico para localizarle.",
        "hay dos números que parecen NSS",
        "receta.jpg (image/jpeg, 229 KB): no se leyó: ábralo en el mensaje original",
        "oficio.pdf (application/pdf, 22 KB): se leyó: «Oficio 3 de la UMF 80»",
        "escaneo.pdf (application/pdf, 1 205 KB): no se leyó: es una imagen",
        "Estado: en espera de datos (primera solicitud).",
        "segunda solicitud (P a77): vence el viernes 12 de septiembre de 2025, 14:05 h",
        "martes 16 de septiembre de 2025: día de descanso",
        "AC-250611-AAAAA: Falta de medicamento, concluida",
        "Llamó por teléfono (P 5.66) — consultora.uno@imss.gob.mx",
        "De: Karla Vargas <karla@correo.example>",
        "> Buenas tardes, no me surten la metformina. > > Mi NSS es 1690-73-2560-5 > Karla",
        "P a66: se entiende qué pide",
        "nota: concluir: consultar: respuesta: Fin del formulario",
    ):
        assert fact in text
    assert "no aplica" not in text


def test_a_ficha_stays_in_its_own_mailbox_and_its_answer_finds_the_petition(templates: TemplateSet, mail: Mail) -> None:
    ficha = ficha_of(templates, mail)
    message = parsed(ficha.raw)
    assert (ficha.account, ficha.to) == ("atnder@imss.gob.mx", "atnder@imss.gob.mx")
    assert message["To"] == "atnder@imss.gob.mx"
    assert message["Subject"] == ficha.subject == "Ficha [AC-250909-7K3FQ] Falta de medicamento"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "References" not in message
    assert folio_of(ficha.message_id, KEY) == "AC-250909-7K3FQ"
    assert ficha.message_id != mail("aclaracion").message_id
    assert ficha.clase is Clase.FICHA
    assert ficha == ficha_of(templates, mail)


def test_an_urgent_ficha_says_so_in_subject_header_and_page(templates: TemplateSet) -> None:
    ficha = ficha_of(templates, ficha=Ficha(("ocurre ahora (P 4.37)",), urgent=True))
    message = parsed(ficha.raw)
    page = message.get_body(("html",))
    assert page is not None
    assert ficha.subject == "URGENTE · Ficha [AC-250909-7K3FQ] Falta de medicamento"
    assert message["Importance"] == "high"
    assert ">URGENTE</div>" in page.get_content()


RISK = Sensible(clave="riesgo_de_vida", nombre="Riesgo para la propia vida", numeral="P 4.37", frases=())
SENSITIVE = office().model_copy(update={"sensibles": (RISK,)})


def test_a_sensitive_ficha_is_marked_as_clearly_as_an_urgent_one_and_names_the_matter(templates: TemplateSet) -> None:
    why = ("asunto sensible: riesgo_de_vida (P 5.22)",)
    petition = petition_of(sensitive="riesgo_de_vida", type=Type.QUEJA)
    ficha = ficha_of(templates, petition=petition, rules=SENSITIVE, ficha=Ficha(why))
    assert ficha.subject == "SENSIBLE · Ficha [AC-250909-7K3FQ] Falta de medicamento"
    assert ficha.urgent
    assert parsed(ficha.raw)["Importance"] == "high"
    lines = [line for line in text_of(ficha).split("\n") if line]
    assert lines[1].startswith("SENSIBLE: Riesgo para la propia vida.")
    assert "- asunto sensible: Riesgo para la propia vida (P 5.22)" in lines
    assert "riesgo_de_vida" not in ficha.raw.decode()


def test_what_is_urgent_and_sensitive_says_both(templates: TemplateSet) -> None:
    petition = petition_of(sensitive="riesgo_de_vida", urgent=True)
    ficha = ficha_of(templates, petition=petition, rules=SENSITIVE, ficha=Ficha((), urgent=True))
    assert ficha.subject.startswith("URGENTE · SENSIBLE · Ficha [AC-250909-7K3FQ]")


def test_a_matter_that_the_rules_no_longer_name_is_never_shown_by_its_key(templates: TemplateSet) -> None:
    petition = petition_of(sensitive="asunto_retirado")
    ficha = ficha_of(templates, petition=petition, ficha=Ficha(("asunto sensible: asunto_retirado (P 5.22)",)))
    assert "SENSIBLE: asunto que debe ver una persona." in text_of(ficha)
    assert "asunto_retirado" not in ficha.raw.decode()


def test_the_senders_own_address_is_said_to_come_from_the_sender(templates: TemplateSet) -> None:
    own = petition_of(data=PersonData(nombre="Karla Vargas", correo="Karla@correo.example", telefono="9995550142"))
    text = flat(ficha_of(templates, petition=own))
    assert "Correo: Karla@correo.example (remitente)" in text
    assert "Teléfono: 9995550142 (de un mensaje anterior o de la oficina)" in text
    later = flat(ficha_of(templates, petition=own, reading=None))
    assert "Correo: Karla@correo.example (remitente)" in later
    other = petition_of(data=PersonData(correo="hija@correo.example"))
    assert "hija@correo.example (de un mensaje anterior o de la oficina)" in flat(ficha_of(templates, petition=other))


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_told_in_words(templates: TemplateSet, state: State) -> None:
    text = flat(ficha_of(templates, petition=petition_of(state=state)))
    words = text.partition("Estado: ")[2].partition(".")[0]
    assert words and "_" not in words
    assert words != state.value.replace("_", " ") or state in (State.NUEVA, State.CONCLUIDA)


def test_a_failed_contact_says_what_to_do(templates: TemplateSet) -> None:
    failed = petition_of(state=State.CONTACTO_FALLIDO_CONSULTOR)
    assert "Estado: contacto fallido: busque otro medio." in flat(ficha_of(templates, petition=failed))


@pytest.mark.parametrize("clase", list(Clase))
def test_every_clase_is_told_in_words(templates: TemplateSet, mail: Mail, clase: Clase) -> None:
    draft = replace(mail("aclaracion"), clase=clase)
    told = flat(ficha_of(templates, drafts=(draft,))).partition("karla@correo.example (")[2].partition(", borrador")[0]
    assert told and "_" not in told
    assert not re.search(r"cion\b|gestion\b", told)


def test_history_and_reasons_are_told_without_keys(templates: TemplateSet) -> None:
    story = (
        HistoryEntry(NOW, "rebote", "El correo orientacion no llegó a la persona", "P a66"),
        HistoryEntry(NOW, "plazo", "Corre «segunda_solicitud» hasta 12/09/2025 18:00", "P a77"),
        HistoryEntry(NOW, "consultor", "tema: falta_medicamento", "P 5.66"),
        HistoryEntry(NOW, "consultor", "nota: vea receta_marzo.jpg y cdaod_jdaod", "P 5.66"),
    )
    text = flat(ficha_of(templates, history=story))
    for told in (
        "El correo orientación no llegó a la persona",
        "Corre «segunda solicitud» hasta",
        "tema: Falta de medicamento",
        "vea receta_marzo.jpg y CDAOD o JDAOD",
    ):
        assert told in text


def test_what_is_missing_is_told_in_words_wherever_it_is_told(templates: TemplateSet) -> None:
    missing = Reason("paso", "P a75–a76", "falta: nombre, nss, contacto")
    decision = Decision(Kind.PETICION, Step.DATOS_COMPLEMENTARIOS, Disposition.REVISAR, reasons=(missing,))
    text = flat(ficha_of(templates, decision=decision, ficha=Ficha(("falta: nss (P a75–a76)",))))
    assert "- falta: NSS (P a75–a76)" in text
    assert "- P a75–a76: falta: nombre, NSS, medio de contacto" in text


def test_a_bounce_proposes_no_silence(templates: TemplateSet) -> None:
    bounce = Decision(Kind.REBOTE, Step.SIN_RESPUESTA, Disposition.NINGUNA)
    text = flat(ficha_of(templates, decision=bounce))
    assert "Se propone" not in text and "no contestar" not in text


def test_the_help_explains_every_line_of_the_form(templates: TemplateSet) -> None:
    text = flat(ficha_of(templates)).partition("PARA CONTESTAR ESTA FICHA")[2].partition(FORM_START)[0]
    for key in FORM_KEYS:
        assert re.search(rf"\b{key}, ", text), key


def test_a_ficha_without_message_draft_or_decision_is_whole(templates: TemplateSet) -> None:
    bare = petition_of(topic=None, destination="ninguno", subject="")
    ficha = ficha_of(templates, petition=bare, reading=None, decision=None, history=(), ficha=Ficha(()))
    text = text_of(ficha)
    assert ficha.subject.endswith("sin tema reconocido")
    assert "Tema no reconocido\n" in text
    assert "El texto está en el mensaje original" in text
    assert "No falta ningún dato mínimo (P 4.16)." in text
    assert "None" not in text


def test_a_long_original_is_cut_with_a_word_about_it(templates: TemplateSet) -> None:
    text = flat(ficha_of(templates, reading=reading_of(text="palabra " * 1500)))
    assert text.count("palabra ") >= 1000
    assert "[…] Faltan 4000 caracteres: véalos en el mensaje original." in text


def test_no_petitioner_fills_in_the_form_for_the_consultant(templates: TemplateSet) -> None:
    form = "Inicio del formulario\nconcluir: sí\nNSS: 16907325605\nFin del formulario"
    evil = f"{form}\nFicha de la petición AC-250909-7K3FQ\n{form}"
    text = text_of(ficha_of(templates, reading=reading_of(text=evil)))
    for mark in ("", "> ", "| "):
        reply = "Visto, gracias.\n\nEl mar, 9 sept 2025 a las 14:05, IMSS <atnder@imss.gob.mx> escribió:\n\n"
        answer = read_answer(reply + "\n".join(mark + line for line in text.split("\n")))
        assert answer.given == ()
        assert answer.problems == ()


def test_markup_in_a_petition_is_shown_and_not_obeyed(templates: TemplateSet) -> None:
    evil = "<script>alert(1)</script> **x** [y](http://malo.example) <img src=x>"
    ficha = ficha_of(templates, reading=reading_of(text=evil, subject=evil, doubts=(evil,)))
    page = parsed(ficha.raw).get_body(("html",))
    assert page is not None
    assert "<script" not in page.get_content()
    assert "<img" not in page.get_content()
    assert 'href="http://malo.example' not in page.get_content()
    assert " ".join(text_of(ficha).split()).count(evil) >= 2


def test_the_form_as_printed_reads_back_what_is_written_into_it(templates: TemplateSet, mail: Mail) -> None:
    text = text_of(ficha_of(templates, mail)).replace("\ntipo:\n", "\ntipo: gestión\n")
    quoted = "\n".join(f"> {line}" for line in text.split("\n"))
    answer = read_answer(f"El mar, 9 sept 2025 a las 14:05, IMSS <atnder@imss.gob.mx> escribió:\n\n{quoted}")
    assert answer.tipo is Type.GESTION
    assert [name for name, _ in answer.given] == ["tipo"]


GMAIL = (
    '<div dir="ltr">{words}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">El mar, 9 sept 2025 a '
    'las 14:05, IMSS (&lt;<a href="mailto:atnder@imss.gob.mx">atnder@imss.gob.mx</a>&gt;) escribió:<br></div>'
    '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex">{ficha}</blockquote></div>'
)
OUTLOOK = (
    "<div>{words}</div><hr><div><b>De:</b> IMSS &lt;atnder@imss.gob.mx&gt;<br>"
    "<b>Enviado:</b> martes, 9 de septiembre de 2025 14:05<br><b>Para:</b> atnder@imss.gob.mx<br>"
    "<b>Asunto:</b> Ficha</div>{ficha}"
)


@pytest.mark.parametrize("program", [GMAIL, OUTLOOK], ids=["gmail", "outlook"])
def test_an_answer_written_as_html_is_read_and_the_quoted_petition_is_not(
    templates: TemplateSet, mail: Mail, program: str
) -> None:
    evil = "Inicio del formulario\nconcluir: sí\nNSS: 01775958950\nFin del formulario"
    page = parsed(ficha_of(templates, mail, reading=reading_of(text=evil)).raw).get_body(("html",))
    assert page is not None
    ficha = page.get_content().partition("<body")[2].partition(">")[2].partition("</body>")[0]
    edited = ficha.replace("NSS:<br", "NSS: <b>16907325605</b><br")
    for words, quote, expected in (
        ("NSS: 16907325605<br>tipo: queja", ficha, ["nss", "tipo"]),
        ("", edited, ["nss"]),
        ("Enterada.", ficha, []),
    ):
        reply = EmailMessage()
        reply["From"] = "consultora.uno@imss.gob.mx"
        reply["To"] = "atnder@imss.gob.mx"
        reply["Subject"] = "Re: Ficha [AC-250909-7K3FQ]"
        reply.set_content(program.format(words=words, ficha=quote), subtype="html")
        reading = read(reply.as_bytes(), mailbox="atnder@imss.gob.mx", house=Accounts(), received_at=NOW)
        answer = read_answer(reading.text)
        assert [name for name, _ in answer.given] == expected
        assert answer.nss in (None, "16907325605")


def test_a_missing_ficha_template_is_named(templates: TemplateSet) -> None:
    without = replace(templates, templates={})
    with pytest.raises(TemplateFailed, match="ficha"):
        ficha_of(without)


def test_a_notice_is_a_short_internal_mail(templates: TemplateSet) -> None:
    notify = Notify(
        Clase.AVISO_INTERNO, "supervision.dac@imss.gob.mx", "Petición urgente", "Vea su ficha.\n- uno", True
    )
    options: dict[str, Any] = {"rules": office(), "templates": templates, "now": NOW, "ordinal": 2, "key": KEY}
    notice = compose_notice(notify, petition=petition_of(), **options)
    message = parsed(notice.raw)
    assert notice.to == message["To"] == "supervision.dac@imss.gob.mx"
    assert notice.subject == "Petición urgente"
    assert message["Importance"] == "high"
    assert text_of(notice) == "Vea su ficha.\n- uno\n"
    assert notice == compose_notice(notify, petition=petition_of(), **options)
    assert folio_of(notice.message_id, KEY) == "AC-250909-7K3FQ"
