"""Invented pensioners and what their forms say: true values, printed labels, the faults a form may have."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from daemon.model.survival import CAMPOS

NAMES = [
    "MARTIN",
    "MARÍA GUADALUPE",
    "JOSÉ ÁNGEL",
    "IÑAKI JOSÉ",
    "PATRICIA",
    "LUIS FERNANDO",
    "DANIEL",
    "CONCEPCIÓN",
    "MA. DEL CARMEN",
    "J. JESÚS",
    "ÑUFLO",
    "BEGOÑA",
    "AGÜEDA",
    "FRANCISCO JAVIER",
    "ROSA",
    "TEÓFILO",
    "MARÍA DE LOS ÁNGELES",
    "ELÍ",
    "JOSÉ MARÍA",
    "SOFÍA XIMENA",
]
SURNAMES = [
    "JUAREZ",
    "NÚÑEZ",
    "DE LA CRUZ",
    "PEÑA DE LA O",
    "SANCHEZ",
    "HERNANDEZ",
    "TZEC",
    "GONZALEZ",
    "MUÑOZ",
    "GARCÍA-ROBLES",
    "CORTES",
    "PÉREZ",
    "GALINDO",
    "DEL RÍO",
    "VILLASEÑOR",
    "D'ARCE",
    "LÓPEZ PORTILLO",
    "ROJO",
    "NOMBRE DE DIOS",
    "ZÚÑIGA",
    "DE LEÓN Y GAMA",
    "MC GREGOR",
    "UC",
    "IBÁÑEZ",
    "FERNÁNDEZ DE LIZARDI Y GUTIÉRREZ ALTAMIRANO DE VELASCO",
]
OFFICES = [
    "CHICAGO, ILLINOIS, ESTADOS UNIDOS",
    "DALLAS, TEXAS, ESTADOS UNIDOS",
    "HOUSTON, TEXAS, ESTADOS UNIDOS",
    "LAREDO, TEXAS, ESTADOS UNIDOS",
    "LOS ÁNGELES, CALIFORNIA, ESTADOS UNIDOS",
    "MADRID, MADRID, ESPAÑA",
    "MONTREAL, QUEBEC, CANADÁ",
    "RALEIGH, CAROLINA DEL NORTE, ESTADOS UNIDOS",
    "SAN ANTONIO, TEXAS, ESTADOS UNIDOS",
    "WELLINGTON, WELLINGTON, NUEVA ZELANDIA",
]
CARDS = ["PASAPORTE", "MATRÍCULA CONSULAR", "INE", "CREDENCIAL PARA VOTAR", "LICENCIA DE CONDUCIR"]

# The label of the circular stands first, because most forms come from the one system that prints it.
LABELS: dict[str, tuple[str, ...]] = {
    "fecha_solicitud": ("Fecha de solicitud(dd/mm/aaaa)", "Fecha de solicitud", "Fecha de la solicitud"),
    "oficina_consular": ("Oficina Consular", "Oficina consular", "Consulado"),
    "id_tramite": ("ID Trámite", "No. de trámite", "ID Tramite", "Número de trámite"),
    "nss": (
        "NSS (Número de Seguridad Social)", "NSS", "No. de Seguridad Social", "Número de Seguridad Social (NSS)",
        "Número de Seguridad Social",
    ),
    "fecha_nacimiento": ("Fecha de nacimiento", "Fecha de Nac.", "Fecha de nacimiento (dd/mm/aaaa)"),
    "ex_trabajador_imss": (
        "Ex trabajador IMSS de Jubilaciones y Pensiones", "Ex trabajador IMSS", "Extrabajador IMSS",
        "Ex trabajador IMSS (Régimen de Jubilaciones y Pensiones)",
    ),
    "nombre": ("Nombre", "Nombre(s)", "Nombres"),
    "apellido_paterno": ("Apellido paterno", "Primer apellido", "Apellido Paterno"),
    "apellido_materno": ("Apellido materno", "Segundo apellido", "Apellido Materno"),
    "identificacion_tipo": ("Tipo", "Tipo de identificación", "Tipo de Identificación"),
    "identificacion_folio": ("Folio", "Número/Folio de identificación", "Folio de identificación"),
    "contacto": ("Datos de contacto del pensionado", "Datos de contacto", "Contacto"),
}  # fmt: skip
ENGLISH = {
    "fecha_solicitud": "Date of request", "oficina_consular": "Consular office", "id_tramite": "Request ID",
    "nss": "Social Security Number", "fecha_nacimiento": "Date of birth", "ex_trabajador_imss": "Former IMSS employee",
    "nombre": "Given name(s)", "apellido_paterno": "Father's surname", "apellido_materno": "Mother's surname",
    "identificacion_tipo": "ID type", "identificacion_folio": "ID number", "contacto": "Contact details",
}  # fmt: skip
HINTS = {
    "nss": "(11 dígitos, sin espacios)", "fecha_nacimiento": "(dd/mm/aaaa)", "nombre": "(como aparece en el acta)",
    "identificacion_folio": "(número del documento)", "id_tramite": "(lo asigna el sistema)",
}  # fmt: skip
SECTIONS: tuple[tuple[str | None, tuple[str, ...]], ...] = (
    (None, CAMPOS[:3]),
    ("Pensionado", CAMPOS[3:9]),
    ("Identificación", CAMPOS[9:11]),
    (None, CAMPOS[11:]),
)

# Faults that stand in the values; what a form may hide is in generate.TRAPS.
FAULTS = (
    "wrong_digit", "impossible_date", "month_first", "id_zero", "no_nss", "born_after_request", "letter_in_nss",
    "short_nss", "some_empty", "two_in_one_value",
)  # fmt: skip


@dataclass
class Case:
    """One form to be printed: what stands on it (`printed`, `labels`) and what a careful clerk reads (`truth`).

    `also` are other readings that are as right; in a `doubtful` field no sure reading is right, because a clerk would
    ask. `confirmable`: the clerk could confirm this form from what is visible. `traps` name what is wrong or hidden.
    `under` are texts covered by a white box, `hidden` (how, text) what nobody sees, `wide` values that do not wrap.
    """

    printed: dict[str, str]
    truth: dict[str, str | None]
    labels: dict[str, str]
    sections: list[tuple[str | None, list[str]]]
    title: str = "SOLICITUD DE COMPROBACIÓN DE SUPERVIVENCIA"
    also: dict[str, tuple[str | None, ...]] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    confirmable: bool = True
    traps: list[str] = field(default_factory=list)
    hints: dict[str, str] = field(default_factory=dict)
    under: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, tuple[str, str]] = field(default_factory=dict)
    wide: set[str] = field(default_factory=set)
    struck: dict[str, str] = field(default_factory=dict)
    patched: dict[str, str] = field(default_factory=dict)

    def spoil(self, trap: str, key: str, printed: str, truth: str | None, *also: str | None) -> None:
        """Print something else in a field, which makes the form one that a clerk does not confirm."""
        self.traps.append(trap)
        self.printed[key], self.truth[key], self.also[key] = printed, truth, also
        self.confirmable = False


def luhn_digit(first_ten: str) -> str:
    """The check digit of an NSS: doubled are its second, fourth, ... tenth digit."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(first_ten)]
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def nss(rng: Random) -> str:
    """A number with a right check digit, of nobody in particular."""
    first_ten = (
        f"{rng.randrange(1, 99):02d}{rng.randrange(44, 99):02d}{rng.randrange(20, 60):02d}{rng.randrange(9999):04d}"
    )
    return first_ten + luhn_digit(first_ten)


def make_case(rng: Random, fault: str | None = None, sections: str = "kept") -> Case:
    """An invented pensioner's form; `sections` is kept, mixed (fields change places in a section) or none (flat)."""
    born = date(1930, 1, 1) + timedelta(days=rng.randrange(30 * 365))
    asked = date(2025, 9, 1) + timedelta(days=rng.randrange(180))
    name, number = rng.choice(NAMES), nss(rng)
    paterno, materno = rng.choice(SURNAMES[:-1] * 2 + SURNAMES[-1:]), rng.choice(SURNAMES)
    former = rng.choice(("SÍ", "NO", "NO", "NO"))
    true: dict[str, str | None] = {
        "fecha_solicitud": asked.isoformat(),
        "oficina_consular": rng.choice(OFFICES),
        "id_tramite": str(rng.randrange(100_000, 999_999)),
        "nss": number,
        "fecha_nacimiento": born.isoformat(),
        "ex_trabajador_imss": former,
        "nombre": name,
        "apellido_paterno": paterno,
        "apellido_materno": materno,
        "identificacion_tipo": rng.choice(CARDS),
        "identificacion_folio": rng.choice("GNFEA") + str(rng.randrange(10_000_000, 99_999_999)),
        "contacto": _contact(rng, name, paterno, born),
    }
    if rng.random() < 0.12:
        true = {key: value.lower() if key not in ("id_tramite", "identificacion_folio") else value
                for key, value in true.items() if value is not None}  # fmt: skip
    printed = {key: value or "" for key, value in true.items()}
    printed["fecha_solicitud"], printed["fecha_nacimiento"] = f"{asked:%d/%m/%Y}", f"{born:%d/%m/%Y}"
    case = Case(printed, true, _labels(rng, flat=sections == "none"), _sections(rng, sections))
    _vary_spelling(case, rng, born)
    if rng.random() < 0.06:
        case.labels = {key: f"{label} / {ENGLISH[key]}" for key, label in case.labels.items()}
        case.traps.append("two_languages")
    if rng.random() < 0.1:
        case.hints = dict(HINTS)
    if fault:
        _spoil(case, fault, rng, asked, born)
    return case


def _contact(rng: Random, name: str, surname: str, born: date) -> str:
    plain = str.maketrans("ÁÉÍÓÚÑÜ'. -", "AEIOUNU____")
    who = f"{name.rsplit(maxsplit=1)[-1]}_{surname.split(maxsplit=1)[0]}{born:%y}".translate(plain).lower()
    phone = f"+1 {rng.choice((214, 312, 713, 919))} 555 {rng.randrange(100, 199):04d}"
    mail = f"{who}@{rng.choice(('yahoo', 'gmail', 'icloud', 'outlook'))}.example"
    street = f"{rng.randrange(10, 9999)} N MAIN ST APT {rng.randrange(1, 99)}, DALLAS TX 75{rng.randrange(100, 399)}"
    return rng.choice((f"{phone} {mail}", f"{phone} {mail}", phone, mail, f"{phone} {mail} {street}"))


def _labels(rng: Random, *, flat: bool) -> dict[str, str]:
    """Mostly the circular's labels; sometimes others; without sections only those that are clear by themselves."""
    other = 0.5 if rng.random() < 0.4 else 0.0
    chosen = {key: rng.choice(names) if rng.random() < other else names[0] for key, names in LABELS.items()}
    if flat:
        chosen["identificacion_tipo"] = rng.choice(LABELS["identificacion_tipo"][1:])
        chosen["identificacion_folio"] = rng.choice(LABELS["identificacion_folio"][1:])
    return {key: label.upper() for key, label in chosen.items()} if rng.random() < 0.08 else chosen


def _sections(rng: Random, how: str) -> list[tuple[str | None, list[str]]]:
    sections = [(heading, list(keys)) for heading, keys in SECTIONS]
    if how == "kept":
        return sections
    for _, keys in sections:
        rng.shuffle(keys)
    if how == "mixed":
        return sections
    flat = [key for _, keys in sections for key in keys]
    rng.shuffle(flat)
    return [(None, flat)]


def _vary_spelling(case: Case, rng: Random, born: date) -> None:
    """Other ways to write the same NSS, date or mark; where two normal forms are defensible, both are right."""
    number = case.truth["nss"] or ""
    if rng.random() < 0.12:
        parts = (number[:2], number[2:4], number[4:6], number[6:10], number[10:])
        case.printed["nss"] = rng.choice((" ", "-")).join(parts)
    if rng.random() < 0.08:
        case.printed["fecha_nacimiento"] = rng.choice(
            (f"{born:%d-%m-%Y}", f"{born:%d.%m.%Y}", f"{born.day}/{born.month}/{born.year}")
        )
        case.also["fecha_nacimiento"] = (case.printed["fecha_nacimiento"],)
    if rng.random() < 0.08:
        yes = str(case.truth["ex_trabajador_imss"]).upper() == "SÍ"
        mark = rng.choice(("[{}] SÍ [{}] NO", "({}) SÍ ({}) NO", "SÍ ({}) NO ({})"))
        case.printed["ex_trabajador_imss"] = mark.format(*(("X", " ") if yes else (" ", "X")))
        case.also["ex_trabajador_imss"] = (case.printed["ex_trabajador_imss"],)


def _spoil(case: Case, fault: str, rng: Random, asked: date, born: date) -> None:
    number = case.truth["nss"] or ""
    if fault == "wrong_digit":
        wrong = number[:-1] + str((int(number[-1]) + rng.randrange(1, 9)) % 10)
        case.spoil(fault, "nss", wrong, wrong)
    elif fault == "impossible_date":
        printed = rng.choice(("31/02/1941", "30/02/1950", "31/06/1938", "00/05/1944", "29/02/1941"))
        case.spoil(fault, "fecha_nacimiento", printed, printed)
    elif fault == "month_first":
        printed = f"{born.month:02d}/{rng.randrange(13, 29)}/{born.year}"
        case.spoil(fault, "fecha_nacimiento", printed, printed)
    elif fault == "id_zero":
        case.spoil(fault, "id_tramite", "0", "0")
    elif fault == "no_nss":
        case.spoil(fault, "nss", "", None)
    elif fault == "born_after_request":
        late = asked + timedelta(days=rng.randrange(1, 300))
        case.spoil(fault, "fecha_nacimiento", f"{late:%d/%m/%Y}", late.isoformat())
    elif fault == "letter_in_nss":
        # A repaired number is evidence for a person and never a value, so only what is printed is right.
        place = rng.randrange(11)
        printed = number[:place] + rng.choice("OIlS") + number[place + 1 :]
        case.spoil(fault, "nss", printed, number[:place] + number[place + 1 :], printed, printed.upper(), None)
    elif fault == "short_nss":
        case.spoil(fault, "nss", number[:10], number[:10])
    elif fault == "some_empty":
        for key in rng.sample([k for k in CAMPOS if k != "nss"], rng.randrange(1, 4)):
            case.spoil(fault, key, "", None)
    elif fault == "two_in_one_value":
        case.spoil(fault, "nss", f"{number} / {nss(rng)}", None)
        case.doubtful.add("nss")
