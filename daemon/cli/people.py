"""`acuse status`, `show`, `peticion`, `quarantine`: what the operator and the office ask the store and tell it."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

import typer

from ..errors import AcuseError
from .base import DEFAULT_SETTINGS, SettingsFile, app, ask_office, petition_of
from .telling import AsJson, as_json

Folio = Annotated[str, typer.Argument(help="Referencia, por ejemplo AC-250909-7K3FQ.", metavar="FOLIO")]
quarantine = typer.Typer(help="Mensajes que no se pudieron procesar.", no_args_is_help=True)
app.add_typer(quarantine, name="quarantine")


@app.command()
def status(
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    en_json: AsJson = False,
) -> None:
    """Si entra y sale el correo, si algo está atorado y qué vence. Termina con 1 si algo necesita a una persona."""
    from ..status import lines, standing

    office = ask_office(ajustes)
    told = standing(office)
    if en_json:
        typer.echo(as_json(told))
    else:
        for line in lines(told, office):
            typer.echo(line)
    raise typer.Exit(0 if told["bien"] else 1)


@app.command()
def show(folio: Folio, ajustes: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Cuenta la historia de una petición, con sus numerales."""
    from ..status import story

    office = ask_office(ajustes)
    for line in story(petition_of(office, folio), office):
        typer.echo(line)


@app.command()
def peticion(
    folio: Folio,
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    nss: Annotated[str | None, typer.Option(help="NSS visto, por ejemplo, en una foto.")] = None,
    nombre: Annotated[str | None, typer.Option(help="Nombre de la persona asegurada.")] = None,
    telefono: Annotated[str | None, typer.Option(help="Teléfono de contacto.")] = None,
    tipo: Annotated[str | None, typer.Option(help="orientacion, gestion, queja, sugerencia o reconocimiento.")] = None,
    tema: Annotated[str | None, typer.Option(help="Clave del tema.")] = None,
    destino: Annotated[
        str | None,
        typer.Option(
            help="A dónde va: clave o nombre de un Órgano, una OOAD o una UMAE, o CDAOD, JDAOD, Órgano normativo, OIC, "
            "SNTSS o ninguno."
        ),
    ] = None,
    concluyente: Annotated[
        Literal["si", "no"] | None, typer.Option(help="Si la respuesta del área ya resuelve (P 5.26).")
    ] = None,
    faltan: Annotated[str | None, typer.Option(help="Qué le falta a esa respuesta; se pide al área.")] = None,
    seguir: Annotated[bool, typer.Option("--seguir", help="Lo que ya vio una persona sigue su camino.")] = False,
    nota: Annotated[str | None, typer.Option(help="Nota para la historia.")] = None,
    respuesta: Annotated[str | None, typer.Option(help="Texto para la persona; queda como borrador.")] = None,
    consultar: Annotated[str | None, typer.Option(help="Clave del Órgano normativo al que se consulta.")] = None,
    solicitar: Annotated[bool, typer.Option("--solicitar", help="Solicita los datos que falten.")] = False,
    concluir: Annotated[
        Literal["conclusion", "desistimiento"] | None, typer.Option(help="La da por concluida.")
    ] = None,
    incierto: Annotated[
        Literal["salio", "no_salio"] | None, typer.Option(help="Qué pasó con un envío incierto, ya comprobado.")
    ] = None,
    quien: Annotated[str, typer.Option(help="Quién lo dice.")] = "consola",
) -> None:
    """Anota lo que una persona sabe de una petición: datos, tipo, nota o conclusión."""
    from ..decide.outcomes import StaffWord, on_staff
    from ..decide.places import key_of
    from ..flow.outbox import settle_by_hand
    from ..model.ledger import History
    from ..read.ficha import read_answer
    from ..reply.spoken import STATES

    office = ask_office(ajustes)
    desk = office.desk
    petition = petition_of(office, folio)
    if incierto:
        settled = settle_by_hand(desk, petition.folio, left=incierto == "salio")
        typer.echo(f"Envíos inciertos resueltos: {settled}.")
        return
    given = (("NSS", nss), ("tipo", tipo), ("destino", destino))
    answer = read_answer("\n".join(f"{k}: {v}" for k, v in given if v), partial(key_of, rules=office.rules))
    if answer.problems:
        raise AcuseError("; ".join(answer.problems), where=folio, cure="corrija el dato e inténtelo otra vez")
    if tema and office.rules.tema(tema) is None:
        raise AcuseError(f"no existe el tema «{tema}»", where="rules/temas", cure="use una clave de rules/temas")
    word = StaffWord(
        actor=quien,
        nss=answer.nss,
        nombre=nombre,
        telefono=telefono,
        tipo=answer.tipo,
        tema=tema,
        destino=answer.destino,
        nota=nota,
        concluyente=None if concluyente is None else concluyente == "si",
        faltan=faltan,
        seguir=seguir,
        respuesta=respuesta,
        consultar=consultar,
        concluir=concluir,
        solicitar=solicitar,
    )
    history = History(drafts=desk.store.drafts_of(petition.folio))
    desk.commit(on_staff(petition, word, desk.policy, history, desk.now()), before=petition)
    after = desk.store.petition(petition.folio)
    typer.echo(f"Anotado. Estado de {petition.folio}: {STATES[after.state] if after else '—'}.")


@quarantine.command("list")
def quarantine_list(ajustes: SettingsFile = DEFAULT_SETTINGS) -> None:
    """Enumera los mensajes en cuarentena, con su motivo."""
    office = ask_office(ajustes)
    held = office.desk.store.quarantined()
    if not held:
        typer.echo("Ninguno.")
    for item in held:
        place = f"{item.delivery.account}, {item.delivery.folder}, UID {item.delivery.uid}"
        typer.echo(f"{item.number}. {place}: {item.reason} ({item.detail}), desde {item.since:%d/%m/%Y %H:%M} UTC")


@quarantine.command("retry")
def quarantine_retry(
    numero: Annotated[int, typer.Argument(help="Número de «acuse quarantine list».", metavar="NÚMERO")],
    ajustes: SettingsFile = DEFAULT_SETTINGS,
) -> None:
    """Devuelve un mensaje de la cuarentena para que se lea otra vez."""
    desk = ask_office(ajustes).desk
    item = next((item for item in desk.store.quarantined() if item.number == numero), None)
    if item is None:
        raise AcuseError("no hay un mensaje con ese número", where=str(numero), cure="vea «acuse quarantine list»")
    desk.store.release(item.delivery, desk.now())
    typer.echo("Se leerá en la próxima revisión del buzón.")
