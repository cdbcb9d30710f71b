"""``python -m support.imap_dying STEP TIMES``: the whole service, that kills itself (SIGKILL) behind the given step.

Steps, in their order: ``fetched``, ``stored``, ``attached``, ``published``, ``noted``, ``moved``; ``never``.
"""

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

from intake_email.app import SERVICE, IntakeEmail
from intake_email.parts import Parts
from intake_email.settings import IntakeEmailSettings
from shared.lifecycle import run_process
from shared.settings import load

STEPS: Final = ("fetched", "stored", "attached", "published", "noted", "moved")
_CALLS: Final = dict(zip(STEPS, ("fetch", "store", "attach", "publish", "note_published", "move"), strict=True))


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
        case "published":
            return replace(parts, publisher=Dying(parts.publisher, _CALLS[step], times))
        case _:
            return parts


def main() -> int:
    """The process."""
    step, times = sys.argv[1], int(sys.argv[2])
    return run_process(SERVICE, lambda stop: IntakeEmail(load(IntakeEmailSettings), adapt=partial(adapted, step, times)).run(stop))


if __name__ == "__main__":
    sys.exit(main())
