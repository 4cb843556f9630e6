"""Where the files that ship with the program lie: rules, templates, sample settings, units. The one place that knows
whether this is a checkout, where they lie beside the packages, or an installed wheel, which carries them within."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
# setup.py lays them there when it builds a wheel.
_CARRIED = _PACKAGE / "_shipped"
_ROOT = _CARRIED if _CARRIED.is_dir() else _PACKAGE.parent


def shipped(name: str) -> Path:
    """The folder or file of that name: `rules`, `templates`, `service.toml`."""
    return _ROOT / name


def units() -> Path:
    """The folder of what ships for systemd: the unit, its user, its folders."""
    return _PACKAGE / "systemd"
