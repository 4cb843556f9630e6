"""`acuse conectividad`: tests of every consular office's line, and who answered them, from where and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..count.words import counted
from ..errors import AcuseError
from ..model.petition import State
from .base import DEFAULT_SETTINGS, SettingsFile, app, ask_office
from .digital import DAY_FORMATS, office_name, reception
from .telling import AsJson, as_json, tell_table, today, when

if TYPE_CHECKING:
    from ..app import Office
    from ..count.survival import Campaign, OfficeTest
    from ..model.survival_rules import OficinaConsular

conectividad = typer.Typer(help="Pruebas de conectividad con las oficinas consulares.", no_args_is_help=True)
app.add_typer(conectividad, name="conectividad")

_SAID = {
    State.MENSAJE_EN_COLA: "por enviar",
    State.ESPERA_ACUSE: "sin respuesta todavía",
    State.PRUEBA_ACUSADA: "respondió",
    State.PRUEBA_SIN_ACUSE: "no respondió a tiempo",
    State.CONTACTO_FALLIDO_CONSULTOR: "el correo no se pudo entregar",
}


@conectividad.command("start")
def start(
    hasta: Annotated[datetime, typer.Option(help="Último día para responder.", formats=DAY_FORMATS, metavar="FECHA")],
    ajustes: SettingsFile = DEFAULT_SETTINGS,
    oficina: Annotated[list[str] | None, typer.Option(help="Solo estas oficinas.", metavar="CLAVE")] = None,
    otra: Annotated[bool, typer.Option("--otra", help="Aunque haya otra prueba en curso.")] = False,
) -> None:
    """Prepara la prueba de conectividad para cada oficina; el servicio la envía y sigue los acuses."""
    office = ask_office(ajustes)
    account, deadline = reception(office), hasta.date()
    if account not in office.desk.accounts:
        raise AcuseError("este servicio no atiende esa cuenta", where=account, cure="agréguela a service.toml")
    if deadline < today(office):
        raise AcuseError("esa fecha ya pasó", where=f"{deadline:%d/%m/%Y}", cure="dé una fecha de hoy en adelante")
    chosen = _chosen(office, oficina or ())
    done = _write(office, account, chosen, deadline, another=otra)
    told = f"Prueba preparada para {counted(done, 'oficina', 'oficinas')}"
    typer.echo(f"{told}, con respuesta hasta el {deadline:%d/%m/%Y}.")
    typer.echo(f"{_leaving(office, account)}; «acuse conectividad estado» dice quién respondió.")
    for notice in _about_deadline(office, deadline):
        typer.echo(f"aviso: {notice}")


def _leaving(office: Office, account: str) -> str:
    """What becomes of the mails, which the settings of the reception's mailbox say."""
    name = next(name for name, box in office.settings.buzon.items() if box.correo == account)
    envios = office.settings.envios_de(name)
    if envios == "detenidos":
        return "Los correos no saldrán hasta que en service.toml se quite envios = «detenidos»"
    if envios == "solo_borradores":
        return f"Los correos esperan su aprobación en «{office.rules.carpetas.pendientes}»"
    return "El servicio («acuse run») los envía"


def _about_deadline(office: Office, deadline: date) -> list[str]:
    """What a person may not have meant: a day on which offices are closed, or one too near for a reminder."""
    from ..decide.survival.connectivity import reminder_at

    policy, notices = office.desk.policy, []
    if closed := policy.calendar.why_closed(deadline):
        notices.append(f"el {deadline:%d/%m/%Y} no es día hábil ({closed}).")
    if reminder_at(deadline, policy) <= office.desk.now():
        notices.append("la fecha está tan cerca que ya no se enviará recordatorio a quien no responda.")
    return notices


def _write(office: Office, account: str, chosen: Sequence[OficinaConsular], deadline: date, *, another: bool) -> int:
    """Open each office's test; how many were opened. One that was interrupted today goes on where it stopped."""
    from ..count.survival import is_running
    from ..decide.survival.connectivity import TOPIC, start_test

    desk = office.desk
    planned = ((each, start_test(each, desk.policy, desk.now(), deadline).petition) for each in chosen)
    wanted = {petition.folio: each for each, petition in planned if petition}
    tests = desk.store.petitions_about(account, TOPIC)
    known = {test.folio: test for test in tests if test.folio in wanted}
    if len(known) == len(wanted):
        where, cure = f"{deadline:%d/%m/%Y}", "vea «acuse conectividad estado»"
        raise AcuseError("esa prueba ya se preparó hoy", where=where, cure=cure)
    running = {test.petitioner for test in tests if is_running(test.state) and test.folio not in known}
    busy = [each.ciudad for each in chosen if each.cuenta in running]
    if busy and not another:
        raise AcuseError(
            f"ya hay una prueba en curso con {len(busy)} de {counted(len(chosen), 'oficina', 'oficinas')}: "
            + ", ".join(busy),
            cure="espere a que termine («acuse conectividad estado»), nombre otras oficinas con --oficina, o empiece "
            "otra con --otra",
        )
    # One instant for all, by which a campaign is known.
    began = min((test.opened_at for test in known.values()), default=desk.now())
    for folio, each in wanted.items():
        if folio not in known:
            desk.commit(start_test(each, desk.policy, began, deadline))
    return len(wanted) - len(known)


def _chosen(office: Office, claves: Sequence[str]) -> list[OficinaConsular]:
    """The offices of these keys, all of them without any."""
    known = {oficina.clave: oficina for oficina in office.rules.oficinas_consulares}
    if unknown := [clave for clave in claves if clave not in known]:
        cure = f"use una clave de rules/oficinas_consulares.yaml: {', '.join(known)}"
        raise AcuseError("no hay una oficina con esa clave", where=", ".join(unknown), cure=cure)
    return [known[clave] for clave in dict.fromkeys(claves or known)]


@conectividad.command("estado")
def state(ajustes: SettingsFile = DEFAULT_SETTINGS, en_json: AsJson = False) -> None:
    """Dice qué oficinas respondieron, cuáles no y cuáles desde otra cuenta, con el porcentaje por día.

    Muestra las campañas en curso o, si no hay ninguna, la última.
    """
    from ..count.survival import campaigns
    from ..decide.survival.connectivity import TOPIC

    office = ask_office(ajustes)
    desk = office.desk
    tests = desk.store.petitions_about(reception(office), TOPIC)
    found = campaigns(tests, desk.store.story, desk.now(), desk.policy.calendar.local)
    shown = [campaign for campaign in found if campaign.running] or found[:1]
    if en_json:
        typer.echo(as_json([_campaign_facts(campaign, office) for campaign in shown]))
        return
    if not shown:
        typer.echo("No se ha hecho ninguna prueba de conectividad.")
    for campaign in shown:
        share = 100 * campaign.answered / len(campaign.tests)
        asked = counted(len(campaign.tests), "oficina", "oficinas")
        typer.echo(
            f"Campaña del {when(office, campaign.started_at)}{'' if campaign.running else ' (terminada)'}: "
            f"{campaign.answered} de {asked} con respuesta ({share:.0f} %)"
        )
        header = ("oficina", "cuenta", "enviada", "respondió", "estado", "desde otra cuenta")
        tell_table(header, (_test_row(test, office) for test in campaign.tests))
        typer.echo("Por día:")
        for day, number, percent in campaign.by_day:
            typer.echo(f"  {day:%d/%m/%Y}  {number:>4}  {percent:5.1f} %")


def _test_row(test: OfficeTest, office: Office) -> tuple[str, ...]:
    said = "respondió tarde" if test.late else _SAID.get(test.state, test.state.value)
    sent, answered = (when(office, at) if at else "—" for at in (test.sent_at, test.answered_at))
    return office_name(office, test.account), test.account, sent, answered, said, "; ".join(test.wrong)


def _campaign_facts(campaign: Campaign, office: Office) -> dict[str, Any]:
    return {
        "iniciada": campaign.started_at,
        "en_curso": campaign.running,
        "oficinas": [
            {
                "oficina": office_name(office, test.account),
                "cuenta": test.account,
                "referencia": test.folio,
                "estado": test.state.value,
                "enviada": test.sent_at,
                "respondio": test.answered_at,
                "tarde": test.late,
                "desde_otra_cuenta": list(test.wrong),
            }
            for test in campaign.tests
        ],
        "por_dia": [
            {"dia": day, "respondieron": number, "porcentaje": round(percent, 1)}
            for day, number, percent in campaign.by_day
        ],
    }
