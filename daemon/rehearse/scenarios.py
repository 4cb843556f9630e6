"""`acuse scenarios`: runs conversations with expectations (scenario.json) and tells, step by step, what was not met."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import AcuseError
from ..model.petition import Petition
from .bench import Bench
from .replay import Replay, label_of, load_scenario, replay_scenario

_ASKS = {"name": "nombre", "email": "contacto", "phone": "contacto", "contact": "contacto"}
_DATA = {"name": "nombre", "phone": "telefono", "email": "correo"} | {
    name: name for name in ("nombre", "nss", "telefono", "correo", "curp", "rfc", "folio")
}
_PROSE = {"note", "siade", "never"}
_DESTINATION = {
    "none": "ninguno",
    "CDAOD-JDAOD": "cdaod_jdaod",
    "órgano normativo": "organo_normativo",
    "OIC-SNTSS": "oic_sntss",
}


@dataclass(slots=True)
class Result:
    """One scenario: its name and every expectation that was not met, with why the daemon decided so."""

    name: str
    misses: list[str] = field(default_factory=list)
    checks: int = 0


@dataclass(slots=True)
class _Checker:
    """Checks one scenario, whose names A, B … for petitions the replay keeps."""

    result: Result
    replay: Replay
    events: list[dict[str, Any]] = field(default_factory=list)
    step: str = ""
    petition: Petition | None = None

    @property
    def labels(self) -> dict[str, str]:
        return self.replay.labels

    def check(self, step: dict[str, Any], begin: int) -> None:
        self.step = f"paso {step.get('n')}"
        self.events = self.replay.events[begin:]
        expect = step.get("expect") or {}
        self.petition = self._petition(step)
        for key, wanted in expect.items():
            if key in _PROSE or key in ("petition", "petition_any_of"):
                continue
            self._one(key, wanted)

    def _petition(self, step: dict[str, Any]) -> Petition | None:
        """The petition that the step speaks of; where it may be an old or a new one, the new one if there is one."""
        folio = self.labels.get(label_of(step))
        if "petition_any_of" in (step.get("expect") or {}):
            folio = next(iter(self._opened(self.events)), folio)
        return self.replay.store.petition(folio) if folio else None

    def _opened(self, events: list[dict[str, Any]]) -> list[str]:
        return [str(e["petition"]) for e in events if e["event"] == "estado" and e["from"] == "nueva"]

    def _one(self, key: str, wanted: Any) -> None:
        method: Callable[[Any], None] | None = getattr(self, f"_on_{key}", None)
        if method is None:
            raise AcuseError(f"expectativa desconocida: {key}", where=f"{self.result.name}, {self.step}")
        self.result.checks += 1
        method(wanted)

    def miss(self, what: str, expected: object, came: object) -> None:
        why = self._why()
        self.result.misses.append(f"{self.step}: {what}: se esperaba {expected}; resultó {came}{why}")

    def _why(self) -> str:
        decided = [e for e in self.replay.events if e["event"] == "decidido"]
        hits = [r for e in decided[-1:] for r in e["reasons"] if r["hit"] and r["rule"].startswith(("paso", "guarda"))]
        return " — " + "; ".join(f"{r['rule']}: {r['evidence']}" for r in hits) if hits else ""

    def _same(self, what: str, expected: object, came: object) -> None:
        if expected != came:
            self.miss(what, expected, came)

    # --- one method an expectation ------------------------------------------------------------------------------

    def _on_state(self, wanted: str) -> None:
        self._same("estado", wanted, self.petition.state.value if self.petition else None)

    def _on_state_any_of(self, wanted: list[str]) -> None:
        came = self.petition.state.value if self.petition else None
        if came not in wanted:
            self.miss("estado", " o ".join(wanted), came)

    def _sent(self) -> list[dict[str, Any]]:
        return [e for e in self.events if e["event"] == "enviado"]

    def _on_outbound(self, wanted: list[dict[str, Any]]) -> None:
        sent = self._sent()
        if [m["clase"] for m in sent] != [w["kind"] for w in wanted]:
            self.miss("correos", [w["kind"] for w in wanted], [m["clase"] for m in sent])
            return
        for mail, want in zip(sent, wanted, strict=True):
            self._mail(mail, want)

    def _mail(self, mail: dict[str, Any], want: dict[str, Any]) -> None:
        for key, value in want.items():
            match key:
                case "kind":
                    continue
                case "n":
                    self._same("número de correo", value, mail["n"])
                case "to":
                    self._same("destinatario", value, mail["para"])
                case "asks_for":
                    self._same("pide", {_ASKS.get(name, name) for name in value}, set(mail["pide"]))
                case "must_not_ask_for":
                    over = {_ASKS.get(name, name) for name in value} & set(mail["pide"])
                    self._same("pide de más", set(), over)
                case "must_contain":
                    text = _plain(f"{mail['asunto']} {mail['texto']}")
                    self._same("contiene", [], [word for word in value if _plain(word) not in text])
                case "must_not_contain":
                    text = _plain(f"{mail['asunto']} {mail['texto']}")
                    self._same("no contiene", [], [word for word in value if _plain(word) in text])
                case "on":
                    self._same("fecha", value, str(mail["at"])[:10])
                case "bcc_any_of":
                    if mail["conteo"] not in value:
                        self.miss("copia oculta", value, mail["conteo"])
                case _:
                    raise AcuseError(f"expectativa desconocida en outbound: {key}", where=self.result.name)

    def _on_outbound_any(self, wanted: list[dict[str, Any]]) -> None:
        kinds = {w["kind"] if isinstance(w, dict) else w for w in wanted}
        if not any(m["clase"] in kinds for m in self._sent()):
            self.miss("algún correo de", kinds, [m["clase"] for m in self._sent()])

    def _on_outbound_allowed(self, wanted: list[str]) -> None:
        over = [m["clase"] for m in self._sent() if m["clase"] not in _kinds(wanted)]
        self._same("correos no permitidos", [], over)

    def _on_outbound_kinds_forbidden(self, wanted: list[str]) -> None:
        over = [m["clase"] for m in self._sent() if m["clase"] in wanted]
        self._same("correos prohibidos", [], over)

    def _on_outbound_total_max(self, wanted: int) -> None:
        if len(self.replay.sent) > wanted:
            self.miss("correos en total", f"≤ {wanted}", len(self.replay.sent))

    def _on_outbound_total(self, wanted: int) -> None:
        self._same("correos en total", wanted, len(self.replay.sent))

    def _on_petitions_total(self, wanted: int) -> None:
        self._same("peticiones", wanted, len(self.replay.store.petitions()))

    def _on_petitions_total_max(self, wanted: int) -> None:
        if len(self.replay.store.petitions()) > wanted:
            self.miss("peticiones", f"≤ {wanted}", len(self.replay.store.petitions()))

    def _on_collected(self, wanted: dict[str, str]) -> None:
        for name, value in wanted.items():
            if name not in _DATA:
                raise AcuseError(f"dato desconocido: {name}", where=f"{self.result.name}, {self.step}")
            came = getattr(self.petition.data, _DATA[name]) if self.petition else None
            self._same(f"dato {name}", value, came)

    def _on_conflict(self, wanted: object) -> None:
        decided = [e for e in self.events if e["event"] == "decidido"]
        found = any("coincide" in r["evidence"] for e in decided for r in e["reasons"] if r["hit"])
        self._same("conflicto", bool(wanted), found)

    def _on_must_not_mix(self, wanted: list[str]) -> None:
        mine = {self.petition.data.nss} if self.petition else set()
        for mail in self._sent():
            over = [nss for nss in wanted if nss in mail["texto"] and nss not in mine]
            self._same("datos de otra persona en el correo", [], over)

    def _on_destination(self, wanted: str) -> None:
        self._same("destino", _DESTINATION.get(wanted, wanted), self.petition.destination if self.petition else None)

    def _on_urgent(self, wanted: bool) -> None:
        self._same("urgente", wanted, self.petition.urgent if self.petition else None)

    def _on_deadline_second_request(self, wanted: str) -> None:
        self._deadline("segunda_solicitud", wanted)

    def _on_deadline_conclusion(self, wanted: str) -> None:
        self._deadline("conclusion_desinteres", wanted)

    def _deadline(self, name: str, wanted: str) -> None:
        terms = [e for e in self.replay.events if e["event"] == "plazo" and e["name"] == name]
        mine = [str(e["due"])[:10] for e in terms if self.petition and e["petition"] == self.petition.folio]
        self._same(f"plazo {name}", wanted, mine[-1] if mine else None)

    def _on_consultor(self, wanted: str) -> None:
        self._same("consultor", wanted, "asignado" if self.petition and self.petition.consultor else None)

    def _on_assigned_to(self, wanted: str) -> None:
        self._same("asignada a", wanted, self.petition.consultor if self.petition else None)

    def _on_same_consultor_as(self, wanted: str) -> None:
        other = self.replay.store.petition(self.labels[wanted]) if wanted in self.labels else None
        self._same(
            "mismo consultor", other.consultor if other else None, self.petition.consultor if self.petition else ""
        )

    def _on_antecedente(self, wanted: Any) -> None:
        """A label, our reference or SIADE's folio: it is linked, or the trail names it. True asks for any."""
        linked = self.petition.antecedentes if self.petition else ()
        if isinstance(wanted, bool):
            self._same("antecedente", wanted, bool(linked))
            return
        folio = self.labels.get(str(wanted), str(wanted))
        if folio not in linked and not self._told(folio):
            self.miss("antecedente", wanted, linked or "ninguno")

    def _on_linked_as(self, wanted: str) -> None:
        """The mail joined the petition that was there, and opened none."""
        came = {e["petition"] for e in self.events if e["event"] == "decidido"}
        mine = self.petition.folio if self.petition else None
        if self._opened(self.events) or came != {mine}:
            self.miss("ligada como", wanted, came or "sin decidir")

    def _on_outgoing_linked_to(self, wanted: str) -> None:
        counted = [e["petition"] for e in self.events if e["event"] == "contado"]
        if self.labels.get(wanted) not in counted:
            self.miss("correo del consultor ligado a", wanted, counted)

    def _on_counted_outgoing(self, wanted: int) -> None:
        self._same("copias contadas", wanted, sum(e["event"] == "contado" for e in self.events))

    def _on_counted_outgoing_min(self, wanted: int) -> None:
        if (came := sum(e["event"] == "contado" for e in self.events)) < wanted:
            self.miss("copias contadas", f"≥ {wanted}", came)

    def _on_petitioner_email(self, wanted: str) -> None:
        self._same("correo de la persona", wanted, self.petition.petitioner if self.petition else None)

    def _on_contact_email_valid(self, wanted: bool) -> None:
        self._same("correo utilizable", wanted, bool(self.petition and self.petition.data.correo))

    def _on_staff_notified(self, wanted: bool) -> None:
        self._same("se avisó al personal", wanted, any(e["event"] == "interno" for e in self.events))

    def _on_quarantined(self, wanted: object) -> None:
        self._same("cuarentena", bool(wanted), any(e["event"] == "cuarentena" for e in self.events))

    def _on_flag(self, wanted: Any) -> None:
        for word in [wanted] if isinstance(wanted, str) else wanted:
            if not self._told(str(word)):
                self.miss("señal", word, "no está en la historia, ni en lo decidido, ni en un aviso")

    def _on_siade_records_total(self, wanted: int) -> None:
        records = [e for e in self.replay.events if e["event"] == "siade" and e.get("clase") == "registro"]
        self._same("registros en SIADE", wanted, len(records))

    def _on_lost_messages(self, wanted: int) -> None:
        lost = sum(e["event"] == "error" and "file" in e for e in self.replay.events)
        self._same("mensajes perdidos", wanted, lost)

    def _told(self, wanted: str) -> bool:
        """Whether somebody who reads the petition's story, its decisions or a notice meets these words."""
        folio = self.petition.folio if self.petition else None
        words = [entry.text for entry in (self.replay.store.story(folio) if folio else ())]
        for event in self.replay.events:
            if event["event"] == "decidido" and event["petition"] == folio:
                words += [f"{r['rule']} {r['evidence']}" for r in event["reasons"] if r["hit"]]
            elif event["event"] in ("interno", "alarma", "cuarentena") and event["petition"] in (folio, None):
                words.append(" ".join(str(value) for value in event.values()))
        wanted = _plain(wanted.replace("_", " "))
        return any(wanted in _plain(text.replace("_", " ")) for text in words)

    def final(self, wanted: dict[str, Any]) -> None:
        """What must hold at the end: states by label, and totals."""
        self.step = "al final"
        for key, value in wanted.items():
            if key in _PROSE:
                continue
            if re.fullmatch(r"[A-Z]", key):
                self.petition = self.replay.store.petition(self.labels.get(key, ""))
                self._on_state_any_of(value if isinstance(value, list) else [value])
            else:
                self.petition = self.replay.store.petition(self.labels.get("A", ""))
                self._one(key, value)


def run_scenarios(folder: Path, bench: Bench) -> Iterator[Result]:
    """Run every scenario below `folder`, in name order."""
    found = sorted(folder.rglob("scenario.json"))
    if not found:
        raise AcuseError("no hay ningún scenario.json", where=str(folder), cure="indique una carpeta de conversaciones")
    for path in found:
        yield run_scenario(path.parent, bench)


def run_scenario(folder: Path, bench: Bench) -> Result:
    """Run one scenario and check each step and the end."""
    scenario = load_scenario(folder / "scenario.json")
    result = Result(str(scenario.get("id", folder.name)))
    checker: _Checker | None = None
    try:
        for step, replay, begin in replay_scenario(folder, scenario, bench):
            if checker is None:
                checker = _Checker(result, replay)
                result.misses += [
                    f"guion: {e['detalle']}" for e in replay.events if e["event"] == "error" and "file" not in e
                ]
            checker.check(step, begin)
        if checker is not None:
            checker.final(scenario.get("final", {}))
    except AcuseError as problem:
        result.misses.append(f"no se pudo seguir: {problem}")
    return result


def report(results: list[Result]) -> Iterator[str]:
    """A line for each scenario, a total, then every miss."""
    for result in results:
        mark = "✓" if not result.misses else "✗"
        yield f"{mark} {result.name:40} {result.checks - len(result.misses):3}/{result.checks} expectativas"
    yield f"{sum(not r.misses for r in results)}/{len(results)} conversaciones cumplen"
    for result in results:
        for miss in result.misses:
            yield f"✗ {result.name}, {miss}"


def _kinds(wanted: list[Any]) -> set[str]:
    return {str(w["kind"]) if isinstance(w, dict) else str(w) for w in wanted}


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
