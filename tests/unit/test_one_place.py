"""The table «Where to change what» of the README: each change touches the one place that it names."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon.decide.calendar import OfficeCalendar
from daemon.edge.rulefiles import load_rules
from daemon.edge.templatefiles import load_templates
from daemon.model.decision import Disposition
from daemon.model.petition import Clase
from daemon.model.rules import RuleSet, house
from storage import open_store

ROOT = Path(__file__).parents[2]
RULES, TEMPLATES = ROOT / "rules", ROOT / "templates"


def overlay(folder: Path, name: str, old: str, new: str) -> RuleSet:
    """The rules after one edit of one shipped file, as an admin makes it in a folder of the office's own."""
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    text = (RULES / name).read_text(encoding="utf-8")
    assert old in text
    target.write_text(text.replace(old, new, 1), encoding="utf-8")
    return load_rules([RULES, folder])


def test_every_place_that_the_table_names_exists() -> None:
    table = (ROOT / "README.md").read_text(encoding="utf-8").split("## Where to change what")[1].split("\n## ")[0]
    named = [
        name for row in re.findall(r"^\|.*\|(.*)\|$", table, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)
    ]
    paths = [name for name in named if "/" in name or name.endswith(".toml")]
    assert len(paths) >= 10
    assert all(list(ROOT.glob(name)) for name in paths)


def test_a_topic_is_one_entry_in_a_topic_file(tmp_path: Path) -> None:
    (tmp_path / "temas").mkdir()
    examples = "\n".join(
        f'      - {{texto: "mi duda {n} sobre las becas del deporte", tipo: orientacion}}' for n in range(5)
    )
    (tmp_path / "temas" / "propios.yaml").write_text(
        "temas:\n  - clave: becas_deporte\n    nombre: Becas del deporte\n    tipo: orientacion\n    destino: ninguno\n"
        f"    frases: [becas del deporte]\n    ejemplos:\n{examples}\n",
        encoding="utf-8",
    )
    tema = load_rules([RULES, tmp_path]).tema("becas_deporte")
    assert tema is not None
    assert tema.nombre == "Becas del deporte"


def test_whether_a_class_leaves_by_itself_is_one_line(tmp_path: Path) -> None:
    old = "clase: datos_complementarios\n    disposicion: enviar"
    rules = overlay(tmp_path, "disposiciones.yaml", old, old.replace("enviar", "revisar"))
    assert rules.disposicion(Clase.DATOS_COMPLEMENTARIOS).disposicion is Disposition.REVISAR


def test_a_term_is_one_number(tmp_path: Path) -> None:
    rules = overlay(tmp_path, "plazos.yaml", "n: 2", "n: 4")
    term = OfficeCalendar(rules.calendario).term(
        "x", rules.plazos["segunda_solicitud"], datetime(2025, 10, 13, 16, tzinfo=UTC)
    )
    assert term.due_at.date().isoformat() == "2025-10-18"  # Friday the 17th, 18:00 in Mexico


def test_a_column_of_siade_is_one_word(tmp_path: Path) -> None:
    rules = overlay(tmp_path, "siade.yaml", "folio: [folio siade,", "folio: [número oficial, folio siade,")
    assert rules.siade.columnas.folio[:2] == ("número oficial", "folio siade")


def test_another_areas_terms_are_one_line_of_an_account(tmp_path: Path) -> None:
    name = "      nombre: Atención a Derechohabientes IMSS\n"
    rules = overlay(tmp_path, "casa.yaml", name, f"{name}      area_de_plazos: correspondencia\n")
    espera = rules.espera("atnder@imss.gob.mx", None)
    assert espera is not None
    assert espera.numeral == "P a111–a112"


def test_the_commitments_are_a_file_of_their_own(tmp_path: Path) -> None:
    shutil.copy(ROOT / "docs" / "compromisos_ejemplo.yaml", tmp_path / "compromisos.yaml")
    assert [one.no for one in load_rules([RULES, tmp_path]).compromisos.compromisos] == [1, 2, 3]


def test_a_holiday_is_one_entry(tmp_path: Path) -> None:
    own = "  dias_propios:\n    - nombre: Día de prueba\n      fecha: 2025-10-14\n"
    text = re.sub(
        r"  dias_propios:.*?(?=\n  \S|\Z)", own.rstrip(), (RULES / "calendario.yaml").read_text(), flags=re.DOTALL
    )
    (tmp_path / "calendario.yaml").write_text(text, encoding="utf-8")
    calendar = OfficeCalendar(load_rules([RULES, tmp_path]).calendario)
    assert calendar.why_closed(datetime(2025, 10, 14).date()) == "Día de prueba"  # noqa: DTZ001


def test_an_account_and_a_colleague_are_entries_of_the_house(tmp_path: Path) -> None:
    person = "  personas:\n    - {correo: consultora.uno@imss.gob.mx, nombre: Una Consultora, papel: consultor}\n"
    rules = overlay(tmp_path, "casa.yaml", "  personas: []\n", person)
    assert "consultora.uno@imss.gob.mx" in house(rules).staff


def test_a_wording_is_one_template(tmp_path: Path) -> None:
    shutil.copy(TEMPLATES / "aclaracion.md", tmp_path / "aclaracion.md")
    text = (tmp_path / "aclaracion.md").read_text(encoding="utf-8")
    (tmp_path / "aclaracion.md").write_text(text + "\nUna frase de la oficina.\n", encoding="utf-8")
    found = load_templates([TEMPLATES, tmp_path]).get("aclaracion")
    assert found is not None
    assert "Una frase de la oficina." in found.body


def test_a_folder_name_is_one_line(tmp_path: Path) -> None:
    rules = overlay(tmp_path, "carpetas.yaml", "Respuestas pendientes", "Por responder")
    assert rules.carpetas.pendientes == "Por responder"


@pytest.mark.parametrize("name", ["sensibles.yaml", "urgencia.yaml"])
def test_the_lists_of_delicate_matters_are_files_of_their_own(tmp_path: Path, name: str) -> None:
    text = (RULES / name).read_text(encoding="utf-8")
    (tmp_path / name).write_text(re.sub(r"( +)frases:\n", r"\1frases:\n\1  - frase de prueba unica\n", text, count=1))
    changed, shipped = load_rules([RULES, tmp_path]), load_rules([RULES])
    assert changed.version != shipped.version
    assert "frase de prueba unica" in str(changed.sensibles) + str(changed.urgencia)


def test_the_data_base_is_one_address(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/otra.db")
    store.close()
    assert (tmp_path / "otra.db").is_file()


def test_a_profile_is_called_by_its_name_in_one_place() -> None:
    named = [
        path.relative_to(ROOT / "daemon").as_posix()
        for path in (ROOT / "daemon").rglob("*.py")
        if "imss_digital" in path.read_text(encoding="utf-8")
    ]
    assert sorted(named) == ["model/survival_rules.py"]


def test_a_consular_office_is_one_entry(tmp_path: Path) -> None:
    old = "oficinas_consulares:\n"
    new = old + "  - {clave: paris, ciudad: París, pais: Francia, cuenta: imss_paris@sre.gob.mx}\n"
    oficina = overlay(tmp_path, "oficinas_consulares.yaml", old, new).oficina("imss_paris@sre.gob.mx")
    assert oficina is not None and oficina.nombre == "París, Francia"


def test_a_form_is_a_file_of_its_own(tmp_path: Path) -> None:
    old = (RULES / "formularios" / "solicitud_supervivencia.yaml").read_text(encoding="utf-8")
    (tmp_path / "formularios").mkdir()
    (tmp_path / "formularios" / "solicitud_supervivencia.yaml").write_text(
        old.replace("clave: nss", "clave: numero_nuevo", 1), encoding="utf-8"
    )
    fields = {campo.clave for form in load_rules([RULES, tmp_path]).formularios for campo in form.campos}
    assert "numero_nuevo" in fields and "nss" not in fields


def test_the_words_of_a_refusal_are_one_entry(tmp_path: Path) -> None:
    rules = overlay(tmp_path, "supervivencia.yaml", "texto: Falta el NSS.", "texto: No viene el NSS.")
    assert rules.supervivencia is not None
    assert rules.supervivencia.faltas["nss_falta"].texto == "No viene el NSS."
