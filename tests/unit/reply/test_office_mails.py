"""What an office reads of IMSS and IMSS of an office: exact, complete, readable by the other side's program too."""

from __future__ import annotations

import re
from datetime import date
from email.message import EmailMessage
from io import BytesIO
from typing import Any

import pdfplumber
import pytest

from daemon.errors import TemplateFailed
from daemon.model.decision import Decision, Disposition, Ficha, Step, Write
from daemon.model.mail import Address, Attachment, Kind, Reading
from daemon.model.petition import Clase, Petition, State
from daemon.model.survival import Form, FormFault
from daemon.model.templates import TemplateSet
from daemon.read.ficha import read_answer
from daemon.reply import compose_ficha, spoken
from daemon.reply.offices import CLASES, OFFICE_VARIABLES, office_values
from tests.unit.reply.exchange import (
    DALLAS,
    FIELDS,
    RECEIPT,
    RECEPTION,
    REFUSED,
    exchange_rules,
    letter,
    receipt,
    request_of,
)
from tests.unit.reply.samples import KEY, NOW, ROOT, parsed
from tests.unit.reply.test_bytes import HOSTILE
from tests.unit.reply.test_citizen_mails import RESIDUE

REFERENCE = "[AC-250909-7K3FQ]"
TEST = {"limite": date(2026, 1, 19)}
SEEN = {"recibida": NOW, **TEST}
OF_DALLAS = request_of(account=DALLAS, counting=DALLAS, petitioner=RECEPTION, subject="PRUEBA DE CONECTIVIDAD")
LETTERS: list[tuple[str, dict[str, Any]]] = [
    ("confirmacion", {"receipts": (RECEIPT,)}),
    ("confirmacion", {"receipts": (RECEIPT, receipt(number="CS-251201-4M8TZ-2", verified=True, repeated=True))}),
    ("rechazo", {"values": {"rechazos": [REFUSED]}}),
    ("rechazo", {"values": {"rechazos": [REFUSED, {"motivos": [{"texto": "No es un PDF."}]}]}, "receipts": (RECEIPT,)}),
    ("acuse_conectividad", {"values": SEEN, "petition": OF_DALLAS}),
    ("prueba_conectividad", {"values": TEST}),
    ("prueba_conectividad", {"values": TEST, "turn": 2}),
]


def attached(raw: bytes) -> list[EmailMessage]:
    return [part for part in parsed(raw).iter_attachments() if isinstance(part, EmailMessage)]


@pytest.mark.parametrize(("clase", "options"), LETTERS)
def test_every_letter_is_official_whole_and_free_of_what_is_for_citizens(
    templates: TemplateSet, clase: str, options: dict[str, Any]
) -> None:
    draft = letter(templates, clase, **options)
    text, html = draft.text, draft.html
    assert not RESIDUE.search(text)
    assert "encuesta" not in text.lower() and "usuaria" not in text.lower() and "5.64" not in text
    assert text.startswith("Oficina Consular de México en Dallas:" if clase[:5] != "acuse" else "Al Instituto Mexicano")
    assert "Atentamente," in text
    assert html.count("<html") == 1
    assert draft == letter(templates, clase, **options)


@pytest.mark.parametrize(("clase", "options", "subject"), [
    ("confirmacion", LETTERS[0][1], "Confirmación de recepción. Comprobación de supervivencia 735120"),
    ("confirmacion", LETTERS[1][1], "Confirmación de recepción. Comprobación de supervivencia"),
    ("rechazo", LETTERS[2][1], "Notificación de envío no exitoso 604417"),
    ("rechazo", LETTERS[3][1], "Resultado del envío. Comprobación de supervivencia"),
    ("acuse_conectividad", LETTERS[4][1], "Acuse de recibo de la prueba de conectividad"),
    ("prueba_conectividad", LETTERS[5][1], "PRUEBA DE CONECTIVIDAD. Favor de acusar recibo"),
    ("prueba_conectividad", LETTERS[6][1], "RECORDATORIO. PRUEBA DE CONECTIVIDAD. Favor de acusar recibo"),
])  # fmt: skip
def test_subjects_are_the_exchanges_own_with_the_id_of_a_single_request(
    templates: TemplateSet, clase: str, options: dict[str, Any], subject: str
) -> None:
    assert letter(templates, clase, **options).subject == f"{subject} {REFERENCE}"


def test_a_confirmation_gives_each_datum_its_own_line_for_the_offices_program(templates: TemplateSet) -> None:
    lines = letter(templates, "confirmacion", receipts=(RECEIPT,)).text.split("\n")
    for line in ("NSS: 30684502179", "ID Trámite: 735120", "Nombre: ROSALBA DE LEÓN IBÁÑEZ",
                 "Recibo: CS-251201-4M8TZ-1", "Fecha de recepción: 01/12/2025 14:17",
                 "Próxima comprobación: 01/06/2026"):  # fmt: skip
        assert line in lines


def test_a_confirmation_says_no_more_than_what_is_known(templates: TemplateSet) -> None:
    only, both = "acredita solo la recepción de los datos", "coinciden con el padrón"
    received = letter(templates, "confirmacion", receipts=(RECEIPT,)).text
    verified = letter(templates, "confirmacion", receipts=(receipt(verified=True),)).text
    assert only in received and both not in received
    assert both in " ".join(verified.split()) and only not in verified
    undated = letter(templates, "confirmacion", receipts=(receipt(next_due=None),)).text
    assert "Próxima comprobación" not in undated


def test_a_repetition_says_that_nothing_was_registered_again(templates: TemplateSet) -> None:
    text = " ".join(letter(templates, "confirmacion", receipts=(receipt(repeated=True),)).text.split())
    assert "Repetición: esta solicitud, recibida el 01/12/2025 14:17, ya se había confirmado" in text
    assert "no se registró de nuevo" in text
    assert "Repetición" not in letter(templates, "confirmacion", receipts=(RECEIPT,)).text


def test_a_confirmation_brings_the_printed_pair_and_says_who_gets_which_copy(templates: TemplateSet) -> None:
    draft = letter(templates, "confirmacion", receipts=(RECEIPT, receipt(number="CS-251201-4M8TZ-2")))
    (file,) = attached(draft.raw)
    assert (file.get_filename(), file.get_content_type()) == ("comprobante_CS-251201-4M8TZ-1.pdf", "application/pdf")
    with pdfplumber.open(BytesIO(file.get_content())) as pdf:
        assert len(pdf.pages) == 2
    assert "Imprimir en duplicado." in draft.text
    assert "se entrega a la persona pensionada" in draft.text
    assert "lo resguarda la oficina consular" in draft.text
    assert file.get_filename() in draft.text


def test_the_words_are_the_first_part_and_the_file_the_second(templates: TemplateSet) -> None:
    message = parsed(letter(templates, "confirmacion", receipts=(RECEIPT,)).raw)
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf"]
    assert not any(part.defects for part in message.walk())
    assert max(map(len, letter(templates, "confirmacion", receipts=(RECEIPT,)).raw.split(b"\r\n"))) <= 998


def test_a_refusal_gives_every_reason_at_once_each_with_its_cure(templates: TemplateSet) -> None:
    text = letter(templates, "rechazo", values={"rechazos": [REFUSED]}).text
    assert text.split("\n\n")[1] == "El envío con ID Trámite 604417 NO fue procesado."
    reasons = re.findall(r"^Motivo: (.+)$", text, re.MULTILINE)
    assert reasons == ["Falta el NSS.", "La fecha 31/02/1941 no existe."]
    for line in ("Dónde: NSS", "Cómo corregirlo: Escríbalo con sus 11 números.",
                 "Fundamento: circular DSC01044 (25 de enero de 2017)"):  # fmt: skip
        assert line in text.split("\n")
    assert f"por el MCLV desde la cuenta habilitada de la oficina ({DALLAS})" in " ".join(text.split())


@pytest.mark.parametrize(("numeral", "said"), [
    ("C, primera falla", "circular DSC01044 (25 de enero de 2017), primera falla"),
    ("CURP", "CURP"),
    ("P 5.22", "P 5.22"),
])  # fmt: skip
def test_the_circular_is_called_by_its_name(templates: TemplateSet, numeral: str, said: str) -> None:
    values = {"rechazos": [{"motivos": [{"texto": "No.", "numeral": numeral}]}]}
    assert f"Fundamento: {said}" in letter(templates, "rechazo", values=values).text.split("\n")


def test_a_refusal_of_some_says_which_ones_were_received(templates: TemplateSet) -> None:
    draft = letter(templates, "rechazo", values={"rechazos": [REFUSED]}, receipts=(RECEIPT,))
    text = " ".join(draft.text.split())
    assert "ID Trámite: 735120 NSS: 30684502179 Nombre: ROSALBA DE LEÓN IBÁÑEZ Recibo: CS-251201-4M8TZ-1" in text
    assert len(attached(draft.raw)) == 1
    assert "sí se recibió" not in letter(templates, "rechazo", values={"rechazos": [REFUSED]}).text.lower()


def test_a_stranger_is_not_addressed_as_an_office_unless_we_know_which(templates: TemplateSet) -> None:
    stranger = {"to": "consulado.dallas@correo.example", "values": {"rechazos": [REFUSED]}}
    unknown = letter(templates, "rechazo", **stranger)
    assert unknown.text.startswith("A quien corresponda:") and DALLAS not in unknown.text
    stranger["values"] = {"rechazos": [REFUSED], "oficina": "Dallas, Texas, Estados Unidos", "cuenta": DALLAS}
    known = letter(templates, "rechazo", **stranger)
    assert known.text.startswith("Oficina Consular de México en Dallas:") and DALLAS in known.text


def test_an_office_that_is_not_in_the_rules_is_not_called_by_its_address(templates: TemplateSet) -> None:
    values = {**TEST, "oficina": "imss_nueva@sre.gob.mx", "cuenta": "imss_nueva@sre.gob.mx"}
    test = letter(templates, "prueba_conectividad", to="imss_nueva@sre.gob.mx", values=values)
    assert test.text.startswith("A quien corresponda:")
    assert "cuenta habilitada imss_nueva@sre.gob.mx" in " ".join(test.text.split())


def test_a_test_names_its_date_the_account_and_what_not_to_do(templates: TemplateSet) -> None:
    for turn in (1, 2):
        text = " ".join(letter(templates, "prueba_conectividad", values=TEST, turn=turn).text.split())
        for words in ("acusar recibo de este mensaje a más tardar el 19 de enero de 2026", DALLAS,
                      "No remita el formato PDF de prueba", "No modifique la contraseña"):  # fmt: skip
            assert words in text
        assert ("Todavía no recibimos el acuse" in text) == (turn == 2)


def test_an_acuse_names_the_office_its_account_and_when_the_test_came(templates: TemplateSet) -> None:
    draft = letter(templates, "acuse_conectividad", petition=OF_DALLAS, values=SEEN)
    lines = draft.text.split("\n")
    for line in ("Oficina: Dallas, Texas, Estados Unidos", f"Cuenta: {DALLAS}",
                 "Fecha límite del acuse: 19 de enero de 2026",
                 "Prueba recibida: 09/09/2025 14:05 (hora de la Ciudad de México)"):  # fmt: skip
        assert line in lines
    assert parsed(draft.raw)["In-Reply-To"] == "<solicitud@sre.gob.mx>"


def test_only_the_acuse_does_not_call_itself_automatic_because_it_would_be_set_aside(templates: TemplateSet) -> None:
    said = {clase: parsed(letter(templates, clase, **options).raw)["Auto-Submitted"] for clase, options in LETTERS}
    assert said == {
        "confirmacion": "auto-replied",
        "rechazo": "auto-replied",
        "acuse_conectividad": None,
        "prueba_conectividad": "auto-generated",
    }


def test_a_pensioner_who_wrote_here_is_told_kindly_where_to_go(templates: TemplateSet) -> None:
    person = request_of(petitioner="ana@correo.example", subject="Mi pensión")
    draft = letter(
        templates, "orientacion", "turno_medios_electronicos", petition=person, disposition=Disposition.REVISAR
    )
    assert draft.subject == f"Re: Mi pensión {REFERENCE}"
    for words in ("atnder@imss.gob.mx", "IMSS Digital", "ya turnó su mensaje"):
        assert words in " ".join(draft.text.split())
    assert not RESIDUE.search(draft.text)


@pytest.mark.parametrize(("clase", "options"), [
    ("confirmacion", {}), ("rechazo", {}), ("prueba_conectividad", {}), ("acuse_conectividad", {}),
])  # fmt: skip
def test_a_letter_that_would_say_nothing_is_not_written(
    templates: TemplateSet, clase: str, options: dict[str, Any]
) -> None:
    with pytest.raises(TemplateFailed, match="falta"):
        letter(templates, clase, **options)


@pytest.mark.parametrize("evil", HOSTILE)
def test_what_stands_in_a_form_is_shown_and_never_acts(templates: TemplateSet, evil: str) -> None:
    fields = dict.fromkeys(FIELDS, evil)
    refused = {"documento": evil, "id_tramite": evil, "motivos": [dict.fromkeys(("texto", "remedio", "numeral"), evil)]}
    for draft, calm in (
        (
            letter(templates, "confirmacion", receipts=(receipt(number=evil, office=evil, note=evil, **fields),)),
            letter(templates, "confirmacion", receipts=(receipt(note="x"),)),
        ),
        (
            letter(templates, "rechazo", values={"rechazos": [refused]}),
            letter(templates, "rechazo", values={"rechazos": [REFUSED]}),
        ),
    ):
        assert parsed(draft.raw).keys() == parsed(calm.raw).keys()
        assert set(re.findall(r"<(\w+)", draft.html)) <= set(re.findall(r"<(\w+)", calm.html))
        assert 'href="http' not in draft.html
        assert "49" not in draft.text.replace("30684502179", "").replace("604417", "")
        assert len(draft.subject) <= 120


def test_the_list_of_variables_is_what_the_values_are() -> None:
    write = Write(Clase.RECHAZO, "rechazo", DALLAS, Disposition.ENVIAR)
    values = office_values(write, request_of(), exchange_rules())
    assert set(values) == set(OFFICE_VARIABLES)
    assert None not in values.values()


def test_every_state_and_clase_has_words_for_people() -> None:
    assert set(spoken.STATES) == set(State)
    assert set(spoken.CLASES) == set(Clase)
    assert set(Clase) > CLASES


def ficha_of(
    templates: TemplateSet, ficha: Ficha, forms: tuple[Form, ...] = (), reading: Reading | None = None, **changes: Any
) -> Any:
    petition: Petition = request_of(state=State.CONFIRMADA_POR_IMSS, **changes)
    decision = Decision(Kind.SOLICITUD_SUPERVIVENCIA, Step.CONFIRMAR, Disposition.REVISAR, forms=forms)
    return compose_ficha(
        ficha,
        petition=petition,
        decision=decision,
        reading=reading,
        drafts=(),
        history=(),
        rules=exchange_rules(),
        templates=templates,
        now=NOW,
        ordinal=1,
        key=KEY,
    )


def test_a_ficha_with_receipts_is_ready_to_print(templates: TemplateSet) -> None:
    ficha = Ficha(("Confirmación del IMSS.",), receipts=(RECEIPT,), subject="Para imprimir: confirmación 735120")
    mail = ficha_of(templates, ficha)
    assert mail.subject == f"Para imprimir: confirmación 735120 {REFERENCE}"
    (file,) = attached(mail.raw)
    assert file.get_content()[:5] == b"%PDF-"
    body = parsed(mail.raw).get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "IMPRIMIR EN DUPLICADO" in text and file.get_filename() in text


def test_a_ficha_without_receipts_is_as_it_was(templates: TemplateSet) -> None:
    mail = ficha_of(templates, Ficha(("Véala.",)))
    assert mail.subject.startswith(f"Ficha {REFERENCE} ")
    assert attached(mail.raw) == []
    assert "imprimir" not in mail.raw.decode("ascii").lower()


def test_a_ficha_shows_each_form_as_it_was_read_and_what_was_doubted(templates: TemplateSet) -> None:
    scan = Form("escaneo.pdf", None, "no", faults=(FormFault("escaneado", None, "Es una imagen."),))
    form = Form("a.pdf", "supervivencia", "ocr", fields={"nss": "30684502179", "nombre": None}, unsure=("dos fechas",))
    body = parsed(ficha_of(templates, Ficha(("Véala.",)), (form, scan)).raw).get_body(("plain",))
    assert body is not None
    text = body.get_content()
    for words in ("NSS: 30684502179", "Nombre: —", "Duda: dos fechas", "No se leyó: Es una imagen.", "compárela"):
        assert words in text
    assert "P 4.16" not in text and "Tema no reconocido" not in text


def test_the_guide_lists_every_variable() -> None:
    guide = (ROOT / "docs" / "imss_digital.md").read_text(encoding="utf-8")
    table = guide.split("| Variable de las otras cuatro | Qué pone |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(OFFICE_VARIABLES)


def text_of(mail: Any) -> str:
    body = parsed(mail.raw).get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


READ = Form(
    "a.pdf",
    "supervivencia",
    "text",
    fields={**FIELDS, "fecha_nacimiento": "31/02/1951"},
    faults=(FormFault("nss_digito", "nss", "El NSS no es válido."),),
)


def test_a_ficha_tells_each_motive_once_and_never_that_what_was_read_was_not(templates: TemplateSet) -> None:
    text = text_of(ficha_of(templates, Ficha(("a.pdf: El NSS no es válido.",)), (READ,)))
    assert text.count("El NSS no es válido.") == 1 and "No se leyó" not in text
    elsewhere = text_of(ficha_of(templates, Ficha(("véala",)), (READ,)))
    assert "Motivo: El NSS no es válido." in elsewhere and "No se leyó" not in elsewhere
    assert "- Véala" in elsewhere


def test_a_ficha_shows_dates_as_the_form_does(templates: TemplateSet) -> None:
    text = text_of(ficha_of(templates, Ficha(("Véala.",)), (READ,)))
    assert "Fecha de solicitud: 28/11/2025" in text and "Fecha de nacimiento: 31/02/1951" in text


def test_a_ficha_of_the_exchange_asks_only_what_can_be_answered_there_and_its_answer_is_read(
    templates: TemplateSet,
) -> None:
    body = parsed(ficha_of(templates, Ficha(("Véala.",)), (READ,)).raw).get_body(("plain",))
    assert body is not None
    text = body.get_content().replace("\r\n", "\n")
    form = text.partition("Inicio del formulario\n")[2].partition("Fin del formulario")[0]
    assert form == "nota:\nconcluir:\n"
    assert "CDAOD" not in text and "asegurada" not in text and "confianza" not in text
    filled = text.replace("\nnota:\nconcluir:\n", "\nnota: llamé a Dallas\nconcluir: sí\n")
    quoted = "\n".join(f"> {line}" for line in filled.split("\n"))
    answer = read_answer(f"El mar, 9 sept 2025 a las 14:05, IMSS <{RECEPTION}> escribió:\n\n{quoted}")
    assert (answer.nota, answer.concluir, answer.problems) == ("llamé a Dallas", True, ())


def test_a_ficha_to_print_says_who_what_and_what_to_do_and_nothing_else(templates: TemplateSet) -> None:
    petition_reading = read_request("El correo del IMSS, completo.")
    mail = ficha_of(templates, Ficha(("imprima el archivo",), receipts=(RECEIPT,)), reading=petition_reading)
    text = text_of(mail)
    for words in ("Nombre: ROSALBA DE LEÓN IBÁÑEZ", "ID Trámite: 735120", "NSS: 30684502179",
                  "Recibo: CS-251201-4M8TZ-1", "Próxima comprobación: 01/06/2026", "- Imprima el archivo",
                  "mueva esta ficha a «Fichas atendidas»", "en la carpeta «Supervivencia»"):  # fmt: skip
        assert words in text
    for words in ("formulario", "confianza", "El correo del IMSS, completo", "Texto del PDF"):
        assert words not in text
    answer = read_answer(f"nota: entregado\n\nEl mar, 9 sept 2025, IMSS <{RECEPTION}> escribió:\n\n> {text}")
    assert answer.given == (("nota", "entregado"),)


def test_a_ficha_says_where_the_original_with_its_pdf_lies(templates: TemplateSet) -> None:
    mail = ficha_of(templates, Ficha(("Véala.",)), (READ,), reading=read_request("Se remite."))
    assert "El original, con su PDF, está en la carpeta «Supervivencia»." in text_of(mail)


def read_request(text: str) -> Reading:
    return Reading(
        message_id="<solicitud@sre.gob.mx>",
        digest="d",
        mailbox=RECEPTION,
        received_at=NOW,
        kind=Kind.SOLICITUD_SUPERVIVENCIA,
        kind_reason="",
        author=Address(DALLAS),
        sender=Address(DALLAS),
        subject="IMSS DIGITAL 735120",
        text=text,
        attachments=(Attachment("a.pdf", "application/pdf", 2_000, "text", "Texto del PDF"),),
    )


def refusal(templates: TemplateSet, *codes: str, oficina: str | None = "DALLAS, TEXAS") -> tuple[str, str]:
    """The text and the HTML of a refusal to a stranger for these faults."""
    motives = [{"clave": code, "texto": f"Falla {code}.", "campo": ""} for code in codes]
    values = {"rechazos": [{"documento": "a.pdf", "oficina": oficina, "motivos": motives}]}
    draft = letter(templates, "rechazo", to="ana@correo.example", values=values)
    return " ".join(draft.text.split()), draft.html


def test_a_refusal_for_the_account_alone_asks_for_the_same_request_from_the_enabled_one(
    templates: TemplateSet,
) -> None:
    text, _ = refusal(templates, "cuenta_personal")
    assert f"Envíe la misma solicitud, por el MCLV, desde la cuenta habilitada de la oficina ({DALLAS})" in text
    assert "Corrija" not in text and "contraseña" not in text
    assert text.startswith("A quien corresponda:")
    both, _ = refusal(templates, "cuenta_personal", "nss_digito")
    assert "Corrija lo que se indica" in both and "contraseña" not in both
    own, _ = refusal(templates, "nss_digito")
    assert "Corrija lo que se indica" in own and "No modifique la contraseña" in own


@pytest.mark.parametrize("oficina", [None, "GUADALAJARA"])
def test_an_unknown_offices_account_is_told_by_its_pattern_that_nobody_takes_for_an_address(
    templates: TemplateSet, oficina: str | None
) -> None:
    text, html = refusal(templates, "cuenta_personal", oficina=oficina)
    assert "(imss_<oficina>@sre.gob.mx)" in text
    assert "(imss_&lt;oficina&gt;@sre.gob.mx)" in html


def test_the_rules_name_no_account_that_nobody_has() -> None:
    rules = (ROOT / "rules" / "supervivencia.yaml").read_text(encoding="utf-8")
    assert "imss_<oficina>@sre.gob.mx" in rules and "imss_oficina@" not in rules
