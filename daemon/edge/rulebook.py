"""Rules and templates together, as admins write them: every fault of both at once, and what is worth knowing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from daemon.decide.assignment import supervisors
from daemon.decide.calendar import OfficeCalendar
from daemon.decide.examples import examples_of
from daemon.decide.places import plain
from daemon.decide.topics import Topics, best
from daemon.edge.ruledocuments import topics_of
from daemon.edge.rulefiles import RuleFiles, read_rules
from daemon.edge.templatefiles import TemplateFiles, read_templates
from daemon.edge.yamltext import Document
from daemon.errors import Fault
from daemon.findings import Finding, nearest
from daemon.findings import Path as KeyPath
from daemon.model.dates import long_day
from daemon.model.petition import Type
from daemon.model.rules import DiaPropio, RuleSet
from daemon.model.templates import TemplateSet
from daemon.resources import shipped

_SOME = 5  # so many of a long list are named


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Everything that admins write, read whole; `rules` and `templates` are None where their files have a fault."""

    files: RuleFiles
    texts: TemplateFiles
    faults: tuple[Fault, ...]

    @property
    def rules(self) -> RuleSet | None:
        return self.files.rules

    @property
    def templates(self) -> TemplateSet | None:
        return self.texts.templates

    def sums(self) -> list[str]:
        """How much was read, and its versions."""
        found = []
        if self.rules:
            examples = sum(len(tema.ejemplos) for tema in self.rules.temas)
            found.append(f"reglas {self.rules.version}: {len(self.rules.temas)} temas con {examples} ejemplos")
        if self.templates:
            found.append(f"plantillas {self.templates.version}: {len(self.templates.templates)}")
        return found


def read_rulebook(rule_dirs: Sequence[Path], template_dirs: Sequence[Path]) -> Rulebook:
    """The rules and templates of these folders with the faults of each and those between them; never raises for what
    a person wrote."""
    files, texts = read_rules(rule_dirs), read_templates(template_dirs)
    return Rulebook(files, texts, (*files.faults, *texts.faults, *_without_template(files, texts)))


def _without_template(files: RuleFiles, texts: TemplateFiles) -> Iterator[Fault]:
    """Topics whose template does not exist, and destinations whose own form (P 5.27) does not."""
    for document in topics_of(files.documents):
        for path, topic in document.groups("temas"):
            name = topic.get("plantilla")
            if isinstance(name, str) and name not in texts.names:
                cure = nearest(name, texts.names) or "escriba la plantilla, o ponga null"
                found = f"«{name}», que no existe"
                yield document.fault(Finding((*path, "plantilla"), found, "una plantilla que exista", cure))
    destinos = files.documents.get("destinos.yaml", Document(""))
    for path, organo in destinos.groups("destinos", "organos"):
        listed = organo.get("formatos")
        for index, name in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(name, str) and name not in texts.formats:
                cure = nearest(name, texts.formats) or "póngalo en templates/formatos/, o quítelo de aquí"
                place, expected = (*path, "formatos", index), "un archivo de templates/formatos/ (P 5.27)"
                yield destinos.fault(Finding(place, f"«{name}», que no existe", expected, cure))


def unrecognised(rules: RuleSet, files: RuleFiles) -> tuple[list[Fault], list[str]]:
    """Topics that could never be recognised, because each of their examples is taken for another topic even though it
    was learned: a fault. As notices, those that recognise nothing but what they learned. Takes about two seconds."""
    examples = examples_of(rules)
    topics = Topics(rules, examples)
    held_out: dict[str, list[int]] = {}
    for index, example in enumerate(examples):
        held_out.setdefault(example.topic, []).append(index)
    faults, notices = [], []
    for path, clave, document in _topics(files):
        own = held_out.get(clave, [])
        hits = {index: topics.phrases_in(examples[index].text) for index in own}
        if any(best(topics.scores_without(index, hits[index])) == clave for index in own):
            continue
        found = [
            best(topics.scores(examples[n].text, examples[n].weights, hits[n], patron=False)) or "ninguno" for n in own
        ]
        place = (*path, "ejemplos")
        if clave in found:
            where = document.at(place)
            told = "no reconoce más que sus propios ejemplos: agréguele frases, o ejemplos que se parezcan entre sí"
            notices.append(f"{where}: el tema «{clave}» {told}.")
        else:
            winners = ", ".join(f"«{name}»" for name in dict.fromkeys(found))
            told = f"que ninguno de los {len(own)} ejemplos de «{clave}» se reconoce: los gana {winners}"
            cure = "agréguele frases y ejemplos que lo distingan, o júntelo con ese tema"
            faults.append(document.fault(Finding(place, told, "un tema que se pueda reconocer", cure)))
    return faults, notices


def notices_of(book: Rulebook, today: date, *, medios: bool = True) -> list[str]:
    """What is no fault of rules and templates, but worth knowing, each with its place where it has one; `medios` says
    whether petitions are worked on here, or only the exchange of IMSS Digital."""
    rules, documents = book.rules, book.files.documents
    if rules is None:
        return []
    people = (
        [] if rules.casa.personas else ["casa.yaml no nombra a nadie en «personas»: no hay a quién avisar ni asignar."]
    )
    if not medios:
        return [*people, *_templates(book, rules)]
    survey = "casa.yaml no tiene «encuesta»: los correos salen sin la encuesta de satisfacción (P 5.68)."
    return [
        *people,
        *_untold_topics(book, rules),
        *_own_days(documents.get("calendario.yaml", Document("")), rules, today),
        *_closures(documents.get("calendario.yaml", Document("")), rules),
        *roster_notices(rules, today),
        *_destinations(documents.get("destinos.yaml", Document("")), rules),
        *([survey] if rules.casa.encuesta is None else []),
        *_templates(book, rules),
    ]


def _untold_topics(book: Rulebook, rules: RuleSet) -> Iterator[str]:
    """Topics that people ask about without a template for the answer."""
    asked = {tema.clave for tema in rules.temas if not tema.plantilla and tema.tipo is Type.ORIENTACION}
    places = [(document.at(path), clave) for path, clave, document in _topics(book.files) if clave in asked]
    yield from _gathered(
        places,
        lambda clave: f"el tema «{clave}» es de orientación y no tiene plantilla: el consultor escribe la respuesta.",
        "temas de orientación no tienen plantilla: el consultor escribe la respuesta",
    )


def _own_days(document: Document, rules: RuleSet, today: date) -> Iterator[str]:
    """Own days that take nothing away, because nobody works then anyway, and those that next year lacks."""
    open_without = OfficeCalendar(rules.calendario.model_copy(update={"dias_propios": ()}))
    coming = [own.fecha for own in rules.calendario.dias_propios if own.fecha]
    for index, own in enumerate(rules.calendario.dias_propios):
        where = document.at(("calendario", "dias_propios", index))
        day = own.fecha or _next(own, today)
        if day and day.year >= today.year and (why := open_without.why_closed(day)):
            told = "cae en fin de semana" if why == "fin de semana" else f"ya es día de descanso ({why})"
            yield f"{where}: «{own.nombre}», {long_day(day)}, {told}: no quita ningún día hábil."
        if own.fecha and own.fecha.year == today.year:
            again = [
                each.fecha
                for each in rules.calendario.dias_propios
                if each.fecha and each.fecha.year == today.year + 1 and _name(each) == _name(own)
            ]
            if not again:
                lacks = (
                    "todavía no hay ningún día con fecha de"
                    if not any(each.year == today.year + 1 for each in coming)
                    else "no está en"
                )
                yield (
                    f"{where}: «{own.nombre}» tiene fecha de {today.year} y {lacks} {today.year + 1}: "
                    "si se repite, agréguelo."
                )


def _next(own: DiaPropio, today: date) -> date | None:
    """The next time that a day of each year comes; 29 February comes in leap years."""
    for year in range(today.year, today.year + 9):
        try:
            day = date(year, own.mes or 1, own.dia or 1)
        except ValueError:
            continue
        if day >= today:
            return day
    return None


def _name(own: DiaPropio) -> str:
    return " ".join(word for word in plain(own.nombre).split() if not word.isdigit())


def _closures(document: Document, rules: RuleSet) -> Iterator[str]:
    """Closures of a state that no OOAD or UMAE has: they would hold for nobody."""
    states = {plain(place.estado): place.estado for place in (*rules.destinos.ooad, *rules.destinos.umae)}
    for index, closure in enumerate(rules.calendario.cierres):
        for at, state in enumerate(closure.ooad):
            if states and plain(state) not in states:
                where = document.at(("calendario", "cierres", index, "ooad", at))
                cure = nearest(state, [name.lower() for name in states.values()]) or "escriba el nombre del estado."
                yield f"{where}: «{state}» no es un estado que el programa conozca: el cierre no valdría ahí. {cure}"


def roster_notices(rules: RuleSet, today: date) -> list[str]:
    """What is no fault of the roster, but leaves petitions without anybody: topics, days, questions (P a66, a71)."""
    everyone = rules.consultores
    if not everyone:
        return ["consultores.yaml está vacío: las peticiones esperan en el buzón sin asignarse a nadie (P a66)."]
    notices = []
    if all(one.temas or not one.carga for one in everyone):
        named = {clave for one in everyone for clave in one.temas}
        nobodys = [tema.clave for tema in rules.temas if tema.clave not in named]
        if nobodys:
            some = ", ".join(nobodys[:_SOME]) + (" y otros" if len(nobodys) > _SOME else "")
            notices.append(
                f"{len(nobodys)} temas no son de ningún consultor ({some}): los recibe quien tenga menos peticiones."
            )
    week = [today + timedelta(days=ahead) for ahead in range(1, 8)]
    calendar = OfficeCalendar(rules.calendario)
    empty = [day for day in week if calendar.why_closed(day) is None and all(one.away(day) for one in everyone)]
    if empty:
        days = ", ".join(f"{day:%d/%m/%Y}" for day in empty)
        notices.append(f"todos los consultores estarán ausentes en la próxima semana: {days}.")
    if not supervisors(rules) and any(one.supervisor is None for one in everyone):
        notices.append("nadie supervisa a algunos consultores: sus consultas sin plantilla no llegan a nadie (P a71).")
    return notices


def _destinations(document: Document, rules: RuleSet) -> Iterator[str]:
    """Órganos to which nothing can be sent, and topics that nobody attends: both wait for a consultant each time."""
    silent = [
        (document.at(("destinos", "organos", index)), organo.clave)
        for index, organo in enumerate(rules.destinos.organos)
        if organo.enlace is None
    ]
    yield from _gathered(
        silent,
        lambda clave: f"«{clave}» no tiene enlace: su propuesta se queda con el consultor, que la envía él mismo.",
        "Órganos no tienen enlace: su propuesta se queda con el consultor, que la envía él mismo",
    )
    attended = {(organo.tipo, tema) for organo in rules.destinos.organos for tema in organo.temas}
    lost = [
        tema.clave
        for tema in rules.temas
        if tema.destino in ("organo_normativo", "oic_sntss") and (tema.destino, tema.clave) not in attended
    ]
    if lost:
        yield (
            f"destinos.yaml no dice qué Órgano atiende estos temas: {', '.join(lost)}; lo decide un consultor cada vez."
        )


def _templates(book: Rulebook, rules: RuleSet) -> Iterator[str]:
    """Templates that nothing uses, often for a slip in their name, and facts that nobody has checked."""
    if book.templates is None:
        return
    used = {tema.plantilla for tema in rules.temas}
    for name, template in book.templates.templates.items():
        if name.startswith("orientacion/") and name not in used:
            missing = {topic.clave for topic in rules.temas if not topic.plantilla}
            # A topic that misspells this very name is a fault of its own, so none that only sounds alike is told.
            there = {topic.plantilla for topic in rules.temas} <= {None, *book.templates.templates}
            meant = nearest(name.removeprefix("orientacion/"), sorted(missing)) if there else ""
            yield f"{template.file}: ningún tema usa esta plantilla. {meant}".rstrip()
    known = {path.stem for path in shipped("templates").glob("*.md")}
    for name, template in book.templates.templates.items():
        if not {name} & (used | known) and "/" not in name:
            yield f"{template.file}: ningún correo usa esta plantilla. {nearest(name, known)}".rstrip()
    doubtful = [sum(not hecho.verificada for hecho in each.hechos) for each in book.templates.templates.values()]
    if count := sum(doubtful):
        where = sum(map(bool, doubtful))
        yield f"{count} hechos de {where} plantillas dicen «verificada: no»: alguien debe cotejarlos con su fuente."


def _topics(files: RuleFiles) -> list[tuple[KeyPath, str, Document]]:
    """Every topic with its path and its file."""
    return [
        (path, str(topic.get("clave")), document)
        for document in topics_of(files.documents)
        for path, topic in document.groups("temas")
    ]


def _gathered(places: Sequence[tuple[str, str]], one: Callable[[str], str], many: str) -> Iterator[str]:
    """A notice for each of a few places; a long list is one notice, at the first of them, that names some."""
    if len(places) <= _SOME:
        yield from (f"{where}: {one(name)}" for where, name in places)
        return
    where = places[0][0]
    yield f"{where}: {len(places)} {many} ({_some(name for _, name in places)})."


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:_SOME]) + (f" y {len(listed) - _SOME} más" if len(listed) > _SOME else "")
