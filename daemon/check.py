"""The look before the start: settings, rules and templates together, every fault at once, and what is worth knowing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from daemon.config import Settings, folders, load_settings
from daemon.decide.assignment import supervisors
from daemon.decide.calendar import OfficeCalendar
from daemon.decide.profiles import MEDIOS, PROFILES
from daemon.edge.rulefiles import load_rules
from daemon.edge.templatefiles import load_templates
from daemon.errors import Fault, FileFaults
from daemon.findings import nearest, one_of
from daemon.model.rules import RuleSet
from daemon.model.survival_rules import OFFICE, RECEPTION
from daemon.model.templates import TemplateSet

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
    faults: list[Fault] = []
    rule_dirs, template_dirs = folders(path)
    settings: Settings | None = None
    rules: RuleSet | None = None
    templates: TemplateSet | None = None
    try:
        settings = load_settings(path, environ)
    except FileFaults as error:
        faults += error.faults
    try:
        rules = load_rules(rule_dirs)
    except FileFaults as error:
        faults += error.faults
    try:
        templates = load_templates(template_dirs)
    except FileFaults as error:
        faults += error.faults
    if settings and rules:
        faults += account_faults(settings, rules, path)
    if rules and templates:
        faults += template_faults(rules, templates, rule_dirs)
    return Report(tuple(faults), tuple(_notices(settings, rules, templates)), tuple(_sums(settings, rules, templates)))


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
    return faults


def template_faults(rules: RuleSet, templates: TemplateSet, rule_dirs: Sequence[Path]) -> list[Fault]:
    """Topics whose template does not exist, and destinations whose own form (P 5.27) does not."""
    faults = []
    for tema in rules.temas:
        if tema.plantilla and templates.get(tema.plantilla) is None:
            file, line = _place(rule_dirs, tema.plantilla)
            cure = nearest(tema.plantilla, templates.templates) or "escriba la plantilla, o ponga null"
            found = f"«{tema.plantilla}», que no existe"
            faults.append(Fault(file, f"temas.{tema.clave}.plantilla", found, "una plantilla que exista", cure, line))
    for organo in rules.destinos.organos:
        for formato in organo.formatos:
            if formato not in templates.formats:
                file, line = _format_place(rule_dirs, formato)
                cure = nearest(formato, templates.formats) or "póngalo en templates/formatos/, o quítelo de aquí"
                found = f"«{formato}», que no existe"
                where = f"destinos.organos.{organo.clave}.formatos"
                faults.append(Fault(file, where, found, "un archivo de templates/formatos/ (P 5.27)", cure, line))
    return faults


def _format_place(rule_dirs: Sequence[Path], name: str) -> tuple[str, int | None]:
    for folder in reversed(rule_dirs):
        file = folder / "destinos.yaml"
        if file.is_file():
            text = file.read_text("utf-8")
            at = text.find(name)
            return str(file), text.count("\n", 0, at) + 1 if at >= 0 else None
    return "destinos.yaml", None


def _place(rule_dirs: Sequence[Path], template: str) -> tuple[str, int | None]:
    wanted = re.compile(rf"^\s*plantilla:\s*[\"']?{re.escape(template)}\b", re.MULTILINE)
    for folder in reversed(rule_dirs):
        for file in sorted(folder.glob("temas/*.yaml")):
            text = file.read_text("utf-8")
            if hit := wanted.search(text):
                return str(file), text.count("\n", 0, hit.end()) + 1
    return "temas", None


def roster_notices(rules: RuleSet, today: date) -> list[str]:
    """What is no fault of the roster, but leaves petitions without anybody: topics, days, questions (P a66, a71)."""
    everyone = rules.consultores
    if not everyone:
        return ["consultores.yaml está vacío: las peticiones esperan en el buzón sin asignarse a nadie (P a66)."]
    notices = []
    if all(one.temas or not one.carga for one in everyone):
        named = {clave for one in everyone for clave in one.temas}
        nobodys = [tema.clave for tema in rules.temas if tema.clave not in named]
        if nobodys:
            some = ", ".join(nobodys[:5]) + (" y otros" if len(nobodys) > 5 else "")
            notices.append(
                f"{len(nobodys)} temas no son de ningún consultor ({some}): los recibe quien tenga menos peticiones."
            )
    week = [today + timedelta(days=ahead) for ahead in range(1, 8)]
    calendar = OfficeCalendar(rules.calendario)
    empty = [day for day in week if calendar.why_closed(day) is None and all(one.away(day) for one in everyone)]
    if empty:
        days = ", ".join(f"{day:%d/%m/%Y}" for day in empty)
        notices.append(f"todos los consultores estarán ausentes en la próxima semana: {days}.")
    if not supervisors(rules) and any(one.supervisor is None for one in everyone):
        notices.append("nadie supervisa a algunos consultores: sus consultas sin plantilla no llegan a nadie (P a71).")
    return notices


def _notices(settings: Settings | None, rules: RuleSet | None, templates: TemplateSet | None) -> list[str]:
    notices = []
    if settings and settings.envios != "normales":
        what = {"detenidos": "no sale ningún correo", "solo_borradores": "solo sale lo que una persona aprueba"}
        notices.append(f"envios = «{settings.envios}»: {what[settings.envios]}.")
    # An installation hears only of what its own mailboxes are for; without settings, of all.
    profiles = {box.perfil for box in settings.buzon.values()} if settings else {MEDIOS, RECEPTION, OFFICE}
    if settings and rules:
        served = {box.correo for box in settings.buzon.values()}
        notices += [
            f"la cuenta {cuenta.correo} de casa.yaml no tiene buzón en service.toml: nadie lee su correo."
            for cuenta in rules.casa.cuentas
            if cuenta.correo not in served and (cuenta.perfil in profiles or MEDIOS in profiles)
        ]
        counting = sorted({c.cuenta_a for c in rules.casa.cuentas if c.correo in served} - served)
        notices += [f"las copias de conteo van a {correo}, que aquí no se lee: no se cotejan." for correo in counting]
    if rules and not rules.casa.personas:
        notices.append("casa.yaml no nombra a nadie en «personas»: no hay a quién avisar ni asignar.")
    if settings and rules and RECEPTION in profiles and len(rules.oficinas_consulares) < _ALL_OFFICES:
        notices.append(
            f"oficinas_consulares.yaml tiene {len(rules.oficinas_consulares)} de unas {_ALL_OFFICES} oficinas: lo que "
            "envíen las demás no se confirma, lo ve una persona."
        )
    if settings and profiles & {RECEPTION, OFFICE} and not _reads_pictures():
        notices.append(
            "no está tesseract con español (tesseract-ocr-spa): una solicitud escaneada no se lee, la ve una persona."
        )
    if rules and MEDIOS in profiles:
        notices += roster_notices(rules, datetime.now(OfficeCalendar(rules.calendario).zone).date())
    if rules and MEDIOS in profiles:
        notices += _destinations(rules)
    if rules and MEDIOS in profiles and rules.casa.encuesta is None:
        notices.append("casa.yaml no tiene «encuesta»: los correos salen sin la encuesta de satisfacción (P 5.68).")
    if templates:
        doubtful = {
            name: sum(not hecho.verificada for hecho in template.hechos)
            for name, template in templates.templates.items()
        }
        count, where = sum(doubtful.values()), sum(map(bool, doubtful.values()))
        if count:
            notices.append(
                f"{count} hechos de {where} plantillas dicen «verificada: no»: alguien debe cotejarlos con su fuente."
            )
    return notices


def _destinations(rules: RuleSet) -> list[str]:
    """Órganos to which nothing can be sent, and topics that nobody attends: both wait for a consultant each time."""
    notices = []
    silent = [organo.clave for organo in rules.destinos.organos if organo.enlace is None]
    if silent:
        notices.append(
            f"destinos.yaml: {len(silent)} de {len(rules.destinos.organos)} Órganos no tienen enlace "
            f"({', '.join(silent)}): su propuesta se queda con el consultor, que la envía él mismo."
        )
    attended = {(organo.tipo, tema) for organo in rules.destinos.organos for tema in organo.temas}
    lost = [
        tema.clave
        for tema in rules.temas
        if tema.destino in ("organo_normativo", "oic_sntss") and (tema.destino, tema.clave) not in attended
    ]
    if lost:
        notices.append(
            f"destinos.yaml no dice qué Órgano atiende estos temas: {', '.join(lost)}; lo decide un consultor cada vez."
        )
    return notices


@cache
def _reads_pictures() -> bool:
    # Only here, since what reads pictures is large and no other command of this process needs it.
    from daemon.edge.pdf_ocr import is_there

    return is_there()


def _sums(settings: Settings | None, rules: RuleSet | None, templates: TemplateSet | None) -> list[str]:
    sums = []
    if settings:
        boxes = [box.correo for box in settings.buzon.values()]
        sums.append(f"{len(boxes)} {'buzón' if len(boxes) == 1 else 'buzones'}: {', '.join(boxes)}")
        if any(box.perfil in (RECEPTION, OFFICE) for box in settings.buzon.values()) and _reads_pictures():
            sums.append("solicitudes escaneadas: se leen con tesseract, en español")
    if rules:
        examples = sum(len(tema.ejemplos) for tema in rules.temas)
        sums.append(f"reglas {rules.version}: {len(rules.temas)} temas con {examples} ejemplos")
    if templates:
        sums.append(f"plantillas {templates.version}: {len(templates.templates)}")
    return sums
