"""The projection's rules: ``apply(state, event, position)``, pure. One front door."""

from tracker.projection.projection import apply, note_dead_letter
from tracker.projection.results import Applied, DeadLettered, Doubled, Known, Orphaned, Refused, Repeated, Result
from tracker.projection.withdrawals import FOLLOW_UP, reapplied

__all__ = [
    "FOLLOW_UP",
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
