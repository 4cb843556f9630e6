"""`acuse --version`: which program an operator has installed."""

from __future__ import annotations

from importlib import metadata

from typer.testing import CliRunner

from daemon.cli import app


def test_the_installed_version_is_told_in_one_line() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.stdout == f"acuse {metadata.version('acuse')}\n"
