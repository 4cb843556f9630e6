"""`acuse privacy`: what is held about a person, and its erasure with a dated record (P 5.22; LGPDPPSO)."""

from __future__ import annotations

import getpass
import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..count.words import counted
from ..errors import AcuseError, system_words
from .base import DEFAULT_SETTINGS, SettingsFile, app, ask_office
from .telling import AsJson, as_json, today, when

if TYPE_CHECKING:
    from ..app import Office
    from ..model.privacy import Erasure, Held, Matter, PersonKey

privacy = typer.Typer(help="Datos personales: qué se guarda de alguien, y borrarlo (P 5.22).", no_args_is_help=True)
app.add_typer(privacy, name="privacy")

Person = Annotated[
    list[str], typer.Argument(help="NSS, CURP, correo, teléfono o folio; un nombre no basta.", metavar="PERSONA")
]
Reason = Annotated[str, typer.Option(help="Por qué: el oficio o la solicitud. Sin datos de la persona.")]
Agreed = Annotated[bool, typer.Option("--si", help="Sin preguntar.")]

_NAMES = {"nss": "NSS", "curp": "CURP", "correo": "correo", "telefono": "teléfono", "folio": "folio", "siade": "SIADE"}
# What each table holds, as people call it: one, and several.
_TABLES = {
    "petitions": ("petición", "peticiones"),
    "history": ("línea de historia", "líneas de historia"),
    "decisions": ("decisión", "decisiones"),
    "drafts": ("correo que escribimos", "correos que escribimos"),
    "internals": ("ficha o aviso interno", "fichas y avisos internos"),
    "outbox": ("tarea", "tareas"),
    "deliveries": ("entrega de un mensaje", "entregas de mensajes"),
    "copies": ("copia contada", "copias contadas"),
    "checks": ("comprobación de supervivencia", "comprobaciones de supervivencia"),
    "records": ("registro para SIADE", "registros para SIADE"),
    "past": ("antecedente importado", "antecedentes importados"),
    "alarms": ("aviso", "avisos"),
    "threads": ("mensaje de la conversación", "mensajes de la conversación"),
    "person_keys": ("clave de antecedente", "claves de antecedente"),
    "pensioners": ("renglón del padrón", "renglones del padrón"),
}
_SIGNS = re.compile(r"[\s.\-()]+")
_CURP = re.compile(r"[a-z]{4}\d{6}[hmx][a-z]{5}[a-z0-9]\d", re.IGNORECASE)


@privacy.command("show")
def show(
    quien: Person,
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    en_json: AsJson = False,
    salida: Annotated[Path | None, typer.Option(help="Archivo que se escribe.", metavar="ARCHIVO")] = None,
) -> None:
    """Dice todo lo que se guarda de una persona (derecho de acceso). Con --json, cada dato completo."""
    office = ask_office(ajustes)
    held = _held(office, quien)
    text = as_json(_whole(held)) if en_json else "\n".join(_told(held, office))
    if salida is None:
        typer.echo(text)
        return
    from ..edge.spreadsheets import write_whole

    try:
        write_whole(salida, text.encode() + b"\n")
    except OSError as fault:
        cure = "revise la carpeta y sus permisos"
        raise AcuseError(f"no se puede escribir ({system_words(fault)})", where=str(salida), cure=cure) from fault
    typer.echo(f"Escrito: {salida} (solo usted puede leerlo; bórrelo cuando lo haya entregado)")


@privacy.command("erase")
def erase(
    quien: Person,
    motivo: Reason,
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    si: Agreed = False,
    solo_concluidas: Annotated[
        bool, typer.Option("--solo-concluidas", help="Borra lo concluido y deja lo que sigue abierto.")
    ] = False,
) -> None:
    """Borra los datos de una persona (derecho de cancelación): quedan fechas, estados y cifras, y una constancia."""
    office = ask_office(ajustes)
    held = _held(office, quien)
    _one_person(held)
    _nothing_personal_in(motivo, held.key)
    waiting = [matter for matter in held.matters if matter.waits and not matter.erased_at]
    ready = [matter for matter in held.matters if not matter.waits and not matter.erased_at]
    if waiting and not solo_concluidas:
        raise AcuseError(
            "no se borra lo que está en curso: "
            + "; ".join(f"{matter.folio} ({', '.join(matter.waits)})" for matter in waiting),
            where=_named(held.key),
            cure="atiéndalo o conclúyalo primero («acuse peticion FOLIO --concluir …»); si falta SIADE, «acuse siade "
            "export»; lo ya concluido se borra con --solo-concluidas",
        )
    if not (ready or held.past or held.loose):
        raise AcuseError("no queda nada que borrar", where=_named(held.key), cure="vea «acuse privacy show»")
    for line in _told(held, office):
        typer.echo(line)
    typer.echo("")
    typer.echo(f"Se borrará: {_sum(ready, held)}. Esto no se puede deshacer.")
    if not si and not _agreed():
        typer.echo("No se borró nada.")
        return
    record = _erase(office, held.key, [matter.folio for matter in ready], motivo)
    typer.echo(_receipt(record, office))
    if waiting:
        typer.echo(f"Queda sin borrar lo que sigue en curso: {', '.join(matter.folio for matter in waiting)}.")
    if held.pensioner:
        typer.echo("El padrón de pensionados no se toca: se corrige en el sistema de pensiones y se carga de nuevo.")
    typer.echo("Los correos originales siguen en sus buzones: acuse nunca los borra. Vea arriba en qué carpetas están.")


@privacy.command("log")
def log(ajustes: SettingsFile = DEFAULT_SETTINGS, en_json: AsJson = False) -> None:
    """Las constancias de lo que se borró, sin datos de nadie."""
    office = ask_office(ajustes)
    records = office.desk.store.erasures()
    if en_json:
        typer.echo(as_json([asdict(record) for record in records]))
        return
    if not records:
        typer.echo("No se ha borrado nada.")
    for record in records:
        typer.echo(_receipt(record, office))


@privacy.command("repeat")
def repeat(
    archivo: Annotated[Path, typer.Argument(help="Lo que dio «acuse privacy log --json».", metavar="ARCHIVO")],
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    si: Agreed = False,
) -> None:
    """Después de restaurar una copia más antigua, vuelve a borrar lo que las constancias dicen que se borró."""
    from ..model.privacy import Dato, Erasure, PersonKey

    office = ask_office(ajustes)
    records = _records_in(archivo)
    store, day = office.desk.store, today(office)
    known = {record.person for record in store.erasures()}
    again: list[tuple[Mapping[str, Any], list[str], list[str]]] = []
    for record in records:
        folios = [folio for folio in record["folios"] if _still_there(office, folio)]
        if folios or (record["past"] and record["person"] not in known):
            again.append((record, folios, list(record["past"])))
    if not again:
        typer.echo("Todo lo que dicen esas constancias ya está borrado.")
    else:
        number = sum(len(folios) + len(past) for _, folios, past in again)
        typer.echo(f"Se volverá a borrar: {counted(number, 'folio', 'folios')}.")
        if not si and not _agreed():
            typer.echo("No se borró nada.")
            return
    for record, folios, past in again:
        words = f"de nuevo tras restaurar: {record['reason']}"
        fresh = Erasure(0, office.desk.now(), "solicitud", _me(), words, record["person"])
        survey = office.rules.casa.encuesta
        if folios:
            typer.echo(_receipt(store.erase(None, folios, fresh, day, survey), office))
        for folio in past:
            if not store.held_about(PersonKey(Dato.SIADE, folio), day).nothing:
                typer.echo(_receipt(store.erase(PersonKey(Dato.SIADE, folio), (), fresh, day, survey), office))
    for record in records:
        if record["shared"]:
            typer.echo(
                f"La constancia {record['number']} borró también palabras sueltas en {', '.join(record['shared'])}: "
                "pida de nuevo el dato a quien lo solicitó y repita «acuse privacy erase»."
            )
    store.forget()


# --- who is meant ----------------------------------------------------------------------------------------------------


def person_key(asked: str) -> PersonKey | None:
    """The exact datum that was given, by its looks; None for a name, which many may share."""
    from ..model.ids import folios_in
    from ..model.privacy import Dato, PersonKey

    bare = _SIGNS.sub("", asked)
    digits = bare.removeprefix("+")
    if "@" in asked:
        return PersonKey(Dato.CORREO, asked.strip().lower())
    if (folios := folios_in(asked)) and folios[0] == asked.strip().upper():
        return PersonKey(Dato.FOLIO, folios[0])
    if _CURP.fullmatch(bare):
        return PersonKey(Dato.CURP, bare.lower())
    if digits.isdigit() and len(digits) in (12, 13) and digits.startswith("52"):
        digits = digits[-10:]
    if digits.isdigit() and len(digits) in (10, 11):
        return PersonKey(Dato.TELEFONO if len(digits) == 10 else Dato.NSS, digits)
    return PersonKey(Dato.SIADE, asked.strip()) if any(each.isdigit() for each in asked) else None


def _held(office: Office, words: Sequence[str]) -> Held:
    """What is held about whom these words name; AcuseError when they name nobody for certain."""
    from ..model.rules import enlaces

    asked = " ".join(words).strip()
    key = person_key(asked)
    if key is None:
        raise AcuseError(
            "un nombre no basta: puede ser de varias personas" + _candidates(office, asked),
            where=f"«{asked}»",
            cure="pida su NSS, su CURP, su correo, su teléfono o el folio",
        )
    rules = office.rules
    offices = {one.cuenta for one in rules.oficinas_consulares}
    if key.kind == "correo" and (rules.casa.de_casa(key.value) or key.value in enlaces(rules) | offices):
        raise AcuseError(
            "es una dirección de la institución, no de una persona usuaria",
            where=key.value,
            cure="pida el dato de la persona: NSS, CURP, correo, teléfono o folio",
        )
    held = office.desk.store.held_about(key, today(office))
    if held.nothing:
        raise AcuseError(
            "no se guarda nada con ese dato",
            where=_named(key),
            cure="pruebe con otro dato suyo; lo que esté en los buzones se busca con el programa de correo",
        )
    return held


def _candidates(office: Office, name: str) -> str:
    from ..model.ledger import Keys

    desk = office.desk
    history = desk.store.history_for(Keys("", "", nombre=name), desk.policy.calendar.midnight(desk.now()))
    found = [f"{petition.folio} ({petition.data.nombre})" for petition in history.kin]
    found += [f"{past.folio} ({past.nombre})" for past in history.past]
    return f". Se parecen: {'; '.join(found)}" if found else ""


def _one_person(held: Held) -> None:
    """An address or a telephone that a family shares does not say whose data are to be erased."""
    if held.key.kind in ("correo", "telefono") and len(held.people) > 1:
        told = [f"{matter.folio} ({matter.nombre or 'sin nombre'})" for matter in held.matters]
        told += [f"{past.folio} ({past.nombre or 'sin nombre'})" for past in held.past]
        raise AcuseError(
            f"ese dato lo comparten varias personas: {'; '.join(told)}",
            where=_named(held.key),
            cure="pida el NSS o la CURP de quien lo solicita, o borre petición por petición con su folio",
        )


def _nothing_personal_in(motive: str, key: PersonKey) -> None:
    bare, value = _SIGNS.sub("", motive).casefold(), _SIGNS.sub("", key.value).casefold()
    if key.kind not in ("folio", "siade") and value in bare:
        raise AcuseError(
            "el motivo contiene el dato que se va a borrar, y la constancia se conserva",
            where="--motivo",
            cure="escriba el número de la solicitud o del oficio",
        )
    if not motive.strip():
        raise AcuseError("falta el motivo", where="--motivo", cure="escriba el número de la solicitud o del oficio")


# --- erasing ---------------------------------------------------------------------------------------------------------


def _erase(office: Office, key: PersonKey, folios: Sequence[str], motive: str) -> Erasure:
    from ..model.privacy import Erasure

    desk = office.desk
    record = Erasure(0, desk.now(), "solicitud", _me(), motive.strip(), key.seal(desk.policy.key))
    done = desk.store.erase(key, folios, record, today(office), office.rules.casa.encuesta)
    if not desk.store.forget():
        typer.echo("Otro programa está leyendo la base de datos; esta noche se limpian los últimos restos en el disco.")
    return done


def _agreed() -> bool:
    """Whether whoever sits there says yes; anything else is no."""
    answer: str = typer.prompt("¿Borrar? (sí/no)", default="no", show_default=False)
    return answer.strip().lower() in ("s", "si", "sí")


def _me() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "sin nombre de usuario"


def _records_in(path: Path) -> list[Mapping[str, Any]]:
    """The records by request of a file; AcuseError when it holds none."""
    cure = "use el archivo que dio «acuse privacy log --json»"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        records = [each for each in found if each["origin"] == "solicitud"]
        for each in records:
            if not all(isinstance(each[name], list) for name in ("folios", "shared", "past")):
                raise TypeError(each)
            _ = each["person"], each["reason"], each["number"]
    except OSError as fault:
        raise AcuseError(f"no se puede leer ({system_words(fault)})", where=str(path), cure=cure) from fault
    except (ValueError, TypeError, KeyError) as fault:
        raise AcuseError("no son constancias de borrado", where=str(path), cure=cure) from fault
    return records


def _still_there(office: Office, folio: str) -> bool:
    from ..model.privacy import Dato, PersonKey

    held = office.desk.store.held_about(PersonKey(Dato.FOLIO, folio), today(office))
    return any(not matter.erased_at for matter in held.matters)


# --- in words --------------------------------------------------------------------------------------------------------


def _named(key: PersonKey) -> str:
    return f"{_NAMES[key.kind]} {key.value.upper() if key.kind == 'curp' else key.value}"


def _numbers(rows: Mapping[str, int]) -> str:
    named = ((number, *_TABLES[name]) for name, number in rows.items() if name in _TABLES and number)
    return ", ".join(counted(number, one, more) for number, one, more in named)


def _sum(ready: Sequence[Matter], held: Held) -> str:
    whole = [matter.folio for matter in ready if not matter.shared]
    parts = [f"{counted(len(whole), 'petición', 'peticiones')} ({', '.join(whole)})"] if whole else []
    if shared := [matter.folio for matter in ready if matter.shared]:
        parts.append(f"lo que nombra a esta persona en {', '.join(shared)}")
    if held.past:
        parts.append(counted(len(held.past), "antecedente importado", "antecedentes importados"))
    if held.loose:
        parts.append(f"fuera de peticiones, {_numbers(held.loose)}")
    return "; ".join(parts)


def _told(held: Held, office: Office) -> Iterator[str]:
    """What is held, in plain words."""
    yield f"Lo que acuse guarda con {_named(held.key)}:"
    for matter in held.matters:
        yield from _matter_told(matter, held, office)
    for past in held.past:
        days = " a ".join(f"{day:%d/%m/%Y}" for day in (past.abierta, past.cerrada) if day)
        yield f"  {past.folio}  historial importado de SIADE  {days}".rstrip()
        facts = (past.nombre, past.nss, past.curp, past.telefono, past.correo, past.tema, past.estado)
        yield f"    {'; '.join(each for each in facts if each) or 'sin más datos'}"
        if past.respuesta:
            yield f"    respuesta: {' '.join(past.respuesta.split())[:300]}"
    if one := held.pensioner:
        born = f", nació el {one.fecha_nacimiento:%d/%m/%Y}" if one.fecha_nacimiento else ""
        name = " ".join(filter(None, (one.nombre, one.apellido_paterno, one.apellido_materno)))
        yield f"  Padrón de pensionados: {name}{born}, {'vigente' if one.current else 'no vigente'}"
    if held.loose:
        yield f"  Fuera de peticiones: {_numbers(held.loose)}"


def _matter_told(matter: Matter, held: Held, office: Office) -> Iterator[str]:
    official = f" (SIADE {matter.siade})" if matter.siade else ""
    came = f"llegó el {when(office, matter.opened_at)} a {matter.account}"
    yield f"  {matter.folio}{official}  {matter.state.value}  {came}"
    if matter.erased_at:
        yield f"    ya se borró el {when(office, matter.erased_at)}"
        return
    tema = office.rules.tema(matter.topic)
    facts = (matter.nombre, f"escribió {matter.petitioner}", tema.nombre if tema else None)
    yield f"    {'; '.join(each for each in facts if each)}"
    yield from textwrap.wrap(f"    se guardan: {_numbers(matter.rows)}", 110, subsequent_indent="      ")
    for mail in matter.mails:
        where = f"«{mail.filed or mail.folder}»"
        yield f"    correo recibido: buzón {mail.account}, carpeta {where}, {when(office, mail.at)}, {mail.message_id}"
    for draft in held.rows.get("drafts", ()):
        if draft["folio"] == matter.folio and draft["sent_at"]:
            yield f"    correo enviado: desde {draft['account']} a {draft['to']}, {draft['message_id']}"
    if matter.shared:
        yield "    tiene también datos de otras personas: solo se borra lo que nombra a esta"
    if matter.waits:
        yield f"    en curso: {', '.join(matter.waits)}"


def _whole(held: Held) -> dict[str, Any]:
    return {
        "dato": {"tipo": held.key.kind.value, "valor": held.key.value},
        "peticiones": [asdict(matter) for matter in held.matters],
        "historial_siade": [asdict(past) for past in held.past],
        "padron": asdict(held.pensioner) if held.pensioner else None,
        "fuera_de_peticiones": dict(held.loose),
        "renglones": {name: [dict(row) for row in rows] for name, rows in held.rows.items()},
    }


def _receipt(record: Erasure, office: Office) -> str:
    """The record as a sentence that can be handed over: it names nobody."""
    parts = [f"{counted(len(record.folios), 'petición', 'peticiones')} ({', '.join(record.folios)})"] * bool(
        record.folios
    )
    parts += [f"partes de {', '.join(record.shared)}"] * bool(record.shared)
    if record.past:
        parts.append(f"{counted(len(record.past), 'antecedente', 'antecedentes')} de SIADE ({', '.join(record.past)})")
    what = f" en {'; '.join(parts)}" if parts else ""
    whose = "los datos de una persona" if record.origin == "solicitud" else "datos que cumplieron su plazo"
    return (
        f"Constancia de borrado {record.number}: el {when(office, record.at)}, {record.by} borró {whose}{what}: "
        f"{_numbers(record.rows) or 'nada'}. Motivo: {record.reason}. Quedan fechas, estados y cifras (P 5.22)."
    )
