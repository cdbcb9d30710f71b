"""Which mails are taken together: by bytes, by number, and by what is known of those that made trouble. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from intake_email.caution import Caution, Trust
from intake_email.mailbox.facts import Facts

LOOKED_AT: Final = 500
"""Mails whose sizes are asked for at once."""


class How(StrEnum):
    """How much of a mail is taken."""

    WHOLE = "whole"
    TEXT_ONLY = "text_only"
    """It is too large: header and text."""
    STAND_IN = "stand_in"
    """It cannot be had: what can be said of it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Mails to be fetched together."""

    uids: tuple[int, ...]
    how: How


@dataclass(frozen=True, slots=True)
class Fetched:
    """A mail, as much of it as was fetched."""

    uid: int
    raw: bytes = field(repr=False)
    how: How
    uid_validity: int = 0
    """Together with the UID and the mailbox it names the mail for ever (RFC 3501, section 2.3.1.1)."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """Of one batch."""

    max_bytes: int
    max_messages: int
    oversize_bytes: int
    """A larger mail is not fetched whole."""


def looked_at_together(uids: Sequence[int], caution: Caution) -> Iterator[tuple[int, ...]]:
    """The mails in groups whose sizes are asked for at once. What is not trusted goes alone, what is given up not at all."""
    group: list[int] = []
    most = LOOKED_AT
    for uid in uids:
        trust = caution.trust(uid)
        if trust is Trust.GIVEN_UP:
            continue
        allowed = 1 if trust is not Trust.WHOLE else caution.together(uid, LOOKED_AT)
        if group and len(group) >= min(most, allowed):
            yield tuple(group)
            group, most = [], LOOKED_AT
        group.append(uid)
        most = min(most, allowed)
    if group:
        yield tuple(group)


def batches(facts: Iterable[Facts], caution: Caution, limits: BatchLimits) -> Iterator[Batch]:
    """The mails in the order in which they came, in batches within the limits."""
    group: list[int] = []
    size, most = 0, limits.max_messages
    for fact in facts:
        is_alone = caution.trust(fact.uid) is not Trust.WHOLE or fact.size_bytes > limits.oversize_bytes
        allowed = 1 if is_alone else caution.together(fact.uid, limits.max_messages)
        if group and (is_alone or len(group) >= min(most, allowed) or size + fact.size_bytes > limits.max_bytes):
            yield Batch(tuple(group), How.WHOLE)
            group, size, most = [], 0, limits.max_messages
        if is_alone:
            yield Batch((fact.uid,), How.STAND_IN if caution.trust(fact.uid) is not Trust.WHOLE else How.TEXT_ONLY)
            continue
        group.append(fact.uid)
        size += fact.size_bytes
        most = min(most, allowed)
    if group:
        yield Batch(tuple(group), How.WHOLE)
