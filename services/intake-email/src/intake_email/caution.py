"""Which mails made trouble, and how much is taken together with them: a batch that fails is halved until the culprit is alone.

Pure bookkeeping, in memory: a restart begins again with whole batches.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum


class Trust(IntEnum):
    """How a mail is taken."""

    WHOLE = 0
    HEADER = 1
    """It failed too often: only its header is asked for, and a stand-in is published."""
    NOTHING = 2
    """Not even that worked: the stand-in is made of nothing."""
    GIVEN_UP = 3
    """Not even that could be published: our own fault. It stays where it is and bars nobody's way."""


@dataclass(slots=True)
class Caution:
    """The mails of one mailbox that failed, by UID. ``tries``: failures of one mail alone until less of it is asked for."""

    tries: int = 3
    _together: dict[int, int] = field(default_factory=dict)
    """The largest batch in which a mail may be taken."""
    _failures: dict[int, int] = field(default_factory=dict)

    def failed(self, uids: Iterable[int]) -> None:
        """These failed together: any of them may be the culprit."""
        culprits = list(uids)
        if len(culprits) == 1:
            self._together[culprits[0]] = 1
            self._failures[culprits[0]] = self._failures.get(culprits[0], 0) + 1
            return
        for uid in culprits:
            self._together[uid] = max(1, min(len(culprits) // 2, self._together.get(uid, len(culprits))))

    def succeeded(self, uids: Iterable[int]) -> None:
        """These are done."""
        for uid in uids:
            self._together.pop(uid, None)
            self._failures.pop(uid, None)

    def together(self, uid: int, usual: int) -> int:
        """With how many others, itself included, it may be taken."""
        return min(usual, self._together.get(uid, usual))

    def trust(self, uid: int) -> Trust:
        """How it is taken."""
        return Trust(min(self._failures.get(uid, 0) // self.tries, Trust.GIVEN_UP))

    def given_up(self) -> int:
        """How many mails nothing can be made of."""
        return sum(failures >= self.tries * Trust.GIVEN_UP for failures in self._failures.values())

    def forget(self) -> None:
        """The UIDs mean other mails now."""
        self._together.clear()
        self._failures.clear()
