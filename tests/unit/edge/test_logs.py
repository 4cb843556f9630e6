"""Logs: one event a line, always with an action, never with a person's data, whatever path a line came by."""

from __future__ import annotations

import io
import json
import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from daemon.edge import logs
from daemon.edge.clock import VirtualClock
from daemon.errors import AcuseError, StoreUnavailable
from daemon.model.ledger import Event
from daemon.model.masks import bare
from daemon.model.siade import Record, RecordClase
from tests.unit.decide.makers import reading
from tests.unit.send.drafts import draft

NSS, CURP, RFC, PHONE = "16907325605", "BADD110313HCMLNS09", "VECJ880326XXX", "55 1234 5678"
PERSONAL = f"NSS 16-90-73-2560-5 o {NSS}, {CURP}, {RFC}, tel. {PHONE}, +52 (55) 1234-5678, ana.lopez@example.org"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("debug", "json", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def assert_nobody_is_named(text: str) -> None:
    for datum in ("16-90", NSS, CURP, RFC, PHONE, "1234-5678", "ana.lopez"):
        assert datum not in text


def test_one_event_is_one_line_with_its_action(stream: io.StringIO) -> None:
    logs.get_logger().info("Se leyó un mensaje.", action="recibido", uid=7)
    (line,) = lines(stream)
    assert (line["event"], line["action"], line["uid"]) == ("Se leyó un mensaje.", "recibido", 7)


def test_identifiers_are_masked_in_any_field_and_in_nested_ones(stream: io.StringIO) -> None:
    logs.get_logger().info("Se leyó.", action="x", nota=PERSONAL, lista=[{"hondo": PERSONAL}], nss=int(NSS))
    assert_nobody_is_named(stream.getvalue())
    assert "@example.org" in stream.getvalue()


def test_identifiers_are_masked_in_lines_of_libraries(stream: io.StringIO) -> None:
    logging.getLogger("biblioteca.ajena").warning("respuesta de %s: %s", "ana.lopez@example.org", PERSONAL)
    assert_nobody_is_named(stream.getvalue())
    assert lines(stream)[0]["action"] == "biblioteca"


def test_identifiers_are_masked_in_tracebacks_of_ours_and_of_libraries(stream: io.StringIO) -> None:
    for logger in (logs.get_logger(), logging.getLogger("ajena")):
        try:
            raise ValueError(PERSONAL)
        except ValueError:
            logger.exception("Falló.")
    assert_nobody_is_named(stream.getvalue())
    assert all("ValueError" in str(line["exception"]) for line in lines(stream))


def test_a_traceback_of_a_bug_tells_where_and_not_what_the_mail_said(stream: io.StringIO) -> None:
    said = "Guadalupe Hernández, calle Morelos 12"
    for logger in (logs.get_logger(), logging.getLogger("ajena")):
        try:
            try:
                raise KeyError(said)
            except KeyError as first:
                raise ValueError(said) from first
        except ValueError:
            logger.exception("Falló.")
    assert "Guadalupe" not in stream.getvalue() and "Morelos" not in stream.getvalue()
    for line in lines(stream):
        for told in ("KeyError", "ValueError", "test_logs.py", "raise KeyError(said)"):
            assert told in str(line["exception"])


def test_a_traceback_of_a_fault_of_ours_or_of_the_system_keeps_its_words(stream: io.StringIO) -> None:
    for fault in (StoreUnavailable("la base de datos está ocupada"), OSError(28, "No space left on device")):
        try:
            raise fault
        except (AcuseError, OSError):
            logs.get_logger().exception("Falló.")
    assert "ocupada" in stream.getvalue() and "No space left" in stream.getvalue()


def test_a_persons_message_id_is_masked_and_ours_is_not(stream: io.StringIO) -> None:
    theirs, ours = f"<{NSS}.ana.lopez@example.org>", "<ac-251013-7k3fq-1-0123456789ab@imss.gob.mx>"
    for name in (theirs, ours):
        logs.log_event(
            Event(datetime(2025, 10, 13, tzinfo=UTC), "recibido", None, None, {"reading": reading(message_id=name)})
        )
        logs.log_event(Event(datetime(2025, 10, 13, tzinfo=UTC), "contado", None, None, {"message_id": name}))
    assert_nobody_is_named(stream.getvalue())
    assert [ours in str(line["message_id"]) for line in lines(stream)] == [False, False, True, True]


def test_the_words_of_a_person_are_hidden_whole(stream: io.StringIO) -> None:
    logs.get_logger().info("Se leyó.", action="x", nombre="Ana", asunto="Mi pensión", texto="Hola", para="a@b.mx")
    assert not {"Ana", "Mi pensión", "Hola"} & {str(value) for value in lines(stream)[0].values()}


def test_names_of_things_stay_readable_even_when_they_look_like_an_nss(stream: io.StringIO) -> None:
    logs.get_logger().info("Se leyó.", action="x", tramite=NSS, buzon="atnder@imss.gob.mx", id=f"<{NSS}@x.mx>")
    (line,) = lines(stream)
    assert line["tramite"] == NSS
    assert line["buzon"] == "atnder@imss.gob.mx"
    assert line["id"] == f"<{NSS}@x.mx>"


def test_dates_addresses_of_machines_and_our_references_are_no_telephone_numbers() -> None:
    text = "2026-03-16 10:15:00.123456, 192.168.100.200:60000, AC-250909-7K3FQ, 2026-03-16T10:15:00+00:00"
    assert logs.masked(text) == text


def test_an_event_of_the_flow_becomes_a_line_whatever_its_fields_are_called(stream: io.StringIO) -> None:
    at = datetime(2026, 3, 17, 15, tzinfo=UTC)
    fields = {"event": "a", "level": "b", "para": "ana.lopez@example.org", "clase": "aclaracion"}
    logs.log_event(Event(at, "enviado", "AC-250909-7K3FQ", "espera_aclaracion", fields))
    (line,) = lines(stream)
    assert (line["action"], line["petition"], line["clase"]) == ("enviado", "AC-250909-7K3FQ", "aclaracion")
    assert line["at"] == "2026-03-17T15:00:00+00:00"
    assert_nobody_is_named(stream.getvalue())


def test_errors_of_the_flow_are_errors_in_the_log(stream: io.StringIO) -> None:
    logs.log_event(Event(datetime(2026, 3, 17, 15, tzinfo=UTC), "error"))
    assert lines(stream)[0]["level"] == "error"


def test_text_for_eyes_has_one_line_an_event_and_the_same_guard() -> None:
    stream = io.StringIO()
    logs.configure("info", "texto", stream)
    logs.get_logger().info("Se leyó.", action="x", nota=PERSONAL)
    assert stream.getvalue().count("\n") == 1
    assert_nobody_is_named(stream.getvalue())
    structlog.reset_defaults()


def test_a_virtual_clock_moves_only_when_told_and_never_back() -> None:
    clock = VirtualClock(datetime(2026, 3, 17, 15, tzinfo=UTC))
    clock.advance(timedelta(hours=2))
    assert clock.now() == datetime(2026, 3, 17, 17, tzinfo=UTC)
    with pytest.raises(ValueError, match="no vuelve atrás"):
        clock.set(datetime(2026, 3, 17, 16, tzinfo=UTC))


def test_of_mails_and_decisions_only_facts_are_logged_never_words() -> None:
    out = io.StringIO()
    logs.configure(style="json", stream=out)
    now = datetime(2025, 10, 13, tzinfo=UTC)
    logs.log_event(Event(now, "recibido", None, None, {"buzon": "atnder@imss.gob.mx", "reading": reading()}))
    sent = {"borrador": draft(), "por": "acuse"}
    logs.log_event(Event(now, "enviado", "AC-251013-7K3FQ", "espera_datos_1", sent))
    printed = out.getvalue()
    assert '"action": "recibido"' in printed
    assert '"clase"' in printed
    for word in ("metformina", "Ana", "López", draft().to.partition("@")[0], "medicamento"):
        assert word not in printed


def test_of_a_record_for_siade_its_name_is_logged_and_nothing_that_a_person_wrote(stream: io.StringIO) -> None:
    now = datetime(2025, 10, 13, 16, 0, tzinfo=UTC)
    record = Record("AC-251013-7K3FQ/s1", "AC-251013-7K3FQ", RecordClase.NOTA, "atnder@imss.gob.mx", now,
                    f"Me llamo Ana y padezco. {PERSONAL}", numeral="P 5.73")  # fmt: skip
    logs.log_event(Event(now, "siade", record.folio, "registrada_turnada", {"registro": record}))
    (line,) = lines(stream)
    assert (line["clase"], line["registro"], line["numeral"]) == ("nota", "AC-251013-7K3FQ/s1", "P 5.73")
    assert "padezco" not in stream.getvalue()


def test_under_journald_each_event_is_one_line_of_json_that_begins_with_its_priority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with (tmp_path / "stderr").open("w+") as stderr:
        found = os.fstat(stderr.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        logs.configure("info", "auto", stderr)
        try:
            # A server names its folders as it likes: none of it may begin another line.
            named = "una\u2028<2>otra\x85y\nmás"
            fields = {"buzon": "atnder@imss.gob.mx", "folio": "AC-250909-7K3FQ", "carpeta": named}
            logs.get_logger().info("Se leyó.", action="recibido", **fields)
            try:
                raise StoreUnavailable("ocupada")
            except StoreUnavailable:
                logs.get_logger().exception("Falló.", action="error")
            logging.getLogger("apscheduler.scheduler").info("Scheduler started")
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
            structlog.reset_defaults()
        stderr.seek(0)
        first, second = stderr.read().removesuffix("\n").split("\n")
    assert first.startswith("<6>{") and second.startswith("<3>{")
    told = json.loads(first[3:])
    assert (told["action"], told["buzon"], told["folio"]) == ("recibido", "atnder@imss.gob.mx", "AC-250909-7K3FQ")
    assert "StoreUnavailable: ocupada" in json.loads(second[3:])["exception"]


def test_what_others_wrote_is_left_out_of_a_sentence_and_what_helps_is_kept() -> None:
    told = {
        "no existe la carpeta «Pendientes/Rosa» ya» → revise": "no existe la carpeta «…» → revise",
        "el servidor rechazó al usuario: «535 5.7.8 Rosa»": "el servidor rechazó al usuario: 535 5.7.8 «…»",
        "rechazó la copia (5.65): (550, 'Rosa no')": "rechazó la copia (5.65): (…)",
        "buzón x (imap.host:993): cortó → vea «acuse status»": "buzón x (imap.host:993): cortó → vea «acuse status»",
        "la plantilla falló «sin cerrar Rosa": "la plantilla falló «…»",
    }
    assert {text: bare(text) for text in told} == told


def test_a_library_gives_its_sentence_without_what_it_fills_in(stream: io.StringIO) -> None:
    logging.getLogger("ajena").warning("no se pudo con %s", "Guadalupe")
    logging.getLogger("ajena").warning("no se pudo con Guadalupe")
    first, second = lines(stream)
    assert (first["event"], second["event"]) == ("no se pudo con %s", "Una biblioteca dice algo.")
    assert str(second["donde"]).startswith("test_logs:") and second["logger"] == "ajena"


def test_the_name_that_somebody_gave_a_file_is_masked_as_other_text_is(stream: io.StringIO) -> None:
    logs.get_logger().info("Se leyó.", action="x", archivo=f"receta {NSS}.pdf", file=f"/tmp/{CURP}.pdf")
    assert_nobody_is_named(stream.getvalue())
    logs.get_logger().info("Se leyó.", action="x", archivo="rules/casa.yaml")
    assert lines(stream)[-1]["archivo"] == "rules/casa.yaml"
