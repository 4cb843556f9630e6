"""Exit codes: 0 is done, 1 an expected failure told with its cure, 3 a bug."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    base = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=base | environ, check=False, cwd=ROOT
    )


RUN = "import sys; from daemon.__main__ import main; sys.argv = ['acuse', {}]; main()"


def test_help_ends_with_zero() -> None:
    done = run(RUN.format("'--help'"))
    assert done.returncode == 0
    assert "check" in done.stdout


def test_a_failure_that_a_person_can_mend_ends_with_one_and_shows_no_traceback() -> None:
    done = run(RUN.format("'check', '-a', 'no-existe.toml'"))
    assert done.returncode == 1
    assert "no-existe.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_usage_ends_with_two() -> None:
    assert run(RUN.format("'no-existe'")).returncode == 2


def test_a_bug_ends_with_three_and_its_traceback_shows_nobodys_data() -> None:
    bug = "from daemon.cli.base import app\n@app.command()\ndef falla(): raise KeyError('juan@x.mx 16907325605')\n"
    done = run(bug + RUN.format("'falla'"))
    assert done.returncode == 3
    assert "Traceback" in done.stderr
    assert "error del programa" in done.stderr
    assert "16907325605" not in done.stderr
    assert "juan@" not in done.stderr
