"""Reads the forms of a PDF by the places of its words, as rules/formularios describes them. Pure.

The promise: a value that may be wrong is never given as sure. Whatever the reader could not settle stands as a Spanish
sentence in `Form.unsure`, and such a form waits for a person.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from daemon.model.mail import PdfText, Sheet
from daemon.model.survival import CAMPOS, Form, FormFault
from daemon.model.survival_rules import Formulario

from .fields import FormRead, read_part
from .labels import vocabulary
from .places import atoms_of
from .regions import parts_of
from .widgets import with_widgets

# Why a PDF could not be read, and what the office can do about it, by the fault's name (PdfText.fault).
UNREADABLE: dict[str, tuple[str, str]] = {
    "cifrado": ("El PDF está protegido con contraseña y no se pudo abrir.", "Envíe el PDF sin contraseña."),
    "truncado": ("El PDF llegó dañado o incompleto.", "Genere de nuevo el PDF en el MCLV y envíelo otra vez."),
    "escaneado": (
        "El PDF es una imagen sin texto y no se pudo leer.",
        "Envíe el PDF que genera el MCLV, sin imprimirlo ni escanearlo.",
    ),
    "enorme": ("El PDF es demasiado grande para leerse.", "Envíe solo el PDF que genera el MCLV."),
    "no_es_pdf": ("El archivo no es un PDF.", "Envíe la solicitud en el PDF que genera el MCLV."),
    "tiempo": ("El PDF tardó demasiado en leerse.", "Genere de nuevo el PDF en el MCLV y envíelo otra vez."),
    "memoria": (
        "El PDF necesita demasiada memoria para leerse.",
        "Genere de nuevo el PDF en el MCLV y envíelo otra vez.",
    ),
    "xfa": ("El PDF es un formulario dinámico (XFA) que no se puede leer.", "Envíe el PDF que genera el MCLV."),
}
_ELSE = ("El PDF no se pudo leer.", "Genere de nuevo el PDF en el MCLV y envíelo otra vez.")
_NO_FORM = FormFault(
    "no_es_formulario",
    None,
    "El documento no es una solicitud de comprobación de supervivencia.",
    "Envíe la solicitud en el PDF que genera el MCLV.",
)


# A page of so many words is no form: a form has a hundred or two.
_MOST_WORDS = 2500
# What the page reader noticed of the file (PdfText.notes) and a person must look at.
NOTED: dict[str, str] = {
    "texto_oculto": "El PDF trae texto que no se ve.",
    "tachado": "El PDF trae palabras tachadas.",
    "valor_distinto": "Un campo del PDF guarda un valor distinto del que se ve.",
    "anotaciones": "El PDF trae anotaciones encima de la hoja.",
    "javascript": "El PDF trae instrucciones que se ejecutan (JavaScript).",
    "incrustados": "El PDF trae otros archivos dentro.",
    "paginas_sin_leer": "El PDF tiene páginas que no se leyeron.",
    "reparado": "El PDF llegó dañado y se leyó reparado.",
}


def read_forms(pdf: PdfText, file: str, formularios: Sequence[Formulario]) -> tuple[Form, ...]:
    """Every form of one PDF in order of place; one Form without `form` when it holds none or cannot be read."""
    if pdf.fault is not None:
        text, cure = UNREADABLE.get(pdf.fault, _ELSE)
        return (Form(file, None, "no", faults=(FormFault(pdf.fault, None, text, cure),)),)
    forms = [
        _form(read, sheet, pdf.readable, file)
        for sheet in pdf.sheets
        for read in _best(sheet, formularios, ocr=pdf.readable == "ocr")
    ]
    noted = tuple(NOTED[note] for note in pdf.notes if note in NOTED)
    forms = [replace(form, unsure=(*form.unsure, *noted)) for form in forms]
    if not forms:
        return (Form(file, None, pdf.readable, faults=(_NO_FORM,)),)
    return _compared(forms)


def _best(sheet: Sheet, formularios: Sequence[Formulario], *, ocr: bool) -> list[FormRead]:
    """The forms of one page, read as the description that finds the most labels on it."""
    if not 0 < len(sheet.words) + len(sheet.fields) <= _MOST_WORDS:
        return []
    best: list[FormRead] = []
    for formulario in formularios:
        atoms = with_widgets(atoms_of(sheet.words), sheet.fields)
        parts = parts_of(atoms, vocabulary(formulario), ocr=ocr)
        reads = [read for page, hits in parts if (read := read_part(page, hits, sheet, formulario)) is not None]
        best = max(best, reads, key=lambda found: sum(read.labels for read in found))
    return best


def _form(read: FormRead, sheet: Sheet, readable: str, file: str) -> Form:
    fields = {key: read.fields.get(key) for key in (*CAMPOS, *read.fields)}
    unsure = list(read.unsure)
    if readable == "ocr" or read.misread:
        named = f" (con menos claridad: {', '.join(read.misread)})" if read.misread else ""
        unsure.append(f"Se leyó de una imagen con reconocimiento de texto{named}.")
    said = "\n".join(f"{key}={' '.join((value or '').casefold().split())}" for key, value in sorted(fields.items()))
    digest = hashlib.sha256(f"{read.form}\n{said}".encode()).hexdigest()
    return Form(
        file,
        read.form,
        "acroform" if read.filled and readable != "ocr" else readable,
        sheet.number,
        fields,
        tuple(dict.fromkeys(unsure)),
        fingerprint=digest,
    )


def _compared(forms: Sequence[Form]) -> tuple[Form, ...]:
    """The forms, unsure where two of one PDF have the same ID: which one counts is for a person."""
    count = Counter(form.fields.get("id_tramite") for form in forms)
    again = "El mismo ID de trámite aparece en más de una solicitud de este PDF."
    return tuple(
        replace(form, unsure=(*form.unsure, again))
        if form.fields.get("id_tramite") and count[form.fields["id_tramite"]] > 1
        else form
        for form in forms
    )
