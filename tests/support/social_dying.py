"""``python -m support.social_dying STEP TIMES``: the whole service, that kills itself (SIGKILL) behind the given step.

Steps, in their order: ``fetched``, ``raw``, ``stored``, ``attached``, ``published``, ``noted``, ``moved``; ``never``.
"""

import sys
from dataclasses import replace
from functools import partial
from typing import Any, Final

from intake_social.app import SERVICE, IntakeSocial
from intake_social.parts import Parts
from intake_social.settings import IntakeSocialSettings
from shared.lifecycle import run_process
from shared.settings import load
from support.dying import Dying

STEPS: Final = {
    "fetched": ("source", "sweep"),
    "raw": ("ledger", "keep_raw"),
    "stored": ("ledger", "store"),
    "attached": ("photos", "attach"),
    "published": ("publisher", "publish"),
    "noted": ("ledger", "note_published"),
    "moved": ("cursors", "put"),
}


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
