"""A rule set with 20 different faults in many files is told in 20 lines, each right, in one go."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from daemon.__main__ import main
from daemon.check import check, check_rules
from daemon.cli import app
from daemon.edge.rulefiles import load_rules
from daemon.errors import FileFaults
from daemon.resources import shipped

TOPIC = """\
temas:
  - clave: unidad_movil
    nombre: Unidad móvil
    tipo: orientacion
    destino: cdaod_jdaod
    plantilla: orientacion/unidad_mobil  # ✗ plantilla, que no existe
    umbral: 95  # ✗ umbral, un número hasta 1
    frases:
      - unidad* movil*
      - (camion|caravana movil*  # ✗ frases, paréntesis
    ejemplos:
      - {texto: "cuándo viene la unidad móvil", tipo: orientacion}
      - {texto: "horario de la unidad móvil", tipo: orientasion}  # ✗ tipo, «orientacion»
      - {texto: "qué llevo a la caravana", tipo: orientacion}
      - {texto: "atiende niños la unidad móvil", tipo: orientacion}
      - {texto: "ya no vino la unidad móvil", tipo: gestion}
    casi:
      - {texto: "dónde ponen la vacuna", tema: vacuna}  # ✗ tema, «vacunas»
"""
FILES = {
    "reglas/temas/unidad_movil.yaml": TOPIC,
    "reglas/calendario.yaml": """\
calendario:
  zona: America/Mexico_City
  horario:
    abre: 9  # ✗ abre, 09:00
    cierra: 18:00
  dias_propios:
    - nombre: Jueves Santo
      fecha: 2026-02-30  # ✗ fecha, una fecha que exista
    - nombre: Viernes Santo
      fechs: 2026-04-03  # ✗ fechs, «fecha»
""",
    "reglas/plazos.yaml": """\
plazos:
  segunda_solicitud: {desde: envio, unidad: habil, n: 2, al_vencer: correo, numeral: P a77}  # ✗ unidad, «habiles»
  conclusion_desintere:  # ✗ plazos, «conclusion_desinteres»
    desde: envio
    unidad: habiles
    n: 1
    al_vencer: correo
    numeral: P a78
  aclaracion_sin_plazo: {desde: envio, unidad: habiles, n: 5, al_vencer: nada, numeral: P a65}
  acuse_sin_folio: {desde: recepcion, unidad: habiles, n: 0, al_vencer: correo, numeral: P a80}
  respuesta_cdaod: {desde: interaccion, unidad: habiles, n: 10, al_vencer: tarea, numeral: P a84}
  respuesta_organo_normativo:
    desde: envio
    unidad: habiles
    n: 10
    al_vencer: tarea
    numeral: P a91
    numeral: P a92  # ✗ numeral, por segunda vez
""",
    "reglas/claridad.yaml": """\
claridad:
  numeral: P a65
  frases_vacias: [ayuda]
""",
    "reglas/tipos.yaml": """\
tipos:
  - tipo: queja
    frases: [me quejo]
\t- tipo: gestion  # ✗ renglón, tabulador
""",
    "reglas/topes.yaml": "topes:\n  por_peticion: [6  # ✗ renglón, sin cerrar\n",
    "reglas/consultores.yaml": """\
consultores:
  - correo: uno@imss.gob.mx
    nombre: Uno
    temas: [unidad_movil, semanas_cotizada]  # ✗ temas, «semanas_cotizadas»
    ausencias:
      - {desde: 2026-12-24, hasta: 2026-12-20}  # ✗ ausencias, anterior
  - correo: dos@imss,gob.mx  # ✗ correo, una dirección
    nombre: Dos
""",
    "reglas/carpeta.yaml": "carpetas: {}  # ✗ todo el archivo, «carpetas.yaml»\n",
    "plantillas/orientacion/unidad_movil.md": """\
---
clase: orientacion
anexo: Anexo 29
numeral: P a69
asunto: Orientación
---
Llame al {{ telefono_de_la_oficina }}.{# ✗ texto, variable #}
""",
    "plantillas/ratificacion.md": """\
---
clase: ratificasion  # ✗ clase, «ratificacion»
anexo: Anexo 30
numeral: P a69
asunto: Ratificación
---
Ya se le contestó.
{% if urgente %}{# ✗ texto, cierra #}
Es urgente.
""",
}
MARK = re.compile(r"✗ (.+?), (.+?)(?: #\})?$", re.MULTILINE)
DAY = 2026


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def expected() -> dict[tuple[str, int], tuple[str, str]]:
    """By file and line: what the path of the key holds, and what the fault says."""
    return {
        (name, text.count("\n", 0, mark.start()) + 1): (mark[1], mark[2])
        for name, text in FILES.items()
        for mark in MARK.finditer(text)
    }


def test_twenty_faults_are_told_at_once_each_at_its_line(broken: Path) -> None:
    told = check_rules((shipped("rules"), broken / "reglas"), (shipped("templates"), broken / "plantillas")).faults
    marks = expected()
    assert len(marks) == 20
    found = {(Path(fault.file).relative_to(broken).as_posix(), fault.line): fault for fault in told}
    assert set(found) == set(marks), "\n".join(map(str, told))
    assert len(told) == 20, "\n".join(map(str, told))
    for place, (path, says) in marks.items():
        assert path in found[place].path and says in str(found[place]), str(found[place])
        assert found[place].column


def test_the_command_line_and_the_look_before_the_start_tell_the_same_twenty(
    broken: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [str(broken / "reglas"), str(broken / "plantillas")]
    monkeypatch.setattr("sys.argv", ["acuse", "rules", "check", *folders])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 1
    lines = capsys.readouterr().err.splitlines()
    assert len([line for line in lines if str(broken) in line]) == 20
    assert lines[-1].startswith("20 faltas")
    (broken / "service.toml").write_text('[acuse]\nreglas = ["reglas"]\nplantillas = ["plantillas"]\n')
    told = [fault for fault in check(broken / "service.toml", {}).faults if not fault.file.endswith("service.toml")]
    assert len(told) == 20


def test_what_is_well_is_told_with_sums_and_notices(tmp_path: Path) -> None:
    (tmp_path / "calendario.yaml").write_text(
        "calendario:\n  dias_propios:\n"
        f"    - nombre: Cierre\n      fecha: {DAY}-11-28\n"
        f"    - nombre: Jueves Santo {DAY}\n      fecha: {DAY}-04-02\n"
        f"    - nombre: Jueves Santo {DAY + 1}\n      fecha: {DAY + 1}-03-25\n"
        f"    - nombre: Revolución\n      fecha: {DAY}-11-16\n",
        encoding="utf-8",
    )
    report = CliRunner().invoke(app, ["rules", "check", str(tmp_path)])
    assert report.exit_code == 0
    assert "Todo en orden." in report.output and "temas con" in report.output
    from datetime import date

    notices = "\n".join(check_rules((shipped("rules"), tmp_path), (shipped("templates"),), date(DAY, 11, 22)).notices)
    assert re.search(r"calendario.yaml:3:\d+: «Cierre», sábado 28 de noviembre de 2026, cae en fin de semana", notices)
    assert re.search(r"calendario.yaml:3:\d+: «Cierre» tiene fecha de 2026 y no está en 2027", notices)
    assert re.search(r"calendario.yaml:9:\d+: «Revolución».*ya es día de descanso", notices)
    assert "«Jueves Santo 2026» tiene" not in notices
    assert re.search(r"destinos.yaml:\d+:\d+: \d+ Órganos no tienen enlace", notices)
    assert re.search(r"temas/\w+.yaml:\d+:\d+: \d+ temas de orientación no tienen plantilla", notices)


def test_a_topic_whose_own_examples_are_all_won_by_another_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "temas").mkdir()
    texts = [tema.ejemplos[0].texto for tema in load_rules([shipped("rules")]).temas[:6]]
    examples = "".join(f"      - {{texto: {json.dumps(text)}, tipo: gestion}}\n" for text in texts)
    (tmp_path / "temas" / "repetido.yaml").write_text(
        "temas:\n  - clave: repetido\n    nombre: Repetido\n    tipo: gestion\n    destino: organo_normativo\n"
        f"    ejemplos:\n{examples}",
        encoding="utf-8",
    )
    (fault,) = check_rules((shipped("rules"), tmp_path), (shipped("templates"),)).faults
    assert (Path(fault.file).name, fault.line) == ("repetido.yaml", 6)
    assert "ninguno de los 6 ejemplos de «repetido» se reconoce" in fault.found


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda own: (own / "tema").mkdir() or (own / "tema" / "x.yaml").write_text("temas: []"), "«temas»"),
        (lambda own: (own / "casa.yaml.txt").write_text("casa: {}"), "«casa.yaml»"),
        (lambda own: (own / "cassa.yaml").write_text("casa: {}"), "«casa.yaml»"),
        (lambda own: (own / "casa.yml").write_text("casa: {}"), "«casa.yaml»"),
    ],
)
def test_a_file_of_nearly_the_right_name_is_named(tmp_path: Path, make: Callable[[Path], object], says: str) -> None:
    make(tmp_path)
    (fault,) = check_rules((shipped("rules"), tmp_path), (shipped("templates"),)).faults
    assert says in fault.cure


def test_a_whole_file_of_topics_copied_under_another_name_is_one_slip(tmp_path: Path) -> None:
    (tmp_path / "temas").mkdir()
    (tmp_path / "temas" / "mis_pensiones.yaml").write_text((shipped("rules") / "temas" / "pensiones.yaml").read_text())
    (fault,) = check_rules((shipped("rules"), tmp_path), (shipped("templates"),)).faults
    assert "póngale el mismo nombre" in fault.cure


def test_who_refers_to_a_name_that_is_wrong_itself_is_not_told_as_well(tmp_path: Path) -> None:
    (tmp_path / "temas").mkdir()
    for name in ("indicios.yaml", "casa.yaml", "temas/afiliacion.yaml"):
        text = (shipped("rules") / name).read_text(encoding="utf-8")
        key = "correo: atnder@" if name == "casa.yaml" else "clave: "
        (tmp_path / name).write_text(text.replace(key, f"x{key}", 1), encoding="utf-8")
    told = check_rules((shipped("rules"), tmp_path), (shipped("templates"),)).faults
    assert len(told) == 3, "\n".join(map(str, told))


def test_without_folders_and_without_settings_it_says_what_to_name(tmp_path: Path) -> None:
    from daemon.errors import AcuseError

    result = CliRunner().invoke(app, ["rules", "check", "--ajustes", str(tmp_path / "service.toml")])
    assert isinstance(result.exception, AcuseError) and not isinstance(result.exception, FileFaults)
    assert "acuse rules check CARPETA" in str(result.exception)
