"""Mails read, and a backlog of them drained: against Python's own parser, and against fetching and parsing alone."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Final

from pymongo import MongoClient

from bench.figures import Figure, InvalidMeasurementError, Neighbours, Row, Target, cpu_row, goal_row
from bench.mail_account import Account, an_account
from bench.mails import mails
from bench.place import Place
from bench.processes import run_worker
from bench.rounds import Run, compare
from shared.kafka.topics import SUBMISSION_RECEIVED
from support.servers import unique

MAILS: Final = 1_000
PARSED_A_SECOND: Final = 1_000
"""On one core."""
DRAINED_A_SECOND: Final = 500
PEAK_MIB: Final = 300


async def mailing(place: Place) -> list[Row]:
    """Six lines."""
    return [*await _parsing(place), *await _draining(place)]


async def _parsing(place: Place) -> list[Row]:
    items = place.plan.count(MAILS)

    def variant(name: str) -> Run:
        return lambda: run_worker({"variant": name, "items": items}, place.environment)

    found = await compare(variant("parse_bare"), {"parse": variant("parse_mails")}, place.plan.rounds, place.say)
    runs = found["parse"]
    rates = [1_000_000 / run.variant.cpu_us for run in runs]
    return [
        cpu_row("mail read: text, quotation, files, sender, claims", "email.message_from_bytes", runs),
        goal_row("the same, mails a second of one core", rates, "mails/s", Target(PARSED_A_SECOND)),
    ]


async def _draining(place: Place) -> list[Row]:
    items = place.plan.count(MAILS)
    async with an_account(place) as account:
        place.say(f"{items} mails into {account.server} ...")
        await account.fill(mails(items))
        bare = {"variant": "fetch_bare", "items": items}
        environment = {**place.environment, "MAILBOXES": account.mailboxes}
        found = await compare(
            lambda: run_worker(bare, environment), {"backlog": _drain(place, account, items)}, place.plan.rounds, place.say
        )
    runs = found["backlog"]
    rates = [1_000_000 / run.variant.wall_us for run in runs]
    peaks = [run.variant.more["peak_mib"] for run in runs]
    return [
        cpu_row(f"backlog in {account.server}: read, keep, publish, move", "fetch and email.message_from_bytes", runs),
        goal_row("the same, mails a second", rates, "mails/s", Target(DRAINED_A_SECOND)),
        _beside_store(runs),
        goal_row("the same, memory of all its processes at its peak", peaks, "MiB", Target(PEAK_MIB, is_ceiling=True)),
    ]


def _drain(place: Place, account: Account, items: int) -> Run:
    async def run() -> Figure:
        databases = {"INTAKE_EMAIL_DATABASE": unique("bench_mail"), "ATTACHMENTS_DATABASE": unique("bench_files")}
        before = await place.count(SUBMISSION_RECEIVED.name)
        environment = {**place.environment, **databases, "MAILBOXES": account.mailboxes, "SMTP_HOST": ""}
        try:
            figure = await run_worker({"variant": "drain", "items": items}, environment)
            stored = await run_worker({"variant": "store_bare", "items": items}, environment)
        finally:
            with MongoClient[dict[str, object]](place.mongodb.mongodb_uri.get_secret_value()) as client:
                for database in databases.values():
                    client.drop_database(database)
        await place.wrote(SUBMISSION_RECEIVED.name, before, items)
        moved = await account.refill()
        if moved != items:
            raise InvalidMeasurementError(f"{items} mails in the inbox, {moved} moved")
        return replace(figure, more={**figure.more, "store_us": stored.wall_us})

    return run


def _beside_store(runs: Sequence[Neighbours]) -> Row:
    """A line about wall time: how much of it the store alone takes for the same documents. Near 1, nothing of ours would be quicker."""
    ours, store = [run.variant.wall_us for run in runs], [run.variant.more["store_us"] for run in runs]
    ratios = [bare / whole for bare, whole in zip(store, ours, strict=True)]
    name, base = "the same, by the clock on the wall", "its documents inserted, and nothing else"
    return Row(name, base, ratios, f"{median(ours):.0f} µs wall", f"{median(store):.0f} µs wall")
