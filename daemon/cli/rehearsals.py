"""`acuse explain`, `replay`, `score`, `scenarios`: what would be decided, on files, with nothing sent."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from .base import app

Reglas = Annotated[
    list[Path] | None, typer.Option("--rules", help="Carpeta de reglas que se ponen sobre las de fábrica.")
]
Plantillas = Annotated[
    list[Path] | None, typer.Option("--plantillas", help="Carpeta de plantillas que se ponen sobre las de fábrica.")
]
Folder = Annotated[Path, typer.Argument(help="Carpeta.", metavar="CARPETA")]
JsonLines = Annotated[bool, typer.Option("--json", help="Un objeto JSON por línea.")]


@app.command()
def explain(
    paths: Annotated[list[Path], typer.Argument(help="Archivos .eml o carpetas.", metavar="RUTA")],
    as_json: JsonLines = False,
    buzon: Annotated[str | None, typer.Option(help="Cuenta a la que llegaron.", metavar="CORREO")] = None,
    historial: Annotated[Path | None, typer.Option(help="Carpeta de correos que se leen antes.")] = None,
    rules: Reglas = None,
) -> None:
    """Dice qué se decidiría sobre cada correo y por qué; no hace nada."""
    from ..rehearse.bench import make_bench
    from ..rehearse.explain import explain_all, mails_in
    from ..rehearse.replay import history_of

    bench = make_bench(rules or ())
    files = mails_in(paths)
    stores = history_of(historial, bench) if historial else {}
    for found in explain_all(files, bench, mailbox=buzon, stores=stores):
        typer.echo(json.dumps(found, ensure_ascii=False) if as_json else _told(found))


def _told(found: dict[str, Any]) -> str:
    """An explanation for people: what it is, what follows, and the trail of rules."""
    data = ", ".join(f"{name}: {value}" for name, value in found["data"].items() if value)
    place = found["destination"]["kind"]
    lines = [
        f"{found['file']}  →  {found['buzon']}",
        f"  clase {found['kind']}, tipo {found['type'] or '—'}, tema {found['topic'] or '—'}, destino {place}",
        f"  paso: {found['step']} ({found['disposition']}), confianza {found['confidence']:.2f}",
        f"  datos: {data or '—'}; falta: {', '.join(found['missing']) or 'nada'}",
    ]
    for reason in found["reasons"]:
        mark = "✓" if reason["hit"] else "·"
        lines.append(f"    {mark} {reason['rule']} ({reason['numeral']}): {reason['evidence']}")
    return "\n".join(lines) + "\n"


@app.command()
def replay(
    carpeta: Folder,
    as_json: JsonLines = False,
    rules: Reglas = None,
    against: Annotated[Path | None, typer.Option(help="Otras reglas: muestra lo que harían distinto.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Hasta qué fecha corre el reloj.")] = None,
    approve: Annotated[
        Literal["seguras", "todas", "ninguna"], typer.Option(help="Qué borradores se aprueban solos.")
    ] = "seguras",
    plantillas: Plantillas = None,
) -> None:
    """Repite los correos de una carpeta bajo un reloj virtual que se detiene en cada vencimiento."""
    from ..edge.progress import progress
    from ..rehearse.bench import make_bench
    from ..rehearse.compare import differences
    from ..rehearse.replay import as_lines, replay_folder

    bench = make_bench(rules or (), plantillas or ())
    end = bench.policy.calendar.end_of(until.date()) if until else None
    with progress("Correos repasados", programs=as_json) as tell:
        events = list(replay_folder(carpeta, bench, approve=approve, until=end, tell=tell))
    if against is not None:
        with progress("Correos repasados con las otras reglas", programs=as_json) as tell:
            against_bench = make_bench([against], plantillas or (), like=bench)
            other = list(replay_folder(carpeta, against_bench, approve=approve, until=end, tell=tell))
        found = list(differences(events, other))
        for one in found:
            typer.echo(json.dumps(one, ensure_ascii=False) if as_json else _difference(one))
        if not found and not as_json:
            typer.echo("Sin diferencias.")
        return
    for event, line in zip(events, as_lines(events), strict=True):
        typer.echo(line if as_json else _event(event))


def _event(event: dict[str, Any]) -> str:
    """One event for people; events without a form of their own show their fields."""
    forms = {
        "recibido": "{file} ({kind})",
        "decidido": "{step} ({disposition}), tema {topic}",
        "enviado": "{clase} a {para}: {asunto}",
        "borrador": "{clase} para {para} ({disposicion})",
        "plazo": "{name} hasta {due}",
        "estado": "{from} → {to} ({numeral})",
        "interno": "{clase} a {para}",
    }
    name = event["event"]
    rest = {key: value for key, value in event.items() if key not in ("at", "event", "petition", "state")}
    about = forms[name].format_map(event) if name in forms else ", ".join(f"{k} {v}" for k, v in rest.items())
    return f"{event['at'][:16]}  {event['petition'] or '':16} {name:10} {about}"


def _difference(line: dict[str, Any]) -> str:
    if line["field"] == "texto":
        from ..reply.difference import as_text, changed

        return f"{line['file']}: texto:\n{as_text(changed(line['before'], line['after']))}"
    return f"{line['file']}: {line['field']}: {line['before']} → {line['after']}"


@app.command()
def score(carpeta: Folder, rules: Reglas = None) -> None:
    """Compara lo que se decide con un gold.jsonl: un renglón por campo y cada diferencia con su porqué."""
    from ..edge.progress import progress
    from ..rehearse.bench import make_bench
    from ..rehearse.score import report, score_folder

    with progress("Correos calificados") as tell:
        result = score_folder(carpeta, make_bench(rules or ()), tell)
    for line in report(result):
        typer.echo(line)
    if not result.perfect:
        raise typer.Exit(1)


@app.command()
def scenarios(carpeta: Folder, rules: Reglas = None) -> None:
    """Corre conversaciones con expectativas (scenario.json) y dice cuáles se cumplen."""
    from ..edge.progress import track
    from ..rehearse.bench import make_bench
    from ..rehearse.scenarios import report, run_scenarios

    results = list(track(run_scenarios(carpeta, make_bench(rules or ())), "Conversaciones repasadas"))
    for line in report(results):
        typer.echo(line)
    if any(result.misses for result in results):
        raise typer.Exit(1)
