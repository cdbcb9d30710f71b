"""Logs: every line is an object with ids; nothing that a resident wrote gets through, by mistake or by a library."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from shared.errors import PoisonError, TransientError
from shared.observability.failures import describe_failure
from shared.observability.fence import MAX_CHARACTERS, WITHHELD, fenced, masked_line
from shared.observability.logs import RepeatFilter, configure, logger, with_ids
from shared.settings import OperationsSettings

PLANTED = "jane.planted@example.org"


class Lines(io.StringIO):
    """What was written, line by line."""

    def objects(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = Lines()
    configure(OperationsSettings(log_format="json", log_level="DEBUG"), "normalizer", stream)
    yield stream
    structlog.reset_defaults()
    logging.captureWarnings(False)
    root.handlers[:] = before
    root.setLevel(level)


def test_a_line_is_an_object_with_ids(lines: Lines) -> None:
    """Event, level, service, module, time and the ids that were given, in one line of JSON."""
    with with_ids(trace_id="4bf92f35"):
        logger("normalizer.app").info("submission_normalized", submission_id=UUID(int=1), partition=3)
    [line] = lines.objects()
    assert line.pop("at")
    assert line == {
        "event": "submission_normalized",
        "level": "info",
        "service": "normalizer",
        "module": "normalizer.app",
        "submission_id": str(UUID(int=1)),
        "partition": 3,
        "trace_id": "4bf92f35",
    }


def _fail_with_a_cause() -> None:
    try:
        UUID(PLANTED)
    except ValueError as error:
        raise KeyError(f"cannot parse {PLANTED}") from error


def test_an_exception_is_logged_without_its_message(lines: Lines) -> None:
    """Classes and frames say where it broke; the message may quote what somebody wrote."""
    try:
        _fail_with_a_cause()
    except KeyError:
        logger("x").exception("failed")
    [line] = lines.objects()
    failure = line["failure"]
    assert isinstance(failure, dict)
    assert failure["type"] == "KeyError"
    assert failure["frames"][-1].endswith("_fail_with_a_cause")
    assert [cause["type"] for cause in failure["causes"]] == ["ValueError"]
    assert PLANTED not in lines.getvalue()


def test_libraries_come_through_the_same_pipeline(lines: Lines) -> None:
    """Their lines are masked, cut to the first line, and their exceptions told like ours."""
    try:
        int(PLANTED)
    except ValueError:
        logging.getLogger("somelibrary").exception("went wrong for %s\nfuture: <Task exception=%s>", PLANTED, PLANTED)
    [line] = lines.objects()
    assert (line["event"], line["module"], line["level"]) == ("went wrong for [email]", "somelibrary", "error")
    assert PLANTED not in lines.getvalue()


def test_a_malformed_line_of_a_library_does_no_harm(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong arguments in somebody else's logging are a line of ours, not an exception in the work."""
    root = logging.getLogger()
    monkeypatch.setattr(
        root, "handlers", [handler for handler in root.handlers if handler.__module__ == configure.__module__]
    )  # pytest's raise
    logging.getLogger("somelibrary").warning("%d files", "many")
    assert [line["event"] for line in lines.objects()] == ["unreadable_log_line"]


def test_documents_and_urls_of_libraries_stay_out(lines: Lines) -> None:
    """The commands of pymongo, the URLs of httpx and the access log of uvicorn are never written, at any level."""
    for name in ("pymongo.command", "httpx", "uvicorn.access", "motor", "python_multipart.multipart"):
        logging.getLogger(name).debug(PLANTED)
        logging.getLogger(name).info(PLANTED)
    assert lines.getvalue() == ""


def test_a_broker_that_is_away_is_one_warning(lines: Lines) -> None:
    """Errors that aiokafka's own retries heal are warnings, and a thousand equal ones are one line."""
    for node in range(1_000):
        logging.getLogger("aiokafka.client").error("Unable connect to node with id %s", node)
    assert [(line["event"], line["level"]) for line in lines.objects()] == [("Unable connect to node with id 0", "warning")]


def test_after_a_while_the_complaint_is_repeated_with_its_number() -> None:
    """A problem that lasts stays visible, and says how often it was held back."""
    repeat = RepeatFilter()

    def passes(at: float, message: str = "gone %s") -> logging.LogRecord | None:
        record = logging.LogRecord("aiokafka", logging.ERROR, "", 0, message, (at,), None)
        record.created = at
        return record if repeat.filter(record) else None

    assert passes(0.0)
    assert [passes(second) for second in (1.0, 15.0, 29.9)] == [None, None, None]
    assert passes(1.0, "another")
    again = passes(30.0)
    assert getattr(again, "suppressed", None) == 3


def test_two_failures_under_one_headline_are_both_told(lines: Lines) -> None:
    """A web server's "exception in application" is not held back where the exception is another one."""
    for number in ("x", None, "y"):
        try:
            int(number)  # type: ignore[arg-type]
        except (ValueError, TypeError):
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    assert [line["failure"]["type"] for line in lines.objects()] == ["ValueError", "TypeError"]  # type: ignore[index]


def test_what_is_below_the_level_costs_no_line(lines: Lines) -> None:
    """INFO leaves DEBUG out."""
    configure(OperationsSettings(log_format="json", log_level="INFO"), "normalizer", lines)
    logger("x").debug("detail")
    assert lines.getvalue() == ""


def test_a_log_that_cannot_be_written_does_not_stop_the_work() -> None:
    """A closed pipe or a full disk behind stdout costs lines, not residents."""
    stream = io.StringIO()
    configure(OperationsSettings(log_format="json"), "normalizer", stream)
    stream.close()
    logger("x").error("nobody_reads_this")
    structlog.reset_defaults()


def test_on_a_terminal_it_is_readable() -> None:
    """People get a line, not an object; the fence is the same."""
    stream = io.StringIO()
    configure(OperationsSettings(log_format="text"), "normalizer", stream)
    logger("x").info("submission_normalized", submission_id="7", text=PLANTED)
    structlog.reset_defaults()
    assert "submission_normalized" in stream.getvalue()
    assert "submission_id=7" in stream.getvalue()
    assert PLANTED not in stream.getvalue()


class Colour(StrEnum):
    RED = "red"


def test_values_are_what_json_holds_or_only_named() -> None:
    """An object whose repr may quote anything is logged by its class."""

    class Report:
        def __repr__(self) -> str:
            return PLANTED

    given_fields = {
        "path": Path("spool.sqlite"),
        "at": datetime(2026, 3, 2, tzinfo=UTC),
        "colour": Colour.RED,
        "raw_bytes": b"12345",
        "report": Report(),
        "kind": Report,
        "nested": {"email": PLANTED, "ids": [1, {"phone": "x"}]},
        "failure": TransientError("kafka", "timeout"),
    }
    assert fenced(given_fields) == {
        "path": "spool.sqlite",
        "at": "2026-03-02 00:00:00+00:00",
        "colour": "red",
        "raw_bytes": "[5 bytes]",
        "report": "[test_values_are_what_json_holds_or_only_named.<locals>.Report]",
        "kind": "test_values_are_what_json_holds_or_only_named.<locals>.Report",
        "nested": {"email": WITHHELD, "ids": [1, {"phone": WITHHELD}]},
        "failure": {"type": "TransientError", "detail": "kafka: timeout"},
    }


@pytest.mark.parametrize("key", ["text", "Description", "reply_email", "contact_phone", "mongodb_uri", "staff_token", "lat", "address"])
def test_fields_that_may_be_personal_are_withheld(key: str) -> None:
    """Whatever is in them, the name alone is reason enough; that there was something stays visible."""
    assert fenced({key: "anything"}) == {key: WITHHELD}
    assert fenced({key: None}) == {key: None}


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        (f"for {PLANTED}, again", "for [email], again"),
        ("mongodb://user:pass@db.example.org:27017/", "[email]"),
        ("call (919) 555-0123 or 919.555.0123 or +1 919 555 0123", "call [phone] or [phone] or [phone]"),
        ("ssn 123-45-6789", "ssn [ssn]"),
        ("card 4111 1111 1111 1111", "card [card]"),
        ("submission.received.v1-0@1234", "submission.received.v1-0@1234"),
        ("5f0c8e2a-93b1-5c1d-8a77-012345678901", "5f0c8e2a-93b1-5c1d-8a77-012345678901"),
        ("2026-03-02T12:00:00.000Z", "2026-03-02T12:00:00.000Z"),
        ("7KQ4M2XD9RTB 123456789012", "7KQ4M2XD9RTB 123456789012"),
        ("forged\r\nline\x1b[31m\u202e", "forged  line [31m "),
    ],
)
def test_lines_are_masked_and_ids_are_not(line: str, masked: str) -> None:
    """Addresses and numbers of people go, ids and positions stay, and nobody forges a line."""
    assert masked_line(line) == masked


@given(st.text(alphabet=st.characters(), max_size=2_000))
def test_any_text_becomes_one_bounded_line(text: str) -> None:
    """Whatever a library logs: one line, bounded, encodable."""
    line = masked_line(text)
    assert len(line) <= MAX_CHARACTERS * 2
    assert line.encode("utf-8").splitlines() == ([line.encode("utf-8")] if line else [])


def test_failures_tell_what_is_known_to_be_safe() -> None:
    """Our own texts, field paths and system error names; never an arbitrary message."""

    class Form(BaseModel):
        age: int

    with pytest.raises(ValidationError) as caught:
        Form.model_validate({"age": PLANTED})
    assert describe_failure(caught.value)["detail"] == "age=int_parsing"
    assert describe_failure(PoisonError("invalid_message", "text=missing"))["detail"] == "invalid_message: text=missing"
    assert describe_failure(OSError(28, PLANTED, PLANTED)) == {"type": "OSError", "detail": "ENOSPC"}
    assert describe_failure(ValueError(PLANTED)) == {"type": "ValueError"}
    assert describe_failure(ExceptionGroup(PLANTED, [KeyError(PLANTED)])) == {"type": "ExceptionGroup", "group": ["KeyError"]}


def test_a_chain_that_bites_its_tail_ends() -> None:
    """Two exceptions that name each other as the cause are told once each."""
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    assert describe_failure(first) == {"type": "ValueError", "causes": [{"type": "KeyError"}]}
