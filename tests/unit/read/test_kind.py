"""Kinds before content: what is machine, ours, forged or unsolicited is never taken for a petition, nor the reverse."""

from __future__ import annotations

import pytest

from daemon.model.mail import Kind

from .makers import ANA, ATNDER, CONSULTANT, ENLACE, SUPERVISOR, mail, reading

OUT = "Ana <ana@correo.example>"


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (Kind.RESPUESTA_AUTOMATICA, mail("Regreso el lunes", subject="Respuesta automática: Acuse")),
        (Kind.RESPUESTA_AUTOMATICA, mail("Regreso el lunes", subject="Fuera de la oficina: Re: Acuse")),
        (Kind.RESPUESTA_AUTOMATICA, mail("Mi NSS lo tiene mi hija", extra=("Auto-Submitted: auto-replied",))),
        (Kind.RESPUESTA_AUTOMATICA, mail("De vacaciones", extra=("X-Autoreply: yes", "Precedence: bulk"))),
        (Kind.RESPUESTA_AUTOMATICA, mail("De vacaciones", extra=("Return-Path: <>",))),
        (Kind.RESPUESTA_AUTOMATICA, mail("El mensaje\n\n Para: Ana\n\nse leyó el lunes", subject="Leído: Acuse")),
        (
            Kind.RESPUESTA_AUTOMATICA,
            mail("BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR", content_type="text/calendar; method=REQUEST"),
        ),
        (
            Kind.RESPUESTA_AUTOMATICA,
            mail(
                "--b\nContent-Type: text/plain\n\nleído\n--b\nContent-Type: message/disposition-notification\n\n"
                "Disposition: manual-action/MDN-sent-manually; displayed\n--b--",
                content_type="multipart/report; report-type=disposition-notification; boundary=b",
            ),
        ),
        (Kind.LISTA, mail("Novedades", extra=("List-Unsubscribe: <mailto:x@acme.example>",))),
        (Kind.LISTA, mail("Novedades", extra=("List-Id: <noticias.acme.example>",))),
        (Kind.LISTA, mail("Novedades", extra=("Precedence: bulk",))),
        (
            Kind.COPIA_DE_CONTEO,
            mail("Estimada", sender=ATNDER, to=OUT, auth=None, extra=("Auto-Submitted: auto-replied",)),
        ),
        (Kind.COPIA_DE_CONTEO, mail("Estimada", sender=f"Consultora <{CONSULTANT}>", to=OUT)),
        (Kind.ENLACE, mail("Ya se reactivó la pensión", sender=f"Enlace <{ENLACE}>")),
        (Kind.PERSONAL, mail("Junta a las 10", sender=f"Consultora <{CONSULTANT}>")),
        (Kind.PERSONAL, mail("Junta a las 10", sender="Otra <otra.area@imss.gob.mx>")),
        (Kind.SOSPECHOSO, mail("Verifique su cuenta", sender=f"IMSS <{ATNDER}>", auth="fail")),
        (Kind.SOSPECHOSO, mail("Capture sus datos en http://x.example", sender="Jefatura IMSS <jefatura@imss-gob.mx>")),
        (
            Kind.SOSPECHOSO,
            mail("Tiene un reembolso pendiente http://x.example", sender="Seguro Social <a@correo.example>"),
        ),
        (Kind.SOSPECHOSO, mail("Su cuenta ha sido bloqueada: http://b.example", sender="BBVA <avisos@bb.example>")),
        (
            Kind.SOSPECHOSO,
            mail("Su buzón ha excedido el límite. Valide en http://b.example", sender="TI <ti@ti.example>"),
        ),
        (
            Kind.SOSPECHOSO,
            mail(
                "--b\nContent-Type: text/plain\n\nver factura\n--b\n"
                'Content-Type: application/octet-stream; name="f.pdf.exe"\n'
                'Content-Disposition: attachment; filename="f.pdf.exe"\n\nMZ\n--b--',
                content_type="multipart/mixed; boundary=b",
            ),
        ),
        (
            Kind.SOSPECHOSO,
            mail(
                '<p>Consulte su pensión en <a href="http://robo.example/x">www.imss.gob.mx</a></p>',
                content_type="text/html; charset=utf-8",
            ),
        ),
        (
            Kind.NO_SOLICITADO,
            mail("Inscríbete al diplomado, cupo limitado: http://acme.example", sender="v@acme.example"),
        ),
        (Kind.NO_SOLICITADO, mail("Préstamos a pensionados, dinero en minutos", sender="c@acme.example")),
        (Kind.NO_SOLICITADO, mail("Здравствуйте, предлагаем вам выгодные условия", sender="i@x.example")),
        (Kind.OTRO, mail("\n \n", subject="")),
        (
            Kind.REBOTE,
            mail("<ana@correo.example>: User unknown", sender="MAILER-DAEMON@mx.example", subject="failure notice"),
        ),
    ],
)
def test_each_sort_of_mail_is_told_by_what_it_is(kind: Kind, raw: bytes) -> None:
    read = reading(raw)
    assert read.kind is kind, read.kind_reason
    assert read.kind_reason
    assert (read.data.nombre, read.data.nss) == (None, None)


@pytest.mark.parametrize(
    "raw",
    [
        mail("", subject="no me surten mi medicina"),
        mail("ayuda"),
        mail("No hay citas", auth="fail"),
        mail("No hay citas", auth=None),
        mail("Me llegó un correo que pide haga clic en el siguiente enlace http://i.example ¿es de ustedes?"),
        mail("El banco BBVA no me paga la pensión. En http://www.imss.gob.mx dice otra cosa"),
        mail("Quiero tomar el diplomado del centro de seguridad social, ¿cómo me inscribo?"),
        mail("Estoy de vacaciones en Mérida y me enfermé, ¿a qué clínica voy?"),
        mail("Mi patrón se dio de baja y no me da de alta"),
        mail("No hay citas", extra=("X-Auto-Response-Suppress: All",)),
        mail("No hay citas", extra=("Auto-Submitted: no",)),
        mail("Me urge", extra=("In-Reply-To: <ac-250909-7k3fq-1-0123456789ab@imss.gob.mx>",)),
        mail("I need my weeks, please"),
    ],
)
def test_what_a_person_writes_stays_a_petition(raw: bytes) -> None:
    read = reading(raw)
    assert read.kind is Kind.PETICION, read.kind_reason
    assert not read.automatic


@pytest.mark.parametrize(
    "raw",
    [
        mail(
            f"Ya van cuatro veces que me mandan una respuesta automática y nadie me resuelve.\nRosa Pech Uc {ANA}",
            subject="Mensaje automático",
        ),
        mail("Sigo sin mi pase a cardiología, solo me contestan máquinas", subject="Respuesta automática otra vez"),
        mail(
            f"Solicito mi cita en la UMF 8\nRosa Pech Uc\nNSS {ANA}",
            extra=("List-Unsubscribe: <mailto:b@acme.example>",),
        ),
        mail(f"Solicito mi cita en la UMF 8\nRosa Pech Uc\nNSS {ANA}", extra=("Precedence: bulk",)),
        mail(f"Solicito mi cita en la UMF 8\nRosa Pech Uc\nNSS {ANA}", extra=("Return-Path: <>",)),
        mail("Solicito que me confirmen si mi queja fue leída", subject="Confirmación de lectura"),
    ],
)
def test_what_only_looks_automatic_and_is_a_persons_stays_a_petition_that_no_machine_answers(raw: bytes) -> None:
    read = reading(raw)
    assert read.kind is Kind.PETICION, read.kind_reason
    assert not read.automatic or any("no se contesta sin revisión" in doubt for doubt in read.doubts)


def test_an_answer_to_our_automatic_reply_is_a_persons() -> None:
    read = reading(mail("Ya les mandé todo desde el lunes.", subject="Re: Respuesta automática: recibimos su correo"))
    assert read.kind is Kind.PETICION


def test_a_person_who_forwards_a_delivery_report_and_asks_is_no_bounce() -> None:
    body = (
        "--b\nContent-Type: text/plain; charset=utf-8\n\nMe regresó mi correo a la subdelegación, ¿a dónde lo mando? "
        "Solicito mi constancia.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns;mx.example\n\n"
        "Final-Recipient: rfc822;x@y.example\nAction: failed\nStatus: 5.1.1\n--b--"
    )
    raw = mail(body, subject="RV: No se puede entregar", content_type="multipart/mixed; boundary=b")
    assert reading(raw).kind is Kind.PETICION


def test_who_quotes_a_fraud_and_asks_is_heard_and_its_number_is_not_taken() -> None:
    body = (
        "Me mandaron esto, ¿es de ustedes o es un engaño? No he contestado nada todavía.\nRosa Pech Uc\n\n"
        "El lun, 1 sep 2025 a las 9:00, Pensiones (<avisos@robo.example>) escribió:\n\n"
        f"> Verifique su cuenta, haga clic en el siguiente enlace http://robo.example con su NSS {ANA}\n"
    )
    read = reading(mail(body, subject="¿es real?"))
    assert (read.kind, read.data.nss, read.data.nombre) == (Kind.PETICION, None, "Rosa Pech Uc")


def test_a_web_form_is_a_petition_although_a_program_sent_it() -> None:
    body = "Nombre: Rosa Pech\nCorreo: r@correo.example\nMensaje: no hay citas"
    read = reading(mail(body, sender="Web <no-responder@sitio.example>", extra=("Auto-Submitted: auto-generated",)))
    assert (read.kind, read.automatic) == (Kind.PETICION, True)


BLOCK = """Favor de atender.

Lic. Marta Soto

De: Juana Pech Uc <juana@correo.example>
Enviado: lunes, 1 de septiembre de 2025 09:00 a. m.
Para: Supervisión <supervision@imss.gob.mx>
Asunto: sin cita

No me dan cita en la UMF 13.
Juana Pech Uc
NSS {nss}
"""
GMAIL = """Atiendan por favor.

---------- Forwarded message ---------
De: Juana Pech Uc <juana@correo.example>
Date: lun, 1 sep 2025 a las 9:00
Subject: sin cita
To: <supervision@imss.gob.mx>

No me dan cita en la UMF 13.
Juana Pech Uc
NSS {nss}
"""
APPLE = """Inicio del mensaje reenviado:

> De: Juana Pech Uc <juana@correo.example>
> Asunto: sin cita
> Fecha: 1 de septiembre de 2025, 9:00:00 a.m. CST
> Para: supervision@imss.gob.mx
>
> No me dan cita en la UMF 13.
> Juana Pech Uc
> NSS {nss}
"""
ENCLOSED = """--b
Content-Type: text/plain; charset=utf-8

Para su atención.
--b
Content-Type: message/rfc822

From: Juana Pech Uc <juana@correo.example>
To: supervision@imss.gob.mx
Subject: sin cita
Content-Type: text/plain; charset=utf-8

No me dan cita en la UMF 13.
Juana Pech Uc
NSS {nss}
--b--
"""


@pytest.mark.parametrize(
    ("body", "options"),
    [
        (BLOCK, {"subject": "RV: sin cita"}),
        (GMAIL, {"subject": "Fwd: sin cita"}),
        (APPLE, {"subject": "Fwd: sin cita"}),
        (BLOCK.replace("<juana@correo.example>", "[mailto:juana@correo.example]"), {"subject": "RV: sin cita"}),
        (ENCLOSED, {"subject": "RV: sin cita", "content_type": "multipart/mixed; boundary=b"}),
    ],
)
def test_a_supervisors_forward_is_the_petition_of_the_person_inside(body: str, options: dict[str, str]) -> None:
    raw = mail(body.format(nss=ANA), sender=f"Supervisión <{SUPERVISOR}>", **options)  # type: ignore[arg-type]
    read = reading(raw)
    assert (read.kind, read.origin) == (Kind.PETICION, "reenviado")
    assert read.sender is not None
    assert read.sender.email == "juana@correo.example"
    assert (read.data.nombre, read.data.nss, read.data.correo) == ("Juana Pech Uc", ANA, "juana@correo.example")
    assert read.fresh.startswith("No me dan cita")


def test_a_forward_without_the_address_keeps_the_data_and_answers_nobody() -> None:
    body = BLOCK.replace(" <juana@correo.example>", "").format(nss=ANA)
    read = reading(mail(body, sender=SUPERVISOR, subject="RV: sin cita"))
    assert (read.data.nss, read.sender) == (ANA, None)
    assert read.doubts


def test_a_forward_of_internal_mail_stays_personal() -> None:
    body = BLOCK.replace("juana@correo.example", "otra@imss.gob.mx").format(nss=ANA)
    assert reading(mail(body, sender=SUPERVISOR, subject="RV: circular")).kind is Kind.PERSONAL


def test_a_forged_supervisor_opens_nothing() -> None:
    assert reading(mail(BLOCK.format(nss=ANA), sender=SUPERVISOR, subject="RV: x", auth="fail")).kind is Kind.SOSPECHOSO


def test_a_citizens_forward_of_the_own_mail_stays_the_citizens() -> None:
    read = reading(mail(ENCLOSED.format(nss=ANA), subject="Fwd: sin cita", content_type="multipart/mixed; boundary=b"))
    assert read.sender is not None
    assert read.sender.email == "ana.ruiz@correo.example"
    assert (read.origin, read.data.nss) == ("adjunto", ANA)
    assert "No me dan cita" in read.fresh


def test_a_spanish_exchange_report_says_whom_it_did_not_reach() -> None:
    body = (
        "--b\nContent-Type: text/plain; charset=utf-8\n\nNo se pudo entregar el mensaje.\n--b\n"
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns;mx.example\n\n"
        "Final-Recipient: rfc822;ana@correo.example\n"
        "Action: {action}\nStatus: {status}\n--b\n"
        "Content-Type: text/rfc822-headers\n\nMessage-ID: <ac-1@imss.gob.mx>\n--b--"
    )
    options = {
        "sender": "postmaster@mx.example",
        "content_type": "multipart/report; report-type=delivery-status; boundary=b",
    }
    failed = reading(mail(body.format(action="failed", status="5.1.1"), **options)).bounce  # type: ignore[arg-type]
    assert failed is not None
    assert (failed.recipient, failed.permanent, failed.original_message_id) == (
        "ana@correo.example",
        True,
        "<ac-1@imss.gob.mx>",
    )
    late = reading(mail(body.format(action="delayed", status="4.4.1"), **options)).bounce  # type: ignore[arg-type]
    assert late is not None
    assert not late.permanent
