"""The operator's settings: service.toml and secrets become one frozen Settings, or every fault at once.

Secrets never stand in service.toml: they come as environment variables (`ACUSE_BUZON__ATNDER__CLAVE`) or as systemd
credentials (a file `buzon__atnder__clave` in $CREDENTIALS_DIRECTORY). The environment wins over credentials, and both
win over the file, for any setting: `ACUSE_ENVIOS=detenidos` stops all sending.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from daemon.errors import Fault, FileFaults
from daemon.findings import Finding, dotted, findings, nearest, one_of
from daemon.findings import Path as KeyPath
from daemon.model.strict import Clave, Correo, Strict
from daemon.resources import shipped

PREFIX = "ACUSE_"
_SECRET = ("clave", "clave_de_firma")
_OUTSIDE = "defina la variable {variable} o la credencial {credential}"

Envios = Literal["normales", "solo_borradores", "detenidos"]
Seguridad = Literal["tls", "starttls", "ninguna"]
Nombre = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$")]


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    """A relative path is meant as seen from service.toml, whatever folder the daemon was started in."""
    return Path((info.context or {}).get("folder", ".")) / path.expanduser()


Ruta = Annotated[Path, AfterValidator(_beside_the_file)]


class Servidor(Strict):
    """How to reach one mail server. `usuario` None means the mailbox's address, '' means without login."""

    servidor: str = Field(min_length=1)
    seguridad: Seguridad = "tls"
    puerto: int = Field(default=0, ge=1, le=65535)
    usuario: str | None = None
    clave: SecretStr | None = None
    ca: Ruta | None = None

    @field_validator("seguridad")
    @classmethod
    def _plain_only_at_home(cls, seguridad: Seguridad, info: ValidationInfo) -> Seguridad:
        """Without encryption the password would cross the network in clear."""
        host = str(info.data.get("servidor", "localhost"))
        if seguridad == "ninguna" and not is_loopback(host):
            raise ValueError("tls o starttls; «ninguna» solo vale para un servidor de esta misma máquina (127.0.0.1)")
        return seguridad

    @field_validator("ca")
    @classmethod
    def _certificates_exist(cls, ca: Path | None) -> Path | None:
        if ca is not None and not ca.is_file():
            raise ValueError("un archivo de certificados que exista (PEM)")
        return ca


class Imap(Servidor):
    """Where the mailbox is read; port 993 with TLS and 143 otherwise, unless said."""

    usuario: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, data: Any) -> Any:
        return _with_port(data, {"tls": 993, "starttls": 143, "ninguna": 143})


class Smtp(Servidor):
    """Where mail leaves; port 465 with TLS, 587 with STARTTLS, 25 plain. `por_minuto` keeps the provider's limit."""

    por_minuto: int = Field(default=30, ge=1)

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, data: Any) -> Any:
        return _with_port(data, {"tls": 465, "starttls": 587, "ninguna": 25})


class Credentials(NamedTuple):
    """User and password of one server."""

    user: str
    password: str


class Buzon(Strict):
    """One mailbox. `envios` overrides that of all; `revision` says where drafts wait: in it or in a folder of files."""

    correo: Correo
    perfil: Clave = "medios_electronicos"
    envios: Envios | None = None
    revision: Literal["imap", "directorio"] = "imap"
    directorio: Ruta | None = Field(default=None, validate_default=True)
    clave: SecretStr | None = None
    imap: Imap
    smtp: Smtp

    @field_validator("directorio")
    @classmethod
    def _directory_when_used(cls, directorio: Path | None, info: ValidationInfo) -> Path | None:
        if directorio is None and info.data.get("revision") == "directorio":
            raise ValueError("la carpeta donde esperan los borradores, porque «revision» es «directorio»")
        return directorio

    def login(self, server: Servidor) -> Credentials | None:
        """With what to log in at `server` (its own password or the mailbox's), or None when it wants no login."""
        secret = server.clave or self.clave
        if server.usuario == "" or secret is None:
            return None
        return Credentials(server.usuario or self.correo, secret.get_secret_value())


class ExportaSiade(Strict):
    """Where and when what is to be captured in SIADE is laid out as files (P 5.19): at each of these hours, on business
    days."""

    carpeta: Ruta
    horas: tuple[time, ...] = Field(default=(time(12), time(16), time(18)), min_length=1)


class Registro(Strict):
    """What is logged, and how: one event a line for machines (json) or for eyes (texto); auto is json under systemd."""

    nivel: Literal["debug", "info", "warning", "error"] = "info"
    formato: Literal["auto", "json", "texto"] = "auto"


class SmtpDeAlarmas(Smtp):
    """A way of its own for the mails on alarms, which works when none of the mailboxes' does."""

    remitente: Correo

    def login(self) -> Credentials | None:
        """With what to log in, or None when the server wants no login."""
        if self.usuario == "" or self.clave is None:
            return None
        return Credentials(self.usuario or self.remitente, self.clave.get_secret_value())


class Alarmas(Strict):
    """Who is told by mail of what goes wrong (nobody without `correo`), and when something counts as wrong.

    `espera_minutos` is how long an alarm must last before it is worth a mail, unless it is a grave one;
    `silencio_minutos` how long a mailbox may go without a whole pass; `plazo_horas` how near a term must be to count as
    at risk while its mailbox is not read; below `disco_libre_mb` a disk counts as full.
    """

    correo: Correo | None = None
    tambien: tuple[Correo, ...] = ()
    espera_minutos: int = Field(default=5, ge=0, le=240)
    silencio_minutos: int = Field(default=15, ge=2, le=1440)
    plazo_horas: int = Field(default=4, ge=0, le=240)
    disco_libre_mb: int = Field(default=500, ge=0)
    smtp: SmtpDeAlarmas | None = None

    @property
    def para(self) -> tuple[str, ...]:
        """Everybody who is told, each once."""
        return tuple(dict.fromkeys((*([self.correo] if self.correo else []), *self.tambien)))


class Metricas(Strict):
    """Figures for Prometheus, on this very machine only."""

    puerto: int = Field(ge=1, le=65535)
    direccion: Literal["127.0.0.1", "::1"] = "127.0.0.1"


class Settings(Strict):
    """Everything the operator decides. `reglas` and `plantillas` are folders, later ones replace files of earlier ones.

    `almacen` is an SQLAlchemy URL, `desde` the day from which a mailbox is read on its first run (else: from now on).
    `clave_de_firma` signs references and Message-IDs, so that nobody can invent one of ours.
    """

    almacen: str = "sqlite:///acuse.db"
    envios: Envios = "normales"
    reglas: tuple[Ruta, ...] = Field(default=(shipped("rules"),), min_length=1)
    plantillas: tuple[Ruta, ...] = Field(default=(shipped("templates"),), min_length=1)
    sondeo_segundos: int = Field(default=60, ge=5)
    reintentos: int = Field(default=3, ge=1)
    desde: date | None = None
    clave_de_firma: Annotated[SecretStr, Field(min_length=16)]
    registro: Registro = Registro()
    siade: ExportaSiade | None = None
    alarmas: Alarmas = Alarmas()
    metricas: Metricas | None = None
    buzon: dict[Nombre, Buzon] = Field(min_length=1)

    @field_validator("almacen")
    @classmethod
    def _known_store(cls, almacen: str, info: ValidationInfo) -> str:
        scheme, _, rest = almacen.partition("://")
        if scheme.partition("+")[0] not in ("sqlite", "postgresql") or not rest:
            raise ValueError("sqlite:///archivo.db o postgresql://…")
        if scheme == "sqlite" and not rest.startswith("//") and ":memory:" not in rest:
            return f"sqlite:///{_beside_the_file(Path(rest[1:]), info).resolve()}"
        return almacen

    @field_validator("buzon")
    @classmethod
    def _one_mailbox_an_account(cls, buzon: dict[str, Buzon]) -> dict[str, Buzon]:
        if len({box.correo for box in buzon.values()}) < len(buzon):
            raise ValueError("un solo buzón para cada correo")
        return buzon

    def envios_de(self, name: str) -> Envios:
        """What the mailbox may send: the stricter of its own setting and that of all (the stop stops everything)."""
        order: tuple[Envios, ...] = ("normales", "solo_borradores", "detenidos")
        return max(self.envios, self.buzon[name].envios or "normales", key=order.index)


def load_settings(path: Path, environ: Mapping[str, str] | None = None, *, passwords: bool = True) -> Settings:
    """The settings of this file and of the environment; `environ` replaces os.environ in tests.

    Commands that only ask the store need no `passwords` of mailboxes; the daemon does.

    Raises FileFaults with every fault at once, each with its path in the file, what was expected and the cure.
    """
    toml = _Toml.read(path)
    table, boxes = toml.data.get("acuse", {}), toml.data.get("buzon", {})
    raw = {**(_copy(table) if isinstance(table, dict) else {}), "buzon": _copy(boxes)}
    faults = [*toml.shape_faults(), *toml.secret_faults()]
    faults += _lay_over(raw, os.environ if environ is None else environ)
    faults += _missing_secrets(raw, str(path), passwords=passwords)
    try:
        settings = Settings.model_validate(raw, context={"folder": path.parent})
    except ValidationError as error:
        told = () if raw.get("clave_de_firma") else (("clave_de_firma",),)
        faults += [toml.fault(finding) for finding in findings(error, Settings) if finding.path not in told]
    if faults:
        raise FileFaults(sorted(set(faults), key=lambda fault: (fault.line or 0, fault.path)))
    return settings


def folders(path: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Rule and template folders that this file names, even when other settings are wrong: `acuse check` goes on."""
    try:
        table = _Toml.read(path).data.get("acuse")
    except FileFaults:
        table = None
    named = table if isinstance(table, dict) else {}

    def of(key: str) -> tuple[Path, ...]:
        listed = named.get(key)
        if isinstance(listed, list) and listed and all(isinstance(item, str) for item in listed):
            return tuple(path.parent / Path(item).expanduser() for item in listed)
        default: tuple[Path, ...] = Settings.model_fields[key].default
        return default

    return of("reglas"), of("plantillas")


class _Toml:
    """The text of service.toml, its data, and the line of every key (tomllib tells none)."""

    _HEADER = re.compile(r"^\s*\[\s*([^\[\]]+?)\s*\]")
    _KEY = re.compile(r"""^\s*([\w.\-"']+)\s*=""")

    def __init__(self, file: str, text: str, data: dict[str, Any]) -> None:
        self.file, self.data = file, data
        self.lines: dict[KeyPath, int] = {}
        table: tuple[str, ...] = ()
        for number, line in enumerate(text.splitlines(), 1):
            if header := self._HEADER.match(line):
                table = self._words(header[1])
                self.lines.setdefault(table, number)
            elif key := self._KEY.match(line):
                self.lines.setdefault(table + self._words(key[1]), number)

    @staticmethod
    def _words(dotted_key: str) -> tuple[str, ...]:
        return tuple(word.strip(" \"'") for word in dotted_key.split("."))

    @classmethod
    def read(cls, path: Path) -> _Toml:
        """The file, parsed; FileFaults when it is absent, not readable or no TOML."""
        whole = dotted(())
        try:
            text = path.read_bytes().decode("utf-8-sig")
            return cls(str(path), text, tomllib.loads(text))
        except FileNotFoundError:
            cure = "indique otro con --ajustes, o copie el service.toml de fábrica y edítelo"
            fault = Fault(str(path), whole, "que el archivo no existe", "el archivo de ajustes", cure)
        except OSError as error:
            found = f"que no se puede leer ({error.strerror})"
            fault = Fault(str(path), whole, found, "un archivo legible", "revise sus permisos")
        except UnicodeDecodeError:
            fault = Fault(str(path), whole, "bytes que no son UTF-8", "texto UTF-8", "guárdelo como UTF-8")
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
            # Without a place it is the end of the document: something that was opened is not closed.
            line, column = (int(place[1]), int(place[2])) if place else (text.rstrip().count("\n") + 1, 1)
            found = f"un error de sintaxis ({str(error).partition(' (at ')[0]})"
            cure = "revise comillas, corchetes y signos = de esa línea y la anterior"
            fault = Fault(str(path), whole, found, "TOML bien formado", cure, line, column)
        raise FileFaults([fault])

    def fault(self, finding: Finding) -> Fault:
        """A finding of Settings as a fault of this file, without showing a secret."""
        path = finding.path if finding.path[:1] == ("buzon",) else ("acuse", *finding.path)
        hidden = finding.path[-1] in (*_SECRET, "almacen") and not finding.at_key
        found = "un valor que no se muestra" if hidden else finding.found
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return Fault(self.file, dotted(path), found, finding.expected, finding.cure, self.lines.get(known), None)

    def shape_faults(self) -> Iterator[Fault]:
        """Tables that do not exist; `acuse` or `buzon` written as something else than a table."""
        for name, value in self.data.items():
            path, line = dotted((name,)), self.lines.get((name,))
            if name not in ("acuse", "buzon"):
                found, expected = f"«{name}», que no existe aquí", "solo [acuse] y [buzon.NOMBRE]"
                yield Fault(self.file, path, found, expected, nearest(name, ("acuse", "buzon")), line)
            elif name == "acuse" and not isinstance(value, dict):
                yield Fault(self.file, path, "un valor suelto", "una tabla [acuse]", line=line)

    def secret_faults(self) -> Iterator[Fault]:
        """Secrets written into the file, where backups and colleagues would see them."""
        for path in _paths(self.data):
            if path[-1] in _SECRET:
                outside = path[1:] if path[0] == "acuse" else path
                expected = "ningún secreto en este archivo"
                yield Fault(self.file, dotted(path), "un secreto", expected, _cure(outside), self.lines.get(path))


def _lay_over(raw: dict[str, Any], environ: Mapping[str, str]) -> list[Fault]:
    """Put credentials, then variables, over `raw`; a name that leads nowhere is a fault, since it may be a slip."""
    faults = []
    boxes = raw["buzon"] if isinstance(raw["buzon"], dict) else {}
    for origin, name, value in _outside(environ):
        path = tuple(name.lower().split("__"))
        if path[0] not in Settings.model_fields:
            found, cure = "un nombre que no es un ajuste", nearest(path[0], Settings.model_fields)
            faults.append(Fault(origin, name, found, one_of(Settings.model_fields), cure))
        elif path[0] == "buzon" and (len(path) < 3 or path[1] not in boxes):
            expected = f"un buzón de service.toml ({', '.join(boxes)}) y uno de sus ajustes, separados con __"
            cure = nearest(path[1], boxes) if len(path) > 1 else ""
            faults.append(Fault(origin, name, "un nombre que no lleva a ningún buzón", expected, cure))
        else:
            _put(raw, path, value)
    return faults


def _put(group: dict[str, Any], path: tuple[str, ...], value: str) -> None:
    for step in path[:-1]:
        below = group.setdefault(step, {})
        if not isinstance(below, dict):
            return  # The file has a plain value where a table belongs: the model will say so.
        group = below
    group[path[-1]] = value


def _outside(environ: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Each setting that comes from elsewhere: where from, its name (`buzon__atnder__clave`), its value."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    for file in sorted(Path(folder).iterdir()) if folder and Path(folder).is_dir() else ():
        yield f"credencial {file.name}", file.name, file.read_text("utf-8", errors="replace").rstrip("\r\n")
    for name, value in sorted(environ.items()):
        if name.startswith(PREFIX):
            yield f"variable {name}", name.removeprefix(PREFIX), value


def _missing_secrets(raw: dict[str, Any], file: str, *, passwords: bool) -> Iterator[Fault]:
    """Logins without a password, and the key that signs our references."""
    if not raw.get("clave_de_firma"):
        cure = f"{_cure(('clave_de_firma',))}; sirve lo que escribe «openssl rand -hex 32»"
        yield Fault(file, "acuse.clave_de_firma", "que falta", "un secreto de 16 caracteres o más", cure)
    boxes = raw["buzon"] if passwords and isinstance(raw["buzon"], dict) else {}
    for name, box in boxes.items():
        servers = [box.get(kind) for kind in ("imap", "smtp")] if isinstance(box, dict) else []
        logins = [server for server in servers if isinstance(server, dict) and server.get("usuario") != ""]
        if any(not (server.get("clave") or box.get("clave")) for server in logins):
            cure = _cure(("buzon", str(name).lower(), "clave"))
            yield Fault(file, f"buzon.{name}.clave", "que falta", "la contraseña de ese buzón", cure)
    alarmas = raw.get("alarmas")
    own = alarmas.get("smtp") if passwords and isinstance(alarmas, dict) else None
    if isinstance(own, dict) and own.get("usuario") != "" and not own.get("clave"):
        path = ("alarmas", "smtp", "clave")
        yield Fault(file, dotted(("acuse", *path)), "que falta", "la contraseña de esa cuenta", _cure(path))


def _cure(path: KeyPath) -> str:
    credential = "__".join(map(str, path))
    return _OUTSIDE.format(variable=PREFIX + credential.upper(), credential=credential)


def _paths(data: Any, above: KeyPath = ()) -> Iterator[KeyPath]:
    """Every path in nested tables."""
    for key, value in data.items() if isinstance(data, dict) else ():
        yield (*above, key)
        yield from _paths(value, (*above, key))


def _copy(data: Any) -> Any:
    return {key: _copy(value) for key, value in data.items()} if isinstance(data, dict) else data


def _with_port(data: Any, ports: Mapping[str, int]) -> Any:
    if isinstance(data, dict) and "puerto" not in data:
        return {**data, "puerto": ports.get(str(data.get("seguridad", "tls")), 1)}
    return data


def is_loopback(host: str) -> bool:
    """Whether `host` is this very machine, so that nothing said to it in clear can be overheard."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
