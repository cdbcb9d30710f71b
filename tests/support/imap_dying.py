"""``python -m support.imap_dying STEP TIMES``: the whole service, that kills itself (SIGKILL) behind the given step.

Steps of the way in, in their order: ``fetched``, ``stored``, ``attached``, ``published``, ``noted``, ``moved``; of the way out:
``consumed``, ``kept``, ``committed``, ``claimed``, ``handed``, ``copied``, ``recorded``, ``marked``; ``never``.
"""

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

from intake_email.app import SERVICE, IntakeEmail
from intake_email.parts import OutwardParts, Parts
from intake_email.settings import IntakeEmailSettings
from shared.lifecycle import run_process
from shared.settings import load

STEPS: Final = ("fetched", "stored", "attached", "published", "noted", "moved")
OUTWARD_STEPS: Final = ("consumed", "kept", "committed", "claimed", "handed", "copied", "recorded", "marked")
_CALLS: Final = {
    **dict(zip(STEPS, ("fetch", "store", "attach", "publish", "note_published", "move"), strict=True)),
    **dict(zip(OUTWARD_STEPS, ("poll", "add", "commit", "claim", "send", "keep", "publish", "end"), strict=True)),
}

_ASKED: Final = frozenset({"poll", "claim"})
"""Calls that come back with nothing most of the time, which is no step."""


class Dying:
    """Something of the service, that ends the process when a call of it has come back so many times."""

    def __init__(self, inner: Any, call: str, times: int) -> None:  # noqa: ANN401 - any part
        self._inner = inner
        self._call = call
        self._left = times

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the part has
        found = getattr(self._inner, name)
        return partial(self._last, found) if name == self._call else found

    async def _last(self, call: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the part's
        result = await call(*args, **kwargs)
        if self._call in _ASKED and not result:
            return result
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result


def adapted(step: str, times: int, parts: Parts) -> Parts:
    """The parts, one of them dying."""
    match step:
        case "fetched" | "moved":
            return replace(parts, open_mailbox=lambda settings: Dying(parts.open_mailbox(settings), _CALLS[step], times))
        case "stored" | "noted":
            return replace(parts, ledger=Dying(parts.ledger, _CALLS[step], times))  # type: ignore[arg-type]  # it has all that the ledger has
        case "attached":
            return replace(parts, attaching=Dying(parts.attaching, _CALLS[step], times))  # type: ignore[arg-type]  # as above
        case "published" | "recorded":
            return replace(parts, publisher=Dying(parts.publisher, _CALLS[step], times))
        case _ if step in OUTWARD_STEPS and parts.outward:
            return replace(parts, outward=_outward(step, times, parts.outward))
        case _:
            return parts


def _outward(step: str, times: int, parts: OutwardParts) -> OutwardParts:
    async def join() -> Any:  # noqa: ANN401 - it has all that the source has
        return Dying(await parts.join(), _CALLS[step], times)

    match step:
        case "consumed" | "committed":
            return replace(parts, join=join)
        case "handed":
            return replace(parts, server=Dying(parts.server, _CALLS[step], times))
        case "copied":
            return replace(parts, sent=Dying(parts.sent, _CALLS[step], times))
        case _:
            return replace(parts, outbox=Dying(parts.outbox, _CALLS[step], times))  # type: ignore[arg-type]  # it has all that the outbox has


def main() -> int:
    """The process."""
    step, times = sys.argv[1], int(sys.argv[2])
    return run_process(SERVICE, lambda stop: IntakeEmail(load(IntakeEmailSettings), adapt=partial(adapted, step, times)).run(stop))


if __name__ == "__main__":
    sys.exit(main())
