"""Whose data are taken: the insured person's whose matter it is, nobody's when it is not clear (DOMAIN §1)."""

from __future__ import annotations

import pytest

from .makers import ANA, CONTRIBUYENTE, JUAN, LUZ, mail, person, reading


@pytest.mark.parametrize(
    ("body", "sender", "name"),
    [
        ("No hay citas.\n\nRosa Pech Uc", "Rosa Pech <r@correo.example>", "Rosa Pech Uc"),
        ("No hay citas. Atte. Marco Antonio Muñoz Ramírez", "m@correo.example", "Marco Antonio Muñoz Ramírez"),
        ("No hay citas, soy Silvia Morales Gómez, gracias.", "s@correo.example", "Silvia Morales Gómez"),
        ("Nombre: Ma. del Carmen Luna Núñez\nAsunto: cita", "x@correo.example", "Ma. del Carmen Luna Núñez"),
        (f"Contreras Pérez Karla Daniela  {ANA}", "k@correo.example", "Contreras Pérez Karla Daniela"),
        ("no hay medicina\n\njuan perez lopez\n5512345678", "j@correo.example", "juan perez lopez"),
        ("NO HAY MEDICINA\nATENTAMENTE\nJUAN PEREZ LOPEZ", "j@correo.example", "JUAN PEREZ LOPEZ"),
        ("Gracias\nIng. Roberto Gómez Xool\nRFC en trámite", "r@correo.example", "Roberto Gómez Xool"),
        (
            "Saludos cordiales\nMtra. Ana Isabel O'Farrill Díaz | Docente",
            "a@correo.example",
            "Ana Isabel O'Farrill Díaz",
        ),
        ("Hugo Uc Pat, representante legal", "h@correo.example", "Hugo Uc Pat"),
        ("No hay citas", "Margarita Vargas Zúñiga <m@correo.example>", "Margarita Vargas Zúñiga"),
        ("No hay citas", "Karen Whitfield <k@correo.example>", "Karen Whitfield"),
        ("No hay citas\nJosefina Núñez Tzec", "Josefina Núñez <j@correo.example>", "Josefina Núñez Tzec"),
        ("No hay citas\nJosefina Núñez", "Josefina Núñez Tzec <j@correo.example>", "Josefina Núñez Tzec"),
        ("No hay citas\nIván Aguilar Reyes", "Sergio Aguilar <s@correo.example>", "Iván Aguilar Reyes"),
    ],
)
def test_the_name_is_taken_as_written_where_people_give_theirs(body: str, sender: str, name: str) -> None:
    assert person(body, sender).nombre == name


@pytest.mark.parametrize(
    ("body", "sender"),
    [
        ("No hay citas\n\nEsperanza", "Yuli 🌸 <y@correo.example>"),
        ("No hay citas\n\nNORA P.", "Nora P <n@correo.example>"),
        ("No hay citas", "Lupita Hdz <l@correo.example>"),
        ("No hay citas", "Recursos Humanos <rh@correo.example>"),
        ("No hay citas", "Formulario web <f@correo.example>"),
        ("No hay citas", "juan123 <j@correo.example>"),
        ("Soy de Ciudad Juárez, Chihuahua. No hay citas en el Hospital General Benito Juárez", "x@correo.example"),
        ("La doctora Claudia Pérez Gómez me trató mal.", "x@correo.example"),
        ("Buenas Tardes\n\nSeguro Social\n\nGracias Por Su Atención", "x@correo.example"),
    ],
)
def test_a_nickname_a_first_name_a_business_or_a_doctor_is_no_name(body: str, sender: str) -> None:
    assert person(body, sender).nombre is None


def test_a_first_name_that_is_not_the_headers_leaves_the_name_open() -> None:
    read = reading(mail("no hay citas\nRosa", sender="José Hernández <j@correo.example>"))
    assert read.data.nombre is None
    assert "Rosa" in read.doubts[0]


@pytest.mark.parametrize(
    ("body", "nss", "name"),
    [
        (
            f"Atentamente\nLeticia Cruz Méndez (la suegra)\nLa paciente es Ana Laura Santiago Juárez, su número {ANA}",
            ANA,
            "Ana Laura Santiago Juárez",
        ),
        (
            f"Mi mamá María Elena Soto Pech está internada. Su NSS es {ANA}.\n\nRosa Pech Soto",
            ANA,
            "María Elena Soto Pech",
        ),
        (
            f"El paciente es mi papá, Don Anselmo Cauich Poot, afiliación {ANA}.\nSilvia Cauich Ku",
            ANA,
            "Anselmo Cauich Poot",
        ),
        (f"Soy la hija de la señora Francisca Noh Uc, con número de seguro {ANA}", ANA, "Francisca Noh Uc"),
        (
            f"Mi hijo se llama Rubén Moreno Guzmán y el nss es el mio {ANA} yo soy Elsa Ruiz Estrada",
            ANA,
            "Elsa Ruiz Estrada",
        ),
        (f"mi niño no recibe su quimio\nElsa Ruiz Estrada {ANA}", ANA, "Elsa Ruiz Estrada"),
        (f"Paciente: Ramón Ortiz Vega\nNSS: {ANA}\nFamiliar: Elsa Ortiz Mora", ANA, "Ramón Ortiz Vega"),
        (f"mi mamá no puede escribir, su seguro es {ANA}. No le dan su cita. Rosa Pech Soto", ANA, None),
    ],
)
def test_the_data_are_the_insured_persons_whoever_writes(body: str, nss: str, name: str | None) -> None:
    data = person(body, "Ana Gil <a@correo.example>")
    assert (data.nss, data.nombre) == (nss, name)


@pytest.mark.parametrize(
    ("body", "nss"),
    [
        (f"Tengo dos números de seguro: {ANA} y {JUAN}, quiero que los unifiquen.\nPedro Canul May", None),
        (f"Mi NSS: {ANA}\nNSS de mi esposa (beneficiaria): {JUAN}\nLuis Gil Soto", None),
        (f"NSS {ANA}\nNSS {JUAN}\nLuis Gil Soto", None),
        (f"mi nss {ANA} y el de mi hijo {JUAN}, quiero registrarlo. Luis Gil Soto", ANA),
        (f"Escribo por mi esposo Juan Méndez Uc, nss {JUAN}. El mío es {ANA}.", JUAN),
        (f"La paciente es Rosa Pech Uc, su número {JUAN}. Otro número que viene en el carnet: {LUZ}", JUAN),
    ],
)
def test_of_two_numbers_only_the_clear_one_is_taken_and_a_person_is_told(body: str, nss: str | None) -> None:
    read = reading(mail(body))
    assert read.data.nss == nss
    assert any("2 NSS distintos" in doubt for doubt in read.doubts)


@pytest.mark.parametrize(
    "body",
    [
        f"Quiero saber dónde trabaja mi ex esposo Raúl Torres Gil, su NSS es {ANA}.\nMónica Luna Díaz",
        f"Necesito saber si mi empleada doméstica sigue dada de alta con otro patrón, su NSS {ANA}.",
        f"Solicito el expediente clínico de mi vecino Raúl Tec Pat, NSS {ANA}",
        f"¿Me pueden decir si mi novio está afiliado? su nss es {ANA}",
        f"Quiero información de los salarios de un trabajador con NSS {ANA} para un juicio. Lic. Pedro Vera Luna",
    ],
)
def test_of_a_third_party_neither_number_nor_name_is_taken(body: str) -> None:
    read = reading(mail(body))
    assert (read.data.tercero, read.data.nss, read.data.nombre) == (True, None, None)
    assert any("terceros" in doubt for doubt in read.doubts)


@pytest.mark.parametrize(
    "body",
    [
        f"Mi patrón no me ha dado de alta, quiero saber si estoy dado de alta. nss {ANA}",
        f"Quiero saber las semanas de mi esposo que falleció, su NSS {ANA}",
        f"Una compañera del módulo me dijo que viniera, quiero saber si tengo vigencia {ANA}",
    ],
)
def test_the_own_matter_is_no_third_partys(body: str) -> None:
    data = person(body)
    assert (data.tercero, data.nss) == (False, ANA)


def test_a_number_with_letters_is_a_doubt_and_not_a_datum() -> None:
    read = reading(mail("No hay insulina.", subject="Queja NSS 79917OO96O1"))
    assert read.data.nss is None
    assert "79917OO96O1" in read.doubts[0]
    assert read.found["nss_dudoso"][0].value == "79917009601"


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("Cel. 4775550151", "4775550151"),
        ("(477) 555-0177", "4775550177"),
        ("222-555-01-57", "2225550157"),
        ("+52 1 55 1234 5678", "5512345678"),
        ("044 55 1234 5678", "5512345678"),
        ("tel: 01 (55) 1234 5678", "5512345678"),
        ("55 12 34 56 78", "5512345678"),
        ("whatsapp 5512345678", "5512345678"),
    ],
)
def test_telephones_become_ten_digits(written: str, digits: str) -> None:
    assert person(f"No hay citas\n{written}").telefono == digits


@pytest.mark.parametrize(
    "body",
    ["Llamé al 55 5238 2700 y nadie contesta", "Marqué al 800 623 2323", "folio 5512345678", "pagué $ 5512345678"],
)
def test_the_offices_telephone_and_other_numbers_are_not_the_persons(body: str) -> None:
    assert person(body).telefono is None


def test_curp_and_rfc_are_taken_only_with_their_check_digits() -> None:
    data = person("CURP VARR930217HCSRMC16, RFC: LUAL681228CQ9")
    assert (data.curp, data.rfc) == ("VARR930217HCSRMC16", "LUAL681228CQ9")
    wrong = person("VARR930217HCSRMC17 y LUAL681228CQ8")
    assert (wrong.curp, wrong.rfc) == (None, None)


@pytest.mark.parametrize("written", ["C69-43655-10-2", "C69 43655 10 2", "C6943655102", "c69.43655.10.2"])
def test_a_registro_patronal_says_that_an_employer_writes(written: str) -> None:
    data = person(f"Nos dieron de baja el registro patronal {written} sin avisar.", to=CONTRIBUYENTE)
    assert (data.registro_patronal, data.patron, data.nss) == ("C6943655102", True, None)


def test_a_worker_who_speaks_of_the_company_is_no_employer() -> None:
    assert not person(f"La empresa no me da de alta ni paga mis semanas. Luis Gil Soto {ANA}").patron


@pytest.mark.parametrize(
    ("words", "unit"),
    [
        ("la UMF 28", "UMF 28"),
        ("el HGZ no. 46", "HGZ 46"),
        ("el Hospital General Regional 1", "HGR 1"),
        ("la clínica 46", "Clínica 46"),
        ("la T-21", "T-21"),
        ("la T48", "T-48"),
        ("la unidad de medicina familiar número 9", "UMF 9"),
    ],
)
def test_units_are_named_one_way(words: str, unit: str) -> None:
    assert person(f"No hay medicina en {words}.").unidad == unit


def test_the_siade_folio_is_taken_and_our_own_reference_is_not_one() -> None:
    read = reading(mail("Mi folio SIADE es 2025-114578. Su referencia AC-250909-7K3FQ"))
    assert read.data.folio == "2025-114578"
    assert read.tokens == ("AC-250909-7K3FQ",)


FORM = "Nombre: Rosa Pech Uc\nNSS: {}\nCorreo: {}\nTeléfono: 4435550157\nMensaje: nesecito una cita"


def test_a_web_form_gives_the_data_of_the_person_and_an_address_to_check() -> None:
    read = reading(mail(FORM.format(ANA, "rosa@correo.example"), sender="Web <no-responder@sitio.example>"))
    assert read.kind == "peticion"
    assert (read.data.nombre, read.data.nss, read.data.telefono) == ("Rosa Pech Uc", ANA, "4435550157")
    assert read.sender is not None
    assert read.sender.email == "rosa@correo.example"
    assert read.doubts


def test_a_mistyped_address_of_a_form_answers_nobody() -> None:
    read = reading(mail(FORM.format(ANA, "rosa56@gmail.con"), sender="Web <no-responder@sitio.example>"))
    assert (read.data.correo, read.sender) == (None, None)


@pytest.mark.parametrize(
    "words",
    [
        "Mi NSS es dieciocho ochenta y ocho noventa y cuatro",
        "mi número de seguro es 1888941033",
        "NSS 1888941O33O",
        "NSS 188894103301",
        "18889410331",
        "1888 941 0331",
        "mi nss está en la foto",
        "NSS: xxxxxxxxxxx",
        "seguro social 18889 4103?",
        "el nss 18889410330 no es mío",
        "Tengo el folio interno o no sé qué, 20260114036",
    ],
)
def test_whatever_may_be_the_number_and_is_not_taken_is_a_doubt(words: str) -> None:
    read = reading(mail(f"Solicito mi cita en la UMF 8. {words}\nRosa Pech Uc"))
    assert read.data.nss is None
    assert read.doubts


@pytest.mark.parametrize(
    "words", ["No recuerdo mi NSS", "¿Cómo consigo mi número de seguro social?", "Cel. 5512345678"]
)
def test_a_mail_without_any_number_leaves_no_doubt_of_it(words: str) -> None:
    read = reading(mail(f"Solicito mi cita en la UMF 8. {words}\nRosa Pech Uc"))
    assert (read.data.nss, read.doubts) == (None, ())


def test_a_name_that_is_only_mentioned_is_a_doubt() -> None:
    read = reading(mail("No me dan cita y con lo de Marisol Tun Chi menos me atienden", sender="x <x@correo.example>"))
    assert read.data.nombre is None
    assert any("Marisol Tun Chi" in doubt for doubt in read.doubts)


@pytest.mark.parametrize(
    "table",
    [
        "<tr><td>Nombre</td><td>Rosa Pech Uc</td></tr><tr><td>NSS</td><td>{0}</td></tr>",
        "<tr><th>Nombre</th><th>NSS</th></tr><tr><td>Rosa Pech Uc</td><td>{0}</td></tr>",
        "<tr><td>Apellido paterno</td><td>Pech</td></tr><tr><td>Apellido materno</td><td>Uc</td></tr>"
        "<tr><td>Nombre(s)</td><td>Rosa</td></tr><tr><td>Número de seguridad social</td><td>{0}</td></tr>",
    ],
)
def test_tables_give_their_data_whatever_their_shape(table: str) -> None:
    body = f"<p>Solicito mi cita.</p><table>{table.format(ANA)}</table>"
    data = person(body, "x <x@correo.example>", content_type="text/html; charset=utf-8")
    assert (data.nombre, data.nss) == ("Rosa Pech Uc", ANA)


def test_a_name_in_the_subject_alone_is_read() -> None:
    data = person(
        "", "x <x@correo.example>", subject=f"no hay insulina en la UMF 8 Rosa Pech Uc NSS {ANA} cel 9991234567"
    )
    assert (data.nombre, data.nss, data.telefono) == ("Rosa Pech Uc", ANA, "9991234567")


@pytest.mark.parametrize("written", ["rote 850312 mdf rrr 00", "ROTE-850312-MDFRRR-00", "ROTE850312/MDFRRR00"])
def test_a_curp_is_read_in_any_writing(written: str) -> None:
    assert person(f"CURP {written}").curp == "ROTE850312MDFRRR00"
