"""Settings: what the operator writes is read with its secrets, and every slip is told at once with its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.check import check
from daemon.config import Settings, folders, load_settings
from daemon.errors import Fault, FileFaults

SHIPPED = Path(__file__).parents[2] / "service.toml"

MINIMAL = """\
[acuse]
[buzon.atnder]
correo = "atnder@imss.gob.mx"
[buzon.atnder.imap]
servidor = "imap.example.org"
[buzon.atnder.smtp]
servidor = "smtp.example.org"
seguridad = "starttls"
"""
SECRETS = {"ACUSE_CLAVE_DE_FIRMA": "una clave de firma larga", "ACUSE_BUZON__ATNDER__CLAVE": "secreto"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "service.toml"
    path.write_text(MINIMAL)
    return path


def load(file: Path, text: str = "", **more: str) -> Settings:
    if text:
        file.write_text(text)
    return load_settings(file, SECRETS | more)


def faults_of(file: Path, text: str = "", environ: dict[str, str] | None = None) -> tuple[Fault, ...]:
    if text:
        file.write_text(text)
    with pytest.raises(FileFaults) as caught:
        load_settings(file, SECRETS if environ is None else environ)
    return caught.value.faults


def test_the_shipped_file_is_right_once_its_secrets_are_there() -> None:
    names = ("ATNDER", "ATN_CONTRIBUYENTE", "MUJER_EMBARAZADA")
    settings = load_settings(SHIPPED, SECRETS | {f"ACUSE_BUZON__{name}__CLAVE": "x" for name in names})
    assert [box.correo for box in settings.buzon.values()] == [
        "atnder@imss.gob.mx",
        "atn.contribuyente@imss.gob.mx",
        "mujer.embarazada@imss.gob.mx",
    ]


def test_ports_follow_from_the_security_that_was_chosen(file: Path) -> None:
    box = load(file).buzon["atnder"]
    assert (box.imap.puerto, box.smtp.puerto) == (993, 587)


def test_the_user_is_the_address_unless_said(file: Path) -> None:
    box = load(file).buzon["atnder"]
    assert box.login(box.imap) == ("atnder@imss.gob.mx", "secreto")


def test_an_empty_user_means_that_the_server_wants_no_login(file: Path) -> None:
    box = load(file, MINIMAL + 'usuario = ""\n').buzon["atnder"]
    assert box.login(box.smtp) is None


def test_a_server_may_have_a_password_of_its_own(file: Path) -> None:
    box = load(file, ACUSE_BUZON__ATNDER__SMTP__CLAVE="otra").buzon["atnder"]
    assert box.login(box.imap) == ("atnder@imss.gob.mx", "secreto")
    assert box.login(box.smtp) == ("atnder@imss.gob.mx", "otra")


def test_systemd_credentials_are_read_and_the_environment_wins_over_them(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "credenciales"
    folder.mkdir()
    (folder / "buzon__atnder__clave").write_text("de systemd\n")
    (folder / "clave_de_firma").write_text("clave de firma de systemd\n")
    environ = {"CREDENTIALS_DIRECTORY": str(folder)}
    box = load_settings(file, environ).buzon["atnder"]
    assert box.login(box.imap) == ("atnder@imss.gob.mx", "de systemd")
    box = load_settings(file, environ | SECRETS).buzon["atnder"]
    assert box.login(box.imap) == ("atnder@imss.gob.mx", "secreto")


def test_any_setting_may_come_from_the_environment(file: Path) -> None:
    settings = load(file, ACUSE_ENVIOS="detenidos", ACUSE_BUZON__ATNDER__IMAP__PUERTO="1993")
    assert settings.envios == "detenidos"
    assert settings.buzon["atnder"].imap.puerto == 1993


def test_the_stop_of_all_stops_a_mailbox_that_says_otherwise(file: Path) -> None:
    text = MINIMAL.replace("correo =", 'envios = "normales"\ncorreo =')
    assert load(file, text, ACUSE_ENVIOS="detenidos").envios_de("atnder") == "detenidos"
    assert load(file, text.replace("normales", "detenidos")).envios_de("atnder") == "detenidos"


def test_relative_paths_are_seen_from_the_file(file: Path, tmp_path: Path) -> None:
    settings = load(file, MINIMAL.replace("[acuse]", '[acuse]\nreglas = ["mias"]\nalmacen = "sqlite:///a.db"'))
    assert settings.reglas == (SHIPPED.parent / "rules", tmp_path / "mias")
    assert settings.almacen == f"sqlite:///{tmp_path / 'a.db'}"


def test_what_ships_lies_below_an_offices_folders_even_where_the_file_names_it(file: Path, tmp_path: Path) -> None:
    shipped = SHIPPED.parent / "rules"
    named = f'[acuse]\nreglas = ["mias", "{shipped}"]\nplantillas = []'
    settings = load(file, MINIMAL.replace("[acuse]", named))
    assert settings.reglas == (shipped, tmp_path / "mias")
    assert settings.plantillas == (SHIPPED.parent / "templates",)
    assert folders(file) == (settings.reglas, settings.plantillas)


def test_secrets_come_from_the_folder_beside_the_file_and_from_systemd_under_a_prefix(
    file: Path, tmp_path: Path
) -> None:
    for folder, prefix in (("secretos", ""), ("credenciales", "acuse_")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{prefix}clave_de_firma").write_text("0123456789abcdef\n")
        (tmp_path / folder / f"{prefix}buzon__atnder__clave").write_text(f"de {folder}\n")
    file.write_text(MINIMAL)
    for environ, place in (({}, "secretos"), ({"CREDENTIALS_DIRECTORY": f"{tmp_path}/credenciales"}, "credenciales")):
        box = load_settings(file, environ).buzon["atnder"]
        login = box.login(box.imap)
        assert login is not None
        assert login.password == f"de {place}"


def test_no_secret_is_ever_shown(file: Path) -> None:
    assert "secreto" not in repr(load(file))
    faults = faults_of(
        file, environ=SECRETS | {"ACUSE_CLAVE_DE_FIRMA": "corta", "ACUSE_ALMACEN": "mysql://u:clave1@h/d"}
    )
    told = "\n".join(map(str, faults))
    assert len(faults) == 2
    assert "corta" not in told
    assert "clave1" not in told


def test_a_secret_in_the_file_is_a_fault_that_says_where_it_belongs(file: Path) -> None:
    (fault,) = faults_of(file, MINIMAL.replace("correo =", 'clave = "secreto"\ncorreo ='))
    assert fault.path == "buzon.atnder.clave"
    assert fault.line == 3
    assert "ACUSE_BUZON__ATNDER__CLAVE" in fault.cure
    assert "buzon__atnder__clave" in fault.cure


def test_missing_secrets_are_told_with_the_names_they_may_have(file: Path) -> None:
    faults = faults_of(file, environ={})
    assert [fault.path for fault in faults] == ["acuse.clave_de_firma", "buzon.atnder.clave"]
    assert "ACUSE_CLAVE_DE_FIRMA" in faults[0].cure


def test_a_variable_that_leads_nowhere_is_told_with_the_right_word(file: Path) -> None:
    faults = faults_of(file, environ=SECRETS | {"ACUSE_ENVOIS": "detenidos", "ACUSE_BUZON__ATNDR__CLAVE": "x"})
    assert [fault.cure for fault in faults] == ["¿quiso decir «atnder»?", "¿quiso decir «envios»?"]


def test_a_missing_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path / "nada.toml")
    assert "--ajustes" in fault.cure


@pytest.mark.parametrize("slip", ["envios = \n", 'reglas = ["rules"', "envios"])
def test_a_slip_of_toml_is_told_with_its_line(file: Path, slip: str) -> None:
    (fault,) = faults_of(file, f"[acuse]\n{slip}")
    assert fault.line == 2


def test_every_fault_is_told_at_once_with_its_line(file: Path) -> None:
    text = """\
[acuse]
envios = "normal"
sondeo = 3
desde = "ayer"
[bouzon]
[buzon.atnder]
correo = "atnder"
revision = "directorio"
[buzon.atnder.imap]
servidor = "imap.example.org"
seguridad = "ninguna"
puerto = 99999
[buzon.atnder.smtp]
servidor = "127.0.0.1"
seguridad = "ninguna"
ca = "nada.pem"
"""
    assert [(fault.line, fault.path) for fault in faults_of(file, text)] == [
        (2, "acuse.envios"),
        (3, "acuse.sondeo"),
        (4, "acuse.desde"),
        (5, "bouzon"),
        (6, "buzon.atnder.directorio"),
        (7, "buzon.atnder.correo"),
        (11, "buzon.atnder.imap.seguridad"),
        (12, "buzon.atnder.imap.puerto"),
        (16, "buzon.atnder.smtp.ca"),
    ]


def test_one_address_has_one_mailbox(file: Path) -> None:
    again = MINIMAL.replace("[acuse]\n", "").replace("buzon.atnder", "buzon.otro")
    (fault,) = faults_of(file, MINIMAL + again, SECRETS | {"ACUSE_BUZON__OTRO__CLAVE": "x"})
    assert fault.expected == "un solo buzón para cada correo"


def test_the_check_tells_faults_of_settings_and_of_rules_together(file: Path, tmp_path: Path) -> None:
    (tmp_path / "reglas").mkdir()
    (tmp_path / "reglas" / "casa.yaml").write_text("casa: {}\n")
    file.write_text(MINIMAL.replace("[acuse]", '[acuse]\nenvios = "normal"\nreglas = ["reglas"]'))
    files = {Path(fault.file).name for fault in check(file, SECRETS).faults}
    assert {"service.toml", "casa.yaml"} <= files


def test_the_check_tells_of_an_account_that_the_house_does_not_know(file: Path) -> None:
    file.write_text(MINIMAL.replace("atnder@", "atendr@"))
    (fault,) = [fault for fault in check(file, SECRETS).faults if fault.path.startswith("buzon")]
    assert fault.cure == "¿quiso decir «atnder@imss.gob.mx»?"


def test_the_check_tells_of_a_topic_whose_template_does_not_exist(file: Path, tmp_path: Path) -> None:
    own = tmp_path / "reglas" / "temas"
    own.mkdir(parents=True)
    shipped = (SHIPPED.parent / "rules" / "temas" / "afiliacion.yaml").read_text(encoding="utf-8")
    (own / "afiliacion.yaml").write_text(shipped.replace("orientacion/semanas_cotizadas", "orientacion/semanas"))
    file.write_text(MINIMAL.replace("[acuse]", '[acuse]\nreglas = ["reglas"]'))
    faults = check(file, SECRETS).faults
    (fault,) = [fault for fault in faults if fault.path == "temas[0].plantilla"]
    assert fault.file.endswith("afiliacion.yaml")
    assert fault.line


def test_the_check_counts_the_facts_that_nobody_verified(file: Path) -> None:
    assert any("verificada: no" in notice for notice in check(file, SECRETS).notices)


@pytest.mark.parametrize(
    ("slip", "found"),
    [
        ("a = 1\na = 2", "un nombre que ya tiene valor en su bloque"),
        ("[x]\n[x]", "un bloque [ ] que ya está más arriba"),
        ("a 1", "un nombre sin su signo ="),
        ("a = hola", "un valor que no se entiende"),
        ("= 3", "un renglón que no empieza con un nombre"),
        ('a = "x\nb = 1', "un texto sin comilla final"),
        ('a = "x', "un texto sin comilla final"),
        ("a = [1", "una lista sin cerrar"),
        ("a = 1 2", "algo de más después del valor"),
        ("[x", "un bloque sin cerrar"),
        (r'a = "c:\dos"', "una barra \\ sola dentro de un texto"),
        ("a = {b = {", "algo que no se entiende"),
    ],
)
def test_a_slip_in_the_files_form_is_told_in_spanish_with_its_cure(file: Path, slip: str, found: str) -> None:
    (fault,) = faults_of(file, slip)
    assert fault.found == found and fault.cure


def test_of_settings_that_cannot_be_read_only_that_is_told(file: Path) -> None:
    # Which rules they name is not known, so that what is said of the shipped ones would mislead.
    file.write_text("[acuse")
    report = check(file, SECRETS)
    assert len(report.faults) == 1 and not report.notices and not report.sums


def test_secrets_that_may_not_be_looked_at_are_not_called_missing(file: Path) -> None:
    (file.parent / "secretos").mkdir()
    # Even root gets no word out of this file.
    (file.parent / "secretos" / "clave_de_firma").symlink_to("/proc/self/mem")
    (fault,) = faults_of(file, environ={})
    assert fault.path == "clave_de_firma" and "runuser -u acuse" in fault.cure
