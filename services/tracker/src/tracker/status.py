"""The status machine as a table. The API checks a wish against it; the projection never refuses for it, so that a newer table
never changes what happened under an older one.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from shared.contracts import DetailedStatus, Status

_WORKING: Final = frozenset({DetailedStatus.TRIAGED, DetailedStatus.ASSIGNED, DetailedStatus.IN_PROGRESS, DetailedStatus.WAITING})
_CLOSING: Final = frozenset({DetailedStatus.RESOLVED, DetailedStatus.ANSWERED, DetailedStatus.NOT_OURS, DetailedStatus.NO_ACTION})

TRANSITIONS: Final[Mapping[DetailedStatus, frozenset[DetailedStatus]]] = {
    DetailedStatus.RECEIVED: _WORKING | _CLOSING,
    DetailedStatus.TRIAGED: (_WORKING | _CLOSING) - {DetailedStatus.TRIAGED},
    DetailedStatus.ASSIGNED: (_WORKING | _CLOSING) - {DetailedStatus.ASSIGNED},
    DetailedStatus.IN_PROGRESS: (_WORKING | _CLOSING) - {DetailedStatus.IN_PROGRESS},
    DetailedStatus.WAITING: (_WORKING | _CLOSING) - {DetailedStatus.WAITING},
    # The reason of a closed request may be corrected; work on it starts again only by reopening.
    DetailedStatus.RESOLVED: _CLOSING - {DetailedStatus.RESOLVED},
    DetailedStatus.ANSWERED: _CLOSING - {DetailedStatus.ANSWERED},
    DetailedStatus.NOT_OURS: _CLOSING - {DetailedStatus.NOT_OURS},
    DetailedStatus.NO_ACTION: _CLOSING - {DetailedStatus.NO_ACTION},
    # A duplicate is followed elsewhere: it comes back by being unmarked, not by a change of status.
    DetailedStatus.DUPLICATE: frozenset(),
}
"""From → the states that a plain change may set. Becoming and ceasing to be a duplicate are events of their own."""

REOPENABLE: Final = _CLOSING
"""Closed states from which staff may reopen, and which a follow-up of the reporter reopens. A duplicate stays one."""

REOPENED: Final = DetailedStatus.TRIAGED
"""What a request is after it was reopened or was found to be no duplicate."""


class StatusFault(StrEnum):
    """Why a wished change of status is not possible."""

    NOT_ALLOWED = "not_allowed"
    NOT_CLOSED = "not_closed"
    IS_DUPLICATE = "is_duplicate"


def check_change(present: DetailedStatus, wished: DetailedStatus) -> StatusFault | None:
    """What speaks against setting ``wished``; setting what is already so is nothing to speak against."""
    if wished is present or wished in TRANSITIONS[present]:
        return None
    return StatusFault.IS_DUPLICATE if present is DetailedStatus.DUPLICATE else StatusFault.NOT_ALLOWED


def check_reopening(present: DetailedStatus) -> StatusFault | None:
    """What speaks against reopening."""
    if present in REOPENABLE:
        return None
    return StatusFault.IS_DUPLICATE if present is DetailedStatus.DUPLICATE else StatusFault.NOT_CLOSED


def check_merge(number: str, present: DetailedStatus, target: str, chain: tuple[str, ...]) -> StatusFault | None:
    """What speaks against marking ``number`` a duplicate of ``target``.

    ``chain`` are the requests that ``target`` is itself followed at, nearest first: a circle would leave nobody working.
    """
    if present is DetailedStatus.DUPLICATE:
        return StatusFault.IS_DUPLICATE
    return StatusFault.NOT_ALLOWED if number == target or number in chain else None


def reopens(present: DetailedStatus) -> bool:
    """Whether a follow-up of the reporter opens the request again."""
    return present.status is Status.CLOSED and present in REOPENABLE
