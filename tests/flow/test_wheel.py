"""The wheel is whole: installed into an environment of its own it works from an empty folder, without the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What a clean tree has for a build.
SOURCES = ("daemon", "storage", "rules", "templates")
FILES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "service.toml", "requirements.txt")
# Run at the start of every process of the new environment: what reads the checkout fails, but for the locked packages.
GUARD = """\
import os, sys
def _no_checkout(event, args):
    if event == "open" and isinstance(args[0], (str, bytes)):
        path = os.path.realpath(os.fsdecode(args[0]))
        if path.startswith({root!r}) and not path.startswith({locked!r}):
            raise PermissionError(f"the checkout is not there: {{path}}")
sys.addaudithook(_no_checkout)
"""


def run(*command: str | Path, cwd: Path, **environ: str) -> str:
    """What a command prints; it must succeed."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ACUSE_", "PIP_"))}
    done = subprocess.run(command, cwd=cwd, env=clean | environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server: sdist, wheel from it, and a new environment with the wheel and the locked packages."""
    folder = tmp_path_factory.mktemp("servidor")
    tree, dist, venv = folder / "arbol", folder / "dist", folder / "venv"
    for name in SOURCES:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, tree / name)
    build = f"from setuptools import build_meta; build_meta.build_sdist({str(dist)!r})"
    run(sys.executable, "-c", build, cwd=tree)
    shutil.rmtree(tree)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--no-cache-dir")
    (sdist,) = dist.glob("*.tar.gz")
    run(*pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", dist, sdist, cwd=folder)
    (wheel,) = dist.glob("*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=folder)
    run(*pip, "--python", venv / "bin" / "python", "install", "--no-deps", "--no-index", wheel, cwd=folder)
    locked = sysconfig.get_path("purelib")
    own = installed(folder)
    (own / "acuse_guard.py").write_text(GUARD.format(root=f"{ROOT}/", locked=f"{sys.prefix}/"))
    (own / "locked.pth").write_text(f"import acuse_guard\n{locked}\n")
    (folder / "vacia").mkdir()
    return folder


def installed(server: Path) -> Path:
    (packages,) = (server / "venv" / "lib").glob("python*/site-packages")
    return packages


def carried() -> Iterator[tuple[Path, str]]:
    """Every file that the daemon needs, and where the wheel has it."""
    for name in SOURCES:
        for path in (ROOT / name).rglob("*"):
            # Editors and tools leave hidden files and caches; nobody ships them.
            parts = path.relative_to(ROOT).parts
            if path.is_file() and "__pycache__" not in parts and not any(part.startswith(".") for part in parts):
                inner = path.relative_to(ROOT).as_posix()
                yield path, inner if name in ("daemon", "storage") else f"daemon/_shipped/{inner}"
    yield ROOT / "service.toml", "daemon/_shipped/service.toml"


def test_the_wheel_brings_every_rule_template_migration_font_unit_and_sample(server: Path) -> None:
    brought = {where: (installed(server) / where).is_file() for _, where in carried()}
    assert [where for where, there in brought.items() if not there] == []
    ends = {Path(where).suffix for where in brought}
    assert {".py", ".yaml", ".md", ".html", ".mako", ".ttf", ".eml", ".service", ".conf", ".toml"} <= ends


def test_from_nothing_to_a_checked_installation(server: Path) -> None:
    acuse, empty = server / "venv" / "bin" / "acuse", server / "vacia"
    told = run(acuse, "init", server / "etc", "--datos", server / "var", cwd=empty)
    assert f"{acuse} check --ajustes {server}/etc/service.toml" in told
    for name in ("atnder", "atn_contribuyente", "mujer_embarazada"):
        (server / "etc" / "secretos" / f"buzon__{name}__clave").write_text("x\n")
    assert "Todo en orden." in run(acuse, "check", cwd=server / "etc")
    assert str(acuse) in (server / "etc" / "systemd" / "acuse.service").read_text()


def test_a_mail_with_a_pdf_is_decided_by_the_rules_of_the_wheel(server: Path) -> None:
    mail = installed(server) / "daemon" / "demo" / "correos" / "11_con_pdf.eml"
    told = run(server / "venv" / "bin" / "acuse", "explain", "--json", mail, cwd=server / "vacia")
    assert '"kind": "peticion"' in told


def test_the_store_is_made_by_the_migrations_of_the_wheel(server: Path) -> None:
    look = "from storage import open_store; open_store('sqlite:///nuevo.db').close()"
    run(server / "venv" / "bin" / "python", "-c", look, cwd=server / "vacia")
    assert (server / "vacia" / "nuevo.db").stat().st_size > 0
