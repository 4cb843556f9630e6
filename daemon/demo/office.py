"""The demo's two installations, an office of IMSS and a consular one: accounts, invented staff, embedded servers."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage import open_store

from ..app import Office, assemble
from ..config import Settings
from ..decide.profiles import name_of_profile
from ..edge.clock import SystemClock
from ..edge.rulefiles import load_rules
from ..model.rules import PersonaDeCasa, RuleSet
from ..ports import Journal
from .servers import HOST, MailWorld

PASSWORD = "demo"
PEOPLE = "personas@ejemplo.example"
STAFF = "oficina@imss.gob.mx"
SUPERVISOR = "supervision.dac@imss.gob.mx"
# The other institution of IMSS Digital: its mailbox is served by an installation of its own.
CONSULATE = "imss_dallas@sre.gob.mx"
# The mailbox of the sample petition whose answer cannot be delivered.
UNREACHABLE = "tomas.villa@buzon-inexistente.example"


def open_world(rules: RuleSet, imap_port: int = 0, smtp_port: int = 0) -> MailWorld:
    """Mail servers (not yet started) for the accounts of both institutions, IMSS's staff, and everybody outside."""
    return MailWorld(
        dict.fromkeys([*_accounts(rules), CONSULATE, STAFF, PEOPLE], PASSWORD),
        {"": PEOPLE, "imss.gob.mx": STAFF},
        unreachable=(UNREACHABLE,),
        vouching=rules.casa.servidores_de_recepcion[0],
        imap_port=imap_port,
        smtp_port=smtp_port,
    )


def office_rules() -> RuleSet:
    """The shipped rules, with a supervisor in the house: every office names its own people in rules/casa.yaml."""
    settings = Settings.model_fields["reglas"].default
    rules = load_rules(settings)
    people = (PersonaDeCasa(correo=SUPERVISOR, nombre="Supervisión DAC", papel="supervisor"),)
    return rules.model_copy(update={"casa": rules.casa.model_copy(update={"personas": people})})


def open_offices(folder: Path, world: MailWorld, rules: RuleSet, journal: Journal) -> tuple[Office, Office]:
    """The real daemon's parts over the running servers, for IMSS and for the consular office; stores in `folder`."""
    sides = (("imss", _accounts(rules)), ("oficina", (CONSULATE,)))
    settings = [_settings(folder / f"{name}.db", world, rules, accounts) for name, accounts in sides]
    imss, consulate = (assemble(s, rules, open_store(s.almacen), journal, SystemClock()) for s in settings)
    return imss, consulate


def _accounts(rules: RuleSet) -> tuple[str, ...]:
    return tuple(cuenta.correo for cuenta in rules.casa.cuentas)


def _settings(store: Path, world: MailWorld, rules: RuleSet, accounts: Sequence[str]) -> Settings:
    def server(port: int) -> dict[str, object]:
        return {"servidor": HOST, "puerto": port, "seguridad": "ninguna", "clave": PASSWORD}

    boxes = {
        correo.partition("@")[0].replace(".", "_"): {
            "correo": correo,
            "perfil": name_of_profile(rules, correo),
            "imap": server(world.imap_port),
            "smtp": {**server(world.smtp_port), "por_minuto": 600},
        }
        for correo in accounts
    }
    return Settings.model_validate(
        {
            "almacen": f"sqlite:///{store}",
            # Moving a draft wakes no server's IDLE on the inbox: whoever tries the demo shall not wait a minute.
            "sondeo_segundos": 5,
            # Mail that arrives while the daemon is still starting is to be read, too.
            "desde": (datetime.now(UTC) - timedelta(days=2)).date(),
            "clave_de_firma": secrets.token_hex(32),
            "buzon": boxes,
        },
        context={"folder": store.parent},
    )
