"""The survey's address (P 5.68): signed for one petition, nothing of the person in it, known however it travels."""

from __future__ import annotations

import pytest

from daemon.model.survey import survey_address, surveyed

KEY, FOLIO, OTHER = b"clave de firma", "AC-250909-7K3FQ", "AC-250909-AAAAA"
BASE = "https://encuesta.imss.example/satisfaccion"


def test_the_address_names_only_our_reference_and_its_signature() -> None:
    address = survey_address(BASE, FOLIO, KEY)
    assert address.startswith(f"{BASE}?p=ac-250909-7k3fq-")
    assert surveyed(address, KEY) == (FOLIO,)


@pytest.mark.parametrize("base", [f"{BASE}?campaña=5", "https://e.example/{token}/inicio", BASE])
def test_wherever_the_base_puts_the_token_it_is_found_again(base: str) -> None:
    assert surveyed(f"Conteste aquí: <{survey_address(base, FOLIO, KEY)}>.", KEY) == (FOLIO,)


def test_a_link_that_a_mail_server_rewrote_is_still_ours() -> None:
    address = survey_address(BASE, FOLIO, KEY).replace(":", "%3A").replace("/", "%2F").replace("?p=", "%3Fp%3D")
    assert surveyed(f"https://nam02.safelinks.example/?url={address}&data=05", KEY) == (FOLIO,)


def test_neither_the_plain_address_nor_a_forged_token_is_a_survey() -> None:
    forged = survey_address(BASE, FOLIO, b"otra clave")
    swapped = survey_address(BASE, FOLIO, KEY).replace("7k3fq", "aaaaa")
    assert surveyed(f"{BASE} {forged} {swapped} {FOLIO}", KEY) == ()


def test_anothers_token_names_the_other() -> None:
    assert surveyed(survey_address(BASE, OTHER, KEY), KEY) == (OTHER,)


def test_without_a_base_there_is_no_address() -> None:
    assert survey_address(None, FOLIO, KEY) == ""
