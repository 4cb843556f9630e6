"""Places are recognised by name and never guessed, and every topic has somebody who attends it."""

from __future__ import annotations

import pytest

from daemon.decide.places import key_of, organo_for, place_of
from daemon.model.mail import Found, PersonData

from .makers import reading, shipped_rules

RULES = shipped_rules()


@pytest.mark.parametrize(
    ("text", "clave"),
    [
        ("No me surten en la UMF 3 de Guadalajara", "jalisco"),
        ("en el Hospital de Especialidades del Centro Médico Nacional Siglo XXI", "umae_especialidades_siglo_xxi"),
        ("la UMAE Hospital de Cardiología No. 34, Monterrey", "umae_cardiologia_34_monterrey"),
        ("delegación de Baja California Sur", "baja_california_sur"),
        ("en Ecatepec", "estado_de_mexico_oriente"),
        ("pertenezco al OOAD Veracruz Norte", "veracruz_norte"),
        ("la UMF 28", None),
        ("de Guadalajara me mandaron a Tepic", None),
        ("la clínica de mi pueblo", None),
        ("Juan Hidalgo Colima", None),
    ],
)
def test_a_place_is_the_one_that_the_mail_names(text: str, clave: str | None) -> None:
    found = place_of(reading(subject="", fresh=text), RULES)
    assert (found.clave if found else None) == clave


@pytest.mark.parametrize(("state", "clave"), [("jalisco", "jalisco"), ("veracruz", None), ("cdmx", None)])
def test_a_state_names_its_ooad_only_when_it_has_one(state: str, clave: str | None) -> None:
    named = {"ooad": [Found(state, state, "cuerpo", 0)]}
    found = place_of(reading(subject="", fresh="vivo ahí", found=named, data=PersonData(unidad="UMF 5")), RULES)
    assert (found.clave if found else None) == clave


def test_every_ooad_and_umae_is_shipped_and_no_enlace_is_invented() -> None:
    destinos = RULES.destinos
    assert (len(destinos.ooad), len(destinos.umae)) == (35, 25)
    assert all(organo.enlace is None for organo in destinos.organos)


def test_every_topic_of_an_organo_or_of_the_oic_has_one() -> None:
    lost = [
        tema.clave
        for tema in RULES.temas
        if tema.destino in ("organo_normativo", "oic_sntss") and organo_for(tema.destino, tema.clave, RULES) is None
    ]
    assert lost == []


def test_system_failures_and_user_keys_go_to_the_division_of_the_manual() -> None:
    for topic in ("falla_sistema", "claves_usuario", "idse"):
        organo = organo_for("organo_normativo", topic, RULES)
        assert organo and organo.clave == "procesos_operativos_afiliacion" and organo.numeral.startswith("MO")


def test_an_organo_of_the_place_comes_before_the_one_for_all_others() -> None:
    (first, *others) = RULES.destinos.organos
    here = first.model_copy(update={"clave": "aqui", "ooad": ("jalisco",)})
    rules = RULES.model_copy(update={"destinos": RULES.destinos.model_copy(update={"organos": (first, here, *others)})})
    topic = first.temas[0]
    assert organo_for("organo_normativo", topic, rules, "jalisco") == here
    assert organo_for("organo_normativo", topic, rules, "nayarit") == first


@pytest.mark.parametrize(
    ("written", "clave"),
    [
        ("Coordinación de Afiliación", "afiliacion"),
        ("la coordinacion de afiliacion", "afiliacion"),
        ("CDAOD de la OOAD Jalisco", "jalisco"),
        ("oic", "oic"),
        ("CDAOD", None),
        ("la luna", None),
    ],
)
def test_a_colleague_may_write_a_destination_by_its_key_or_its_name(written: str, clave: str | None) -> None:
    assert key_of(written, RULES) == clave
