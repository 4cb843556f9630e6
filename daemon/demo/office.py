"""The demo's office: accounts and passwords, its invented staff, and settings that lead to the embedded servers."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage import open_store

from ..app import Office, assemble
from ..config import Settings
from ..edge.clock import SystemClock
from ..edge.rulefiles import load_rules
from ..model.rules import PersonaDeCasa, RuleSet
from ..ports import Journal
from .servers import HOST, MailWorld

PASSWORD = "demo"
PEOPLE = "personas@ejemplo.example"
STAFF = "oficina@imss.gob.mx"
SUPERVISOR = "supervision.dac@imss.gob.mx"
# The mailbox of the sample petition whose answer cannot be delivered.
UNREACHABLE = "tomas.villa@buzon-inexistente.example"


def open_world(rules: RuleSet, imap_port: int = 0, smtp_port: int = 0) -> MailWorld:
    """Mail servers (not yet started) for the office's accounts, its staff, and everybody outside."""
    accounts = [cuenta.correo for cuenta in rules.casa.cuentas]
    return MailWorld(
        dict.fromkeys([*accounts, STAFF, PEOPLE], PASSWORD),
        {"": PEOPLE, "imss.gob.mx": STAFF},
        unreachable=(UNREACHABLE,),
        imap_port=imap_port,
        smtp_port=smtp_port,
    )


def office_rules() -> RuleSet:
    """The shipped rules, with a supervisor in the house: every office names its own people in rules/casa.yaml."""
    settings = Settings.model_fields["reglas"].default
    rules = load_rules(settings)
    people = (PersonaDeCasa(correo=SUPERVISOR, nombre="Supervisión DAC", papel="supervisor"),)
    return rules.model_copy(update={"casa": rules.casa.model_copy(update={"personas": people})})


def open_office(folder: Path, world: MailWorld, rules: RuleSet, journal: Journal) -> Office:
    """The real office over the running servers, with its store in `folder`."""
    settings = _settings(folder, world, rules)
    return assemble(settings, rules, open_store(settings.almacen), journal, SystemClock())


def _settings(folder: Path, world: MailWorld, rules: RuleSet) -> Settings:
    def server(port: int) -> dict[str, object]:
        return {"servidor": HOST, "puerto": port, "seguridad": "ninguna", "clave": PASSWORD}

    names = {cuenta.correo.partition("@")[0].replace(".", "_"): cuenta.correo for cuenta in rules.casa.cuentas}
    boxes = {
        name: {
            "correo": correo,
            "imap": server(world.imap_port),
            "smtp": {**server(world.smtp_port), "por_minuto": 600},
        }
        for name, correo in names.items()
    }
    return Settings.model_validate(
        {
            "almacen": f"sqlite:///{folder / 'acuse.db'}",
            # Moving a draft wakes no server's IDLE on the inbox: whoever tries the demo shall not wait a minute.
            "sondeo_segundos": 5,
            # Mail that arrives while the daemon is still starting is to be read, too.
            "desde": (datetime.now(UTC) - timedelta(days=2)).date(),
            "clave_de_firma": secrets.token_hex(32),
            "buzon": boxes,
        },
        context={"folder": folder},
    )
