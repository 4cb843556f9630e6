"""`acuse run`: the daemon itself, until it is told to stop."""

from __future__ import annotations

from .base import DEFAULT_SETTINGS, SettingsFile, app


@app.command()
def run(ajustes: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Atiende los buzones hasta que se le detenga (Ctrl-C o SIGTERM)."""
    from ..app import Service, open_office
    from ..config import load_settings
    from ..edge.logs import configure, log_event

    settings = load_settings(ajustes)
    configure(settings.registro.nivel, settings.registro.formato)
    Service(open_office(ajustes, log_event)).run_until_signal()
