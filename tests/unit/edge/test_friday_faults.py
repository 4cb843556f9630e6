"""Slips of people who never programmed: each is told once, where they made it, with what mends it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from daemon.check import check_rules
from daemon.edge.rulefiles import read_rules
from daemon.edge.templatefiles import read_templates
from daemon.edge.yamltext import read_yaml
from daemon.resources import shipped

TOPIC = """\
temas:
  - clave: farmacia
    tipo: queja
    persona: derechohabiente
    destino: cdaod_jdaod
    frases:
      - no me surten
      - desabasto
    ejemplos:
      - texto: "no hay insulina"
        tipo: queja
      - texto: "no surten"
        tipo: queja
"""


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("      - desabasto", "        - desabasto", (8, 9), "sigue al texto de arriba"),
        ("      - desabasto", "      • desabasto", (8, 7), "«- »"),
        ("      - desabasto", "      – desabasto", (8, 7), "«- »"),
        ("    tipo: queja\n    persona", "    tipo: queja\n      persona", (4, 7), "sangría"),
        ("    persona:", "persona:", (4, 1), "sangría"),
        ("    persona: derechohabiente", "    persona derechohabiente", (4, 5), "sin sus dos puntos"),
        ("    persona: derechohabiente", "    persona:derechohabiente", (4, 5), "con un espacio"),
        ("    persona: derechohabiente", "    persona:\u00a0derechohabiente", (4, 13), "espacio especial"),
        ("    persona:", "\u00a0\u00a0\u00a0\u00a0persona:", (4, 1), "espacio especial"),
        ("tipo: queja\n    persona", "tipo:\tqueja\n    persona", (3, 10), "ponga un espacio"),
        ("temas:\n", "temas\n\n# de la farmacia\n", (1, 1), "sin sus dos puntos"),
        ("    persona:", "\tpersona:", (4, 1), "sangre con espacios"),
        ("    persona:", "<<<<<<< HEAD\n    persona:", (4, 1), "dos versiones"),
        ('"no hay insulina"', "“no hay: insulina”", (10, 23), "las rectas"),
        ('insulina"', "insulina", (10, 16), "comillas sin cerrar"),
        ('"no hay insulina"', '"no hay "insulina""', (10, 25), "las sencillas"),
        ("      - texto: \"no surten\"", "        texto: \"no surten\"", (12, 9), "su guion"),
        ("temas:\n  - clave: farmacia\n    tipo: queja\n", "    tipo: queja\n  - b: c\n", (2, 3), "menos sangría"),
    ],
)  # fmt: skip
def test_a_slip_is_told_once_in_the_line_where_it_was_made(
    old: str, new: str, place: tuple[int, int], words: str
) -> None:
    assert old in TOPIC
    (fault,) = read_yaml(TOPIC.replace(old, new, 1), "temas.yaml").faults
    assert (fault.line, fault.column) == place, fault
    assert words in str(fault)


def test_an_empty_value_is_told_at_its_key_and_not_where_the_next_thing_stands(tmp_path: Path) -> None:
    (tmp_path / "topes.yaml").write_text("topes:\n\n  # seis\n")
    (fault,) = read_rules([shipped("rules"), tmp_path]).faults
    assert (fault.line, fault.column) == (1, 1)


def test_a_group_pasted_a_second_time_is_one_fault_and_nothing_of_the_first_is_missed(tmp_path: Path) -> None:
    text = (shipped("rules") / "plazos.yaml").read_text()
    (tmp_path / "plazos.yaml").write_text(text + text[text.index("plazos:") : text.index("  conclusion_desinteres:")])
    (fault,) = read_rules([shipped("rules"), tmp_path]).faults
    assert (fault.line, fault.path) == (text.count("\n") + 1, "plazos")


def test_a_template_whose_name_no_mail_has_is_a_notice(tmp_path: Path) -> None:
    (tmp_path / "Aviso_folio.md").write_bytes((shipped("templates") / "aviso_folio.md").read_bytes())
    notices = check_rules([shipped("rules")], [shipped("templates"), tmp_path]).notices
    assert [each for each in notices if "Aviso_folio.md: ningún correo usa" in each and "«aviso_folio»" in each]


def test_a_text_of_several_lines_is_no_fault() -> None:
    text = "nota: Vea el portal\n  https://imss.gob.mx, a más\n  tardar: no\n".replace("tardar: no", "tardar el 5")
    document = read_yaml(text, "casa.yaml")
    assert document.faults == []
    assert document.data == {"nota": "Vea el portal https://imss.gob.mx, a más tardar el 5"}


def test_what_was_surely_meant_is_offered_as_the_cure(tmp_path: Path) -> None:
    own, written = tmp_path / "propias", shipped("rules")
    own.mkdir()

    def change(name: str, *slips: tuple[str, str]) -> None:
        text = (written / name).read_text()
        for right, wrong in slips:
            assert right in text
            text = text.replace(right, wrong, 1)
        (own / name).write_text(text)

    change("calendario.yaml", ("abre: 09:00", "abre: 9.30"), ("cierra: 18:00", "cierra: 6 pm"))
    change(
        "topes.yaml",
        ("por_persona_al_dia: 3", "por_persona_al_dia: 3 correos"),
        ("por_peticion:", "por_petición:"),
        ("por_cuenta_por_hora: 100", "por_cuenta_por_hora: 1,000"),
    )
    change("tipos.yaml", ("peso: 1.6", "peso: 1,6"))
    change("retencion.yaml", ("plazo: 2 años", "plazo: dos años"))
    change("plazos.yaml", ("n: 2", "n: “2”"))
    change(
        "casa.yaml",
        ("correo: atn.contribuyente@", "correo: atn contribuyente@"),
        ("correo: mujer.embarazada@imss.gob.mx", "correo: Mujer <mujer.embarazada@imss.gob.mx>"),
    )
    change("destinos.yaml", ("credito_pensionados", "Crédito pensionados"))
    told = [(Path(fault.file).name, fault.cure or fault.expected) for fault in read_rules([written, own]).faults]
    assert told == [
        ("calendario.yaml", "¿quiso decir 09:30?"),
        ("calendario.yaml", "¿quiso decir 18:00?"),
        ("casa.yaml", "quítele los espacios"),
        ("casa.yaml", "¿quiso decir «mujer.embarazada@imss.gob.mx»?"),
        ("destinos.yaml", "¿quiso decir «credito_pensionados»?"),
        ("plazos.yaml", "quítele las comillas"),
        ("retencion.yaml", "un plazo: «90 días», «18 meses», «5 años» o «nunca»"),
        ("tipos.yaml", "¿quiso decir 1.6? Los decimales van con punto"),
        ("topes.yaml", "escriba solo el número: 3"),
        ("topes.yaml", "¿quiso decir «por_peticion»?"),
        ("topes.yaml", "¿quiso decir 1000?"),
    ]


def test_files_that_would_be_passed_over_or_are_copies_are_told_each_with_its_own_cure(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(shipped("rules"), rules)
    (rules / "topes.yaml").rename(rules / "topes.txt")
    (rules / "plazos.yaml").rename(rules / "plazos.YAML")
    (rules / "casa - copia.yaml").write_bytes((rules / "casa.yaml").read_bytes())
    (rules / "temas/patrones (1).yaml").write_bytes((rules / "temas/patrones.yaml").read_bytes())
    (rules / "temas/pensiones.yaml").rename(rules / "pensiones.yaml")
    (rules / "LEAME.txt").write_text("Notas de la oficina.\n")
    faults = read_rules([shipped("rules"), rules]).faults
    assert [(Path(fault.file).name, fault.cure.partition("muévala")[2] or fault.cure) for fault in faults] == [
        ("casa - copia.yaml", " fuera de la carpeta de reglas"),
        ("pensiones.yaml", "muévalo a la carpeta «temas»"),
        ("plazos.YAML", "guárdelo como texto UTF-8 con el nombre «plazos.yaml»"),
        ("patrones (1).yaml", " fuera de esta carpeta"),
        ("topes.txt", "guárdelo como texto UTF-8 con el nombre «topes.yaml»"),
    ]


HEAD = "---\nclase: aviso_folio\nanexo: ninguno\nnumeral: P 5.15\nasunto: Su folio\n---\n"
BODY = "{{ saludo }}\n\n{% if urgente %}\nLlame.\n{% endif %}\nSu folio es **{{ siade }}**.\n\n{{ firma }}\n"


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("{{ siade }}", "{{ siade", (12, 15), "llaves a medias"),
        ("{{ siade }}", "{ siade }", (12, 15), "escriba {{ siade }}"),
        ("{{ siade }}", '{{ siade or “aún no” }}', (12, 15), "comillas de Word"),
        ("{% endif %}\n", "", (9, 1), "que nadie cierra"),
        ("{{ firma }}", "<<<<<<< HEAD\n{{ firma }}\n=======\nAdiós\n>>>>>>> b", (14, 1), "dos versiones"),
        ("asunto: Su folio", "asunto: “Su folio”", (5, 9), "comillas de Word"),
        ("---\n{{", "{{", (1, 1), "un encabezado que no termina"),
        ("---\nclase", "\n---\nclase", (1, 1), "empieza en la primera línea"),
        (HEAD + BODY, "", (1, 1), "un archivo vacío"),
    ],
)  # fmt: skip
def test_a_slip_in_a_template_is_told_once_where_it_was_made(
    tmp_path: Path, old: str, new: str, place: tuple[int, int], words: str
) -> None:
    assert old in HEAD + BODY
    (tmp_path / "aviso_folio.md").write_text((HEAD + BODY).replace(old, new, 1))
    (fault,) = read_templates([shipped("templates"), tmp_path]).faults
    assert (fault.line, fault.column) == place, fault
    assert words in str(fault)


def test_templates_are_read_with_the_line_ends_of_any_machine_and_not_passed_over_as_text(tmp_path: Path) -> None:
    (tmp_path / "aviso_folio.md").write_bytes((HEAD + BODY).replace("\n", "\r").encode("utf-8-sig"))
    (tmp_path / "orientacion.md.txt").write_text(HEAD + BODY)
    (fault,) = read_templates([shipped("templates"), tmp_path]).faults
    assert "«orientacion.md»" in fault.cure
