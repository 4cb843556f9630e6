"""Rule files: what an admin writes is loaded whole, and every slip is told with its place and its cure."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from daemon.edge.rulefiles import load_rules
from daemon.edge.templatefiles import load_templates
from daemon.edge.yamltext import read_yaml
from daemon.errors import Fault, FileFaults
from daemon.model.rules import house

SHIPPED = Path(__file__).parents[3] / "rules"

TOPIC = """\
temas:
  - clave: {clave}
    nombre: Citas
    tipo: gestion
    destino: cdaod_jdaod
    frases: [cita]
    ejemplos:
      - {{texto: quiero una cita, tipo: gestion}}
      - {{texto: necesito cita, tipo: gestion}}
      - {{texto: como saco cita, tipo: orientacion}}
      - {{texto: me cancelaron la cita, tipo: queja}}
      - {{texto: cita con especialista, tipo: gestion}}
    casi:
      - {{texto: gracias por la cita, tema: {casi}}}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A small folder of rules without a fault."""
    for name in ("casa", "plazos", "calendario", "disposiciones"):
        shutil.copy(SHIPPED / f"{name}.yaml", tmp_path)
    (tmp_path / "tipos.yaml").write_text("tipos:\n  - tipo: queja\n    frases: [me quejo]\n")
    (tmp_path / "sensibles.yaml").write_text("sensibles: []\n")
    (tmp_path / "urgencia.yaml").write_text("urgencia:\n  frases: [urgencias]\n")
    (tmp_path / "claridad.yaml").write_text("claridad: {}\n")
    (tmp_path / "temas").mkdir()
    (tmp_path / "temas" / "citas.yaml").write_text(TOPIC.format(clave="citas", casi="citas"))
    return tmp_path


def faults_of(*dirs: Path) -> tuple[Fault, ...]:
    with pytest.raises(FileFaults) as caught:
        load_rules(dirs)
    return caught.value.faults


def only_fault_of(*dirs: Path) -> Fault:
    faults = faults_of(*dirs)
    assert len(faults) == 1, "\n".join(map(str, faults))
    return faults[0]


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_the_rules_that_ship_have_no_fault() -> None:
    assert len(load_rules([SHIPPED]).temas) >= 40


def test_every_topic_that_ships_has_two_near_misses() -> None:
    assert [tema.clave for tema in load_rules([SHIPPED]).temas if len(tema.casi) < 2] == []


def test_the_same_files_have_the_same_version_and_one_changed_byte_another(rules: Path, tmp_path: Path) -> None:
    before = load_rules([rules]).version
    assert load_rules([rules]).version == before
    edit(rules / "urgencia.yaml", "urgencias", "urgencia ")
    assert load_rules([rules]).version != before


def test_files_that_may_be_left_out_have_defaults(rules: Path) -> None:
    loaded = load_rules([rules])
    assert loaded.topes.por_persona_al_dia == 3
    assert loaded.carpetas.pendientes == "Respuestas pendientes"
    assert loaded.nombres.de_pila == ()


def test_a_file_that_is_missing_is_named_with_what_to_do(rules: Path) -> None:
    (rules / "casa.yaml").unlink()
    fault = only_fault_of(rules)
    assert fault.file.endswith("casa.yaml")
    assert "falta" in fault.found


def test_a_later_folder_replaces_the_file_of_the_same_name_and_keeps_the_rest(rules: Path, tmp_path: Path) -> None:
    own = tmp_path / "propias"
    own.mkdir()
    (own / "topes.yaml").write_text("topes:\n  por_persona_al_dia: 1\n")
    loaded = load_rules([rules, own])
    assert loaded.topes.por_persona_al_dia == 1
    assert loaded.temas[0].clave == "citas"


def test_the_files_of_topics_are_read_as_one_list(rules: Path) -> None:
    (rules / "temas" / "otros.yaml").write_text(TOPIC.format(clave="otro", casi="citas"))
    assert [tema.clave for tema in load_rules([rules]).temas] == ["citas", "otro"]


def test_a_misspelt_key_is_told_with_line_column_path_and_the_right_word(rules: Path) -> None:
    edit(rules / "temas" / "citas.yaml", "destino", "destno")
    unknown = only_fault_of(rules)
    assert (unknown.line, unknown.column, unknown.path) == (5, 5, "temas[0].destno")
    assert unknown.cure == "¿quiso decir «destino»?"


def test_a_misspelt_value_is_told_with_the_words_it_may_be(rules: Path) -> None:
    edit(rules / "plazos.yaml", "unidad: habiles", "unidad: hábiles")
    fault = only_fault_of(rules)
    assert fault.found == "«hábiles»"
    assert fault.expected == "habiles o naturales"
    assert fault.cure == "¿quiso decir «habiles»?"


def test_a_matter_that_counts_an_unknown_clue_is_told_with_the_right_word(rules: Path) -> None:
    (rules / "indicios.yaml").write_text("indicios:\n  - clave: ahora\n    nombre: ahora\n    frases: [hoy]\n")
    (rules / "urgencia.yaml").write_text("urgencia:\n  frases: [urgencias]\n  indicios: [ahor]\n")
    fault = only_fault_of(rules)
    assert (fault.path, fault.found, fault.cure) == ("urgencia.indicios[0]", "«ahor»", "¿quiso decir «ahora»?")


def test_the_faults_of_all_files_are_told_at_once(rules: Path) -> None:
    edit(rules / "plazos.yaml", "n: 2", "n: dos")
    edit(rules / "casa.yaml", "perfil:", "prefil:")
    (rules / "urgencia.yaml").write_text("urgencia:\n  frases: [a\n")
    assert {Path(fault.file).name for fault in faults_of(rules)} == {"plazos.yaml", "casa.yaml", "urgencia.yaml"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("claridad:\n\tpalabras_minimas: 3\n", 2, "tabulador"),
        ("claridad:\n  numeral: P a65: aclaración\n", 2, "dos puntos"),
        ("claridad:\n  frases_vacias: [uno, dos\n", 2, "sin cerrar"),
        ("claridad:\n  numeral: P a65\n  numeral: P a66\n", 3, "por segunda vez (la primera está en la línea 2)"),
        ("claridad: &a\n  frases_vacias: *b\n", 2, "no existe"),
        ("claridad:\n  numeral: 65\n", 2, "el número 65"),
        ("", 1, "vacío"),
    ],
)
def test_a_slip_of_yaml_is_told_in_spanish_with_its_line(rules: Path, text: str, line: int, words: str) -> None:
    (rules / "claridad.yaml").write_text(text)
    fault = only_fault_of(rules)
    assert fault.line == line
    assert words in fault.found


def test_a_file_in_another_encoding_is_told_with_its_line(rules: Path) -> None:
    (rules / "claridad.yaml").write_bytes("claridad:\n  numeral: artículo\n".encode("latin-1"))
    fault = only_fault_of(rules)
    assert fault.line == 2
    assert "UTF-8" in fault.cure


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("fecha: 2026-02-30", "una fecha que exista"),
        ("{mes: 2, dia: 30}", "un día que exista"),
        ("{mes: 9}", "«mes» y «dia»"),
        ("{fecha: 2026-09-15, mes: 9, dia: 15}", "«fecha»"),
    ],
)
def test_a_day_that_does_not_exist_is_a_fault(rules: Path, entry: str, expected: str) -> None:
    body = entry.strip("{}")
    (rules / "calendario.yaml").write_text(f"calendario:\n  dias_propios:\n    - {{nombre: uno, {body}}}\n")
    fault = only_fault_of(rules)
    assert expected in fault.expected
    assert fault.line == 3


def test_hours_that_close_before_they_open_and_unknown_zones_are_faults(rules: Path) -> None:
    (rules / "calendario.yaml").write_text(
        "calendario:\n  zona: America/Ciudad\n  horario: {abre: 18:00, cierra: 09:00}\n"
    )
    assert [fault.line for fault in faults_of(rules)] == [2, 3]


def test_two_topics_of_one_name_are_a_fault_even_in_two_files(rules: Path) -> None:
    shutil.copy(rules / "temas" / "citas.yaml", rules / "temas" / "otros.yaml")
    fault = only_fault_of(rules)
    assert fault.file.endswith("otros.yaml")
    assert "citas.yaml:2" in fault.found


def test_a_near_miss_names_a_topic_that_exists(rules: Path) -> None:
    edit(rules / "temas" / "citas.yaml", "tema: citas", "tema: cita")
    fault = only_fault_of(rules)
    assert fault.path == "temas[0].casi[0].tema"
    assert fault.cure == "¿quiso decir «citas»?"


def test_a_term_that_the_procedure_needs_is_missed(rules: Path) -> None:
    edit(rules / "plazos.yaml", "segunda_solicitud:", "segunda_solicitu:")
    fault = only_fault_of(rules)
    assert fault.path == "plazos.segunda_solicitu"
    assert fault.cure == "¿quiso decir «segunda_solicitud»?"


def test_copies_count_at_one_of_our_own_accounts(rules: Path) -> None:
    edit(rules / "casa.yaml", "cuenta_a: atnder@", "cuenta_a: atendr@")
    fault = only_fault_of(rules)
    assert fault.path == "casa.cuentas[0].cuenta_a"
    assert fault.cure == "¿quiso decir «atnder@imss.gob.mx»?"


def test_one_account_or_one_clase_told_twice_is_a_fault(rules: Path) -> None:
    edit(rules / "casa.yaml", "correo: mujer.embarazada@", "correo: atnder@")
    edit(rules / "disposiciones.yaml", "clase: orientacion", "clase: aclaracion")
    assert [fault.path for fault in faults_of(rules)] == ["casa.cuentas[2].correo", "disposiciones[3].clase"]


def test_a_file_that_is_no_rule_file_is_told_and_editor_leftovers_are_not(rules: Path) -> None:
    (rules / ".#casa.yaml").write_text("x")
    (rules / "plazos.yaml~").write_text("x")
    (rules / "tope.yaml").write_text("topes: {}")
    fault = only_fault_of(rules)
    assert fault.cure == "¿quiso decir «topes.yaml»?"


def test_a_folder_that_does_not_exist_is_told(rules: Path) -> None:
    fault = only_fault_of(rules, rules / "nada")
    assert fault.file.endswith("nada")


def test_the_house_knows_our_accounts_our_people_and_where_copies_count(rules: Path) -> None:
    edit(
        rules / "casa.yaml",
        "personas: []",
        "personas:\n    - {correo: Uno@imss.gob.mx, nombre: Uno, papel: consultor}\n"
        "    - {correo: dos@imss.gob.mx, nombre: Dos, papel: enlace}",
    )
    accounts = house(load_rules([rules]))
    assert "mujer.embarazada@imss.gob.mx" in accounts.own
    counting = {"atnder@imss.gob.mx", "atn.contribuyente@imss.gob.mx", "pensionistas.sre@imss.gob.mx"}
    assert accounts.counting == counting
    assert accounts.staff == {"uno@imss.gob.mx"}
    assert accounts.enlaces == {"dos@imss.gob.mx"}
    assert accounts.authserv == {"mx1.imss.gob.mx"}


@pytest.mark.parametrize(("word", "meant"), [("sí", True), ("si", True), ("true", True), ("no", False)])
def test_yes_and_no_are_written_as_people_write_them(rules: Path, word: str, meant: bool) -> None:
    (rules / "carpetas.yaml").write_text(f"carpetas:\n  por_consultor: {word}\n", encoding="utf-8")
    assert load_rules([rules]).carpetas.por_consultor is meant


def test_what_is_neither_yes_nor_no_is_told(rules: Path) -> None:
    (rules / "carpetas.yaml").write_text("carpetas:\n  por_consultor: quizá\n", encoding="utf-8")
    assert only_fault_of(rules).expected == "sí o no"


def test_what_leaves_by_itself_cannot_pass_the_supervisor(rules: Path) -> None:
    edit(rules / "disposiciones.yaml", "    disposicion: enviar\n", "    disposicion: enviar\n    supervisa: sí\n")
    assert "revisar" in only_fault_of(rules).expected


def test_folders_of_review_that_could_not_be_told_apart_are_a_fault(rules: Path) -> None:
    (rules / "carpetas.yaml").write_text("carpetas:\n  por_supervisar: aprobadas\n", encoding="utf-8")
    assert "un nombre distinto" in only_fault_of(rules).expected


def test_references_that_multiply_are_a_fault_and_exhaust_nothing() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (fault,) = read_yaml("\n".join(lines), "topes.yaml").faults
    assert "se multiplican" in fault.found


def test_a_pipe_or_a_file_beyond_measure_is_a_fault_and_holds_nothing_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "plazos.yaml")
    with (tmp_path / "casa.yaml").open("wb") as file:
        file.truncate(6_000_000)
    with pytest.raises(FileFaults) as told:
        load_rules([SHIPPED, tmp_path])
    found = {Path(fault.file).name: fault.found for fault in told.value.faults}
    assert found["casa.yaml"] == "6 MB"
    assert found["plazos.yaml"] == "algo que no es un archivo"


def test_a_template_beyond_measure_is_a_fault(tmp_path: Path) -> None:
    with (tmp_path / "base.html").open("wb") as file:
        file.truncate(6_000_000)
    with pytest.raises(FileFaults) as told:
        load_templates([SHIPPED.parent / "templates", tmp_path])
    assert ("base.html", "6 MB") in [(Path(fault.file).name, fault.found) for fault in told.value.faults]
