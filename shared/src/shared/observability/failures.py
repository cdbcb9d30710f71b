"""An exception as a log may hold it: classes and frames. The message of an arbitrary exception may quote what a resident wrote."""

import errno
import traceback
from types import TracebackType
from typing import Final

from pydantic import ValidationError

from shared.contracts.base import describe
from shared.errors import Cary311Error

MAX_FRAMES: Final = 20
MAX_CHAIN: Final = 5


def describe_failure(error: BaseException) -> dict[str, object]:
    """``type``, ``frames`` (module:line function, outermost first), ``detail`` where it is known to be safe, and the ``causes``."""
    described = _described(error)
    causes: list[dict[str, object]] = []
    seen = {id(error)}
    cause = _cause(error)
    while cause is not None and id(cause) not in seen and len(causes) < MAX_CHAIN:
        seen.add(id(cause))
        causes.append(_described(cause))
        cause = _cause(cause)
    if causes:
        described["causes"] = causes
    return described


def safe_detail(error: BaseException) -> str | None:
    """What an exception says, where that is known to hold no data: our own, system errors by name, validation by field path."""
    if isinstance(error, Cary311Error):
        return str(error)[:500]
    if isinstance(error, ValidationError):
        return describe(error)
    if isinstance(error, OSError) and error.errno is not None:
        return errno.errorcode.get(error.errno, str(error.errno))
    return None


def _described(error: BaseException) -> dict[str, object]:
    described: dict[str, object] = {"type": type(error).__qualname__}
    detail = safe_detail(error)
    if detail:
        described["detail"] = detail
    if isinstance(error, BaseExceptionGroup):
        described["group"] = [type(member).__qualname__ for member in error.exceptions[:MAX_CHAIN]]
    frames = _frames(error.__traceback__)
    if frames:
        described["frames"] = frames
    return described


def _frames(tb: TracebackType | None) -> list[str]:
    frames = [f"{frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}" for frame, line in traceback.walk_tb(tb)]
    return frames[-MAX_FRAMES:]


def _cause(error: BaseException) -> BaseException | None:
    if error.__cause__ is not None:
        return error.__cause__
    return None if error.__suppress_context__ else error.__context__
