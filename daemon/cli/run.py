"""`acuse run`: the daemon itself, until it is told to stop."""

from __future__ import annotations

import faulthandler
from typing import TYPE_CHECKING

from .base import DEFAULT_SETTINGS, SettingsFile, app

if TYPE_CHECKING:
    from ..model.ledger import Event


@app.command()
def run(ajustes: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Atiende los buzones hasta que se le detenga (Ctrl-C o SIGTERM)."""
    from ..app import open_office
    from ..config import load_settings
    from ..edge.logs import configure, log_event
    from ..edge.systemd import Pulse
    from ..service import Service

    settings = load_settings(ajustes)
    configure(settings.registro.nivel, settings.registro.formato)
    # systemd ends a daemon that is stuck by SIGABRT: then every thread's place is written, lines of code without data.
    faulthandler.enable()
    pulse = Pulse()

    def journal(event: Event) -> None:
        pulse.heard()
        log_event(event)

    Service(open_office(ajustes, journal, moving=pulse.heard), pulse=pulse).run_until_signal()
