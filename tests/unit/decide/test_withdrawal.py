"""Only plain words of the petitioner give a petition up; whatever else they may want is a person's to read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon.decide.withdrawal import withdrawn
from daemon.edge.rulefiles import load_rules
from daemon.model.mail import Address, Attachment, Kind, Reading
from daemon.model.petition import Petition, State

NOW = datetime(2026, 4, 13, 16, tzinfo=UTC)
RULE = load_rules([Path(__file__).parents[3] / "rules"]).desistimiento
ANA = "ana.solis@correo.example"
PETITION = Petition(
    "AC-260413-7K3FQ", "a@imss.gob.mx", "a@imss.gob.mx", State.ESPERA_DATOS_1, NOW, NOW.date(), ANA, "", ""
)
READING = Reading(
    "<1@correo.example>", "d", "a@imss.gob.mx", NOW, Kind.PETICION, "", Address(ANA), Address(ANA), authentic="pass"
)


@pytest.mark.parametrize(
    "words",
    [
        "Ya no es necesario, ya me surtieron la receta. Gracias",
        "Desisto de mi queja",
        "Ya no hace falta, gracias",
        "ya quedo resuelto gracias",
        "Quiero retirar mi queja por favor",
        "Favor de cancelar mi solicitud, ya me atendieron en la clínica. Saludos",
        "Ya no quiero continuar con mi queja, gracias por su atención",
        "Les informo que retiro mi queja, ya me surtieron.",
        "Hagan caso omiso de mi correo, por favor",
        "Ya no es necesario, cancelen mi solicitud. Muchas gracias por todo.",
        "Ya no requiero la cita, ya me atendieron",
        "Buen día, ya no quiero nada, desisto de mi solicitud. Gracias.",
        "Ya se resolvió mi problema gracias a ustedes",
    ],
)
def test_plain_words_give_it_up(words: str) -> None:
    assert withdrawn(replace(READING, fresh=words), PETITION, RULE)


@pytest.mark.parametrize(
    "words",
    [
        "NO ya me surtieron solo la mitad",
        "Ya me dieron cita pero hasta marzo",
        "ya no aguanto el dolor",
        "ya no tengo medicamento",
        "Me dicen que ya se resolvió",
        "ya no requiero ese medicamento, ahora es insulina",
        "dar de baja la queja no es opción",
        "Aún no se resolvió",
        "Mi NSS es 12816177971",
        "Ya no es necesario que me contesten por correo, mejor por teléfono",
        "ya no quiero que me atienda esa doctora",
        "¿Ya se resolvió?",
        "Ya se resolvió. " + "Le cuento cómo fue todo aquello. " * 8,
    ],
)
def test_whoever_still_wants_something_does_not(words: str) -> None:
    assert withdrawn(replace(READING, fresh=words), PETITION, RULE) is None


@pytest.mark.parametrize(
    "words",
    [
        "No quiero cancelar mi queja",
        "No voy a retirar mi queja",
        "No desisto de mi queja, exijo respuesta",
        "Nunca voy a retirar mi queja",
        "Sin respuesta no retiro mi queja",
        "Cómo cancelar mi solicitud",
        "Quién les dijo que retiro mi queja",
    ],
)
def test_the_words_with_a_no_before_them_are_the_contrary(words: str) -> None:
    assert withdrawn(replace(READING, fresh=words), PETITION, RULE) is None


@pytest.mark.parametrize(
    "words",
    [
        "Me pidieron retirar mi queja",
        "Me obligaron a retirar mi queja",
        "Quieren cancelar mi solicitud",
        "Amenazan con cancelar mi trámite si me quejo",
        "Van a dar de baja mi trámite",
        "Retiro mi queja porque me amenazaron",
        "Retiro mi queja por miedo a represalias",
    ],
)
def test_who_is_made_to_give_it_up_is_seen_by_a_person(words: str) -> None:
    assert withdrawn(replace(READING, fresh=words), PETITION, RULE) is None


@pytest.mark.parametrize(
    "words",
    [
        "Ya no quiero esperar más",
        "Ya no es necesario, mi mamá falleció",
        "Ya no hace falta, ya se murió",
        "Ya me atendieron pésimo, como siempre",
        "Ya me surtieron un medicamento equivocado",
        "Ya me surtieron otra cosa",
        "Ya se resolvió, me la negaron",
        "Ya se resolvió mi pensión en sentido negativo",
        "Ya me pagaron menos",
        "Hagan caso omiso de mi queja, como siempre",
        "Qué bonito, ya me resolvieron, en el cementerio",
        "Ya no necesito nada de ustedes, voy con un abogado",
        "Ya no deseo esta clínica",
    ],
)
def test_bitter_words_close_nothing(words: str) -> None:
    assert withdrawn(replace(READING, fresh=words), PETITION, RULE) is None


@pytest.mark.parametrize(
    "words",
    [
        "Hagan caso omiso al correo anterior, el bueno es este",
        "Olviden mi correo anterior, les mando mis datos: Ana López",
        "Ignoren mi mensaje anterior, mi nombre es Ana López Ruiz",
        "Cancelen mi solicitud anterior y tomen esta",
    ],
)
def test_who_corrects_an_earlier_mail_gives_nothing_up(words: str) -> None:
    assert withdrawn(replace(READING, fresh=words), PETITION, RULE) is None


def test_nobody_gives_up_the_petition_of_another_nor_with_a_file() -> None:
    said = replace(READING, fresh="Desisto de mi queja")
    assert withdrawn(replace(said, sender=Address("otra@correo.example")), PETITION, RULE) is None
    assert withdrawn(replace(said, authentic="fail"), PETITION, RULE) is None
    assert withdrawn(replace(said, attachments=(Attachment("foto.jpg", "image/jpeg", 9),)), PETITION, RULE) is None
