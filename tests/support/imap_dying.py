"""``python -m support.imap_dying STEP TIMES``: the whole service, that kills itself (SIGKILL) behind the given step.

Steps of the way in, in their order: ``fetched``, ``stored``, ``attached``, ``published``, ``noted``, ``moved``; of the way out:
``consumed``, ``kept``, ``committed``, ``claimed``, ``handed``, ``copied``, ``recorded``, ``marked``; ``never``.
"""

import sys
from dataclasses import replace
from functools import partial
from typing import Any, Final, cast

from intake_email.app import SERVICE, IntakeEmail
from intake_email.parts import OutwardParts, Parts
from intake_email.settings import IntakeEmailSettings
from intake_email.store.outbox import Outbox
from shared.lifecycle import run_process
from shared.settings import load
from support.dying import Dying, Unsent

STEPS: Final = ("fetched", "stored", "attached", "published", "noted", "moved")
OUTWARD_STEPS: Final = ("consumed", "kept", "committed", "claimed", "handed", "copied", "recorded", "marked")
_CALLS: Final = {
    **dict(zip(STEPS, ("fetch", "store", "attach", "publish", "note_published", "move"), strict=True)),
    **dict(zip(OUTWARD_STEPS, ("poll", "add", "commit", "claim", "send", "keep", "publish", "end"), strict=True)),
}

_ASKED: Final = frozenset({"poll", "claim"})
"""Calls that come back with nothing most of the time, which is no step."""


def _dying(inner: Any, step: str, times: int) -> Any:  # noqa: ANN401 - it has all that the part has
    return Dying(inner, _CALLS[step], times, asked=_ASKED)


def adapted(step: str, times: int, parts: Parts) -> Parts:
    """The parts, one of them dying."""
    match step:
        case "fetched" | "moved":
            return replace(parts, open_mailbox=lambda settings: _dying(parts.open_mailbox(settings), step, times))
        case "stored" | "noted":
            return replace(parts, ledger=_dying(parts.ledger, step, times))
        case "attached":
            return replace(parts, attaching=_dying(parts.attaching, step, times))
        case "published" | "recorded":
            return replace(parts, publisher=_dying(parts.publisher, step, times))
        case _ if step in OUTWARD_STEPS and parts.outward:
            return replace(parts, outward=_outward(step, times, parts.outward))
        case _:
            return parts


def _outward(step: str, times: int, parts: OutwardParts) -> OutwardParts:
    async def join() -> Any:  # noqa: ANN401 - it has all that the source has
        return _dying(await parts.join(), step, times)

    match step:
        case "consumed" | "committed":
            return replace(parts, join=join, outbox=cast("Outbox", Unsent(parts.outbox)))
        case "kept":
            return replace(parts, outbox=_dying(Unsent(parts.outbox), step, times))
        case "handed":
            return replace(parts, server=_dying(parts.server, step, times))
        case "copied":
            return replace(parts, sent=_dying(parts.sent, step, times))
        case _:
            return replace(parts, outbox=_dying(parts.outbox, step, times))


def main() -> int:
    """The process."""
    step, times = sys.argv[1], int(sys.argv[2])
    return run_process(SERVICE, lambda stop: IntakeEmail(load(IntakeEmailSettings), adapt=partial(adapted, step, times)).run(stop))


if __name__ == "__main__":
    sys.exit(main())
