"""Posts to measure with: invented, tagged, of a whole week, put where the stand-in for X reads them at its start."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from local_stack.x.log import Log
from local_stack.x.network import Draft, Network

REACH: Final = timedelta(days=6)
LONG_EVERY: Final = 10
"""Each so many-th is long: it is sent twice, cut short and whole."""


def write_posts(log: Path, items: int) -> None:
    """So many posts of as many authors' moments, the last one a minute old."""
    kept = Log.open(log)
    try:
        network = Network(kept, lambda: datetime.now(UTC))
        first = network.clock() - REACH
        for number in range(items):
            text = f"Pothole number {number} & a broken lamp at {number} Invented Road, please have a look #311Cary"
            words = f"{text} {'it has been like this for weeks ' * 20}" if number % LONG_EVERY == 0 else text
            at = first + (REACH - timedelta(minutes=1)) * number / items
            network.write(network.account_for(f"resident_{number % 100}"), Draft(text=words, at=at))
    finally:
        kept.close()
