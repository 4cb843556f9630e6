"""The look before the start: settings, rules and templates together, every fault at once, and what is worth knowing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from daemon.config import Settings, can_be_read, folders, load_settings
from daemon.decide.calendar import OfficeCalendar
from daemon.decide.profiles import MEDIOS, PROFILES
from daemon.edge.rulebook import Rulebook, notices_of, read_rulebook, unrecognised
from daemon.errors import Fault, FileFaults
from daemon.findings import nearest, one_of
from daemon.model.rules import RuleSet
from daemon.model.survival_rules import OFFICE, RECEPTION

# The press speaks of «unas 146» offices; the rules ship with those that the circular lets us name.
_ALL_OFFICES = 146


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: `faults` keep the daemon from starting, `notices` do not, `sums` say what was read."""

    faults: tuple[Fault, ...]
    notices: tuple[str, ...]
    sums: tuple[str, ...]


def check(path: Path, environ: Mapping[str, str] | None = None) -> Report:
    """Check the settings in `path`, and the rules and templates they name; faults are returned, not raised."""
    settings: Settings | None = None
    faults: list[Fault] = []
    try:
        settings = load_settings(path, environ)
    except FileFaults as error:
        faults += error.faults
        if not can_be_read(path):
            return Report(tuple(faults), (), ())
    book = read_rulebook(*folders(path))
    # An installation hears only of what its own mailboxes are for; without settings, of all.
    profiles = {box.perfil for box in settings.buzon.values()} if settings else {MEDIOS, RECEPTION, OFFICE}
    lost, notices = _looked_through(book, medios=MEDIOS in profiles)
    faults += (*book.faults, *lost)
    if settings and book.rules:
        faults += account_faults(settings, book.rules, path)
        notices = [*_accounts(settings, book.rules, profiles), *notices]
    if settings:
        notices = [*_operation(settings, profiles), *notices]
    return Report(tuple(faults), tuple(notices), (*_sums(settings), *book.sums()))


def check_rules(rule_dirs: Sequence[Path], template_dirs: Sequence[Path], today: date | None = None) -> Report:
    """Check the rules and templates of these folders alone; `today` is the office's own day unless given."""
    book = read_rulebook(rule_dirs, template_dirs)
    lost, notices = _looked_through(book, today)
    return Report((*book.faults, *lost), tuple(notices), tuple(book.sums()))


def _looked_through(book: Rulebook, today: date | None = None, *, medios: bool = True) -> tuple[list[Fault], list[str]]:
    """What only rules without another fault can be asked: which topics are never recognised, what is worth knowing."""
    if book.rules is None:
        return [], []
    lost, doubtful = unrecognised(book.rules, book.files) if medios else ([], [])
    day = today or datetime.now(OfficeCalendar(book.rules.calendario).zone).date()
    return lost, [*doubtful, *notices_of(book, day, medios=medios)]


def account_faults(settings: Settings, rules: RuleSet, path: Path) -> list[Fault]:
    """Mailboxes that the rules do not name, so nobody could say where their copies count (P 5.65), nor of which
    consular office they are (C): an address that only looks like an office's is a slip, or missing in the list."""
    known = {cuenta.correo for cuenta in rules.casa.cuentas}
    offices = {oficina.cuenta for oficina in rules.oficinas_consulares}
    faults = []
    for name, box in settings.buzon.items():
        cuenta = rules.buzon(box.correo)
        if cuenta is None or box.correo not in known | offices:
            file, those = ("oficinas_consulares.yaml", offices) if box.perfil == OFFICE else ("casa.yaml", known)
            add = f"añada la cuenta en {file}"
            cure = nearest(box.correo, sorted(those))
            # Names of cities are short, so the nearest one may well be another office's.
            cure = f"{cure}; si no, {add}" if cure and box.perfil == OFFICE else cure or add
            found = f"«{box.correo}», que {file} no conoce"
            faults.append(Fault(str(path), f"buzon.{name}.correo", found, f"una cuenta de {file}", cure))
        elif cuenta.perfil != box.perfil:
            found, expected = f"«{box.perfil}»", f"«{cuenta.perfil}», como dice casa.yaml"
            faults.append(Fault(str(path), f"buzon.{name}.perfil", found, expected, "ponga lo mismo en los dos"))
        elif cuenta.perfil not in PROFILES:
            found, cure = f"«{cuenta.perfil}»", nearest(cuenta.perfil, PROFILES) or ""
            faults.append(Fault(str(path), f"buzon.{name}.perfil", found, one_of(PROFILES), cure))
    for address in settings.alarmas.para:
        if not rules.casa.de_casa(address):
            expected = f"una dirección de la casa ({', '.join(rules.casa.dominios)})"
            cure = "los avisos no salen a otros dominios; si es nuestro, añádalo a «dominios» en casa.yaml"
            faults.append(Fault(str(path), "acuse.alarmas.correo", f"«{address}»", expected, cure))
    return faults


def _operation(settings: Settings, profiles: Collection[str]) -> Iterator[str]:
    if settings.envios != "normales":
        what = {"detenidos": "no sale ningún correo", "solo_borradores": "solo sale lo que una persona aprueba"}
        yield f"envios = «{settings.envios}»: {what[settings.envios]}."
    if {RECEPTION, OFFICE} & set(profiles) and not _reads_pictures():
        yield "no está tesseract con español (tesseract-ocr-spa): una solicitud escaneada no se lee, la ve una persona."


def _accounts(settings: Settings, rules: RuleSet, profiles: Collection[str]) -> Iterator[str]:
    """Accounts that nobody reads, copies that nobody compares, offices that nobody listed."""
    served = {box.correo for box in settings.buzon.values()}
    for cuenta in rules.casa.cuentas:
        if cuenta.correo not in served and (cuenta.perfil in profiles or MEDIOS in profiles):
            yield f"la cuenta {cuenta.correo} de casa.yaml no tiene buzón en service.toml: nadie lee su correo."
    for correo in sorted({c.cuenta_a for c in rules.casa.cuentas if c.correo in served} - served):
        yield f"las copias de conteo van a {correo}, que aquí no se lee: no se cotejan."
    if RECEPTION in profiles and len(rules.oficinas_consulares) < _ALL_OFFICES:
        yield (
            f"oficinas_consulares.yaml tiene {len(rules.oficinas_consulares)} de unas {_ALL_OFFICES} oficinas: lo que "
            "envíen las demás no se confirma, lo ve una persona."
        )


@cache
def _reads_pictures() -> bool:
    # Only here, since what reads pictures is large and no other command of this process needs it.
    from daemon.edge.pdf_ocr import is_there

    return is_there()


def _sums(settings: Settings | None) -> list[str]:
    sums = []
    if settings:
        boxes = [box.correo for box in settings.buzon.values()]
        sums.append(f"{len(boxes)} {'buzón' if len(boxes) == 1 else 'buzones'}: {', '.join(boxes)}")
        if any(box.perfil in (RECEPTION, OFFICE) for box in settings.buzon.values()) and _reads_pictures():
            sums.append("solicitudes escaneadas: se leen con tesseract, en español")
    return sums
