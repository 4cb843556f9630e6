"""An ordinary *Solicitud de comprobación de supervivencia* as a PDF, and the mail that brings it."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage

from reportlab.lib.pagesizes import letter
from reportlab.pdfgen.canvas import Canvas

RECEPTION, OFFICE = "pensionistas.sre@imss.gob.mx", "imss_dallas@sre.gob.mx"
# What the receiving server says of an office's mail, and of IMSS's.
VOUCHED = "mx1.imss.gob.mx; spf=pass smtp.mailfrom=sre.gob.mx; dmarc=pass header.from=sre.gob.mx"
VOUCHED_IMSS = "mx1.imss.gob.mx; spf=pass smtp.mailfrom=imss.gob.mx; dmarc=pass header.from=imss.gob.mx"
# Each field with its label and an invented value.
VALUES = {
    "fecha_solicitud": ("Fecha de solicitud(dd/mm/aaaa):", "10/10/2025"),
    "oficina_consular": ("Oficina Consular:", "DALLAS, TEXAS, ESTADOS UNIDOS"),
    "id_tramite": ("ID Trámite:", "878653"),
    "nss": ("NSS (Número de Seguridad Social):", "06674910507"),
    "fecha_nacimiento": ("Fecha de nacimiento:", "04/01/1949"),
    "ex_trabajador_imss": ("Ex trabajador IMSS de Jubilaciones y Pensiones:", "NO"),
    "nombre": ("Nombre:", "MARTIN"),
    "apellido_paterno": ("Apellido paterno:", "DE LA CRUZ"),
    "apellido_materno": ("Apellido materno:", "JUAREZ"),
    "identificacion_tipo": ("Tipo:", "MATRÍCULA CONSULAR"),
    "identificacion_folio": ("Folio:", "G30461939"),
    "contacto": ("Datos de contacto del pensionado", "+1 214 555 0133"),
}
_ROWS = (
    (None, "fecha_solicitud", "oficina_consular", "id_tramite"),
    ("Pensionado", "nss", "fecha_nacimiento", "ex_trabajador_imss"),
    (None, "nombre", "apellido_paterno", "apellido_materno"),
    ("Identificación", "identificacion_tipo", "identificacion_folio"),
    (None, "contacto"),
)


def form_pdf(**changes: str) -> bytes:
    """The form as the circular shows it, with the printed values that `changes` gives."""
    canvas = Canvas("solicitud.pdf", pagesize=letter, invariant=1)
    canvas.setFont("Helvetica-Bold", 12)
    canvas.drawCentredString(306, 720, "SOLICITUD DE COMPROBACIÓN DE SUPERVIVENCIA")
    y = 680.0
    for heading, *keys in _ROWS:
        if heading:
            canvas.setFont("Helvetica-Bold", 10)
            canvas.drawString(40, y, heading)
            y -= 16
        for x, key in zip((40, 220, 390), keys, strict=False):
            label, value = VALUES[key]
            canvas.setFont("Helvetica", 7)
            canvas.drawString(x, y, label)
            canvas.setFont("Helvetica", 9)
            canvas.drawString(x, y - 12, changes.get(key, value))
        y -= 34
    return bytes(canvas.getpdfdata())


def request_mail(pdf: bytes, *, message_id: str = "<solicitud-1@sre.gob.mx>", sender: str = OFFICE) -> EmailMessage:
    """The mail by which the MCLV sends a form, without the receiving server's word."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = f"IMSS Dallas <{sender}>"
    mail["To"] = RECEPTION
    mail["Subject"] = "IMSS DIGITAL 878653"
    mail["Date"] = "Mon, 13 Oct 2025 09:30:00 -0600"
    mail["Message-ID"] = message_id
    mail.set_content("Se remite solicitud de comprobación de supervivencia generada en el MCLV.\n")
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename="SUPERVIVENCIA_878653.pdf")
    return mail
