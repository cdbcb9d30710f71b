"""``python -m support.social_dying STEP TIMES``: the whole service, that kills itself (SIGKILL) behind the given step.

Steps of the way in, in their order: ``fetched``, ``raw``, ``stored``, ``attached``, ``published``, ``noted``, ``moved``; of the way
out: ``consumed``, ``kept``, ``committed``, ``claimed``, ``replied``, ``threaded``, ``recorded``, ``marked``; ``never``.
"""

import sys
from dataclasses import replace
from functools import partial
from typing import Any, Final, cast

from intake_social.app import SERVICE, IntakeSocial
from intake_social.parts import Parts
from intake_social.settings import IntakeSocialSettings
from intake_social.store.outbox import Outbox
from shared.lifecycle import run_process
from shared.settings import load
from support.dying import Dying, Unsent

STEPS: Final = {
    "fetched": ("source", "sweep"),
    "raw": ("ledger", "keep_raw"),
    "stored": ("ledger", "store"),
    "attached": ("photos", "attach"),
    "published": ("publisher", "publish"),
    "noted": ("ledger", "note_published"),
    "moved": ("cursors", "put"),
}
OUTWARD_STEPS: Final = {
    "consumed": ("join", "poll"),
    "kept": ("outbox", "add"),
    "committed": ("join", "commit"),
    "claimed": ("outbox", "claim"),
    "replied": ("source", "reply"),
    "threaded": ("ledger", "store"),
    "recorded": ("publisher", "publish"),
    "marked": ("outbox", "end"),
}
_ASKED: Final = frozenset({"poll", "claim"})


def adapted(step: str, times: int, parts: Parts) -> Parts:
    """The parts, one of them dying."""
    if step not in STEPS | OUTWARD_STEPS:
        return parts
    if step in {"consumed", "kept", "committed"}:
        parts = replace(parts, outbox=cast("Outbox", Unsent(parts.outbox)))
    part, call = (STEPS | OUTWARD_STEPS)[step]

    async def join() -> Any:  # noqa: ANN401 - it has all that the source has
        return Dying(await parts.join(), call, times, asked=_ASKED)

    changed: dict[str, Any] = {part: join if part == "join" else Dying(getattr(parts, part), call, times, asked=_ASKED)}
    return replace(parts, **changed)


def main() -> int:
    """The process."""
    step, times = sys.argv[1], int(sys.argv[2])
    return run_process(SERVICE, lambda stop: IntakeSocial(load(IntakeSocialSettings), adapt=partial(adapted, step, times)).run(stop))


if __name__ == "__main__":
    sys.exit(main())
