"""The operator's settings: service.toml and secrets become one frozen Settings, or every fault at once.

Secrets never stand in service.toml: they come as environment variables (`ACUSE_BUZON__ATNDER__CLAVE`) or as files of
that name (`buzon__atnder__clave`): systemd's credentials, or without systemd the folder `secretos` beside service.toml.
The environment wins over such files, and both win over service.toml, for any setting: `ACUSE_ENVIOS=detenidos` stops
all sending.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlsplit

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

from daemon.errors import Fault, FileFaults, system_words
from daemon.findings import Finding, dotted, findings, nearest, one_of
from daemon.findings import Path as KeyPath
from daemon.model.strict import Clave, Correo, Strict
from daemon.resources import shipped

PREFIX = "ACUSE_"
# The folder of secrets that `acuse init` lays down; systemd hands it over whole, with the prefix on each file's name.
SECRETS = "secretos"
_PASSWORD_IN_URL = re.compile(r"[a-z0-9+]+://[^/@:?]*:[^/@]+@|.*[?&]password=", re.IGNORECASE)
_CREDENTIAL = "acuse_"
_SECRET = ("clave", "clave_de_firma", "secreto", "clave_privada", "token_de_actualizacion")
_OUTSIDE = "va en el archivo secretos/{credential}, o en la variable {variable}"
_AS_SERVICE = "ejecute la orden como el usuario del servicio: runuser -u acuse -- acuse …"
_TWICE = "deje uno solo, o quite el # de todo el bloque al que pertenece: también de su renglón entre [ ]"
# How Python's parser of TOML begins what it says of the slips that people make.
_SYNTAX = {
    "Cannot overwrite a value": ("un nombre que ya tiene valor en su bloque", _TWICE),
    "Cannot declare": ("un bloque [ ] que ya está más arriba", "junte los dos en uno"),
    "Cannot mutate": ("algo que se añade a un valor ya terminado", _TWICE),
    "Expected '=' after a key": ("un nombre sin su signo =", "escriba NOMBRE = VALOR, o ponga # si es un comentario"),
    "Invalid value": ("un valor que no se entiende", 'ponga el texto entre comillas: "así"'),
    "Invalid statement": ("un renglón que no empieza con un nombre", "escriba NOMBRE = VALOR, o ponga # delante"),
    "Illegal character '\\n'": ("un texto sin comilla final", "cierre las comillas en el mismo renglón"),
    "Unterminated string": ("un texto sin comilla final", "cierre las comillas"),
    "Unclosed array": ("una lista sin cerrar", "cierre el corchete ]"),
    "Expected newline or end of document": ("algo de más después del valor", "deje un solo valor en cada renglón"),
    "Expected ']' at the end of a table declaration": ("un bloque sin cerrar", "cierre el corchete ]"),
    "Unescaped '\\'": ("una barra \\ sola dentro de un texto", "escríbala dos veces, o use comillas simples: 'así'"),
}

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


class OAuth2(Strict):
    """How mailboxes log in by OAuth2: whom to ask for access tokens, and as whom. Several mailboxes may share it.

    `identidad` says whose permission it is: the application's own (client credentials; with Google a service account),
    or that of a person who authorised it once (refresh token, kept in `carpeta` as the provider renews it).
    """

    proveedor: Literal["microsoft", "google", "otro"]
    identidad: Literal["aplicacion", "persona"] = "aplicacion"
    url_de_token: str | None = Field(default=None, validate_default=True)
    inquilino: str | None = Field(default=None, validate_default=True)
    cliente: str | None = Field(default=None, validate_default=True)
    alcance: str | None = None
    carpeta: Ruta | None = Field(default=None, validate_default=True)
    secreto: SecretStr | None = None
    clave_privada: SecretStr | None = None
    token_de_actualizacion: SecretStr | None = None
    certificado: Ruta | None = Field(default=None, validate_default=True)
    ca: Ruta | None = None

    @field_validator("url_de_token")
    @classmethod
    def _encrypted_unless_at_home(cls, url: str | None, info: ValidationInfo) -> str | None:
        """A secret is posted there."""
        if url is None and info.data.get("proveedor") == "otro":
            raise ValueError("la dirección de la que se piden los tokens, porque «proveedor» es «otro»")
        parts = urlsplit(url or "https://")
        if url and not (parts.hostname and (parts.scheme == "https" or is_loopback(parts.hostname))):
            raise ValueError("una dirección https://…")
        return url

    @field_validator("inquilino")
    @classmethod
    def _tenant_of_microsoft(cls, inquilino: str | None, info: ValidationInfo) -> str | None:
        if not inquilino and info.data.get("proveedor") == "microsoft" and not info.data.get("url_de_token"):
            raise ValueError("el «Id. de directorio (inquilino)» que muestra Microsoft Entra, o el dominio")
        return inquilino

    @field_validator("cliente")
    @classmethod
    def _client_is_named(cls, cliente: str | None, info: ValidationInfo) -> str | None:
        """Google's service accounts are named in their own key."""
        service_account = info.data.get("proveedor") == "google" and info.data.get("identidad") == "aplicacion"
        if not cliente and not service_account:
            raise ValueError("el identificador de la aplicación (cliente) que dio el proveedor")
        return cliente

    @field_validator("carpeta")
    @classmethod
    def _folder_for_what_is_renewed(cls, carpeta: Path | None, info: ValidationInfo) -> Path | None:
        if carpeta is None and info.data.get("identidad") == "persona":
            raise ValueError("la carpeta donde guardar el token cuando el proveedor lo cambie, como /var/lib/acuse")
        return carpeta

    @field_validator("certificado", "ca")
    @classmethod
    def _certificates_exist(cls, file: Path | None) -> Path | None:
        if file is not None and not file.is_file():
            raise ValueError("un archivo de certificados que exista (PEM)")
        return file

    @field_validator("certificado")
    @classmethod
    def _certificate_of_the_key(cls, certificado: Path | None, info: ValidationInfo) -> Path | None:
        """Microsoft finds by it with what to check the signature."""
        if certificado is None and info.data.get("clave_privada") and info.data.get("proveedor") == "microsoft":
            raise ValueError("el archivo del certificado de esa clave privada (PEM), el mismo que se subió a Microsoft")
        return certificado

    @property
    def token_url(self) -> str:
        """Where tokens are asked for: as said, or where the provider's own documentation says."""
        if self.url_de_token:
            return self.url_de_token
        if self.proveedor == "google":
            return "https://oauth2.googleapis.com/token"
        return f"https://login.microsoftonline.com/{self.inquilino}/oauth2/v2.0/token"

    @property
    def scope(self) -> str | None:
        """What the token is to be good for. Google wants none told when a person's permission is renewed."""
        if self.alcance or self.proveedor == "otro":
            return self.alcance
        if self.proveedor == "google":
            return "https://mail.google.com/" if self.identidad == "aplicacion" else None
        if self.identidad == "aplicacion":
            return "https://outlook.office365.com/.default"
        of = "https://outlook.office.com/"
        return f"{of}IMAP.AccessAsUser.All {of}SMTP.Send offline_access"


class Credentials(NamedTuple):
    """User and password of one server."""

    user: str
    password: str


class Buzon(Strict):
    """One mailbox. `envios` overrides that of all; `revision` says where drafts wait: in it or in a folder of files.

    `oauth2` names the block `[acuse.oauth2.NAME]` by which it logs in, instead of a password.
    """

    correo: Correo
    perfil: Clave = "medios_electronicos"
    envios: Envios | None = None
    revision: Literal["imap", "directorio"] = "imap"
    directorio: Ruta | None = Field(default=None, validate_default=True)
    clave: SecretStr | None = None
    oauth2: Nombre | None = None
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
        if server.usuario == "" or secret is None or self.by_token(server):
            return None
        return Credentials(self.user(server), secret.get_secret_value())

    def user(self, server: Servidor) -> str:
        """As whom to log in at `server`; who logs in may be another than the mailbox (shared mailboxes)."""
        return self.correo if server.usuario is None else server.usuario

    def by_token(self, server: Servidor) -> bool:
        """Whether to log in at `server` by OAuth2; a server with a password of its own or without login does not."""
        return self.oauth2 is not None and server.clave is None and server.usuario != ""


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
    """Everything the operator decides. `reglas` and `plantillas` are folders: a later one replaces files of earlier
    ones, and what ships lies below them all.

    `almacen` is an SQLAlchemy URL, `desde` the day from which a mailbox is read on its first run (else: from now on).
    `clave_de_firma` signs references and Message-IDs, so that nobody can invent one of ours.
    """

    almacen: str = "sqlite:///acuse.db"
    envios: Envios = "normales"
    reglas: tuple[Ruta, ...] = (shipped("rules"),)
    plantillas: tuple[Ruta, ...] = (shipped("templates"),)
    sondeo_segundos: int = Field(default=60, ge=5)
    reintentos: int = Field(default=3, ge=1)
    desde: date | None = None
    clave_de_firma: Annotated[SecretStr, Field(min_length=16)]
    registro: Registro = Registro()
    siade: ExportaSiade | None = None
    alarmas: Alarmas = Alarmas()
    metricas: Metricas | None = None
    oauth2: dict[Nombre, OAuth2] = Field(default_factory=dict)
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

    @field_validator("reglas")
    @classmethod
    def _rules_over_shipped(cls, reglas: tuple[Path, ...]) -> tuple[Path, ...]:
        return _over_shipped("rules", reglas)

    @field_validator("plantillas")
    @classmethod
    def _templates_over_shipped(cls, plantillas: tuple[Path, ...]) -> tuple[Path, ...]:
        return _over_shipped("templates", plantillas)

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
    faults += _lay_over(raw, os.environ if environ is None else environ, path.parent / SECRETS)
    faults += toml.unknown_logins(raw)
    # What lies where nobody here may look is not missing.
    if not any(fault.cure == _AS_SERVICE for fault in faults):
        faults += _missing_secrets(raw, str(path), passwords=passwords)
    try:
        settings = Settings.model_validate(raw, context={"folder": path.parent})
    except ValidationError as error:
        told = () if raw.get("clave_de_firma") else (("clave_de_firma",),)
        faults += [toml.fault(finding) for finding in findings(error, Settings) if finding.path not in told]
    if faults:
        raise FileFaults(sorted(set(faults), key=lambda fault: (fault.line or 0, fault.path)))
    return settings


def can_be_read(path: Path) -> bool:
    """Whether the file is there and is TOML: where it is not, nobody knows which rules it names."""
    try:
        _Toml.read(path)
    except FileFaults:
        return False
    return True


def folders(path: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Rule and template folders that this file names, even when other settings are wrong: `acuse check` goes on."""
    try:
        table = _Toml.read(path).data.get("acuse")
    except FileFaults:
        table = None
    named = table if isinstance(table, dict) else {}

    def of(key: str, name: str) -> tuple[Path, ...]:
        listed = named.get(key)
        own = listed if isinstance(listed, list) and all(isinstance(item, str) for item in listed) else []
        return _over_shipped(name, [path.parent / Path(item).expanduser() for item in own])

    return of("reglas", "rules"), of("plantillas", "templates")


def _over_shipped(name: str, own: Sequence[Path]) -> tuple[Path, ...]:
    """The office's folders over the shipped one, wherever that lies: so a new version never lacks a file that is new
    in it. A settings file that names the shipped one itself says the same."""
    below = shipped(name)
    named = [path for path in own if path.resolve() == below]
    return (*(named[:1] or [below]), *(path for path in own if path not in named))


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
            cure = "indique dónde está con --ajustes, o haga una instalación nueva con «acuse init /etc/acuse»"
            fault = Fault(str(path), whole, "que el archivo no existe", "el archivo de ajustes", cure)
        except OSError as error:
            found = f"que no se puede leer ({system_words(error)})"
            fault = Fault(str(path), whole, found, "un archivo legible", f"revise sus permisos, o {_AS_SERVICE}")
        except UnicodeDecodeError:
            fault = Fault(str(path), whole, "bytes que no son UTF-8", "texto UTF-8", "guárdelo como UTF-8")
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
            # Without a place it is the end of the document: something that was opened is not closed.
            line, column = (int(place[1]), int(place[2])) if place else (text.rstrip().count("\n") + 1, 1)
            found, cure = _in_spanish(str(error).partition(" (at ")[0])
            fault = Fault(str(path), whole, found, "NOMBRE = VALOR, o un bloque entre [ ]", cure, line, column)
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

    def unknown_logins(self, raw: dict[str, Any]) -> Iterator[Fault]:
        """Mailboxes that log in by a block which is not there."""
        known, boxes = _names(raw, "oauth2"), raw["buzon"]
        for name, box in boxes.items() if isinstance(boxes, dict) else ():
            block = box.get("oauth2") if isinstance(box, dict) else None
            if isinstance(block, str) and block not in known:
                path = ("buzon", name, "oauth2")
                cure = nearest(block, known) or f"añada el bloque [acuse.oauth2.{block}]"
                expected = "el nombre de un bloque [acuse.oauth2.NOMBRE]"
                yield Fault(self.file, dotted(path), f"«{block}», que no existe", expected, cure, self.lines.get(path))

    def secret_faults(self) -> Iterator[Fault]:
        """Secrets written into the file, where backups and colleagues would see them."""
        for path in _paths(self.data):
            if path[-1] in _SECRET:
                outside = path[1:] if path[0] == "acuse" else path
                expected = "ningún secreto en este archivo"
                yield Fault(self.file, dotted(path), "un secreto", expected, _cure(outside), self.lines.get(path))
        table = self.data.get("acuse")
        almacen = table.get("almacen") if isinstance(table, dict) else None
        if isinstance(almacen, str) and _PASSWORD_IN_URL.match(almacen):
            cure = "dé la dirección entera como secreto «almacen», o la contraseña en el archivo que nombra PGPASSFILE"
            line = self.lines.get(("acuse", "almacen"))
            yield Fault(self.file, "acuse.almacen", "una contraseña", "ningún secreto en este archivo", cure, line)


def _in_spanish(said: str) -> tuple[str, str]:
    """What the parser of TOML says is wrong, and the cure; words that the table does not know are not repeated."""
    known = (found for begins, found in _SYNTAX.items() if said.startswith(begins))
    return next(known, ("algo que no se entiende", "revise comillas, corchetes y signos = de esa línea y la anterior"))


def _lay_over(raw: dict[str, Any], environ: Mapping[str, str], beside: Path) -> list[Fault]:
    """Put credentials, then variables, over `raw`; a name that leads nowhere is a fault, since it may be a slip."""
    faults = []
    groups = {"buzon": "un buzón", "oauth2": "un bloque [acuse.oauth2.NOMBRE]"}
    for origin, name, value in _outside(environ, beside):
        path = tuple(name.lower().split("__"))
        if value is None:
            faults.append(Fault(origin, name, "que no se puede leer", "un secreto legible", _AS_SERVICE))
        elif path[0] not in Settings.model_fields:
            found, cure = "un nombre que no es un ajuste", nearest(path[0], Settings.model_fields)
            faults.append(Fault(origin, name, found, one_of(Settings.model_fields), cure))
        elif path[0] in groups and (len(path) < 3 or path[1] not in _names(raw, path[0])):
            known, what = _names(raw, path[0]), groups[path[0]]
            expected = f"{what} de service.toml ({', '.join(known) or 'no hay'}) y uno de sus ajustes, separados con __"
            cure = nearest(path[1], known) if len(path) > 1 else ""
            found = f"un nombre que no lleva a {what.replace('un ', 'ningún ', 1)}"
            faults.append(Fault(origin, name, found, expected, cure))
        else:
            _put(raw, path, value)
    return faults


def _names(raw: dict[str, Any], group: str) -> list[str]:
    named = raw.get(group)
    return list(named) if isinstance(named, dict) else []


def _put(group: dict[str, Any], path: tuple[str, ...], value: str) -> None:
    for step in path[:-1]:
        below = group.setdefault(step, {})
        if not isinstance(below, dict):
            return  # The file has a plain value where a table belongs: the model will say so.
        group = below
    group[path[-1]] = value


def _outside(environ: Mapping[str, str], beside: Path) -> Iterator[tuple[str, str, str | None]]:
    """Each setting that comes from elsewhere: where from, its name (`buzon__atnder__clave`), and its value, None when
    whoever runs this may not read it."""
    folder = Path(environ.get("CREDENTIALS_DIRECTORY") or beside)
    try:
        files = sorted(file for file in folder.iterdir() if file.is_file()) if folder.is_dir() else []
    except OSError:
        yield str(folder), "(carpeta)", None
        files = []
    for file in files:
        try:
            value = file.read_text("utf-8", errors="replace").rstrip("\r\n")
        except OSError:
            value = None
        yield f"credencial {file.name}", file.name.removeprefix(_CREDENTIAL), value
    for name, value in sorted(environ.items()):
        if name.startswith(PREFIX):
            yield f"variable {name}", name.removeprefix(PREFIX), value


def _missing_secrets(raw: dict[str, Any], file: str, *, passwords: bool) -> Iterator[Fault]:
    """Logins without a password or what stands for it, and the key that signs our references."""
    if not raw.get("clave_de_firma"):
        cure = f"{_cure(('clave_de_firma',))}; sirve lo que escribe «openssl rand -hex 32»"
        yield Fault(file, "acuse.clave_de_firma", "que falta", "un secreto de 16 caracteres o más", cure)
    boxes = raw["buzon"] if passwords and isinstance(raw["buzon"], dict) else {}
    for name, box in boxes.items():
        by_password = isinstance(box, dict) and not box.get("oauth2")
        servers = [box.get(kind) for kind in ("imap", "smtp")] if by_password else []
        logins = [server for server in servers if isinstance(server, dict) and server.get("usuario") != ""]
        if any(not (server.get("clave") or box.get("clave")) for server in logins):
            cure = _cure(("buzon", str(name).lower(), "clave"))
            yield Fault(file, f"buzon.{name}.clave", "que falta", "la contraseña de ese buzón", cure)
    blocks = raw.get("oauth2") if passwords else None
    for name, block in blocks.items() if isinstance(blocks, dict) else ():
        wanted = _proofs(block) if isinstance(block, dict) else {}
        if wanted and not any(block.get(key) for key in wanted):
            key, expected = next(iter(wanted.items()))
            cure = _cure(("oauth2", str(name).lower(), key))
            yield Fault(file, f"acuse.oauth2.{name}.{key}", "que falta", expected, cure)
    alarmas = raw.get("alarmas")
    own = alarmas.get("smtp") if passwords and isinstance(alarmas, dict) else None
    if isinstance(own, dict) and own.get("usuario") != "" and not own.get("clave"):
        path = ("alarmas", "smtp", "clave")
        yield Fault(file, dotted(("acuse", *path)), "que falta", "la contraseña de esa cuenta", _cure(path))


def _proofs(block: dict[str, Any]) -> dict[str, str]:
    """Which secrets may prove who asks for a token, the usual one first, and what each is."""
    if block.get("identidad") == "persona":
        return {"token_de_actualizacion": "el token de actualización que la persona autorizó"}
    if block.get("proveedor") == "google":
        return {"clave_privada": "la clave JSON de la cuenta de servicio, entera"}
    return {"secreto": "el secreto de la aplicación", "clave_privada": "la clave privada de la aplicación (PEM)"}


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
