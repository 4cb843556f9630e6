"""Lays down the folder of a new installation: settings, the office's own rules, secrets, units; overwrites nothing."""

from __future__ import annotations

import secrets
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..config import SECRETS
from ..errors import AcuseError, system_words
from ..resources import shipped, units

# What no office can leave as it ships: who works there, when, and where petitions go.
OWN_RULES = ("casa.yaml", "consultores.yaml", "calendario.yaml", "destinos.yaml")
# Where the units that ship expect things; they are rewritten for an installation that lies elsewhere.
_PROGRAM, _SETTINGS, _DATA = "/opt/acuse/bin/acuse", "/etc/acuse", "/var/lib/acuse"
# Where rule files say what completes them in an editor.
_SCHEMAS = "esquemas"
_README = """\
Esta carpeta es de su oficina; acuse la lee y nunca la cambia. La hizo «acuse init».

service.toml   los ajustes de quien opera: buzones, servidores, dónde se guarda todo.
rules/         sus reglas. Las de fábrica están siempre debajo: un archivo de aquí sustituye por completo al que se
               llama igual. Ya están los cuatro que toda oficina debe llenar (casa, consultores, calendario y
               destinos). Para cambiar otro, cópielo aquí desde las reglas de fábrica y edite la copia:
               {rules}
templates/     sus plantillas de correo, de la misma manera. Las de fábrica:
               {templates}
secretos/      un archivo por secreto, con el secreto y nada más. Solo los lee el servicio.
                 clave_de_firma             ya está hecha; no la cambie nunca: firma las referencias de los correos
                 buzon__atnder__clave       la contraseña de [buzon.atnder]; uno por cada buzón de service.toml
systemd/       la unidad del servicio y lo que la acompaña; se instala una vez y no se edita.

Después de cada cambio:  acuse check --ajustes {settings}
"""


@dataclass(slots=True)
class Laid:
    """What was done: `written` is new, `kept` was there and stays, `replaced` was there and is now *.anterior."""

    written: list[Path] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)
    replaced: list[Path] = field(default_factory=list)


def program() -> Path:
    """The command of the virtual environment that runs this."""
    return Path(sys.prefix) / "bin" / "acuse"


def lay_down(folder: Path, data: Path, *, force: bool = False) -> Laid:
    """Lay down the installation `folder`, whose store lies in `data`.

    What is there stays unless `force`; even then the earlier file is kept beside the new one, and secrets are never
    touched. What is made for this program alone (units, schemas, the README) always follows its version.
    Raises AcuseError when the folder cannot be written.
    """
    laid = Laid()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("rules/temas", "templates/orientacion", "templates/formatos", "systemd"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        _lay(laid, folder / "service.toml", _settings(data), force=force)
        for name in OWN_RULES:
            _lay(laid, folder / "rules" / name, (shipped("rules") / name).read_text("utf-8"), force=force)
        for path, text in _made_for_this_program(folder, data):
            _lay(laid, path, text, force=True)
        _lay_secrets(laid, folder / SECRETS)
    except OSError as error:
        cure = "elija una carpeta en la que pueda escribir, o ejecute la orden con sudo"
        what = f"no se puede escribir ({system_words(error)})"
        raise AcuseError(what, where=str(error.filename), cure=cure) from error
    return laid


def _lay(laid: Laid, path: Path, text: str, *, force: bool) -> None:
    if not path.exists():
        laid.written.append(path)
    elif path.read_text("utf-8", errors="replace") == text or not force:
        return laid.kept.append(path)
    else:
        shutil.copy2(path, path.with_name(f"{path.name}.anterior"))
        laid.replaced.append(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return None


def _settings(data: Path) -> str:
    """The sample settings, with the office's folders and the store where a server keeps them."""
    text = shipped("service.toml").read_text("utf-8")
    for sample, here in (
        ('almacen = "sqlite:///acuse.db"', f'almacen = "sqlite:///{data}/acuse.db"'),
        ("\nreglas = []", '\nreglas = ["rules"]'),
        ("\nplantillas = []", '\nplantillas = ["templates"]'),
    ):
        text = text.replace(sample, here, 1)
    return text


def _made_for_this_program(folder: Path, data: Path) -> Iterator[tuple[Path, str]]:
    """Files that follow the program's version: nobody edits them."""
    for unit in sorted(units().iterdir()):
        text = unit.read_text("utf-8").replace(_PROGRAM, str(program())).replace(_SETTINGS, str(folder))
        if data != Path(_DATA):
            # systemd makes state folders below /var/lib alone; any other is named as one that may be written.
            text = text.replace("StateDirectory=acuse\nStateDirectoryMode=0700", f"ReadWritePaths={data}")
            text = text.replace(_DATA, str(data))
        yield folder / "systemd" / unit.name, text
    for schema in sorted((shipped("rules") / _SCHEMAS).glob("*.json")):
        yield folder / "rules" / _SCHEMAS / schema.name, schema.read_text("utf-8")
    named = {"rules": shipped("rules"), "templates": shipped("templates"), "settings": folder / "service.toml"}
    yield folder / "LEEME.txt", _README.format(**named)


def _lay_secrets(laid: Laid, folder: Path) -> None:
    """The folder of secrets, for its owner alone, with the key that signs our references: made once and never again."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    key = folder / "clave_de_firma"
    if key.exists():
        laid.kept.append(key)
        return
    key.touch(mode=0o600, exist_ok=False)
    key.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
    laid.written.append(key)
