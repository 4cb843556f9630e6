"""Template files are checked whole before they take effect: every fault at once, each with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.edge.templatefiles import load_templates
from daemon.errors import FileFaults, TemplateFailed
from daemon.model.petition import Clase
from daemon.model.templates import Template
from daemon.reply import render

HEAD = "---\nclase: aclaracion\nanexo: Anexo 28\nnumeral: P a65\nasunto: Hola {{ nombre }}\n---\n"
LAYOUT = "<html>{{ cuerpo }}</html>"
SHIPPED = Path(__file__).resolve().parents[3] / "templates"


def folder(path: Path, **files: str) -> Path:
    """A folder of templates; `a__b` stands for a/b."""
    files.setdefault("base", LAYOUT)
    for name, text in files.items():
        file = path / f"{name.replace('__', '/')}{'.html' if name == 'base' else '.md'}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return path


def faults_of(*dirs: Path) -> list[str]:
    with pytest.raises(FileFaults) as caught:
        load_templates(dirs)
    return [str(fault) for fault in caught.value.faults]


def test_the_shipped_templates_are_without_fault_and_name_their_annex() -> None:
    shipped = load_templates([SHIPPED])
    assert {"aclaracion", "datos_complementarios", "datos_complementarios_2", "conclusion_desinteres", "orientacion",
            "ficha", "acuse_cdaod", "ratificacion"} <= set(shipped.templates)  # fmt: skip
    for template in shipped.templates.values():
        assert template.anexo
        assert template.numeral
        assert Path(template.file).is_file()
    assert len(shipped.version) == 12


def test_a_template_is_read_with_its_facts(tmp_path: Path) -> None:
    one = "  - dice: Son 11 números\n    fuente: C\n    verificada: si\n"
    facts = f"hechos:\n{one}{one.replace(': si', ': no')}"
    head = HEAD.replace("asunto:", f"{facts}asunto:")
    template = load_templates([folder(tmp_path, orientacion__nss=f"{head}\nHola\n")]).templates["orientacion/nss"]
    assert template.clase is Clase.ACLARACION
    assert template.asunto == "Hola {{ nombre }}"
    assert template.body == "Hola\n"
    assert [fact.verificada for fact in template.hechos] == [True, False]


def test_every_fault_is_reported_at_once_with_its_line(tmp_path: Path) -> None:
    found = faults_of(
        folder(
            tmp_path,
            clase=HEAD.replace("aclaracion", "carta") + "Hola",
            clave=HEAD.replace("anexo:", "anexos:") + "Hola",
            jinja=HEAD + "\n\nHola\n{% if nombre %}\n",
            variable=HEAD + "\nHola\n\n{{ nombres }} {{ apellido }}\n",
            filtro=HEAD + "{{ nombre | grita }}",
            incluye=HEAD + "{% include 'otra' %}",
            vacia=HEAD + "\n  \n",
            suelta="Hola, sin encabezado",
            asunto=HEAD.replace("nombre", "apodo") + "Hola",
            base="<html>{{ cuerpos }}</html>",
        )
    )
    assert len(found) == 12

    def fault(file: str, text: str) -> str:
        return next(line for line in found if f"/{file}.md:" in line and text in line)

    assert ":2:" in fault("clase", "clase")
    assert fault("clave", "anexos")
    assert ":10:" in fault("jinja", "Jinja2")
    assert ":10:" in fault("variable", "«apellido»")
    assert "¿quiso decir «nombre»?" in fault("variable", "«nombres»")
    assert ":7:" in fault("filtro", "grita")
    assert ":7:" in fault("incluye", "otra plantilla")
    assert fault("vacia", "el texto del correo")
    assert ":1:" in fault("suelta", "encabezado")
    assert ":5:" in fault("asunto", "«apodo»")
    assert sum("base.html" in line for line in found) == 2


def test_a_line_of_tags_leaves_the_numbers_of_the_lines_below_right(tmp_path: Path) -> None:
    body = "{% if nombre %}\n{% endif %}\n\nHola\n{{ apellido }}\n"
    assert ":11:" in faults_of(folder(tmp_path, x=HEAD + body))[0]


def test_a_ficha_and_a_letter_offer_different_variables(tmp_path: Path) -> None:
    found = faults_of(folder(tmp_path, carta=HEAD + "{{ original }}"))
    assert "«original»" in found[0]
    ficha = HEAD.replace("aclaracion", "ficha").replace("{{ nombre }}", "x") + "{{ original }}"
    assert load_templates([folder(tmp_path, carta=ficha)]).templates["carta"].clase is Clase.FICHA


def test_a_later_folder_replaces_files_of_the_same_name(tmp_path: Path) -> None:
    first = folder(tmp_path / "a", uno=HEAD + "primero", dos=HEAD + "segundo")
    second = folder(tmp_path / "b", uno=HEAD + "propio", base="<b>{{ cuerpo }}</b>")
    both = load_templates([first, second])
    assert both.templates["uno"].body == "propio\n"
    assert both.templates["dos"].body == "segundo\n"
    assert both.layout_html == "<b>{{ cuerpo }}</b>"
    assert both.version != load_templates([first]).version
    assert both.version == load_templates([first, second]).version


def test_a_missing_folder_or_layout_and_bytes_that_are_no_text_are_faults(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.md").write_bytes(b"---\nclase: \xe1\n")
    found = faults_of(tmp_path / "a", tmp_path / "no_existe")
    assert any("0xe1" in line and ":2:" in line for line in found)
    assert any("no_existe" in line and "carpeta" in line for line in found)
    assert any("base.html" in line for line in found)


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'a' * 9000000000 }}",
        "{{ 9 ** 9 ** 9 ** 9 }}",
        "{{ '%9000000000d' % 3 }}",
        "{{ '{:9000000000}'.format('a') }}",
        "{{ nombre.ljust(9000000000) }}",
        "{{ nombre | center(9000000000) }}",
        "{{ nombre | indent(9000000000) }}",
        "{{ ''.__class__ }}",
        "{{ ''['__class__'] }}",
        "{{ nombre | attr('__class__') }}",
    ],
)
def test_what_could_fill_the_memory_or_reach_into_the_service_is_a_fault_of_its_line(tmp_path: Path, text: str) -> None:
    (found,) = faults_of(folder(tmp_path, programa=f"{HEAD}Hola\n{text}\n"))
    assert "/programa.md:8:" in found


def test_a_text_without_end_fails_as_a_template_does_and_names_its_line() -> None:
    text = "Hola\n\n{% macro otra() %}{{ otra() }}{% endmacro %}\n{{ otra() }}\n"
    template = Template("sin_fin", Clase.ACLARACION, "a", "P 1", "Hola", text, (), "sin_fin.md")
    with pytest.raises(TemplateFailed, match=r"sin_fin\.md, renglón 3"):
        render.body(template, {})
