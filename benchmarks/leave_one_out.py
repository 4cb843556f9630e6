"""How the rules' own examples are classified when each is held out: shares, confusions, the calibration, the misses.

Run from the checkout: `python benchmarks/leave_one_out.py [TEMA…]`; with topics named, only their misses are told.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from daemon.decide.certainty import HeldOut
from daemon.decide.classify import Classifier
from daemon.decide.judgement import Lesson
from daemon.edge.rulefiles import load_rules

RULES = Path(__file__).parents[1] / "rules"
NUMBER_OF_CONFUSIONS = 15


def percent(right: Iterable[bool]) -> str:
    told = list(right)
    return f"{100 * sum(told) / max(1, len(told)):5.1f} % de {len(told)}"


def print_shares(examples: Sequence[HeldOut]) -> None:
    typed = [e for e in examples if e.type]
    print("Ejemplos de las reglas, cada uno juzgado como si no se hubiera aprendido")
    print(f"  tema            {percent(e.topic == e.topic_found for e in examples)}")
    print(f"  tipo            {percent(e.type == e.type_found for e in typed)}")
    asks = percent((e.type == "orientacion") == (e.type_found == "orientacion") for e in typed)
    print(f"  orientación o no{asks}")
    print(f"  decisión        {percent(e.right for e in examples)}  (orientación, o a dónde va)")


def print_confusions(examples: Sequence[HeldOut]) -> None:
    print("\nTipos confundidos (lo dicho → lo hallado)")
    types = Counter((str(e.type), str(e.type_found)) for e in examples if e.type and e.type != e.type_found)
    for (said, found), count in types.most_common(NUMBER_OF_CONFUSIONS):
        print(f"  {count:4d}  {said} → {found}")
    print("\nTemas confundidos")
    topics = Counter((e.topic, e.topic_found or "ninguno") for e in examples if e.topic != e.topic_found)
    for (said, found), count in topics.most_common(NUMBER_OF_CONFUSIONS):
        print(f"  {count:4d}  {said} → {found}")


def print_calibration(calibration: Sequence[tuple[float, float, int]]) -> None:
    print("\nConfianza: desde qué margen, qué parte de las decisiones fue acertada, con cuántos ejemplos")
    for least, share, count in calibration:
        print(f"  {least:8.4f}  {100 * share:5.1f} %  {count:5d}")


def print_flags(flags: Mapping[str, Sequence[tuple[Lesson, bool]]]) -> None:
    print("\nUrgencia y asuntos sensibles: hallados entre sus ejemplos, entre sus casi, entre ejemplos ordinarios")
    for name, held_out in flags.items():
        told = percent(found for lesson, found in held_out if lesson.told)
        near = percent(found for lesson, found in held_out if not lesson.told and not lesson.ordinary)
        ordinary = percent(found for lesson, found in held_out if lesson.ordinary and not lesson.phrased)
        print(f"  {name:28s}{told:>16s}{near:>16s}{ordinary:>18s}")


def print_misses(examples: Sequence[HeldOut], topics: Sequence[str]) -> None:
    for e in examples:
        if {e.topic, e.topic_found} & set(topics) and (e.topic != e.topic_found or e.type not in (None, e.type_found)):
            print(f"\n{e.topic} ({e.type}) → {e.topic_found} ({e.type_found}), margen {e.margin:.3f}\n  {e.text}")


def main(topics: Sequence[str]) -> None:
    rules = load_rules([RULES])
    started = time.perf_counter()
    classifier = Classifier(rules)
    took = time.perf_counter() - started
    print_shares(classifier.held_out)
    print_confusions(classifier.held_out)
    print_calibration(classifier.calibration)
    print_flags(classifier.flags_held_out)
    print_misses(classifier.held_out, topics)
    print(f"\n{len(rules.temas)} temas aprendidos en {took:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
