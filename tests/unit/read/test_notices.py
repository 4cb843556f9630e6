"""What IMSS tells a consular office, in its own words and in others, and whose words count."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from daemon.edge.rulefiles import load_rules
from daemon.edge.templatefiles import load_templates
from daemon.model.mail import Kind, Reading
from daemon.model.rules import RuleSet
from daemon.model.rules import house as house_of
from daemon.model.survival import Notice, Said
from daemon.read import read
from daemon.read.dates import days
from daemon.read.notices import read_notices
from tests.unit.reply.exchange import RECEIPT, REFUSED, letter, receipt

ROOT = Path(__file__).parents[3]
DAY = date(2025, 12, 11)
OFFICE, RECEPTION = "imss_dallas@sre.gob.mx", "pensionistas.sre@imss.gob.mx"
MARTIN, INAKI = "06674910507", "48694790063"
C, R, P, D = Said.CONFIRMACION, Said.RECHAZO, Said.PRUEBA, Said.DUDOSO


@lru_cache
def rules() -> RuleSet:
    return load_rules([ROOT / "rules"])


def notices(text: str, *more: str, subject: str = "IMSS Digital") -> tuple[Notice, ...]:
    survival = rules().supervivencia
    assert survival is not None
    return read_notices(subject, (text, *more), survival.palabras, DAY)


def said(text: str, *more: str, subject: str = "IMSS Digital") -> list[Said]:
    return [notice.said for notice in notices(text, *more, subject=subject)]


@pytest.mark.parametrize(
    "text",
    [
        f"Se informa que la información fue recibida satisfactoriamente.\nID Trámite 878653, NSS {MARTIN}.",
        "Se confirma la recepción de la solicitud 878653. En caso de que sea rechazada recibirá otro aviso.",
        "Por este medio se acusa de recibo la información del trámite 878653.",
        "El trámite No. 878653 fue procesado correctamente.",
        "No obstante la demora, la solicitud 878653 fue recibida.",
        "ID Trámite: 878653\nEstatus: EXITOSO",
        "Hemos recibido su envío con ID de trámite 878653.",
        "La solicitud con ID 878653 quedó registrada.",
        "Acusamos de recibido la solicitud número 878653",
        "SE RECIBIO DE MANERA EXITOSA LA INFORMACION DEL PENSIONADO. ID TRAMITE 878653",
        "El envío fue exitoso.\nID Trámite:\n878653",
        "Se recibió la solicitud 878653. Si no coincide algún dato, no fue posible validarlo o hay error, avise.",
        "Se recibió la solicitud 878653; ya se había confirmado y no se registró de nuevo.",
        "Confirmación positiva del trámite 878653, sin rechazos.",
    ],
)
def test_a_confirmation_is_read_in_many_wordings(text: str) -> None:
    (notice,) = notices(text)
    assert (notice.said, notice.id_tramite) == (C, "878653")


@pytest.mark.parametrize(
    "text",
    [
        "No fue posible procesar la solicitud con ID Trámite 878653 debido a que el NSS no es válido.",
        "La información del trámite 878653 NO fue recibida.",
        "La información del trámite 878653 no se recibió de manera exitosa.",
        "El envío del trámite No. 878653 resultó no exitoso. Causa: PDF ilegible.",
        "La solicitud con ID 878653 no pudo ser\nprocesada.",
        "La información del trámite 878653 no\nfue recibida.",
        "LA INFORMACION DEL TRAMITE 878653 NO\nFUE RECIBIDA.",
        "No significa que la solicitud 878653 fue recibida.",
        "Tampoco fue recibida la solicitud 878653.",
        "ID Trámite: 878653\nEstatus: NO EXITOSO",
        "ID Trámite: 878653\nRecepción exitosa: NO",
        "Su solicitud 878653 fue rechazada.\nMotivo: la solicitud ya fue recibida el 3/12/2025.",
        "La solicitud 878653 nunca fue recibida.",
        "Envío fallido. ID Trámite 878653",
        "Sin haber sido recibida la solicitud 878653, se cierra el caso. Fue rechazada.",
        "La comprobación del trámite 878653 es improcedente.",
    ],
)
def test_a_refusal_is_read_in_many_wordings_and_a_denied_confirmation_is_one(text: str) -> None:
    (notice,) = notices(text)
    assert (notice.said, notice.id_tramite) == (R, "878653")


def test_a_confirmation_of_a_failed_sending_is_no_confirmation() -> None:
    assert said("ID de trámite: 878653", subject="Confirmación de envío no exitoso") == [R]
    assert said("Se notifica la confirmación de envío no exitoso del trámite 878653.") == [R]


@pytest.mark.parametrize(
    "text",
    [
        "La solicitud 878653 fue recibida, pero no fue procesada.",
        "Se recibió de manera exitosa el trámite 878653. El trámite 878653 fue rechazado.",
        "Se recibió de manera exitosa la solicitud 878653.\nNSS: 06674910508",
        "No tenemos constancia alguna en esta área ni en los sistemas de que la solicitud 878653 que ustedes mencionan "
        "en su correo fue recibida.",
    ],
)
def test_what_speaks_both_ways_or_names_no_nss_is_for_a_person(text: str) -> None:
    (notice,) = notices(text)
    assert notice.said is D and notice.reasons


@pytest.mark.parametrize(
    "text",
    [
        "La solicitud 878653 aún no ha sido procesada.",
        "La recepción del trámite 878653 no fue exitosa.",
        "Se recibió el correo del trámite 878653 sin el PDF adjunto, por lo que no se pudo procesar.",
        "Lamentamos informarle que el trámite 878653 no ha podido ser recibido.",
        "Le informamos que NO hemos recibido la información del trámite 878653.",
        "El trámite 878653 será procesado en los próximos días.",
        "El trámite 878653 está por ser procesado.",
        "El formato del trámite 878653 se recibió desde una cuenta no habilitada, por lo que no será procesado.",
        "El trámite 878653 se recibió ilegible.",
        "Se recibió de manera incompleta la información del trámite 878653.",
        "El PDF del trámite 878653 se recibió dañado; favor de reenviar.",
        "El trámite 878653 se recibió fuera de plazo y queda sin efectos.",
        "El trámite 878653 fue recibido con observaciones: falta la fecha de nacimiento. Favor de corregir y reenviar.",
        "Se recibió el trámite 878653. Falta NSS. Favor de reenviar.",
        "Favor de confirmar que la solicitud 878653 fue recibida.",
        "Se solicita confirmar si se recibió la confirmación del trámite 878653.",
        "No se tiene registro de que se recibió el trámite 878653.",
        "Se desconoce si fue recibida la solicitud 878653.",
        "Fue recibida una queja sobre el trámite 878653.",
        "El trámite 878653 fue procesado con error.",
        "El trámite 878653 fue procesado: RECHAZADO",
        "Solicitud 878653: no recibida, no procesada",
        "El trámite 878653 dejó de ser procesado.",
        "El trámite 878653 fue cancelado.",
        "La confirmación de recepción del trámite 878653 fue emitida por error; no la tome en cuenta.",
        "La confirmación de recepción del trámite 878653 queda sin efecto.",
        "Se cancela la confirmación de recepción del trámite 878653.",
        "Confirmación de recepción anulada. ID Trámite 878653",
        "EJEMPLO: se recibió de manera exitosa la información. ID Trámite 878653",
        "Se recibió de manera exitosa la información del pensionado fallecido. ID Trámite 878653: baja.",
    ],
)
def test_what_only_sounds_like_a_confirmation_is_none(text: str) -> None:
    assert C not in said(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Estimada Oficina Consular:\n\nPor medio del presente se confirma que la información "
            "correspondiente al pensionado MARTIN DE LA CRUZ JUAREZ,\ncon NSS 06674910507 e ID Trámite "
            "878653, fue recibida de manera satisfactoria el 2 de diciembre de 2025.\n\nLa próxima "
            "comprobación deberá realizarse a más tardar el 2 de junio de 2026.",
            C,
        ),
        (
            "Se hace de su conocimiento que el envío con ID Trámite 878653 fue exitoso. Deberá presentarse "
            "nuevamente a más tardar el 02/06/2026.",
            C,
        ),
        (
            "Información recibida correctamente.\nFolio de recepción: 2025-000123\nID Trámite: "
            "878653\nN.S.S. 0667-49-1050-7\nNombre(s): MARTIN\nApellido paterno: DE LA CRUZ\nApellido "
            "materno: JUAREZ",
            C,
        ),
        ("Comprobación de supervivencia registrada.\nID Trámite: 878653", C),
        ("La comprobación de supervivencia con ID Trámite 878653 ha quedado registrada en nuestros sistemas.", C),
        ("Recibido. ID Trámite 878653.", C),
        (
            "Su solicitud con ID Trámite 878653 ha sido recibida por el IMSS. Imprimir en duplicado: un "
            "ejemplar para el interesado y otro, firmado, como acuse.",
            C,
        ),
        ("No se procesó el envío con ID Trámite 417909. Motivo: NSS no corresponde a un pensionado vigente.", R),
        ("Envío no exitoso. ID Trámite: 417909. Causa: formato PDF dañado.", R),
        ("Se le notifica que el envío NO fue exitoso.\nID Trámite 417909\nMotivo: cuenta no habilitada.", R),
        ("El envío con ID Trámite 417909 no se pudo procesar por la siguiente razón:\n\n- El NSS no existe", R),
        (
            "La información remitida con ID Trámite 417909 presenta inconsistencias: la fecha de nacimiento "
            "no coincide.",
            R,
        ),
        ("Error en el envío. ID 417909", R),
    ],
)
def test_longer_letters_are_read_as_they_are_meant(text: str, expected: Said) -> None:
    assert said(text) == [expected]


def test_the_notice_below_a_mail_that_warns_of_errors_takes_nothing_back() -> None:
    notice = "AVISO: si recibió este mensaje por error, hágalo saber al remitente y elimínelo."
    assert said(f"Se recibió la solicitud 878653.\n\n{notice}") == [C]


def test_a_refusing_subject_makes_a_confirming_text_doubtful_and_a_general_title_does_not_soften_a_refusal() -> None:
    assert said("Se recibió la solicitud 878653.", subject="Notificación de envío no exitoso") == [D]
    assert said("El trámite 878653 fue rechazado.", subject="Confirmación de recepción") == [R]


@pytest.mark.parametrize(
    "text",
    [
        "¿Fue recibida la solicitud 878653?",
        "Si la solicitud 878653 fue recibida se le informará.",
        "Cuando la solicitud 878653 haya sido procesada recibirá su comprobante.",
        "Se encuentra en revisión la solicitud 878653.",
        "Las pruebas de conectividad se llevarán a cabo del 10 al 14 de enero.",
        "Se recibió su acuse de recibo de la prueba de conectividad. Gracias.",
    ],
)
def test_questions_conditions_and_announcements_say_nothing(text: str) -> None:
    assert notices(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        f"ID Trámite   NSS   Nombre   Resultado\n878653   {MARTIN}   MARTIN   Recibida\n"
        f"474840   {INAKI}   IÑAKI   Rechazada: NSS no vigente",
        f"ID Trámite | NSS | Resultado\n878653 | {MARTIN} | Recibida\n474840 | {INAKI} | Rechazada",
        f"ID Trámite NSS Nombre Resultado\n878653 {MARTIN} MARTIN RECIBIDA\n474840 {INAKI} IÑAKI NO RECIBIDA",
        f"Confirmadas:\nNSS: {MARTIN}\nID Trámite: 878653\nRechazadas:\nNSS: {INAKI}\nID Trámite: 474840\n"
        "Motivo: falta el folio",
        f"RECIBIDAS\n\n- 878653 (NSS {MARTIN})\n\nRECHAZADAS\n\n- ID 474840 (NSS {INAKI})",
        f"Nombre: MARTIN\nNSS: {MARTIN}\nID Trámite: 878653\nResultado: Recibida\n\n"
        f"Nombre: IÑAKI\nNSS: {INAKI}\nID Trámite: 474840\nResultado: No recibida",
    ],
)
def test_each_request_of_a_list_or_table_has_its_own_answer(text: str) -> None:
    found = [(notice.said, notice.id_tramite, notice.nss) for notice in notices(text)]
    assert found == [(C, "878653", MARTIN), (R, "474840", INAKI)]


def test_in_a_mixed_list_a_request_of_which_nothing_is_said_is_for_a_person() -> None:
    text = "- ID Trámite 878653: recibida\n- ID Trámite 474840: rechazada\n- ID Trámite 555001\n"
    assert said(text) == [C, R, D]


def test_numbers_that_may_belong_to_two_requests_are_never_paired_into_a_confirmation() -> None:
    text = f"Se recibieron:\n\nNSS: {MARTIN}\n\nID Trámite: 474840\n\nNSS: {INAKI}\n"
    assert all(notice.said is D or not (notice.nss and notice.id_tramite) for notice in notices(text))


def test_several_pdfs_are_several_requests_and_the_body_speaks_for_those_that_say_nothing() -> None:
    pages = [f"Solicitud\nNSS: {nss}\nID Trámite: {ident}" for nss, ident in ((MARTIN, "878653"), (INAKI, "474840"))]
    found = notices("Se recibieron de manera exitosa las solicitudes adjuntas.", *pages)
    assert [(notice.said, notice.nss) for notice in found] == [(C, MARTIN), (C, INAKI)]
    assert said("Se adjunta el resultado.", "Fue rechazada la solicitud.\nID Trámite: 878653") == [R]
    assert said("La solicitud 878653 fue recibida.", "La solicitud 878653 fue rechazada.") == [D]


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("Con el fin de validar la correcta recepción se solicita acusar recibo a más tardar el 19 de enero de 2026.",
         date(2026, 1, 19)),
        ("Prueba de conectividad. Favor de acusar de recibido antes del lunes 19 de enero.", date(2026, 1, 19)),
        ("Correo de prueba: se solicita acuse de recibo; acusar antes del 19/01/2026", date(2026, 1, 19)),
        ("Prueba de conectividad: favor de acusar recibo a más tardar el viernes.", date(2025, 12, 12)),
        ("Prueba de conectividad: favor de acusar recibo hoy, fecha límite 2025-12-11.", date(2025, 12, 11)),
        ("Prueba de conectividad. Fecha límite: 1º de febrero. Sírvase acusar recibo.", date(2026, 2, 1)),
        ("Favor de confirmar la recepción de este mensaje de prueba.", None),
    ],
)  # fmt: skip
def test_a_connectivity_test_is_told_with_its_date(text: str, deadline: date | None) -> None:
    (notice,) = notices(text)
    assert (notice.said, notice.deadline) == (P, deadline)


def test_the_form_of_a_test_makes_no_request_of_it() -> None:
    form = "SOLICITUD DE COMPROBACIÓN DE SUPERVIVENCIA\nID Trámite: 0\nNSS 16907325605"
    assert said("PRUEBA DE CONECTIVIDAD. Favor de acusar recibo.", form) == [P]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("02/06/2026", date(2026, 6, 2)),
        ("2 de junio del 2026", date(2026, 6, 2)),
        ("martes 2 de junio", date(2026, 6, 2)),
        ("1o. de febrero de 2026", date(2026, 2, 1)),
        ("primero de febrero", date(2026, 2, 1)),
        ("19-ene-2026", date(2026, 1, 19)),
        ("enero 19, 2026", date(2026, 1, 19)),
        ("2026-01-19", date(2026, 1, 19)),
        ("19.01.26", date(2026, 1, 19)),
        ("30 de noviembre", date(2025, 11, 30)),
        ("31/02/2026", None),
    ],
)
def test_days_are_read_in_the_usual_wordings_and_the_year_left_out_is_the_nearest(
    written: str, day: date | None
) -> None:
    assert [found for _, found in days(written, DAY)] == ([day] if day else [])


LETTERS: list[tuple[str, dict[str, Any], list[tuple[Said, str | None]]]] = [
    ("confirmacion", {"receipts": (RECEIPT,)}, [(C, "735120")]),
    ("confirmacion", {"receipts": (receipt(repeated=True),)}, [(C, "735120")]),
    ("confirmacion", {"receipts": (RECEIPT, receipt(number="CS-251201-4M8TZ-2", nss=INAKI, id_tramite="735121"))},
     [(C, "735120"), (C, "735121")]),
    ("rechazo", {"values": {"rechazos": [REFUSED]}}, [(R, "604417")]),
    ("rechazo", {"values": {"rechazos": [REFUSED]}, "receipts": (RECEIPT,)}, [(R, "604417"), (C, "735120")]),
    ("prueba_conectividad", {"values": {"limite": date(2026, 1, 19)}}, [(P, None)]),
    ("prueba_conectividad", {"values": {"limite": date(2026, 1, 19)}, "turn": 2}, [(P, None)]),
]  # fmt: skip


@pytest.mark.parametrize(("clase", "options", "expected"), LETTERS)
def test_the_letters_of_the_other_profile_are_read_as_they_are_meant(
    clase: str, options: dict[str, Any], expected: list[tuple[Said, str | None]]
) -> None:
    draft = letter(load_templates([ROOT / "templates"]), clase, **options)
    found = notices(draft.text, subject=draft.subject)
    assert [(notice.said, notice.id_tramite) for notice in found] == expected
    for notice, meant in zip(found, options.get("receipts", ()), strict=False):
        if notice.said is C and clase == "confirmacion":
            assert (notice.receipt, notice.nss, notice.next_due) == (meant.number, meant.fields["nss"], meant.next_due)
            assert (notice.nombre, notice.received) == ("ROSALBA DE LEÓN IBÁÑEZ", "01/12/2025 14:17")


def test_the_reasons_of_a_refusal_are_kept_as_written() -> None:
    (notice,) = notices(
        "El trámite 878653 NO fue procesado.\nMotivos:\n- falta el NSS;\n- la fecha no existe\n\nGracias."
    )
    assert notice.reasons == ("falta el NSS", "la fecha no existe")
    (notice,) = notices("El envío con ID Trámite 417909 NO fue procesado.\nMotivo: el NSS no corresponde.\nVerifique.")
    assert notice.reasons == ("el NSS no corresponde",)


# --- who may say so --------------------------------------------------------------------------------------------------

CONFIRMED = f"Se recibió de manera exitosa la información.\nNSS: {MARTIN}\nID Trámite: 878653\n"
PASS, FAIL, NONE = "pass", "fail", None


def received(
    text: str, sender: str = RECEPTION, auth: str | None = PASS, subject: str = "Aviso", extra: str = ""
) -> Reading:
    domain = sender.rpartition("@")[2].strip(">")
    word = f"Authentication-Results: mx1.imss.gob.mx; dmarc={auth} header.from={domain}\r\n" if auth else ""
    raw = (
        f"Delivered-To: {OFFICE}\r\n{word}{extra}From: {sender}\r\nTo: {OFFICE}\r\nSubject: {subject}\r\n"
        "Message-ID: <uno@imss.gob.mx>\r\nDate: Thu, 11 Dec 2025 09:00:00 -0600\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}"
    )
    return read(raw.encode(), mailbox=None, house=house_of(rules()))


@pytest.mark.parametrize(
    ("sender", "auth", "kind"),
    [
        (RECEPTION, PASS, Kind.CONFIRMACION_SUPERVIVENCIA),
        (RECEPTION, NONE, Kind.CONFIRMACION_SUPERVIVENCIA),
        (RECEPTION, FAIL, Kind.SOSPECHOSO),
        ("pensiones@imss.gob.mx", PASS, Kind.OTRO),
        ("pensionistas.sre@imss-gob.mx", PASS, Kind.SOSPECHOSO),
        ("pensionistas.sre@lmss.gob.mx", PASS, Kind.SOSPECHOSO),
        ("pensionistas.sre@imss.gob.mx.aviso.example", PASS, Kind.SOSPECHOSO),
        ('"pensionistas.sre@imss.gob.mx" <avisos@correo.example>', PASS, Kind.SOSPECHOSO),
        ("colega@sre.gob.mx", PASS, Kind.OTRO),
        ("colega@sre.gob.mx", FAIL, Kind.SOSPECHOSO),
    ],
)
def test_only_the_reception_account_confirms_and_who_imitates_it_is_suspicious(
    sender: str, auth: str | None, kind: Kind
) -> None:
    reading = received(CONFIRMED, sender, auth)
    assert reading.kind is kind
    assert kind is not Kind.CONFIRMACION_SUPERVIVENCIA or reading.authentic == (auth or "none")


def test_an_automatic_header_does_not_hide_what_imss_says() -> None:
    extra = "Auto-Submitted: auto-generated\r\nPrecedence: bulk\r\n"
    assert received(CONFIRMED, extra=extra).kind is Kind.CONFIRMACION_SUPERVIVENCIA
    assert received("Estaré fuera de la oficina.", extra="Auto-Submitted: auto-replied\r\n").kind is (
        Kind.RESPUESTA_AUTOMATICA
    )


def test_whoever_wants_the_password_changed_is_suspicious_and_the_secretariat_itself_is_for_a_person() -> None:
    text = "Su contraseña de la cuenta imss_dallas vence hoy. Actualícela respondiendo con la nueva."
    assert received(text, "soporte@sre-correo.example").kind is Kind.SOSPECHOSO
    assert received(text, "dgtii@sre.gob.mx", NONE).kind is Kind.SOSPECHOSO
    assert received(text, "dgtii@sre.gob.mx").kind is Kind.OTRO


def test_a_pensioner_who_asks_is_neither_suspicious_nor_a_refusal() -> None:
    text = f"Buenos días, mi trámite 878653 fue rechazado, ¿qué hago? Mi NSS es {MARTIN}. Quisiera saber por qué."
    assert received(text, "juan@correo.example").kind is Kind.OTRO


def test_the_own_mail_is_a_copy_unless_it_is_forged() -> None:
    assert received("Se remite solicitud.", OFFICE, NONE).kind is Kind.COPIA_DE_CONTEO
    assert received("Se remite solicitud.", OFFICE, FAIL).kind is Kind.SOSPECHOSO


def test_what_imss_quotes_speaks_for_nobody() -> None:
    text = f"Estamos revisando su caso.\n\nEl jue, 11 dic 2025 a las 9:00, Dallas <{OFFICE}> escribió:\n> {CONFIRMED}"
    assert received(text).kind is Kind.OTRO
