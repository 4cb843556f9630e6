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
from ..model.rules import RuleSet
from ..ports import Journal
from ..rehearse.sample_office import sample_office
from .servers import HOST, MailWorld

PASSWORD = "demo"
PEOPLE = "personas@ejemplo.example"
# The one Órgano normativo whose enlace is known here; what goes to another stays with its consultant.
ORGANO, ENLACE = "procesos_operativos_afiliacion", "enlace.afiliacion@imss.gob.mx"
# The other institution of IMSS Digital: its mailbox is served by an installation of its own.
CONSULATE = "imss_dallas@sre.gob.mx"
# The mailbox of the sample petition whose answer cannot be delivered.
UNREACHABLE = "tomas.villa@buzon-inexistente.example"
# Seconds between two looks into a mailbox.
_LOOK = 2


def open_world(rules: RuleSet, imap_port: int = 0, smtp_port: int = 0) -> MailWorld:
    """Mail servers (not yet started) for the accounts of both institutions, IMSS's people, and everybody outside."""
    return MailWorld(
        dict.fromkeys([*_accounts(rules), CONSULATE, *people(rules), ENLACE, PEOPLE], PASSWORD),
        {"": PEOPLE},
        unreachable=(UNREACHABLE,),
        vouching=rules.casa.servidores_de_recepcion[0],
        imap_port=imap_port,
        smtp_port=smtp_port,
    )


def office_rules() -> RuleSet:
    """The shipped rules with an invented office: every office names its own people in casa.yaml, consultores.yaml and
    destinos.yaml."""
    rules = load_rules(Settings.model_fields["reglas"].default)
    organos = tuple(
        organo.model_copy(update={"enlace": ENLACE}) if organo.clave == ORGANO else organo
        for organo in rules.destinos.organos
    )
    destinos = rules.destinos.model_copy(update={"organos": organos})
    return sample_office(rules.model_copy(update={"destinos": destinos}))


def people(rules: RuleSet) -> dict[str, str]:
    """The office's own people who have a mailbox here, each with what is to be seen in it (Spanish)."""
    seen = {each.correo: "consultor: fichas y avisos" for each in rules.consultores}
    return seen | dict.fromkeys(rules.casa.con_papel("supervisor"), "supervisión: avisos e informe")


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
    settings = Settings.model_validate(
        {
            "almacen": f"sqlite:///{store}",
            # Mail that arrives while the daemon is still starting is to be read, too.
            "desde": (datetime.now(UTC) - timedelta(days=2)).date(),
            "clave_de_firma": secrets.token_hex(32),
            "buzon": boxes,
        },
        context={"folder": store.parent},
    )
    # Moving a draft wakes no server's IDLE on the inbox: whoever tries the demo shall not wait, not even the five
    # seconds that a real server is spared.
    return settings.model_copy(update={"sondeo_segundos": _LOOK})
