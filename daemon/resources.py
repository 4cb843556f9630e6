"""Where the files that ship with the program lie: rules, templates. The one place a wheel would change."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent


def shipped(name: str) -> Path:
    """The folder or file of that name beside the packages: `rules`, `templates`, `service.toml`."""
    return _ROOT / name
