"""Makes PDFs with forms *Solicitud de comprobación de supervivencia* of which the truth is known, from a seed.

`make(seed, number)` gives the same document on every machine; `LAYOUTS` names what there is.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from daemon.model.survival import CAMPOS

from .layouts import PLAIN, Layout, above_four
from .pen import FONTS, Habits, Pen
from .people import FAULTS, SURNAMES, Case, luhn_digit, make_case, nss

MARGIN = 50.0


@dataclass(frozen=True)
class Truth:
    """What a careful clerk reads in one form; see `people.Case` for `also`, `doubtful`, `confirmable` and `traps`."""

    page: int
    fields: dict[str, str | None]
    also: dict[str, tuple[str | None, ...]] = field(default_factory=dict)
    doubtful: frozenset[str] = frozenset()
    confirmable: bool = True
    traps: tuple[str, ...] = ()

    def right(self, key: str, value: str | None) -> bool:
        """Whether a reader that is sure may say this of the field; blanks at ends and doubled ones don't count."""
        if key in self.doubtful:
            return False
        allowed = {_even(text) for text in (self.fields[key], *self.also.get(key, ()))}
        if key == "ex_trabajador_imss":
            return _mark(value) in {_mark(text) for text in allowed} or _even(value) in allowed
        return _even(value) in allowed


def _even(text: str | None) -> str | None:
    return " ".join(text.split()) or None if text else None


def _mark(text: str | None) -> str | None:
    return text.strip().upper().replace("Í", "I") if text and text.strip() else None


@dataclass(frozen=True)
class Document:
    """One PDF and its truth. `noises` are harmless; a document without traps that is no scan should be read surely."""

    seed: int
    number: int
    layout: str
    file: str
    pdf: bytes = field(repr=False)
    forms: tuple[Truth, ...]
    font: str = ""
    noises: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether a good reader is expected to be sure: all is visible, plain, and neither hidden nor stamped over."""
        traps = {trap for form in self.forms for trap in form.traps}
        odd = traps - set(FAULTS) - {"in_blank"} or {"stamp", "flat_stamp", "watermark"} & set(self.noises)
        doubtful = any(form.doubtful for form in self.forms)
        return bool(self.forms) and self.layout not in UNCERTAIN and not odd and not doubtful

    @property
    def where(self) -> str:
        """How to make it again."""
        return f"--seed {self.seed} --only {self.number} ({self.layout})"


class Maker:
    """The dice and the page habits of one document."""

    def __init__(self, seed: int, number: int, layout: str) -> None:
        self.rng = Random(f"{seed}:{number}:{layout}")
        rng, self.layout = self.rng, layout
        self.buffer = io.BytesIO()
        self.canvas = Canvas(self.buffer, pageCompression=1, invariant=1)
        font = "Courier" if layout == "texto_espaciado" else rng.choice(("Helvetica", "Helvetica", *FONTS))
        size = rng.choice((9, 9, 8.5, 7, 10, 12))
        self.habits = Habits(
            font=font, size=size, label_size=size * rng.choice((0.8, 0.85, 1.0)), bold_labels=rng.random() < 0.7,
            colon=":" if rng.random() < 0.85 else "", doubled=rng.random() < 0.06,
            letter_by_letter=rng.random() < 0.06, spacing=rng.choice((0,) * 12 + (0.5, 1.0)),
            shuffled=rng.random() < 0.12,
        )  # fmt: skip
        self.noises = [name for name, chance in NOISES.items() if rng.random() < chance]
        self.forms: list[Truth] = []
        self.pages = 0

    def case(self, *, plain: bool = False, drawn: bool = True) -> Case:
        """An invented form; unless plain, one in five has a fault, one in five a trap (when `drawn` allows traps)."""
        chance = 1.0 if plain else self.rng.random()
        fault = self.rng.choice(FAULTS) if chance < 0.2 else None
        case = make_case(self.rng, fault, self.rng.choice(("kept", "kept", "mixed", "none")))
        if drawn and 0.2 <= chance < 0.4:
            TRAPS[self.rng.choice(tuple(TRAPS))](case, self.rng)
        case.title = self.rng.choice((case.title,) * 3 + (case.title.title(), case.title.capitalize()))
        return case

    def pen(self, size: tuple[float, float] = (612, 792), **how: object) -> Pen:
        return Pen(self.canvas, self.rng, self.habits, size, **how)  # type: ignore[arg-type]

    def told(self, case: Case, page: int | None = None) -> None:
        """Keep the truth of a form that was drawn on this page (the one to be lifted next, unless told)."""
        truth = Truth(
            page or self.pages + 1, dict(case.truth), dict(case.also), frozenset(case.doubtful), case.confirmable,
            tuple(case.traps),
        )  # fmt: skip
        self.forms.append(truth)

    def lift(self, pen: Pen) -> None:
        pen.lift()
        self.pages += 1

    def page(self, case: Case, draw: Layout, size: tuple[float, float] = (612, 792), **how: object) -> None:
        """A whole page with one form, the house's header and this document's noises."""
        pen = self.pen(size, **how)
        top = self.header(pen, case)
        if first := "witness" in case.traps and self.rng.random() < 0.3:
            top = self.witness(pen, top)
        bottom = draw(pen, case, MARGIN, top, pen.width - 2 * MARGIN)
        if "witness" in case.traps and not first:
            self.witness(pen, bottom + 15)
        if "repeated_above" in case.traps:
            pen.text(MARGIN, 54, f"ID Trámite: {case.printed['id_tramite']}   NSS: {case.printed['nss']}", 7)
        for name in self.noises:
            NOISE[name](pen, bottom)
        self.told(case)
        self.lift(pen)

    def header(self, pen: Pen, case: Case, top: float = 60) -> float:
        if top == 60:
            pen.text(MARGIN, 40, "MÉXICO", 12, pen.bold())
            pen.text(pen.width / 2 - 15, 40, "IMSS", 12, pen.bold())
            pen.text(pen.width - MARGIN - 35, 40, "SRE", 12, pen.bold())
        words, size = case.title, 11.0
        size = min(size, size * (pen.width - 2 * MARGIN) / pen.text_width(words, size, pen.bold()))
        if self.rng.random() < 0.1:
            half = words.index(" ", len(words) // 2)
            pen.text(MARGIN + 60, top + 10, words[:half], size, pen.bold())
            pen.text(MARGIN + 60, top + 10 + size * 1.2, words[half + 1 :], size, pen.bold())
        else:
            pen.text((pen.width - pen.text_width(words, size, pen.bold())) / 2, top + 14, words, size, pen.bold())
        return top + 46

    def witness(self, pen: Pen, y: float) -> float:
        """Another person's data under the same labels, below a heading that says whose they are."""
        other = make_case(self.rng)
        pen.text(
            MARGIN, y, self.rng.choice(("Testigo", "Representante legal", "Funcionario que atiende")), 10, pen.bold()
        )
        for key in ("nombre", "apellido_paterno", "apellido_materno", "identificacion_folio"):
            y += pen.habits.size * 1.8
            end = pen.label(MARGIN, y, other.labels[key], 200)
            pen.value(other, key, end + 5, y, 250)
        return y + pen.habits.size * 3

    def letter(self, text: tuple[str, ...] | None = None) -> None:
        """A page that is no form, though it says the same words."""
        pen = self.pen()
        y = 80.0
        for paragraph in text or self.rng.choice(LETTERS):
            for line in pen.wrapped(paragraph, pen.width - 2 * MARGIN):
                pen.text(MARGIN, y, line)
                y += pen.habits.size * 1.4
            y += pen.habits.size
        self.lift(pen)

    def done(self) -> bytes:
        self.canvas.save()
        return self.buffer.getvalue()


# Harmless things that real pages have, and how often; a clerk is not led astray by any.
NOISES = {"footer": 0.35, "printed_at": 0.12, "example": 0.08, "stamp": 0.15, "flat_stamp": 0.06, "watermark": 0.08}
NOISES |= {"officer": 0.08, "bar_code": 0.1}


def _example(pen: Pen, _: float) -> None:
    line = "Nota: el NSS (Número de Seguridad Social) consta de 11 dígitos. Ejemplo: 16907325605."
    pen.text(MARGIN, pen.height - 60, line, 6.5)


def _stamp(pen: Pen, _: float) -> None:
    x, y = pen.rng.uniform(MARGIN, pen.width - 250), pen.rng.uniform(120, pen.height - 80)
    pen.text(x, y, "RECIBIDO 12 NOV 2025", 16, "Helvetica-Bold", colour="red", angle=pen.rng.choice((8, 20, 35, -12)))


def _flat_stamp(pen: Pen, bottom: float) -> None:
    x, y = pen.rng.uniform(MARGIN, pen.width - 200), pen.rng.uniform(60, bottom)
    pen.text(x, y, "RECIBIDO", 15, "Helvetica-Bold", colour="red")
    pen.text(x, y + 14, "12 NOV 2025", 13, "Helvetica-Bold", colour="red")


def _officer(pen: Pen, _: float) -> None:
    y = pen.height - 85
    pen.text(MARGIN, y, "Nombre y firma del funcionario:", 7)
    pen.text(MARGIN + 130, y, f"LIC. {pen.rng.choice(SURNAMES[:8])} {pen.rng.choice(SURNAMES[:8])}", 8)


NOISE: dict[str, Callable[[Pen, float], None]] = {
    "footer": lambda pen, _: pen.text(
        MARGIN,
        pen.height - 40,
        "El interesado manifiesta su conformidad con los datos asentados.  Firma: ___________",
        6.5,
    ),
    "printed_at": lambda pen, _: pen.text(
        MARGIN, pen.height - 22, "Folio de impresión: 99213 · Fecha de impresión: 12/11/2025 · Página 1 de 1", 6.5
    ),
    "example": _example,
    "stamp": _stamp,
    "flat_stamp": _flat_stamp,
    "watermark": lambda pen, _: pen.text(140, pen.height * 0.7, "COPIA SIN VALOR", 44, "Helvetica-Bold", angle=45),
    "officer": _officer,
    "bar_code": lambda pen, _: pen.text(pen.width - 190, 22, f"*{pen.rng.randrange(10**10, 10**11)}*", 8, "Courier"),
}

LETTERS = (
    ("Por este medio se remite la solicitud de comprobación de supervivencia de la persona pensionada.",
     "El nombre, el NSS (Número de Seguridad Social), la fecha de nacimiento y los datos de contacto del pensionado "
     "constan en el formato anexo. Sin otro particular, reciba un cordial saludo."),
    ("Instructivo de llenado de la solicitud de comprobación de supervivencia",
     "Fecha de solicitud(dd/mm/aaaa): día, mes y año en que se presenta.", "Oficina Consular: la que recibe.",
     "ID Trámite: lo asigna el sistema.", "NSS (Número de Seguridad Social): once dígitos, por ejemplo 16907325605.",
     "Fecha de nacimiento: como aparece en el acta.", "Nombre: sin abreviaturas.", "Tipo: pasaporte o matrícula.",
     "Folio: el número del documento."),
    ("Aviso de privacidad", "Los datos personales se tratan conforme a la ley. Folio 0001. Fecha: 01/09/2025."),
)  # fmt: skip


# What a form may hide: each leaves the truth as a clerk sees it.


Play = Callable[[Case, Random], None]


def _trap(name: str, *, doubtful: bool = False) -> Callable[[Callable[[Case, Random], str]], Play]:
    """Registers a trick, which gives back the field it plays on; in a doubtful one no reading of it may be sure."""

    def named(trick: Callable[[Case, Random], str]) -> Play:
        def play(case: Case, rng: Random) -> None:
            key = trick(case, rng)
            case.traps.append(name)
            if doubtful:
                case.doubtful.add(key)
                case.confirmable = False

        TRAPS[name] = play
        return play

    return named


TRAPS: dict[str, Play] = {}
_WEIGHTY = ("nss", "nss", "id_tramite", "fecha_nacimiento", "nombre", "apellido_paterno", "identificacion_folio")


def _other(key: str, rng: Random) -> str:
    """Another value of the same sort, as good as the printed one."""
    return make_case(rng).printed[key]


@_trap("struck_and_rewritten", doubtful=True)
def _struck(case: Case, rng: Random) -> str:
    case.struck["nss"] = nss(rng)
    return "nss"


@_trap("white_box")
def _white_box(case: Case, rng: Random) -> str:
    key = rng.choice(_WEIGHTY)
    case.under[key] = _other(key, rng)
    return key


@_trap("hidden_text")
def _hidden(case: Case, rng: Random) -> str:
    key = rng.choice(_WEIGHTY)
    case.hidden[key] = (rng.choice(("invisible", "white", "tiny")), _other(key, rng))
    return key


@_trap("hidden_in_blank")
def _hidden_in_blank(case: Case, rng: Random) -> str:
    """Nothing is visible in the field, and the text layer says something."""
    key = rng.choice(("nss", "apellido_materno", "contacto"))
    case.hidden[key] = (rng.choice(("invisible", "white", "tiny")), case.printed[key])
    case.printed[key], case.truth[key], case.confirmable = "", None, False
    case.also.pop(key, None)
    return key


@_trap("pasted_picture")
def _pasted(case: Case, rng: Random) -> str:
    """A picture with another value covers the one in the text."""
    key = rng.choice(("nss", "id_tramite", "identificacion_folio"))
    seen = _other(key, rng)
    case.patched[key], case.truth[key] = seen, "".join(seen.split("-")).replace(" ", "") if key == "nss" else seen
    case.also.pop(key, None)
    return key


@_trap("overflow")
def _overflow(case: Case, _: Random) -> str:
    """Values that run into the next column, over what is printed there."""
    long = {
        "oficina_consular": "RALEIGH, CAROLINA DEL NORTE, ESTADOS UNIDOS DE AMÉRICA",
        "apellido_paterno": "FERNÁNDEZ DE LIZARDI Y GUTIÉRREZ ALTAMIRANO DE VELASCO",
    }
    case.wide |= set(long)
    case.printed |= long
    case.truth |= long
    return "oficina_consular"


@_trap("joint_surnames", doubtful=True)
def _joint(case: Case, _: Random) -> str:
    """One label for both surnames: where the first ends is for a person to say."""
    for _, keys in case.sections:
        if "apellido_materno" in keys:
            keys.remove("apellido_materno")
    case.printed["apellido_paterno"] += " " + case.printed["apellido_materno"]
    case.labels["apellido_paterno"] = "Apellidos"
    case.doubtful.add("apellido_materno")
    return "apellido_paterno"


@_trap("label_unknown", doubtful=True)
def _unknown_label(case: Case, rng: Random) -> str:
    """A label that no rule knows: the value below or beside it must not end in another field, nor be lost."""
    key, label = rng.choice((("nss", "Afiliación"), ("apellido_materno", "Apellido de soltera"), ("nombre", "Titular")))
    case.labels[key] = label
    return key


@_trap("second_nss", doubtful=True)
def _second_nss(case: Case, rng: Random) -> str:
    """The number stands twice on the form, and not the same."""
    key = rng.choice(("contacto", "identificacion_tipo", "nombre"))
    label = rng.choice(("NSS", "Número de Seguridad Social"))
    case.printed[key] = f"{case.printed[key]} {label}: {nss(rng)}"
    case.doubtful.add(key)
    return "nss"


@_trap("witness")
def _witness(*_: object) -> str:
    """A second person on the page, with labels of their own."""
    return "nombre"


@_trap("repeated_above")
def _repeated(*_: object) -> str:
    """The same number stands twice, and is the same."""
    return "nss"


@_trap("in_blank")
def _in_blank(case: Case, _: Random) -> str:
    """Nobody filled it in: every field is empty, and none may take its neighbour's label for a value."""
    case.printed, case.truth = dict.fromkeys(CAMPOS, ""), dict.fromkeys(CAMPOS)
    case.also.clear()
    case.doubtful.clear()
    case.confirmable = False
    return "nss"


# The ways a form gets into a document. Each draws its pages and tells the truth.


def _plain(layout: Layout) -> Callable[[Maker], bytes]:
    def make(maker: Maker) -> bytes:
        drawn = maker.layout not in ("peine", "texto_espaciado")
        maker.page(maker.case(drawn=drawn), layout)
        return maker.done()

    return make


def _some(maker: Maker) -> Layout:
    """One of the layouts that offices are likeliest to send."""
    names = ("circular", "circular", "etiquetas_izquierda", "dos_columnas", "tabla", "casillas", "dos_puntos")
    return PLAIN[maker.rng.choice(names)]


def _landscape(maker: Maker) -> bytes:
    maker.page(maker.case(), maker.rng.choice((above_four, PLAIN["circular"], PLAIN["tabla"])), (792, 612))
    return maker.done()


def _rotated(turn: int) -> Callable[[Maker], bytes]:
    def make(maker: Maker) -> bytes:
        maker.page(maker.case(), _some(maker), turn=turn)
        return maker.done()

    return make


def _lying(maker: Maker) -> bytes:
    """People see the page lying or upside down, and turn their head."""
    lying = maker.rng.choice((90, 180, 270))
    maker.page(maker.case(plain=True), _some(maker), lying=lying, turn=maker.rng.choice((0, 360 - lying)) % 360)
    return maker.done()


def _two_pages(maker: Maker) -> bytes:
    draw = _some(maker)
    for _ in range(maker.rng.choice((2, 2, 3))):
        maker.page(maker.case(), draw)
    return maker.done()


def _among_letters(maker: Maker) -> bytes:
    """The form is page 3 of 5 (or any other), the rest are letters and instructions."""
    at = maker.rng.choice((3, 3, 1, 2, 4, 5))
    for number in range(1, 6):
        if number == at:
            maker.page(maker.case(), _some(maker))
        else:
            maker.letter()
    return maker.done()


def _two_on_page(maker: Maker) -> bytes:
    maker.habits.size = min(maker.habits.size, 8.5)
    maker.habits.label_size = min(maker.habits.label_size, 7)
    maker.noises = []
    pen, draw = maker.pen(), PLAIN[maker.rng.choice(("circular", "dos_columnas", "casillas", "seguidos"))]
    for top in (20, 410):
        case = maker.case(plain=True)
        draw(pen, case, MARGIN, maker.header(pen, case, top), pen.width - 2 * MARGIN)
        maker.told(case)
    maker.lift(pen)
    return maker.done()


def _side_by_side(maker: Maker) -> bytes:
    """Two forms beside each other on a landscape page, as when copies are printed two to a sheet."""
    maker.habits.size, maker.habits.label_size = 7.5, 6.5
    pen = maker.pen((792, 612))
    draw = PLAIN[maker.rng.choice(("una_columna", "etiquetas_izquierda", "dos_puntos"))]
    for left in (30.0, 420.0):
        case = maker.case(plain=True)
        pen.text(left, 50, case.title, 8, pen.bold())
        draw(pen, case, left, 80, 340)
        maker.told(case)
    maker.lift(pen)
    return maker.done()


def _split(maker: Maker) -> bytes:
    """One form that goes on on a second page."""
    case, draw = maker.case(plain=True), _some(maker)
    sections = case.sections
    half = [(h, keys[:5]) for h, keys in sections] if len(sections) == 1 else sections[:2]
    rest = [(h, keys[5:]) for h, keys in sections] if len(sections) == 1 else sections[2:]
    maker.told(case)
    case.sections = half
    pen = maker.pen()
    draw(pen, case, MARGIN, maker.header(pen, case), pen.width - 2 * MARGIN)
    maker.lift(pen)
    case.sections = rest
    pen = maker.pen()
    draw(pen, case, MARGIN, 60, pen.width - 2 * MARGIN)
    maker.lift(pen)
    return maker.done()


def _other_form(maker: Maker) -> bytes:
    """Not our form: another one of the same house with the same labels, or letters only. There is nothing to read."""
    if maker.rng.random() < 0.4:
        maker.letter(LETTERS[maker.rng.randrange(len(LETTERS))])
        return maker.done()
    case = maker.case(plain=True)
    case.title = maker.rng.choice(
        ("SOLICITUD DE CAMBIO DE UNIDAD", "SOLICITUD DE PENSIÓN", "CERTIFICADO DE NACIMIENTO")
    )
    pen = maker.pen()
    _some(maker)(pen, case, MARGIN, maker.header(pen, case), pen.width - 2 * MARGIN)
    maker.lift(pen)
    return maker.done()


_NAMED = (
    {key: key for key in CAMPOS},
    {key: f"form1[0].{''.join(part.title() for part in key.split('_'))}[0]" for key in CAMPOS},
    {
        "fecha_solicitud": "FechaSolicitud", "oficina_consular": "Oficina", "id_tramite": "IDTramite", "nss": "NSS",
        "fecha_nacimiento": "FechaNacimiento", "ex_trabajador_imss": "ExTrabajador", "nombre": "Nombre",
        "apellido_paterno": "ApellidoPaterno", "apellido_materno": "ApellidoMaterno", "identificacion_tipo": "TipoId",
        "identificacion_folio": "FolioId", "contacto": "Contacto",
    },
)  # fmt: skip


def _widgets(names: dict[str, str], *, check: bool, drop: float = 0) -> Callable[..., None]:
    """Draws a fillable field for a value, so many points lower; with `check`, a box to tick for the former worker."""

    def draw(pen: Pen, case: Case, key: str, x: float, y: float, width: float) -> None:
        place = {"x": x, "y": pen.height - y - 3 - drop, "borderWidth": 0.5, "forceBorder": True}
        if check and key == "ex_trabajador_imss":
            yes = str(case.truth[key]).upper() == "SÍ"
            pen.canvas.acroForm.checkbox(name=names[key], checked=yes, size=11, buttonStyle="cross", **place)
            case.truth[key] = "SÍ" if yes else "NO"
            case.also[key] = ("SÍ",) if yes else ("NO", None)
            return
        pen.canvas.acroForm.textfield(
            name=names[key], value=case.printed[key], width=max(40, width), height=pen.habits.size * 1.5,
            fontName="Helvetica", fontSize=min(pen.habits.size, 9), maxlen=200, **place,
        )  # fmt: skip

    return draw


def _fillable(naming: str, *, bare: bool = False, check: bool = False) -> Callable[[Maker], bytes]:
    """A fillable form, with names that mean something, or nothing, or the wrong thing."""

    def make(maker: Maker) -> bytes:
        rng = maker.rng
        maker.habits.shuffled = False
        case = maker.case(drawn=False)
        order = list(CAMPOS)
        names = dict(rng.choice(_NAMED))
        if naming == "meaningless":
            rng.shuffle(order)
            names = {key: f"{rng.choice(('Text', 'Campo', 'untitled'))}{n}" for n, key in enumerate(order, 1)}
        elif naming == "swapped":
            # Someone copied the template's fields about, so the names say one thing and the labels another.
            one, two = rng.choice((("apellido_paterno", "apellido_materno"), ("fecha_solicitud", "fecha_nacimiento")))
            names[one], names[two] = names[two], names[one]
            case.traps.append("names_swapped")
        draw = PLAIN[rng.choice(("circular", "etiquetas_izquierda", "tabla", "una_columna", "arriba_dos"))]
        maker.page(case, draw, acro=_widgets(names, check=check, drop=rng.choice((0, 2, 4))))
        pdf = maker.done()
        return pdf.replace(b"/AP ", b"/XP ") if bare else pdf

    return make


def _stale(maker: Maker) -> bytes:
    """A program changed the value and not the picture that people see of it."""
    case = maker.case(plain=True, drawn=False)
    number = "".join(letter for letter in case.printed["nss"] if letter.isdigit())
    case.printed["nss"] = number
    first = f"{int(number[:10]) // 7 + 1_000_000_007:010d}"[:10]
    case.traps.append("stale_appearance")
    case.doubtful.add("nss")
    maker.page(case, PLAIN["circular"], acro=_widgets({key: key for key in CAMPOS}, check=False))
    return maker.done().replace(f"/V ({number})".encode(), f"/V ({first + luhn_digit(first)})".encode())


def _half_filled(maker: Maker) -> bytes:
    """A fillable form whose NSS and name someone also typed over the page as text: both stand, and may differ."""
    rng, names = maker.rng, dict(_NAMED[0])
    case = maker.case(plain=True, drawn=False)
    widget = _widgets(names, check=False)
    same = rng.random() < 0.5

    def draw(pen: Pen, case: Case, key: str, x: float, y: float, width: float) -> None:
        widget(pen, case, key, x, y, width)
        if key == "nss":
            pen.text(x + 2, y, case.printed[key] if same else nss(rng), late=True)

    if not same:
        case.traps.append("typed_over")
        case.doubtful.add("nss")
    maker.page(case, PLAIN["circular"], acro=draw)
    return maker.done()


def _scanned(maker: Maker) -> bytes:
    """An image only: rendered at 110 to 200 dpi, in grey, straight or skewed, with dust."""
    case = maker.case(plain=True)
    case.traps.append("scan")
    maker.page(case, _some(maker))
    return _as_scan(maker, maker.done())


def _sandwich(maker: Maker) -> bytes:
    """A scan with the invisible text of an OCR program, which in half of them misread a character."""
    case = maker.case(plain=True, drawn=False)
    case.traps.append("scan_with_layer")
    draw = _some(maker)
    before = maker.rng.getstate()
    maker.page(case, draw)
    pictured = maker.done()
    after = Maker(0, 0, maker.layout)
    after.habits, after.noises, after.forms = maker.habits, [], maker.forms
    image = _scan_image(maker, pictured)
    key = maker.rng.choice(("nss", "fecha_nacimiento", "apellido_paterno", "identificacion_folio"))
    if maker.rng.random() < 0.5:
        wrong = list(case.printed[key])
        place = maker.rng.randrange(len(wrong))
        wrong[place] = {"0": "8", "1": "7", "5": "6", "A": "Á", "O": "Q"}.get(wrong[place], "3")
        case.printed[key] = "".join(wrong)
    after.canvas.drawImage(image, 0, 0, 612, 792)
    maker.rng.setstate(before)
    pen = after.pen(layer=True)
    draw(pen, case, MARGIN, after.header(pen, case), pen.width - 2 * MARGIN)
    after.lift(pen)
    return after.done()


def _as_scan(maker: Maker, pdf: bytes) -> bytes:
    image = _scan_image(maker, pdf)
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(612, 792), invariant=1)
    canvas.drawImage(image, 0, 0, 612, 792)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _scan_image(maker: Maker, pdf: bytes) -> ImageReader:
    import pypdfium2
    from PIL import Image

    rng = maker.rng
    dpi = rng.choice((110, 150, 200))
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=dpi / 72).to_pil().convert("L")
    page = page.rotate(rng.choice((0, 0, 0.6, -1.2, 2.0)), fillcolor=255, resample=Image.Resampling.BILINEAR)
    for _ in range(rng.choice((0, 200, 1500))):
        page.putpixel((rng.randrange(page.width), rng.randrange(page.height)), rng.randrange(160))
    jpeg = io.BytesIO()
    page.save(jpeg, "JPEG", quality=rng.choice((45, 70, 85)))
    return ImageReader(io.BytesIO(jpeg.getvalue()))


def _cropped(maker: Maker) -> bytes:
    """Only a part of the sheet is shown; what lies outside of it, nobody sees."""
    case = maker.case(plain=True)
    pen = maker.pen()
    maker.canvas.setCropBox((0, 140, 612, 792))
    PLAIN["circular"](pen, case, MARGIN, maker.header(pen, case), pen.width - 2 * MARGIN)
    pen.text(MARGIN, 720, f"NSS: {nss(maker.rng)}")
    case.traps.append("outside_the_crop")
    maker.told(case)
    maker.lift(pen)
    return maker.done()


LAYOUTS: dict[str, Callable[[Maker], bytes]] = {
    **{name: _plain(layout) for name, layout in PLAIN.items()},
    "apaisada": _landscape,
    "girada_90": _rotated(90),
    "girada_180": _rotated(180),
    "girada_270": _rotated(270),
    "acostada": _lying,
    "varias_paginas": _two_pages,
    "entre_cartas": _among_letters,
    "dos_en_pagina": _two_on_page,
    "lado_a_lado": _side_by_side,
    "partida": _split,
    "ajena": _other_form,
    "recortada": _cropped,
    "acro_con_nombre": _fillable("meaningful"),
    "acro_sin_nombre": _fillable("meaningless"),
    "acro_casilla": _fillable("meaningful", check=True),
    "acro_casilla_sin_nombre": _fillable("meaningless", check=True),
    "acro_sin_apariencia": _fillable("meaningful", bare=True),
    "acro_nombres_cruzados": _fillable("swapped"),
    "acro_apariencia_vieja": _stale,
    "acro_escrita_encima": _half_filled,
    "escaneada": _scanned,
    "escaneada_con_texto": _sandwich,
}
SLOW = frozenset({"escaneada", "escaneada_con_texto"})
# From these a good reader may well be unsure, so they don't count among the clean.
UNCERTAIN = SLOW | {
    "etiqueta_abajo", "acostada", "lado_a_lado", "partida", "ajena", "recortada", "acro_nombres_cruzados",
    "acro_apariencia_vieja", "acro_escrita_encima",
}  # fmt: skip


def make(seed: int, number: int, layout: str | None = None) -> Document:
    """Document `number` of that seed; without a layout, each has its turn. Only one thread may call (pdfium)."""
    layout = layout or tuple(LAYOUTS)[number % len(LAYOUTS)]
    maker = Maker(seed, number, layout)
    pdf = LAYOUTS[layout](maker)
    file = f"SUPERVIVENCIA_{seed}_{number}_{layout}.pdf"
    return Document(seed, number, layout, file, pdf, tuple(maker.forms), maker.habits.font, tuple(maker.noises))
