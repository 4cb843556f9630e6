"""`acuse rules test`: the rules' own examples say whether a topic works and whether it hurt others."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from daemon.cli import app
from daemon.edge.rulefiles import read_rules
from daemon.rehearse.examples import Sum, run_examples
from daemon.resources import shipped

GOOD = (
    "cuándo viene el camión de mamografías a la ranchería",
    "horario del camión de mamografías",
    "qué piden en el camión de mamografías",
    "el camión de mamografías ya no vino al ejido",
    "en el camión de mamografías atienden sin cita",
)


def topic(folder: Path, texts: tuple[str, ...], phrases: str = "[]") -> Path:
    (folder / "temas").mkdir()
    examples = "".join(f"      - {{texto: {json.dumps(text)}, tipo: orientacion}}\n" for text in texts)
    (folder / "temas" / "camion.yaml").write_text(
        "temas:\n  - clave: camion\n    nombre: Camión\n    tipo: orientacion\n    destino: cdaod_jdaod\n"
        f"    frases: {phrases}\n    ejemplos:\n{examples}",
        encoding="utf-8",
    )
    return folder


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["rules", "test", *words])


def test_the_shipped_rules_recognise_their_own() -> None:
    files = read_rules([shipped("rules")])
    assert files.rules is not None
    outcome = run_examples(files.rules, files.documents)
    assert not outcome.failing and not outcome.without
    assert sum(each.examples for each in outcome.topics) == sum(len(tema.ejemplos) for tema in files.rules.temas)
    assert {each.name for each in outcome.matters} >= {"urgencia", "riesgo_de_vida"}
    for miss in outcome.unlearned[:20]:
        file, _, line = miss.place.rpartition(":")
        first = miss.text.split()[0]
        # A folded text begins on the line below its key.
        assert any(first in text for text in Path(file).read_text("utf-8").split("\n")[int(line) - 1 : int(line) + 1])


def test_a_new_topic_that_works_is_told_first_and_a_matter_without_example_is_a_warning(tmp_path: Path) -> None:
    text = "sensibles:\n  - {clave: robo, nombre: Robo, numeral: P 5.22, frases: [me robaron]}\n"
    (tmp_path / "sensibles.yaml").write_text(text, encoding="utf-8")
    result = run(str(topic(tmp_path, GOOD, "[camion de mamografias]")))
    assert result.exit_code == 0, result.output
    assert f"aviso: {tmp_path / 'sensibles.yaml'}:2: «robo» no tiene ejemplos" in result.output
    line = next(line for line in result.output.split("\n") if line.startswith("camion "))
    assert line.split() == ["camion", "5", "5", "5"]


def test_a_new_topic_made_of_others_words_fails_and_each_miss_is_told_with_place_and_words(tmp_path: Path) -> None:
    files = read_rules([shipped("rules")])
    assert files.rules is not None
    texts = tuple(tema.ejemplos[0].texto for tema in files.rules.temas[:6])
    result = run(str(topic(tmp_path, texts)))
    assert result.exit_code == 1
    assert f"{tmp_path / 'temas' / 'camion.yaml'}:8: «" in result.output
    assert "se esperaba camion; resultó semanas_cotizadas — Semanas cotizadas" in result.output
    assert "No bastan sus ejemplos o sus frases: camion." in result.output


def test_the_bars_are_three_quarters_learned_and_a_quarter_not() -> None:
    assert Sum("uno", "", examples=8, learned=6, unlearned=2).works
    assert not Sum("uno", "", examples=8, learned=5, unlearned=2).works
    assert not Sum("uno", "", examples=8, learned=8, unlearned=1).works
    assert not Sum("urgencia", "", matter=True, examples=8, unlearned=5).works
