"""``python -m support.social_dying STEP TIMES``: the whole service, that kills itself (SIGKILL) behind the given step.

Steps, in their order: ``fetched``, ``raw``, ``stored``, ``attached``, ``published``, ``noted``, ``moved``; ``never``.
"""

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

from intake_social.app import SERVICE, IntakeSocial
from intake_social.parts import Parts
from intake_social.settings import IntakeSocialSettings
from shared.lifecycle import run_process
from shared.settings import load

STEPS: Final = {
    "fetched": ("source", "sweep"),
    "raw": ("ledger", "keep_raw"),
    "stored": ("ledger", "store"),
    "attached": ("photos", "attach"),
    "published": ("publisher", "publish"),
    "noted": ("ledger", "note_published"),
    "moved": ("cursors", "put"),
}


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
    if step not in STEPS:
        return parts
    part, call = STEPS[step]
    changed: dict[str, Any] = {part: Dying(getattr(parts, part), call, times)}
    return replace(parts, **changed)


def main() -> int:
    """The process."""
    step, times = sys.argv[1], int(sys.argv[2])
    return run_process(SERVICE, lambda stop: IntakeSocial(load(IntakeSocialSettings), adapt=partial(adapted, step, times)).run(stop))


if __name__ == "__main__":
    sys.exit(main())
