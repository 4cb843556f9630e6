"""What the person reads: each template says what it must, asks for exactly what is missing, and shows nothing else."""

from __future__ import annotations

import re
from itertools import chain, combinations

import pytest

from daemon.errors import TemplateFailed
from daemon.model.mail import PersonData
from daemon.model.petition import Clase
from daemon.model.templates import TemplateSet
from tests.unit.reply.samples import NOW, Mail, office, parsed, petition_of

DATA = ("nombre", "nss", "contacto")
SUBSETS = list(chain.from_iterable(combinations(DATA, size) for size in (1, 2, 3)))
# What gives away that a datum is asked for.
WORDS = {
    "nombre": re.compile(r"nombre", re.I),
    "nss": re.compile(r"NSS|seguridad social", re.I),
    "contacto": re.compile(r"tel[eé]fono|localizarle", re.I),
}
RESIDUE = re.compile(r"\*\*|\]\(|^#|</?[a-z]+[ >]|&[a-z]+;|\bNone\b|\bUndefined\b|\{\{|\{%|\\[!-/:-@]", re.M)
SURVEY = "https://encuesta.example/dac"

# Every mail that leaves for a person: template, clase, what it is given, and what it must say.
LETTERS = [
    ("aclaracion", "aclaracion", {}, ["no entendemos qué necesita", "Qué pasó o qué necesita", "Dónde y cuándo"]),
    (
        "datos_complementarios",
        "datos_complementarios",
        {"asks": ("nss",)},
        ["un dato", "11 números", "dos días hábiles"],
    ),
    (
        "datos_complementarios",
        "datos_complementarios",
        {"asks": ("nss",), "turn": 2, "values": {"fecha_solicitud": NOW}},
        [
            "segunda vez",
            "en alcance a nuestro mensaje del martes 9 de septiembre de 2025",
            "en un día hábil",
            "concluiremos la petición",
            "en cualquier momento",
        ],
    ),
    ("conclusion_desinteres", "conclusion_desinteres", {}, ["Concluimos su petición", "Puede retomarla"]),
    ("orientacion/semanas_cotizadas", "orientacion", {}, ["la información que nos pidió", "semanas"]),
    ("respuesta_libre", "respuesta_libre", {"values": {"texto_libre": "Ya está su vale."}}, ["Ya está su vale."]),
    ("acuse_cdaod", "acuse_cdaod", {"values": {"siade": "S25A0001"}}, ["folio S25A0001", "siadeconsulta.imss.gob.mx"]),
    ("acuse_cdaod", "acuse_cdaod", {}, ["con la referencia AC-250909-7K3FQ", "todavía está en trámite"]),
    (
        "acuse_organo_normativo",
        "acuse_organo_normativo",
        {"values": {"siade": "S25A0001", "destino": "la Dirección de Prestaciones"}},
        ["debe resolverla: la Dirección de Prestaciones", "S25A0001", "siadeconsulta.imss.gob.mx"],
    ),
    (
        "respuesta_organo_normativo",
        "respuesta_organo_normativo",
        {"values": {"texto_libre": "Se reconocieron 52 semanas."}},
        ["Esta es su respuesta", "Se reconocieron 52 semanas."],
    ),
    ("ratificacion", "ratificacion", {}, ["ya había sido atendida y concluida", "le confirmamos la respuesta"]),
    (
        "turno_oic_sntss",
        "turno_oic_sntss",
        {"values": {"destino": "el Órgano Interno de Control"}},
        ["debe atenderla: el Órgano Interno de Control", "ya no puede darle seguimiento"],
    ),
    ("aviso_folio", "aviso_folio", {"values": {"siade": "S25A0001"}}, ["es S25A0001", "siadeconsulta.imss.gob.mx"]),
]


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("template", "clase", "options", "facts"), LETTERS)
def test_each_mail_says_what_its_annex_is_for(
    mail: Mail, template: str, clase: str, options: dict[str, object], facts: list[str]
) -> None:
    draft = mail(clase, template, **options)
    text = flat(draft.text)
    assert text.startswith("Buen día, Karla Daniela Vargas Díaz:")
    assert "Atención a Derechohabientes IMSS atnder@imss.gob.mx Referencia: AC-250909-7K3FQ" in text
    for fact in facts:
        assert fact in text


@pytest.mark.parametrize(("template", "clase", "options", "facts"), LETTERS)
@pytest.mark.parametrize("urgent", [False, True])
def test_the_text_part_is_plain_and_shows_every_word_of_the_html(
    mail: Mail, template: str, clase: str, options: dict[str, object], facts: list[str], urgent: bool
) -> None:
    draft = mail(clase, template, urgent=urgent, rules=office(encuesta=SURVEY), **options)
    assert not RESIDUE.search(draft.text)
    assert all(len(line) <= 76 or "http" in line for line in draft.text.splitlines())
    assert "\n\n\n" not in draft.text
    body = draft.html.partition('class="cabeza"')[2].partition("</div>")[2]
    words = set(re.findall(r"\w{4,}", re.sub(r"<[^>]+>", " ", body)))
    assert words <= set(re.findall(r"\w{4,}", draft.text)) | {"quot", "https", "http"}


@pytest.mark.parametrize(("template", "clase", "options", "facts"), LETTERS)
def test_only_an_urgent_petition_is_told_of_the_emergency_services(
    mail: Mail, template: str, clase: str, options: dict[str, object], facts: list[str]
) -> None:
    assert "911" not in mail(clase, template, **options).text
    if clase != "conclusion_desinteres":  # An urgent petition is never concluded by itself.
        assert "urgencias más cercano o llame al 911" in flat(mail(clase, template, urgent=True, **options).text)


@pytest.mark.parametrize("asks", SUBSETS)
@pytest.mark.parametrize("turn", [1, 2])
@pytest.mark.parametrize("parcial", [False, True])
def test_a_data_request_asks_for_exactly_what_is_missing(
    mail: Mail, asks: tuple[str, ...], turn: int, parcial: bool
) -> None:
    draft = mail("datos_complementarios", asks=asks, turn=turn, values={"parcial": parcial})
    for part in (draft.text, re.sub(r"<style>.*?</style>|<[^>]+>", " ", draft.html, flags=re.S)):
        asked = {name for name, words in WORDS.items() if words.search(part)}
        assert asked == set(asks)
    count = {1: "un dato", 2: "dos datos", 3: "tres datos"}[len(asks)]
    assert count in flat(draft.text)
    assert draft.asks == asks
    assert draft.text.count("\n- ") == len(asks)


@pytest.mark.parametrize("asks", SUBSETS)
def test_the_conclusion_repeats_only_what_was_missing(mail: Mail, asks: tuple[str, ...]) -> None:
    text = mail("conclusion_desinteres", petition=petition_of(missing=asks)).text
    assert {name for name, words in WORDS.items() if words.search(text)} == set(asks)


@pytest.mark.parametrize("datum", ["curp", "rfc", "registro_patronal", "unidad", "folio", "telefono", "correo"])
def test_any_known_datum_can_be_asked_for(mail: Mail, datum: str) -> None:
    assert "un dato" in mail("datos_complementarios", asks=(datum,)).text


def test_an_employer_is_asked_for_the_registro_patronal_and_never_for_an_nss(mail: Mail) -> None:
    text = mail("datos_complementarios", asks=("registro_patronal",)).text
    assert "11 caracteres" in text
    assert not WORDS["nss"].search(text)


def test_a_data_request_that_asks_for_nothing_or_for_something_unknown_is_not_written(mail: Mail) -> None:
    with pytest.raises(TemplateFailed, match="faltante"):
        mail("datos_complementarios")
    with pytest.raises(TemplateFailed, match="signo_zodiacal"):
        mail("datos_complementarios", asks=("signo_zodiacal",))


def test_after_a_partial_answer_the_person_is_thanked(mail: Mail) -> None:
    draft = mail("datos_complementarios", asks=("nss",), values={"parcial": True})
    assert "Gracias por su respuesta." in draft.text
    assert "todavía nos falta un dato" in flat(draft.text)


def test_the_term_in_the_text_is_the_one_of_the_rules(mail: Mail) -> None:
    rules = office()
    plazo = rules.plazos["segunda_solicitud"].model_copy(update={"n": 15, "unidad": "naturales"})
    rules = rules.model_copy(update={"plazos": {**rules.plazos, "segunda_solicitud": plazo}})
    assert "en 15 días naturales" in flat(mail("datos_complementarios", asks=("nss",), rules=rules).text)


def test_a_known_due_day_is_said_as_a_day(mail: Mail) -> None:
    first = mail("datos_complementarios", asks=("nss",), values={"vence": NOW}).text
    assert "a más tardar el martes 9 de septiembre de 2025" in flat(first)
    second = mail("datos_complementarios", asks=("nss",), turn=2, values={"vence": NOW}).text
    assert "a más tardar el martes 9 de septiembre de 2025, concluiremos" in flat(second)


@pytest.mark.parametrize("clase", ["aviso_folio", "respuesta_libre", "respuesta_organo_normativo"])
def test_a_mail_without_what_it_is_about_is_not_written(mail: Mail, clase: str) -> None:
    with pytest.raises(TemplateFailed):
        mail(clase)


def test_the_survey_is_offered_only_when_the_office_configured_it(mail: Mail) -> None:
    without = mail("orientacion", "orientacion/semanas_cotizadas")
    assert "encuesta" not in without.text
    with_it = mail("orientacion", "orientacion/semanas_cotizadas", rules=office(encuesta=SURVEY))
    assert f"{SURVEY}?p=ac-250909-7k3fq-" in with_it.text
    assert f'href="{SURVEY}?p=ac-250909-7k3fq-' in with_it.html
    placed = mail("orientacion", "orientacion/semanas_cotizadas", rules=office(encuesta="https://e.example/{token}/x"))
    assert re.search(r"https://e\.example/ac-250909-7k3fq-[0-9a-f]{12}/x", placed.text)


def test_every_orientation_renders_as_clean_text_and_html(mail: Mail, templates: TemplateSet) -> None:
    topics = [name for name in templates.templates if name.startswith("orientacion/")]
    assert topics
    for name in topics:
        draft = mail("orientacion", name)
        assert not RESIDUE.search(draft.text), name
        assert draft.clase is Clase.ORIENTACION
        assert draft.template == name
        assert draft.html.count("<html") == 1


def test_an_orientation_without_its_topic_is_not_written(mail: Mail) -> None:
    with pytest.raises(TemplateFailed):
        mail("orientacion", "orientacion")


def test_a_third_partys_or_an_employers_mail_does_not_greet_the_insured_person(mail: Mail) -> None:
    for data in (PersonData(nombre="Rosa Díaz", tercero=True), PersonData(nombre="Rosa Díaz", patron=True)):
        text = mail("aclaracion", petition=petition_of(data=data)).text
        assert text.startswith("Estimada persona usuaria:")
        assert "Rosa" not in text


def test_whoever_decides_may_say_how_to_address_the_person(mail: Mail) -> None:
    assert mail("aclaracion", values={"nombre": "Luz Vargas"}).text.startswith("Buen día, Luz Vargas:")
    assert mail("aclaracion", values={"nombre": None}).text.startswith("Estimada persona usuaria:")


def test_nss_and_curp_never_travel_whole(mail: Mail) -> None:
    subject = "NSS 1690-73-2560-5 y 16907325605, CURP VADK800101MDFRZR09, no hay medicina"
    draft = mail("aclaracion", petition=petition_of(subject=subject))
    everything = draft.subject + draft.text + draft.html + str(parsed(draft.raw))
    for secret in ("16907325605", "1690-73-2560-5", "VADK800101MDFRZR09"):
        assert secret not in everything
    assert "…5605" in draft.subject
    assert "no hay medicina" in draft.subject


def test_a_consultants_paragraphs_lines_and_links_stay_as_written(mail: Mail) -> None:
    words = "Señora:\r\n1. Vaya a su clínica\n2. Lleve *todo*\n\nVea https://www.imss.gob.mx/derechos_y-mas."
    draft = mail("respuesta_libre", values={"texto_libre": words})
    assert "Señora:\n1. Vaya a su clínica\n2. Lleve *todo*\n\nVea https://www.imss.gob.mx/derechos_y-mas." in draft.text
    assert '<a href="https://www.imss.gob.mx/derechos_y-mas"' in draft.html
