"""Logs: one JSON object a line for machines, a readable line on a terminal; ids, counts and classes, never personal data.

``logger(__name__).info("submission_accepted", submission_id=..., channel=...)``: the event is a constant, everything that varies
is a field. Other libraries' stdlib logging comes through the same pipeline.
"""

import json
import logging
import sys
from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from typing import Any, Final, TextIO, cast

import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.typing import FilteringBoundLogger

from shared.observability.failures import describe_failure
from shared.observability.fence import fenced
from shared.settings import OperationsSettings

REPEAT_SECONDS: Final = 30.0
"""The same complaint of a library is written at most this often: a broker that is away would otherwise fill the disk."""

_LEVELS: Final = {
    "aiokafka": logging.WARNING,
    "asyncio": logging.WARNING,
    "httpx": logging.WARNING,  # INFO writes whole URLs, and those may hold what somebody searched for
    "httpcore": logging.WARNING,
    "imapclient": logging.WARNING,  # DEBUG writes what the server says, mails included
    "msal": logging.WARNING,
    "motor": logging.WARNING,
    "pymongo": logging.WARNING,  # DEBUG writes commands with their documents
    "python_multipart": logging.ERROR,  # quotes bytes of the form
    "multipart": logging.ERROR,
    "PIL": logging.WARNING,
    "uvicorn": logging.INFO,
    "uvicorn.error": logging.INFO,
}

Fields = MutableMapping[str, Any]


def logger(name: str) -> FilteringBoundLogger:
    """The logger of a module. May be made at import; it follows whatever ``configure`` sets up later."""
    return cast("FilteringBoundLogger", structlog.get_logger(module=name))


def with_ids(**ids: str) -> AbstractContextManager[None]:
    """Every line written inside, in this task and those it starts, carries these ids (``trace_id``, ``request_id`` ...)."""
    return cast("AbstractContextManager[None]", bound_contextvars(**ids))


def configure(settings: OperationsSettings, service: str, stream: TextIO | None = None) -> None:
    """Set up logging for this process, once at its start. ``service`` is on every line."""
    target = stream if stream is not None else sys.stdout
    is_text = settings.log_format == "text" or (settings.log_format == "auto" and target.isatty())
    level = logging.getLevelNamesMapping()[settings.log_level]

    def add_service(_logger: Any, _method: str, fields: Fields) -> Fields:  # noqa: ANN401 - structlog's signature
        fields["service"] = service
        return fields

    structlog.configure(
        processors=[
            merge_contextvars,
            structlog.processors.add_log_level,
            add_service,
            _failure_as_fields,
            _fence,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _text_renderer(target) if is_text else structlog.processors.JSONRenderer(serializer=json.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: _Lines(target),
        cache_logger_on_first_use=False,
    )
    _route_standard_logging(level)


def _text_renderer(target: TextIO) -> structlog.typing.Processor:
    return structlog.dev.ConsoleRenderer(colors=target.isatty(), timestamp_key="at", sort_keys=False)


def _failure_as_fields(_logger: Any, _method: str, fields: Fields) -> Fields:  # noqa: ANN401 - structlog's signature
    given = fields.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        fields["failure"] = describe_failure(error)
    return fields


def _fence(_logger: Any, _method: str, fields: Fields) -> Fields:  # noqa: ANN401 - structlog's signature
    return fenced(cast("dict[str, object]", fields))


class _Lines:
    """Writes one line in one call. A log that cannot be written (closed pipe, full disk) must not stop the work it tells of."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            return

    debug = info = warning = warn = error = critical = exception = fatal = log = msg


class _Forward(logging.Handler):
    """Takes the lines of libraries into our pipeline: the first line only, because the next ones quote objects."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            event = (record.getMessage().splitlines() or [""])[0]
            suppressed = getattr(record, "suppressed", 0)
            fields = {"suppressed": suppressed} if suppressed else {}
            logger(record.name).log(record.levelno, event, exc_info=record.exc_info, **fields)
        except Exception:  # noqa: BLE001 - a malformed line of a library must not break the work that it tells of
            logger(record.name).warning("unreadable_log_line", level_number=record.levelno)


class RepeatFilter(logging.Filter):
    """Lets the same complaint through once per ``REPEAT_SECONDS``, with the number of those held back.

    aiokafka writes ERROR for what its own retries heal (a broker that is away, a coordinator that moves): for us a warning,
    because a failure that matters arrives as an exception and is logged where it is handled.
    """

    MAX_KINDS: Final = 1_000

    def __init__(self, calmed: tuple[str, ...] = ("aiokafka",)) -> None:
        super().__init__()
        self._calmed = calmed
        self._last: dict[tuple[object, ...], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written; counts those that are not."""
        if record.name.startswith(self._calmed) and record.levelno == logging.ERROR:
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        if record.levelno < logging.WARNING:
            return True
        kind = (record.name, str(record.msg)[:200], *_where(record.exc_info))
        written_at, suppressed = self._last.get(kind, (float("-inf"), 0))
        if record.created - written_at < REPEAT_SECONDS:
            self._last[kind] = (written_at, suppressed + 1)
            return False
        if len(self._last) >= self.MAX_KINDS:
            self._last.clear()
        self._last[kind] = (record.created, 0)
        record.suppressed = suppressed
        return True


def _where(exc_info: object) -> tuple[object, ...]:
    """Class and place of an exception: "Exception in ASGI application" is a new complaint for each."""
    error = exc_info[1] if isinstance(exc_info, tuple) else None
    if not isinstance(error, BaseException):
        return ()
    frames = describe_failure(error).get("frames")
    return (type(error), frames[-1] if isinstance(frames, list) else None)


def _route_standard_logging(level: int) -> None:
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _Forward)]:
        root.removeHandler(handler)
    forward = _Forward()
    forward.addFilter(RepeatFilter())
    root.addHandler(forward)
    root.setLevel(max(level, logging.INFO))
    for name, lowest in _LEVELS.items():
        library = logging.getLogger(name)
        library.setLevel(max(lowest, level))
        library.handlers.clear()
        library.propagate = True
    access = logging.getLogger("uvicorn.access")  # addresses and paths; our own metrics count requests by route
    access.handlers = [logging.NullHandler()]
    access.propagate = False
    logging.captureWarnings(True)
