"""What the commands of IMSS Digital share: who receives, how an office is told, how a day may be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import AcuseError

if TYPE_CHECKING:
    from ..app import Office

DAY_FORMATS = ["%d/%m/%Y", "%Y-%m-%d"]


def reception(office: Office) -> str:
    """The account that requests come to, which the rules name."""
    rules = office.rules.supervivencia
    if rules is None:
        raise AcuseError("las reglas no describen IMSS Digital", where="rules/", cure="agregue supervivencia.yaml")
    return rules.recepcion


def office_name(office: Office, account: str) -> str:
    """The city of a consular office by its enabled account, else the account."""
    oficina = office.rules.oficina(account)
    return oficina.ciudad if oficina else account
