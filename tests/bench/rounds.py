"""The order of runs that makes ratios hold on a machine that drifts: A B A C A, and every round begins with another variant."""

from collections.abc import Awaitable, Callable, Mapping

from bench.figures import Figure, Neighbours

Run = Callable[[], Awaitable[Figure]]
"""Runs a variant once, in a process of its own or against a server that is up."""
Say = Callable[[str], None]
"""Tells the person at the terminal how far it is."""


async def compare(base: Run, variants: Mapping[str, Run], rounds: int, say: Say) -> dict[str, list[Neighbours]]:
    """Each variant with the base as its neighbour on both sides, once a round.

    No round at all is a rehearsal: everything runs once, and the ratios mean nothing.

    Raises:
        InvalidMeasurementError: of a run.
    """
    found: dict[str, list[Neighbours]] = {name: [] for name in variants}
    names = list(variants)
    before = await base()
    for number in range(max(rounds, 1)):
        for name in names:
            figure = await variants[name]()
            after = await base() if rounds else before
            run = Neighbours(before, figure, after)
            found[name].append(run)
            say(f"round {number + 1}/{max(rounds, 1)}  {name}: {figure.cpu_us:.1f} µs, bare {run.base_us:.1f} µs")
            before = after
        names = names[1:] + names[:1]
    return found
