"""The projection's rules: ``apply(state, event, position)``, pure. One front door."""

from tracker.projection.projection import apply, note_dead_letter
from tracker.projection.results import Applied, DeadLettered, Doubled, Known, Orphaned, Refused, Repeated, Result
from tracker.projection.withdrawals import reapplied

__all__ = [
    "Applied",
    "DeadLettered",
    "Doubled",
    "Known",
    "Orphaned",
    "Refused",
    "Repeated",
    "Result",
    "apply",
    "note_dead_letter",
    "reapplied",
]
