"""The form reader: every reasonable layout is read right and sure, and nothing doubtful is ever sure."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.edge.pdf import PdfReader
from daemon.model.mail import PdfText, Sheet, Word
from daemon.model.survival import CAMPOS, Form, Receipt
from daemon.model.survival_rules import Formulario
from daemon.read.forms import NOTED, UNREADABLE, read_forms
from daemon.reply.duplicate import print_ready

from . import form_pages
from .form_pages import (
    BILINGUAL,
    FORMULARIOS,
    LABELS,
    LAYOUTS,
    ROWS,
    SHORT,
    VALUES,
    Layout,
    Paper,
    Values,
    above,
    answers,
    boxed,
    drawn,
    expected,
    fillable,
    joined,
    left,
    many_pages,
    right_aligned,
    stacked,
    table,
    two_up,
    wrapped,
)

OTHER: Values = {
    **VALUES,
    "oficina_consular": "LOS ÁNGELES, CALIFORNIA, ESTADOS UNIDOS",
    "id_tramite": "55",
    "nss": "48694790063",
    "ex_trabajador_imss": "SÍ",
    "nombre": "IÑAKI",
    "apellido_paterno": "NÚÑEZ",
    "apellido_materno": "",
    "identificacion_tipo": "PASAPORTE",
}
Read = Callable[[bytes], tuple[Form, ...]]


@pytest.fixture(scope="module")
def reader() -> Iterator[PdfReader]:
    one = PdfReader()
    yield one
    one.close()


@pytest.fixture(scope="module")
def read(reader: PdfReader) -> Read:
    return lambda raw: read_forms(reader(raw), "solicitud.pdf", FORMULARIOS)


@pytest.fixture(scope="module")
def figure(reader: PdfReader) -> PdfText:
    """The circular's figure as a reader gets it."""
    return reader(drawn(above))


def only(forms: Sequence[Form]) -> Form:
    assert len(forms) == 1
    return forms[0]


def assert_sure(form: Form, values: Values) -> None:
    assert {key: form.fields[key] for key in CAMPOS} == expected(values)
    assert form.form == "solicitud_supervivencia"
    assert (form.unsure, form.faults) == ((), ())


@pytest.mark.parametrize("font", ["Helvetica", "Times-Roman"])
@pytest.mark.parametrize("values", [VALUES, OTHER], ids=["full", "surname missing"])
@pytest.mark.parametrize("labels", [LABELS, SHORT], ids=["long", "short"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_clean_form_is_right_and_sure_in_every_layout(
    layout: str, labels: dict[str, str], values: Values, font: str, read: Read
) -> None:
    assert_sure(only(read(drawn(LAYOUTS[layout], values, labels=dict(labels), font=font))), values)


@pytest.mark.parametrize("layout", [left, joined, above])
@pytest.mark.parametrize("change", [str.upper, lambda said: said.rstrip(":"), lambda said: said.replace("é", "e")])
def test_capitals_colons_and_accents_of_labels_do_not_matter(
    layout: Layout, change: Callable[[str], str], read: Read
) -> None:
    assert_sure(only(read(drawn(layout, labels={key: change(said) for key, said in SHORT.items()}))), VALUES)


@pytest.mark.parametrize("layout", ["joined", "pipes", "right_aligned"])
def test_labels_in_two_languages_are_one_label(layout: str, read: Read) -> None:
    paper = {"labels": dict(BILINGUAL), "label_size": 7.0, "value_size": 8.5}
    assert_sure(only(read(drawn(LAYOUTS[layout], **paper))), VALUES)


@pytest.mark.parametrize("size", [5.0, 7.0, 14.0])
def test_the_size_of_the_letters_does_not_matter(size: float, read: Read) -> None:
    paper = {"labels": dict(SHORT), "label_size": size, "value_size": size}
    assert_sure(only(read(drawn(lambda page, values: left(page, values, pitch=3 * size), **paper))), VALUES)


def test_a_misspelt_label_is_known_where_no_other_is_nearly_as_alike(read: Read) -> None:
    labels = {**LABELS, "apellido_paterno": "Apelido paterno:", "fecha_nacimiento": "Fecha de nacimento:"}
    assert_sure(only(read(drawn(above, labels=labels))), VALUES)


@pytest.mark.parametrize("draw", [two_up, stacked, many_pages])
def test_several_forms_of_one_file_are_told_apart(draw: Callable[[Values, Values], bytes], read: Read) -> None:
    forms = read(draw(VALUES, OTHER))
    assert len(forms) == 2
    assert_sure(forms[0], VALUES)
    assert_sure(forms[1], OTHER)
    assert forms[0].fingerprint != forms[1].fingerprint


def test_the_same_id_twice_in_one_file_is_for_a_person(read: Read) -> None:
    forms = read(many_pages(VALUES, {**VALUES, "nombre": "OTRA"}))
    assert all(any("mismo ID" in doubt for doubt in form.unsure) for form in forms)


def test_contact_data_in_labelled_parts_are_read_without_the_parts_labels(read: Read) -> None:
    def layout(page: Paper, values: Values) -> None:
        above(page, {**values, "contacto": ""})
        for x, label, value in ((50, "Teléfono:", "+1 214 555 0133"), (220, "Correo electrónico:", "m@yahoo.example")):
            page.text(x, 350, label, 8)
            page.text(x, 361, value)

    assert_sure(only(read(drawn(layout))), {**VALUES, "contacto": "+1 214 555 0133 m@yahoo.example"})


def test_an_edited_description_reads_a_form_in_other_words(read: Read, reader: PdfReader) -> None:
    words = {
        "fecha_solicitud": "Presentada el",
        "oficina_consular": "Sede",
        "id_tramite": "Expediente",
        "nss": "Matrícula del asegurado",
        "fecha_nacimiento": "Nació el",
        "ex_trabajador_imss": "Jubilado del Instituto",
        "nombre": "Nombres de pila",
        "apellido_paterno": "Apellido 1",
        "apellido_materno": "Apellido 2",
        "identificacion_tipo": "Documento",
        "identificacion_folio": "Clave",
        "contacto": "Localización",
    }
    raw = drawn(_retitled, labels=words)
    assert only(read(raw)).form is None
    shipped = FORMULARIOS[0].model_dump()
    for campo in shipped["campos"]:
        campo["etiquetas"] = [words.get(campo["clave"], "CURP")]
    edited = Formulario.model_validate(
        {
            **shipped,
            "clave": "fe_de_vida",
            "titulos": ["fe de vida"],
            "secciones": [
                {"clave": "pensionado", "titulos": ["titular"]},
                {"clave": "identificacion", "titulos": ["acreditación"]},
            ],
        }
    )
    form = only(read_forms(reader(raw), "fe.pdf", (*FORMULARIOS, edited)))
    assert (form.form, form.unsure) == ("fe_de_vida", ())
    assert {key: form.fields[key] for key in CAMPOS} == expected(VALUES)


def _retitled(page: Paper, values: Values) -> None:
    page.title(words="FE DE VIDA")
    y = 120
    for row in ROWS:
        if isinstance(row, str):
            page.text(50, y, {"Pensionado": "Titular", "Identificación": "Acreditación"}[row], 11)
            y += 20
            continue
        for key in row:
            page.text(50, y, f"{page.labels[key]}:", 9)
            page.text(220, y, values[key], 9)
            y += 20


@pytest.mark.parametrize("layout", [left, above, joined, table])
def test_the_only_type_and_folio_of_a_form_need_no_heading(
    layout: Layout, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form_pages, "ROWS", tuple(row for row in ROWS if not isinstance(row, str)))
    assert_sure(only(read(drawn(layout))), VALUES)


@pytest.mark.parametrize("y", [60, 540])
def test_a_second_folio_without_headings_is_for_a_person(y: int, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    def layout(page: Paper, values: Values) -> None:
        left(page, values)
        page.text(50, y, "Folio: 99213")

    monkeypatch.setattr(form_pages, "ROWS", tuple(row for row in ROWS if not isinstance(row, str)))
    assert only(read(drawn(layout))).unsure


@pytest.mark.parametrize("change", [str, lambda said: said.upper().rstrip(":")], ids=["figure", "capitals"])
@pytest.mark.parametrize("layout", [left, above, table, boxed, right_aligned])
def test_an_office_that_begins_like_its_label_stays_whole(
    layout: Layout, change: Callable[[str], str], read: Read
) -> None:
    values = {**VALUES, "oficina_consular": "CONSULADO DE MÉXICO EN LAREDO"}
    assert_sure(only(read(drawn(layout, values, labels={key: change(said) for key, said in SHORT.items()}))), values)


@pytest.mark.parametrize("layout", [left, above, joined, table])
def test_the_name_of_contact_data_is_kept_as_it_is_printed(layout: Layout, read: Read) -> None:
    values = {**VALUES, "contacto": "Tel.: +1 713 555 0117"}
    assert_sure(only(read(drawn(layout, values))), values)


def test_the_second_line_of_contact_data_is_not_the_neighbours(read: Read) -> None:
    def layout(page: Paper, values: Values) -> None:
        left(page, {**values, "ex_trabajador_imss": "", "contacto": ""}, value_x=200)
        for x, lines in (
            (330, ("Ex trabajador IMSS de", "Jubilaciones y Pensiones:")),
            (430, (values["ex_trabajador_imss"],)),
            (452, ("Datos de contacto",)),
            (520, ("+1 214 555 0133", "m@y.example")),
        ):
            for number, line in enumerate(lines):
                page.text(x, 330 + 9 * number, line, 7)

    labels = {**SHORT, "ex_trabajador_imss": "", "contacto": ""}
    form = only(read(drawn(layout, labels=labels)))
    assert (form.fields["ex_trabajador_imss"], form.fields["contacto"]) == ("NO", "+1 214 555 0133 m@y.example")


def test_a_value_that_ends_in_a_joining_word_goes_on_below(read: Read) -> None:
    def layout(page: Paper, values: Values) -> None:
        left(page, {**values, "identificacion_tipo": "CREDENCIAL PARA"}, pitch=26)
        page.text(270, 120 + 11 * 26 + 11, "VOTAR")

    form = only(read(drawn(layout)))
    assert (form.fields["identificacion_tipo"], form.unsure) == ("CREDENCIAL PARA VOTAR", ())


# Forms to fill in on screen.


def test_a_filled_form_is_read_by_the_places_of_its_fields(read: Read) -> None:
    form = only(read(fillable(VALUES, {key: f"Text{at}" for at, key in enumerate(VALUES)})))
    assert_sure(form, VALUES)
    assert form.readable == "acroform"


def test_a_filled_form_is_read_by_the_names_of_its_fields(read: Read) -> None:
    assert_sure(only(read(fillable(OTHER, {key: f"form1[0].hoja[0].{key}[0]" for key in OTHER}))), OTHER)


def test_place_and_name_that_disagree_are_for_a_person(read: Read) -> None:
    form = only(read(fillable(VALUES, {"nombre": "apellido_paterno", "apellido_paterno": "nombre"})))
    assert any("no coinciden" in doubt for doubt in form.unsure)


@pytest.mark.parametrize("below", [2, 4, 6])
def test_fields_of_the_screen_may_stand_below_their_labels(below: float, read: Read) -> None:
    names = {key: f"untitled{at}" for at, key in enumerate(VALUES)}
    assert_sure(only(read(fillable(VALUES, names, below=below))), VALUES)


def test_a_field_left_empty_takes_no_other_value(read: Read) -> None:
    values = {**VALUES, "apellido_paterno": "", "nss": ""}
    form = only(read(fillable(values, dict.fromkeys(VALUES, "x"), below=3)))
    assert_sure(form, values)


def test_what_is_typed_over_an_empty_field_is_its_value(read: Read) -> None:
    raw = fillable({**VALUES, "nss": ""}, more=lambda page: page.text(272, 120 + 26 * [*VALUES].index("nss"), "1"))
    assert only(read(raw)).fields["nss"] == "1"


def test_a_field_that_is_no_labels_is_for_a_person(read: Read) -> None:
    form = only(read(fillable(VALUES, more=lambda page: page.field("Extra", "OTRO", 270, 560))))
    assert any("no son de ningún campo: «OTRO»" in doubt for doubt in form.unsure)


@pytest.mark.parametrize("below", [0, 3])
@pytest.mark.parametrize("answer", ["SÍ", "NO", ""])
@pytest.mark.parametrize("before", [True, False])
def test_boxes_to_tick_may_stand_before_or_behind_their_answers(
    answer: str, before: bool, below: float, read: Read
) -> None:
    values = {**VALUES, "ex_trabajador_imss": answer}
    raw = fillable(values, below=below, ticks=lambda *place: answers(*place, before=before))
    assert_sure(only(read(raw)), values)


@pytest.mark.parametrize("answer", ["SÍ", "NO"])
def test_a_box_to_tick_without_words_says_yes(answer: str, read: Read) -> None:
    raw = fillable(VALUES, ticks=lambda page, _, x, y: page.tick("Check Box1", x, y, on=answer == "SÍ"))
    form = only(read(raw))
    assert (form.fields["ex_trabajador_imss"], form.unsure) == ({"SÍ": "SÍ"}.get(answer), ())


@pytest.mark.parametrize(("states", "sure"), [(("si", "no"), True), (("0", "1"), True), (("no", "si"), False)], ids=str)
def test_a_ticked_box_whose_own_state_says_the_other_answer_is_for_a_person(
    states: tuple[str, str], sure: bool, read: Read
) -> None:
    def radios(page: Paper, _: Values, x: float, y: float) -> None:
        for at, (answer, state) in enumerate(zip(("SÍ", "NO"), states, strict=True)):
            page.canvas.acroForm.radio(
                name="Opción", value=state, selected=answer == "NO", x=x + 80 * at, y=page.size[1] - y - 3, size=11
            )
            page.text(x + 80 * at + 16, y, answer)

    form = only(read(fillable({**VALUES, "ex_trabajador_imss": "NO"}, ticks=radios)))
    assert (form.fields["ex_trabajador_imss"], not form.unsure) == ("NO", sure)


def test_a_narrow_field_that_says_no_is_no_box_to_tick(read: Read) -> None:
    form = only(read(fillable(VALUES, ticks=lambda page, _, x, y: page.field("Text9", "NO", x, y, 20))))
    assert (form.fields["ex_trabajador_imss"], form.unsure) == ("NO", ())


# Values.


@pytest.mark.parametrize(
    ("field", "printed", "said"),
    [
        ("fecha_nacimiento", "8/1/1949", "1949-01-08"),
        ("fecha_nacimiento", "28-11-1949", "1949-11-28"),
        ("fecha_nacimiento", "28.11.1949", "1949-11-28"),
        ("fecha_nacimiento", "28 de noviembre de 1949", "1949-11-28"),
        ("fecha_nacimiento", "28/NOV/1949", "1949-11-28"),
        ("fecha_nacimiento", "31/02/1941", "31/02/1941"),
        ("fecha_nacimiento", "11/28/1941", "11/28/1941"),
        ("fecha_nacimiento", "28/11/41", "28/11/41"),
        ("nss", "06-67-49-1050-7", "06674910507"),
        ("nss", "06 67 49 1050 7", "06674910507"),
        ("nss", "0667491050", "0667491050"),
        ("nss", "0667491050O", "0667491050O"),
        ("nss", "____________", None),
        ("nss", "", None),
        ("id_tramite", "0", "0"),
        ("id_tramite", "878,653", "878653"),
        ("apellido_materno", "-", None),
        ("apellido_materno", "XXX", None),
        ("apellido_materno", "N/A", None),
        ("ex_trabajador_imss", "Si", "SÍ"),
        ("ex_trabajador_imss", "SÍ ( X )  NO (  )", "SÍ"),
        ("ex_trabajador_imss", "[ ] SÍ  [X] NO", "NO"),
        ("ex_trabajador_imss", "SÍ (  )  NO (  )", None),
        ("ex_trabajador_imss", "X", "SÍ"),
        ("oficina_consular", "Dallas, Texas, Estados Unidos", "Dallas, Texas, Estados Unidos"),
    ],
)
def test_values_are_normalised_and_never_repaired(field: str, printed: str, said: str | None, read: Read) -> None:
    form = only(read(drawn(left, {**VALUES, field: printed})))
    assert (form.fields[field], form.unsure) == (said, ())


@pytest.mark.parametrize(
    ("field", "printed"),
    [
        ("ex_trabajador_imss", "SÍ (X)  NO (X)"),
        ("ex_trabajador_imss", "SÍ  NO"),
        ("ex_trabajador_imss", "quizá"),
        ("fecha_nacimiento", "en mayo"),
        ("oficina_consular", "DALLAS, TEXAS,"),
        ("nombre", "MARÍA 4"),
        ("nombre", "MARÍA Apellido"),
        ("identificacion_folio", "G30461939 2"),
        ("contacto", "PENDIENTE"),
        ("id_tramite", "878653 878654"),
    ],
)
def test_values_unlike_their_type_are_for_a_person(field: str, printed: str, read: Read) -> None:
    assert only(read(drawn(left, {**VALUES, field: printed}))).unsure


# Doubts.


def test_a_value_that_reaches_the_next_column_is_for_a_person(read: Read) -> None:
    assert only(read(drawn(above, {**VALUES, "nombre": "MARIAFERNANDAGUADALUPEDELOSANGELES"}))).unsure


def test_a_word_broken_at_the_end_of_its_box_is_for_a_person(read: Read) -> None:
    # The circular's figure breaks «NUEVA» so.
    def layout(page: Paper, values: Values) -> None:
        above(page, {**values, "oficina_consular": ""})
        first = "WELLINGTON, WELLINGTON, NUE"
        page.text(221, 137, first, 9.5 * 168 / page.width(first, 9.5))
        page.text(221, 149, "VA ZELANDIA", 9.5 * 168 / page.width(first, 9.5))

    assert only(read(drawn(layout))).unsure


@pytest.mark.parametrize("key", CAMPOS)
def test_a_label_that_is_missing_is_told(key: str, read: Read) -> None:
    form = only(read(drawn(left, {**VALUES, key: ""}, labels={**SHORT, key: ""})))
    assert any(doubt.startswith("No se encontró la etiqueta") for doubt in form.unsure)


def test_values_that_stand_over_their_labels_are_for_a_person(read: Read) -> None:
    def layout(page: Paper, values: Values) -> None:
        page.title()
        y = 120.0
        for row in ROWS:
            if isinstance(row, str):
                page.text(50, y, row, 11)
                y += 26
                continue
            for key, x in zip(row, (50, 230, 400), strict=False):
                page.text(x, y, wrapped(page, values[key], 170, 9)[0])
                page.label(key, x, y + 10)
            y += 36

    assert only(read(drawn(layout, labels=dict(SHORT)))).unsure


@pytest.mark.parametrize("note", NOTED)
def test_what_the_page_reader_noticed_of_the_file_is_for_a_person(note: str, figure: PdfText) -> None:
    assert NOTED[note] in only(read_forms(replace(figure, notes=(note,)), "x.pdf", FORMULARIOS)).unsure


def test_a_form_read_by_ocr_is_never_sure(figure: PdfText) -> None:
    blurred = [replace(word, sure=60.0 if word.text == "JUÁREZ" else 96.0) for word in figure.sheets[0].words]
    pdf = replace(figure, readable="ocr", sheets=(replace(figure.sheets[0], words=tuple(blurred)),))
    form = only(read_forms(pdf, "x.pdf", FORMULARIOS))
    assert form.readable == "ocr"
    assert form.fields["nss"] == VALUES["nss"]
    assert any("apellido materno" in doubt for doubt in form.unsure)


LOOSE = (
    "PEREZ",
    "12345",
    "RECIBIDO",
    "28/11/2020",
    "06674910508",
    "SÍ",
    "Nota:",
    "G99999999",
    "Folio:",
    "NSS:",
    "Nombre:",
)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_strange_word_in_the_form_changes_no_value_that_stays_sure(layout: str, reader: PdfReader) -> None:
    pdf = reader(drawn(LAYOUTS[layout], labels=dict(SHORT)))
    sheet, dice = pdf.sheets[0], random.Random(layout)
    truth = expected(VALUES)
    for _ in range(40):
        word, said = dice.choice(sheet.words), dice.choice(LOOSE)
        x = word.x1 + dice.choice((10, 15, 40))
        beside = [x - other.x1 for other in sheet.words if abs(other.top - word.top) < 3 and other.x0 < x]
        if min(beside) < 10:
            # Right behind a word it is the next word of that value, for every reader.
            continue
        loose = Word(said, x, word.top, x + 5 * len(said), word.bottom, word.size)
        changed = replace(pdf, sheets=(replace(sheet, words=(*sheet.words, loose)),))
        for form in read_forms(changed, "x.pdf", FORMULARIOS):
            # Contact data are free text: a word beside them may be one of them.
            wrong = {key for key in CAMPOS if form.fields.get(key) != truth[key]} - {"contacto"}
            assert not wrong or form.unsure or form.form is None, (said, word.text, wrong)


# What is no form.


def test_a_document_that_is_no_form_is_told(read: Read) -> None:
    form = only(
        read(drawn(lambda page, _: page.text(50, 100, "Remito la solicitud de comprobación de supervivencia.")))
    )
    assert (form.form, form.fields, [fault.code for fault in form.faults]) == (None, {}, ["no_es_formulario"])


def test_a_page_that_explains_the_form_is_none_beside_it(read: Read, reader: PdfReader) -> None:
    def explained(page: Paper, _: Values) -> None:
        page.text(50, 60, "Instructivo de llenado de la solicitud de comprobación de supervivencia")
        for number, said in enumerate(LABELS.values()):
            page.text(50, 100 + 20 * number, f"{said.rstrip(':')}: como aparece en su documento.")

    good, instructions = reader(drawn(above)), reader(drawn(explained))
    sheets = (*good.sheets, replace(instructions.sheets[0], number=2))
    assert_sure(only(read_forms(replace(good, sheets=sheets), "x.pdf", FORMULARIOS)), VALUES)


def test_our_own_receipt_is_no_form(read: Read) -> None:
    receipt = Receipt("CS-251201-4M8TZ-1", "Dallas", expected(VALUES), datetime(2025, 12, 1, tzinfo=UTC), None)
    assert only(read(print_ready((receipt,), "America/Mexico_City"))).form is None


@pytest.mark.parametrize("fault", [*UNREADABLE, "algo_nuevo"])
def test_a_pdf_that_cannot_be_read_says_why_and_what_to_do(fault: str) -> None:
    form = only(read_forms(PdfText("no", fault=fault), "x.pdf", FORMULARIOS))
    assert (form.form, form.readable) == (None, "no")
    assert [told.code for told in form.faults] == [fault]
    assert form.faults[0].text.endswith(".")
    assert form.faults[0].cure.endswith(".")


# Properties.


@settings(max_examples=25, deadline=None)
@given(dice=st.randoms(use_true_random=False))
def test_the_order_of_the_words_does_not_matter(figure: PdfText, dice: random.Random) -> None:
    words = list(figure.sheets[0].words)
    dice.shuffle(words)
    pdf = replace(figure, sheets=(replace(figure.sheets[0], words=tuple(words)),))
    assert read_forms(pdf, "x.pdf", FORMULARIOS) == read_forms(figure, "x.pdf", FORMULARIOS)


@settings(max_examples=25, deadline=None)
@given(scale=st.floats(0.3, 4), right=st.floats(0, 200), down=st.floats(-40, 400))
def test_a_form_that_is_moved_and_scaled_reads_the_same(
    figure: PdfText, scale: float, right: float, down: float
) -> None:
    def moved(sheet: Sheet) -> Sheet:
        words = tuple(
            Word(w.text, (w.x0 + right) * scale, (w.top + down) * scale, (w.x1 + right) * scale,
                 (w.bottom + down) * scale, w.size * scale)
            for w in sheet.words
        )  # fmt: skip
        return replace(sheet, words=words, width=(sheet.width + 250) * scale, height=sheet.height * scale * 2)

    form = only(read_forms(replace(figure, sheets=(moved(figure.sheets[0]),)), "x.pdf", FORMULARIOS))
    assert (form.fields, form.unsure) == (expected(VALUES) | {}, ())


places = st.floats(-50, 900, allow_nan=False)
texts = st.one_of(
    st.text(max_size=12),
    st.sampled_from([*LABELS.values(), *VALUES.values(), "SOLICITUD DE COMPROBACIÓN DE SUPERVIVENCIA", "(", ")", "X"]),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(texts, places, places, st.floats(-5, 200), st.floats(-5, 60)), max_size=40),
    st.lists(st.tuples(places, places, places, places), max_size=6),
)
def test_no_words_whatever_make_it_fail(
    given_words: list[tuple[str, float, float, float, float]], boxes: list[tuple[float, float, float, float]]
) -> None:
    words = [Word(text, x, y, x + wide, y + high, high) for text, x, y, wide, high in given_words]
    pdf = PdfText("text", sheets=(Sheet(1, 612, 792, tuple(words), (), tuple(boxes)),))
    for form in read_forms(pdf, "x.pdf", FORMULARIOS):
        assert form.form or form.faults
