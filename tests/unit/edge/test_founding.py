"""A new installation: what is laid down is right as it stands, is the office's, and is never overwritten unasked."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from daemon.check import check
from daemon.config import folders, load_settings
from daemon.edge.founding import OWN_RULES, lay_down
from daemon.errors import AcuseError
from daemon.resources import shipped, units

PASSWORDS = ("atnder", "atn_contribuyente", "mujer_embarazada")


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    lay_down(tmp_path / "etc", tmp_path / "var")
    return tmp_path / "etc"


def test_what_is_laid_down_needs_only_the_passwords(etc: Path, tmp_path: Path) -> None:
    faults = check(etc / "service.toml", {}).faults
    assert {fault.path for fault in faults} == {f"buzon.{name}.clave" for name in PASSWORDS}
    for name in PASSWORDS:
        (etc / "secretos" / f"buzon__{name}__clave").write_text("una contraseña\n")
    assert check(etc / "service.toml", {}).faults == ()
    settings = load_settings(etc / "service.toml", {})
    assert settings.almacen == f"sqlite:///{tmp_path}/var/acuse.db"
    assert settings.reglas == (shipped("rules"), etc / "rules")
    assert folders(etc / "service.toml")[1] == (shipped("templates"), etc / "templates")


def test_what_every_office_must_fill_in_lies_in_its_own_folder(etc: Path) -> None:
    assert {path.name for path in (etc / "rules").glob("*.yaml")} == set(OWN_RULES)


def test_secrets_are_for_their_owner_alone_and_the_key_that_signs_is_never_made_again(
    etc: Path, tmp_path: Path
) -> None:
    key = etc / "secretos" / "clave_de_firma"
    before = key.read_text()
    assert len(before.strip()) == 64
    assert (etc / "secretos").stat().st_mode & 0o077 == 0
    assert key.stat().st_mode & 0o077 == 0
    lay_down(etc, tmp_path / "var", force=True)
    assert key.read_text() == before


def test_nothing_of_an_office_is_overwritten_unasked_and_nothing_is_lost_when_asked(etc: Path, tmp_path: Path) -> None:
    own = etc / "rules" / "casa.yaml"
    own.write_text("# nuestra\n")
    assert own in lay_down(etc, tmp_path / "var").kept
    assert own.read_text() == "# nuestra\n"
    assert own in lay_down(etc, tmp_path / "var", force=True).replaced
    assert own.with_name("casa.yaml.anterior").read_text() == "# nuestra\n"
    assert own.read_bytes() == (shipped("rules") / "casa.yaml").read_bytes()


def test_the_units_follow_the_version_of_the_program(etc: Path, tmp_path: Path) -> None:
    unit = etc / "systemd" / "acuse.service"
    unit.write_text("de una versión anterior")
    assert lay_down(etc, tmp_path / "var").replaced == [unit]
    assert "WatchdogSec=" in unit.read_text()


def test_the_units_name_the_folders_and_the_program_of_this_installation(etc: Path, tmp_path: Path) -> None:
    text = "".join(path.read_text() for path in (etc / "systemd").iterdir())
    assert f"--ajustes {etc}/service.toml" in text
    assert f"LoadCredential=acuse:{etc}/secretos" in text
    assert f"ReadWritePaths={tmp_path}/var" in text
    assert not re.search(r"/opt/acuse|/etc/acuse|/var/lib/acuse", text)


def test_a_schema_that_a_rule_file_names_is_where_it_says(etc: Path) -> None:
    for file in (etc / "rules").glob("*.yaml"):
        named = re.match(r"# yaml-language-server: \$schema=(\S+)", file.read_text())
        assert named is None or "://" in named[1] or (file.parent / named[1]).is_file()


def test_a_folder_that_cannot_be_written_is_told_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / "etc").write_text("")
    with pytest.raises(AcuseError, match=r"no se puede escribir.*sudo"):
        lay_down(tmp_path / "etc", tmp_path / "var")


def systemd(*command: str) -> subprocess.CompletedProcess[str]:
    """A tool of systemd, which is there on any server and in continuous integration."""
    if shutil.which(command[0]) is None:
        if os.environ.get("CI"):
            pytest.fail("falta systemd")
        pytest.skip("sin systemd")
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_systemd_understands_the_unit_and_finds_it_little_exposed(tmp_path: Path) -> None:
    unit = tmp_path / "acuse.service"
    # Everything but the program's place, which is the server's.
    unit.write_text((units() / "acuse.service").read_text().replace("/opt/acuse/bin/acuse", "/bin/true"))
    verified = systemd("systemd-analyze", "verify", str(unit))
    assert verified.returncode == 0, verified.stderr
    assert "acuse.service" not in verified.stderr
    judged = systemd("systemd-analyze", "security", "--offline=yes", "--threshold=15", str(unit))
    assert judged.returncode == 0, judged.stdout
    assert "1.2 OK" in judged.stdout


def test_systemd_makes_the_user_and_the_folders_that_are_described(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    made = systemd("systemd-sysusers", f"--root={tmp_path}", str(units() / "acuse.sysusers.conf"))
    assert made.returncode == 0, made.stderr
    assert "acuse:" in (tmp_path / "etc" / "passwd").read_text()
    if os.geteuid() != 0:
        pytest.skip("solo root da dueño a una carpeta")
    lay_down(tmp_path / "etc" / "acuse", Path("/var/lib/acuse"))
    # Only the files of one folder are read, so that nothing of this machine is touched.
    (tmp_path / "etc" / "tmpfiles.d").mkdir()
    shutil.copy(units() / "acuse.tmpfiles.conf", tmp_path / "etc" / "tmpfiles.d" / "acuse.conf")
    made = systemd("systemd-tmpfiles", f"--root={tmp_path}", "--create")
    assert made.returncode == 0, made.stderr
    modes = {
        name: oct((tmp_path / name).stat().st_mode & 0o7777)
        for name in ("etc/acuse", "etc/acuse/secretos", "etc/acuse/secretos/clave_de_firma", "srv/acuse")
    }
    assert modes == {
        "etc/acuse": "0o750",
        "etc/acuse/secretos": "0o700",
        "etc/acuse/secretos/clave_de_firma": "0o600",
        "srv/acuse": "0o2770",
    }
    assert (tmp_path / "srv/acuse").stat().st_uid == (tmp_path / "etc/acuse/secretos").stat().st_uid != 0
