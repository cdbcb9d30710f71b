"""Ratios, verdicts and the order of runs."""

from bench.figures import Figure, Neighbours, Row, Target, Verdict, cpu_row, goal_row
from bench.mails import mails
from bench.rounds import Run, compare
from intake_email.parse import parse
from support.mails import PROFILE


def figure(cpu_us: float) -> Figure:
    return Figure(items=100, cpu_seconds=cpu_us / 10_000, wall_seconds=1.0)


def test_a_ratio_is_to_the_mean_of_both_neighbours() -> None:
    """A machine that slows down between two runs of the base does not change what a variant is measured against."""
    run = Neighbours(figure(10), figure(40), figure(30))
    assert run.share == 0.5
    assert run.times == 2.0


def test_the_median_of_the_rounds_is_judged() -> None:
    """One bad round changes no verdict; a floor and a ceiling are told apart."""
    row = Row("ours", "bare", [0.1, 0.7, 0.7], "", "", Target(0.65))
    assert (row.ratio, row.verdict) == (0.7, Verdict.MET)
    assert Target(0.65).verdict(0.64) is Verdict.MISSED
    assert Target(1.25, is_ceiling=True).verdict(1.3) is Verdict.MISSED
    assert Row("ours", "bare", [1.0], "", "").verdict is Verdict.NO_TARGET


def test_a_row_tells_both_costs() -> None:
    """CPU is judged, wall time stands beside it."""
    row = cpu_row("peer", "ours", [Neighbours(figure(4), figure(44.4), figure(4))], Target(10), as_times=True)
    assert (round(row.ratio, 1), row.verdict) == (11.1, Verdict.MET)
    assert (row.ours, row.bare) == ("44 µs CPU, 10000 wall", "4.0 µs CPU, 10000.0 wall")


def test_a_goal_is_judged_by_the_share_of_it_that_was_reached() -> None:
    """Mails a second at least so many, memory at most so much."""
    fast, big = goal_row("drained", [750, 250, 500], "mails/s", Target(500)), goal_row("peak", [200], "MiB", Target(300, is_ceiling=True))
    assert (fast.ratio, fast.verdict, fast.ours, fast.bare) == (1.0, Verdict.MET, "500 mails/s", "500 mails/s")
    assert goal_row("drained", [499], "mails/s", Target(500)).verdict is Verdict.MISSED
    assert (round(big.ratio, 2), big.verdict) == (0.67, Verdict.MET)
    assert goal_row("peak", [301], "MiB", Target(300, is_ceiling=True)).verdict is Verdict.MISSED


def test_every_mail_of_a_backlog_is_a_request_of_its_own() -> None:
    """Else a run would count fewer than it was given; the same mails come every time."""
    many = mails(400)
    assert len({parse(raw, PROFILE).native_id for raw in many}) == len(many) == 400
    assert mails(400) == many


async def test_every_variant_has_the_base_on_both_sides_and_the_order_turns() -> None:
    """A B A C A, then A C A B A: the base run between two rounds serves both."""
    order: list[str] = []

    def run(name: str, cpu_us: float) -> Run:
        async def once() -> Figure:
            order.append(name)
            return figure(cpu_us)

        return once

    found = await compare(run("A", 10), {"B": run("B", 20), "C": run("C", 40)}, rounds=2, say=order.append)
    assert "".join(name for name in order if len(name) == 1) == "ABACACABA"
    assert [one.share for one in found["B"]] == [0.5, 0.5]
    assert [one.share for one in found["C"]] == [0.25, 0.25]
