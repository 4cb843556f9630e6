"""Pages of survival forms as reportlab draws them, in many layouts, and the sheets that a reader gets of them."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reportlab.lib.pagesizes import letter
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from daemon.edge.rulefiles import load_rules
from daemon.model.survival_rules import Formulario

FORMULARIOS: tuple[Formulario, ...] = load_rules([Path(__file__).parents[3] / "rules"]).formularios
TITLE = "SOLICITUD DE COMPROBACIÓN DE SUPERVIVENCIA"
LABELS = {
    "fecha_solicitud": "Fecha de solicitud(dd/mm/aaaa):",
    "oficina_consular": "Oficina Consular:",
    "id_tramite": "ID Trámite:",
    "nss": "NSS (Número de Seguridad Social):",
    "fecha_nacimiento": "Fecha de nacimiento:",
    "ex_trabajador_imss": "Ex trabajador IMSS de Jubilaciones y Pensiones:",
    "nombre": "Nombre:",
    "apellido_paterno": "Apellido paterno:",
    "apellido_materno": "Apellido materno:",
    "identificacion_tipo": "Tipo:",
    "identificacion_folio": "Folio:",
    "contacto": "Datos de contacto del pensionado",
}
SHORT = {**LABELS, "nss": "NSS:", "ex_trabajador_imss": "Ex trabajador IMSS:", "fecha_solicitud": "Fecha de solicitud:"}
BILINGUAL = {
    "fecha_solicitud": "Fecha de solicitud / Date of request:",
    "oficina_consular": "Oficina Consular / Consular office:",
    "id_tramite": "ID Trámite / Procedure ID:",
    "nss": "NSS / Social Security Number:",
    "fecha_nacimiento": "Fecha de nacimiento / Date of birth:",
    "ex_trabajador_imss": "Ex trabajador IMSS / Former IMSS worker:",
    "nombre": "Nombre / Name:",
    "apellido_paterno": "Apellido paterno / First surname:",
    "apellido_materno": "Apellido materno / Second surname:",
    "identificacion_tipo": "Tipo / Type:",
    "identificacion_folio": "Folio / Number:",
    "contacto": "Datos de contacto del pensionado / Contact details",
}
ROWS = (
    ("fecha_solicitud", "oficina_consular", "id_tramite"),
    "Pensionado",
    ("nss", "fecha_nacimiento", "ex_trabajador_imss"),
    ("nombre", "apellido_paterno", "apellido_materno"),
    "Identificación",
    ("identificacion_tipo", "identificacion_folio"),
    ("contacto",),
)
Values = dict[str, str]
VALUES: Values = {
    "fecha_solicitud": "28/11/2025",
    "oficina_consular": "DALLAS, TEXAS, ESTADOS UNIDOS",
    "id_tramite": "878653",
    "nss": "06674910507",
    "fecha_nacimiento": "04/01/1949",
    "ex_trabajador_imss": "NO",
    "nombre": "MARÍA GUADALUPE",
    "apellido_paterno": "DE LA CRUZ",
    "apellido_materno": "JUÁREZ",
    "identificacion_tipo": "MATRÍCULA CONSULAR",
    "identificacion_folio": "G30461939",
    "contacto": "+1 214 555 0133 martincruz49@yahoo.example",
}


def expected(values: Values) -> dict[str, str | None]:
    """What the reader must say of these printed values: real dates in ISO, everything else as printed."""
    out: dict[str, str | None] = {key: value or None for key, value in values.items()}
    for key in ("fecha_solicitud", "fecha_nacimiento"):
        day = values[key].split("/")
        if len(day) == 3:
            out[key] = "-".join(reversed(day))
    return out


@dataclass
class Paper:
    """A PDF page to draw on with coordinates from the top left, in one font."""

    size: tuple[float, float] = letter
    font: str = "Helvetica"
    label_size: float = 8.0
    value_size: float = 9.5
    labels: dict[str, str] = field(default_factory=lambda: dict(LABELS))
    out: io.BytesIO = field(default_factory=io.BytesIO)

    def __post_init__(self) -> None:
        self.canvas = Canvas(self.out, pagesize=self.size)
        self.dx = self.dy = 0.0

    def text(self, x: float, y: float, words: str, size: float | None = None, *, bold: bool = False) -> float:
        """Print words with their base line at y; the x where they end."""
        fonts = {"Times-Roman": "Times-Bold"}
        font = fonts.get(self.font, f"{self.font}-Bold") if bold else self.font
        size = size or self.value_size
        self.canvas.setFont(font, size)
        self.canvas.drawString(x + self.dx, self.size[1] - y - self.dy, words)
        return x + stringWidth(words, font, size)

    def width(self, words: str, size: float) -> float:
        return stringWidth(words, self.font, size)

    def box(self, x: float, y: float, wide: float, high: float) -> None:
        self.canvas.rect(x + self.dx, self.size[1] - y - high - self.dy, wide, high)

    def title(self, x: float = 150, y: float = 80, words: str = TITLE) -> None:
        self.text(x, y, words, self.value_size + 3, bold=True)

    def label(self, key: str, x: float, y: float) -> float:
        return self.text(x, y, self.labels[key], self.label_size)

    def field(self, name: str, value: str, x: float, y: float, wide: float = 280) -> None:
        """A field to fill in on screen, with a line of text at base line y."""
        self.canvas.acroForm.textfield(
            name=name, value=value, x=x, y=self.size[1] - y - 5, width=wide, height=16, fontSize=9
        )

    def tick(self, name: str, x: float, y: float, *, on: bool) -> None:
        self.canvas.acroForm.checkbox(name=name, checked=on, x=x, y=self.size[1] - y - 3, size=13)

    def done(self) -> bytes:
        self.canvas.showPage()
        self.canvas.save()
        return self.out.getvalue()


def wrapped(paper: Paper, words: str, wide: float, size: float) -> list[str]:
    """The words in lines of at most this width."""
    lines: list[str] = []
    for word in words.split():
        if lines and paper.width(f"{lines[-1]} {word}", size) <= wide:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


Layout = Callable[[Paper, Values], None]


def above(paper: Paper, values: Values) -> None:
    """As the circular's figure: labels above their values, three columns."""
    paper.text(50, 55, "MÉXICO", 12, bold=True)
    paper.text(300, 55, "IMSS", 12, bold=True)
    paper.text(530, 55, "SRE", 12, bold=True)
    paper.title()
    _rows_above(paper, values, (50, 221, 391), 125)
    paper.text(50, 742, "El interesado manifiesta su conformidad con los datos asentados. Firma: ________________", 7)


def _rows_above(paper: Paper, values: Values, columns: Sequence[float], y: float) -> None:
    wide = columns[1] - columns[0] - 8
    lead = paper.value_size * 1.25
    for row in ROWS:
        if isinstance(row, str):
            paper.text(columns[0], y, row, paper.value_size + 1, bold=True)
            y += 20
            continue
        deepest = 1
        for key, x in zip(row, columns, strict=False):
            paper.label(key, x, y)
            lines = wrapped(paper, values[key], 400 if key == "contacto" else wide, paper.value_size)
            for number, line in enumerate(lines):
                paper.text(x, y + lead * 1.1 + number * lead, line)
            deepest = max(deepest, len(lines))
        y += 26 + lead * deepest


def left(paper: Paper, values: Values, *, value_x: float = 270, pitch: float = 22) -> None:
    """One column, labels left, values right of them."""
    paper.title()
    y = 120.0
    for row in ROWS:
        if isinstance(row, str):
            paper.text(50, y + 4, row, paper.value_size + 1, bold=True)
            y += pitch
            continue
        for key in row:
            paper.label(key, 50, y)
            paper.text(value_x, y, values[key])
            y += pitch


def left_tight(paper: Paper, values: Values) -> None:
    left(paper, values, pitch=1.35 * paper.value_size)


def joined(paper: Paper, values: Values) -> None:
    """Each label and its value as running words, with a colon between."""
    paper.title()
    y = 120.0
    for row in ROWS:
        if isinstance(row, str):
            paper.text(50, y + 4, row, paper.value_size + 1, bold=True)
            y += 20
            continue
        for key in row:
            paper.text(50, y, f"{paper.labels[key].rstrip(':')}: {values[key]}")
            y += 18


def running(paper: Paper, values: Values) -> None:
    """Several labels with their values in one line of text, only spaces between."""
    paper.title()
    y = 120.0
    for row in ROWS:
        if isinstance(row, str):
            paper.text(40, y + 4, row, paper.value_size, bold=True)
        else:
            said = "  ".join(f"{paper.labels[key].rstrip(':')}: {values[key]}" for key in row)
            paper.text(40, y, said, min(paper.value_size, 7.5))
        y += 20


def two_columns(paper: Paper, values: Values) -> None:
    """Two columns, labels left of their values."""
    paper.title()
    for column, keys in (
        (50.0, ("fecha_solicitud", "id_tramite", "nss", "nombre", "apellido_paterno", "apellido_materno")),
        (
            320.0,
            (
                "oficina_consular",
                "fecha_nacimiento",
                "ex_trabajador_imss",
                "-",
                "identificacion_tipo",
                "identificacion_folio",
            ),
        ),
    ):
        y = 120.0
        for key in keys:
            if key == "-":
                paper.text(column, y, "Identificación", paper.value_size + 1, bold=True)
            else:
                end = paper.label(key, column, y)
                for n, line in enumerate(wrapped(paper, values[key], 270 - (end + 8 - column), paper.value_size)):
                    paper.text(end + 8, y + n * 11, line)
            y += 28
    paper.label("contacto", 50, y + 10)
    paper.text(50, y + 24, values["contacto"])


def staggered(paper: Paper, values: Values) -> None:
    """Two columns, labels above their values, the second column half a row lower than the first."""
    paper.title()
    for column, start, keys in (
        (50.0, 120.0, ("fecha_solicitud", "id_tramite", "nss", "nombre", "apellido_paterno", "apellido_materno")),
        (
            330.0,
            132.0,
            (
                "oficina_consular",
                "fecha_nacimiento",
                "ex_trabajador_imss",
                "-",
                "identificacion_tipo",
                "identificacion_folio",
            ),
        ),
    ):
        y = start
        for key in keys:
            if key == "-":
                paper.text(column, y, "Identificación", paper.value_size + 1, bold=True)
            else:
                paper.label(key, column, y)
                paper.text(column, y + 12, values[key])
            y += 36
    paper.label("contacto", 50, y + 10)
    paper.text(50, y + 24, values["contacto"])


def boxed(paper: Paper, values: Values, *, centred: bool = False) -> None:
    """Every field in a drawn box of its own, the label small at the top."""
    paper.title()
    y = 110.0
    for row in ROWS:
        if isinstance(row, str):
            paper.box(40, y, 530, 18)
            paper.text(270 if centred else 45, y + 13, row, paper.value_size + 1, bold=True)
            y += 18
            continue
        wide = 530 / len(row)
        for at, key in enumerate(row):
            x = 40 + at * wide
            paper.box(x, y, wide, 46)
            said, lines = paper.labels[key], wrapped(paper, values[key], wide - 10, paper.value_size)
            paper.text(x + (wide - paper.width(said, 6.5)) / 2 if centred else x + 4, y + 9, said, 6.5)
            for number, line in enumerate(lines):
                inset = (wide - paper.width(line, paper.value_size)) / 2 if centred else 4
                paper.text(x + inset, y + 24 + number * 11, line)
        y += 46


def boxed_centred(paper: Paper, values: Values) -> None:
    boxed(paper, values, centred=True)


def table(paper: Paper, values: Values) -> None:
    """A ruled table: the label's cell, then the value's."""
    paper.title()
    y = 110.0
    for row in ROWS:
        if isinstance(row, str):
            paper.box(40, y, 500, 20)
            paper.text(45, y + 14, row, paper.value_size + 1, bold=True)
            y += 20
            continue
        for key in row:
            paper.box(40, y, 220, 20)
            paper.box(260, y, 280, 20)
            paper.label(key, 44, y + 14)
            paper.text(264, y + 14, values[key])
            y += 20


def header_rows(paper: Paper, values: Values) -> None:
    """A ruled table with a row of labels over a row of values."""
    paper.title()
    y = 110.0
    for row in ROWS:
        if isinstance(row, str):
            paper.text(45, y + 14, row, paper.value_size + 1, bold=True)
            y += 22
            continue
        wide = 530 / len(row)
        for at, key in enumerate(row):
            paper.box(40 + at * wide, y, wide, 16)
            paper.box(40 + at * wide, y + 16, wide, 28)
            paper.label(key, 44 + at * wide, y + 11)
            for number, line in enumerate(wrapped(paper, values[key], wide - 8, paper.value_size)):
                paper.text(44 + at * wide, y + 27 + number * 11, line)
        y += 48


def leaders(paper: Paper, values: Values) -> None:
    """A typewriter's form: label, dots, value."""
    paper.font = "Courier"
    paper.title(100)
    y = 120.0
    for row in ROWS:
        if isinstance(row, str):
            paper.text(50, y, row.upper(), 9, bold=True)
            y += 16
            continue
        for key in row:
            paper.text(50, y, f"{paper.labels[key].rstrip(':'):.<50} {values[key]}", 8.5)
            y += 16


def pipes(paper: Paper, values: Values) -> None:
    """A table drawn with characters."""
    paper.font = "Courier"
    paper.title(100)
    y = 120.0
    for row in ROWS:
        if isinstance(row, str):
            paper.text(50, y, f"| {row:<81}|", 8)
            y += 14
            continue
        for key in row:
            paper.text(50, y, f"| {paper.labels[key]:<50}| {values[key]:<44}|", 7)
            y += 14
        paper.text(50, y, "+" + "-" * 82 + "+", 8)
        y += 14


def right_aligned(paper: Paper, values: Values) -> None:
    """Labels that end where the values begin."""
    paper.title()
    y = 120.0
    for row in ROWS:
        if isinstance(row, str):
            paper.text(50, y + 4, row, paper.value_size + 1, bold=True)
            y += 20
            continue
        for key in row:
            said = paper.labels[key]
            paper.text(260 - paper.width(said, paper.label_size), y, said, paper.label_size)
            for line in wrapped(paper, values[key], 180, paper.value_size):
                paper.text(268, y, line)
                y += 11
            y += 8


MARKS = ("SÍ ( {yes} )   NO ( {no} )", "[{yes}] SÍ   [{no}] NO", "Sí {yes}          No {no}")


def combed(paper: Paper, values: Values, marks: str = MARKS[0]) -> None:
    """Labels left, the NSS in boxes of one digit each, two places to mark for the former worker."""
    yes, no = ("X", " ") if values["ex_trabajador_imss"] == "SÍ" else (" ", "X")
    if not values["ex_trabajador_imss"]:
        yes = no = " "
    left(paper, {**values, "nss": "", "ex_trabajador_imss": marks.format(yes=yes, no=no)})
    y = 120 + 22 * 4
    for at, digit in enumerate(values["nss"]):
        paper.box(270 + at * 14, y - 11, 14, 14)
        paper.text(274 + at * 14, y, digit)


def combed_below(paper: Paper, values: Values) -> None:
    combed(paper, values, MARKS[1])


def combed_bare(paper: Paper, values: Values) -> None:
    combed(paper, values, MARKS[2])


def noisy(paper: Paper, values: Values) -> None:
    """As the figure, among what systems print around a form."""
    above(paper, values)
    paper.text(
        50, 25, "SIAC · Módulo de Certificados, Legalizaciones y Visados    28/11/2025 10:33    Página 1 de 1", 6.5
    )
    paper.text(50, 36, "Folio interno: 0000123456", 6.5)
    paper.text(50, 640, "Aviso de privacidad: los datos personales se tratan conforme a la ley. Tel. 55 5555 0000", 6)
    paper.text(50, 700, "Nombre y firma del funcionario consular", 7)
    paper.text(50, 770, "https://directorio.example/verifica?c=8f3a91", 6)


def after_a_letter(paper: Paper, values: Values) -> None:
    """Below some lines of a covering letter that name the form."""
    paper.text(
        50, 40, "Por este medio se remite la solicitud de comprobación de supervivencia del pensionado, para que", 9
    )
    paper.text(50, 52, "se atienda. La Oficina Consular agradece la atención.", 9)
    above(paper, values)


LAYOUTS: dict[str, Layout] = {
    layout.__name__: layout
    for layout in (
        above,
        left,
        left_tight,
        joined,
        running,
        two_columns,
        staggered,
        boxed,
        boxed_centred,
        table,
        header_rows,
        leaders,
        pipes,
        right_aligned,
        combed,
        combed_below,
        combed_bare,
        noisy,
        after_a_letter,
    )
}


def drawn(layout: Layout, values: Values = VALUES, **paper: object) -> bytes:
    """A PDF of one page in this layout."""
    page = Paper(**paper)  # type: ignore[arg-type]
    layout(page, values)
    return page.done()


def two_up(values: Values, others: Values) -> bytes:
    """Two forms side by side on one sheet."""
    page = Paper(size=(1000.0, 600.0))
    for number, one in enumerate((values, others)):
        page.dx = 490.0 * number
        left(page, one, value_x=240)
    return page.done()


def stacked(values: Values, others: Values) -> bytes:
    """Two forms below each other on one sheet."""
    page = Paper(label_size=7, value_size=8)
    for number, one in enumerate((values, others)):
        page.dy = 370.0 * number - 40
        left(page, one, pitch=18)
    return page.done()


def many_pages(*filled: Values) -> bytes:
    """A letter, then one form a page, then conditions."""
    page = Paper()
    page.text(50, 100, "Se remiten las solicitudes de comprobación de supervivencia de este mes.", 10)
    for values in filled:
        page.canvas.showPage()
        above(page, values)
    page.canvas.showPage()
    page.text(50, 100, "Aviso de privacidad. El Instituto trata los datos personales conforme a la ley.", 10)
    return page.done()


Ticks = Callable[[Paper, Values, float, float], None]


def answers(paper: Paper, values: Values, x: float, y: float, *, before: bool = False) -> None:
    """SÍ and NO, each with a box to tick behind or before it."""
    for at, answer in enumerate(("SÍ", "NO")):
        here = x + 80 * at
        paper.text(here + 16 * before, y, answer)
        paper.tick(f"Casilla_{answer}", here + 20 * (not before), y, on=values["ex_trabajador_imss"] == answer)


def fillable(
    values: Values,
    names: dict[str, str] | None = None,
    *,
    labelled: bool = True,
    below: float = 0,
    ticks: Ticks = answers,
    more: Callable[[Paper], None] = lambda _: None,
) -> bytes:
    """A form to fill in on screen; `names` are the AcroForm's (their keys where not given).

    The fields stand right of their labels, or so many points `below` them; `ticks` draws the former worker's boxes.
    """
    page = Paper()
    page.title()
    y = 120.0
    for key, value in values.items():
        if key == "identificacion_tipo":
            page.text(50, y, "Identificación", 11, bold=True)
            y += 26
        if labelled:
            page.label(key, 50, y)
        x = 50 if below else 270
        y += below + 12 if below else 0
        if key == "ex_trabajador_imss":
            ticks(page, values, x, y)
        else:
            page.field((names or {}).get(key, key), value, x, y)
        y += 26
    more(page)
    return page.done()
