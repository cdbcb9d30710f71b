"""Which stretch of time a sweep asks for. Pure.

A cursor says until when everything was swept once. The next sweep begins before it, because networks index some posts late; what
comes twice is absorbed by identity. It never asks for what the network shows no more: that is a gap, which a person is told of.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from intake_social.posts import Window

EDGE: Final = timedelta(minutes=5)
"""So much inside the network's reach, because its clock and ours differ and the sweep takes its time."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a net has come."""

    started_at: datetime
    """The first start: what was posted before is a gift, never a gap."""
    began_at: datetime
    """Nothing older is ours."""
    swept_until: datetime
    """Everything before was asked for once, and Kafka has it."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What to ask for now."""

    window: Window
    gap: Window | None
    """What can no longer be had, since the last sweep."""


def first_cursor(now: datetime, *, takes_back: timedelta) -> Cursor:
    """Of a first start: nothing older than itself, unless told."""
    return Cursor(now, now - takes_back, now - takes_back)


def next_sweep(cursor: Cursor, now: datetime, *, overlap: timedelta, reach: timedelta) -> Sweep:
    """The next sweep, until ``now``. A clock that went back sweeps nothing new and loses nothing."""
    oldest = now - reach + EDGE
    since = max(cursor.began_at, cursor.swept_until - overlap, oldest)
    owed_since = max(cursor.swept_until, cursor.started_at)
    gap = Window(owed_since, oldest) if oldest > owed_since else None
    return Sweep(Window(since, max(since, now)), gap)


def after(cursor: Cursor, sweep: Sweep) -> Cursor:
    """The cursor once all of a sweep is with Kafka; it never goes back."""
    return Cursor(cursor.started_at, cursor.began_at, max(cursor.swept_until, sweep.window.until))
