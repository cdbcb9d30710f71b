"""Dead letters as an operator sees them: which there are, why, what was decided, and how one goes back on the road.

A dead letter topic only grows; what was decided stands in a topic beside it, and is its audit log. What if the process dies here?
Between a record put back and the decision written, the letter still looks open: put back again, it is a double that identity absorbs.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from shared.contracts import DeadLetterDecided, DeadLetterDecision, decode_decision
from shared.errors import Cary311Error, PoisonError
from shared.kafka.ports import Publisher
from shared.kafka.records import Outgoing, Record
from shared.kafka.topics import DEAD_LETTER_DECIDED, DEAD_LETTER_PREFIX, TOPICS, Topic

Name = tuple[str, int, int]
"""A dead letter's own topic, partition and offset."""
_NUMBERS: Final = 2


class DeadLetterError(Cary311Error):
    """Something cannot be done with a dead letter; the text says why."""


class Log(Protocol):
    """A topic from its beginning; ``KafkaLog`` plays it. Raises TransientError when Kafka is away."""

    def read(self) -> AsyncIterator[list[Record]]:
        """The records up to the present end, in batches."""


OpenLog = Callable[[str], AbstractAsyncContextManager[Log]]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record that its group could not handle."""

    record: Record
    """As it lies among the dead letters."""
    source: Topic
    group: str
    reason: str
    detail: str
    attempts: int
    original_partition: int
    original_offset: int
    is_by_reference: bool
    had_value: bool
    decided: DeadLetterDecided | None = None

    @property
    def name(self) -> str:
        """How an operator calls it: ``topic/partition/offset``."""
        return f"{self.record.topic}/{self.record.partition}/{self.record.offset}"

    @property
    def put_aside_at(self) -> datetime:
        """When."""
        return datetime.fromtimestamp(self.record.timestamp_ms / 1000, UTC)

    @property
    def is_open(self) -> bool:
        """Whether nobody decided anything yet."""
        return self.decided is None

    def restored(self) -> Outgoing:
        """The record as it was, for its own topic and partition.

        Raises:
            DeadLetterError: no handler could ever make something of it.
        """
        if not self.had_value:
            raise DeadLetterError(f"{self.name}: the record has no value, and would only come back")
        if self.is_by_reference:  # a dead letter may be larger than any message of ours
            raise DeadLetterError(f"{self.name}: the record is larger than its topic takes from us, and stays where it lay")
        headers = tuple(header for header in self.record.headers if not header[0].startswith(DEAD_LETTER_PREFIX))
        return Outgoing(self.source.name, self.record.key or b"", self.record.value or b"", headers, partition=self.original_partition)


def parse_name(written: str) -> Name:
    """``topic/partition/offset``.

    Raises:
        DeadLetterError: it is no such name.
    """
    topic, *numbers = written.strip().split("/")
    if len(numbers) != _NUMBERS or not all(number.isascii() and number.isdigit() for number in numbers):
        raise DeadLetterError(f"{written!r} is no name of a dead letter: they look like request.events.v1.tracker-project.dlt/0/17")
    return topic, int(numbers[0]), int(numbers[1])


def read_dead_letter(record: Record, source: Topic, group: str, decided: DeadLetterDecided | None) -> DeadLetter:
    """What its headers say. Pure; a header that is missing or strange is told as unknown."""
    told = {name.removeprefix(DEAD_LETTER_PREFIX): content.decode("utf-8", "replace") for name, content in record.headers}
    return DeadLetter(
        record=record,
        source=source,
        group=group,
        reason=told.get("reason", "unknown"),
        detail=told.get("detail", ""),
        attempts=_number(told, "attempts", 1),
        original_partition=_number(told, "partition", record.partition),
        original_offset=_number(told, "offset", -1),
        is_by_reference=told.get("by-reference") == "true",
        had_value=told.get("had-value") != "false",
        decided=decided,
    )


def _number(told: Mapping[str, str], name: str, otherwise: int) -> int:
    written = told.get(name, "")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 19 else otherwise  # noqa: PLR2004 - 64 bits


class Desk:
    """Where an operator works through the dead letters."""

    def __init__(self, open_log: OpenLog, publisher: Publisher, clock: Callable[[], datetime]) -> None:
        self._open_log = open_log
        self._publisher = publisher
        self._clock = clock

    async def letters(self, group: str | None = None) -> AsyncIterator[DeadLetter]:
        """All that are kept, those of one group or of every, in the order of the road; within a partition oldest first.

        Raises:
            TransientError: Kafka is away.
        """
        decided = await self._decisions()
        for source in TOPICS:
            for member in source.consumers:
                if group is None or member == group:
                    async for record in self._all(source.dead_letters(member)):
                        yield _decided(record, source, member, decided)

    async def replay(self, letter: DeadLetter, by: str) -> None:
        """Put it back into its topic, where its group meets it again; to any other group it is a double.

        Raises:
            DeadLetterError: it cannot be put back.
            TransientError: Kafka is away.
        """
        try:
            await self._publisher.publish((letter.restored(),))
        except PoisonError:
            raise DeadLetterError(f"{letter.name}: the record is larger than its topic takes from us") from None
        await self.decide((letter,), DeadLetterDecision.REPLAYED, by)

    async def decide(self, letters: Iterable[DeadLetter], decision: DeadLetterDecision, by: str, because: str | None = None) -> None:
        """Write down what becomes of them.

        Raises:
            TransientError: Kafka is away; nothing is decided, or some, and saying it again is right.
        """
        moment = self._clock()
        decided = [
            DeadLetterDecided(
                topic=letter.record.topic,
                partition=letter.record.partition,
                offset=letter.record.offset,
                decision=decision,
                decided_at=moment,
                decided_by=by,
                because=because,
            )
            for letter in letters
        ]
        await self._publisher.publish([Outgoing(DEAD_LETTER_DECIDED.name, one.key.encode(), one.encode()) for one in decided])

    async def _decisions(self) -> dict[Name, DeadLetterDecided]:
        decisions = [decode_decision(record.value) async for record in self._all(DEAD_LETTER_DECIDED.name)]
        return {(one.topic, one.partition, one.offset): one for one in sorted(decisions, key=lambda one: one.decided_at)}

    async def _all(self, topic: str) -> AsyncIterator[Record]:
        async with self._open_log(topic) as log:
            async for batch in log.read():
                for record in batch:
                    yield record


def _decided(record: Record, source: Topic, group: str, decided: Mapping[Name, DeadLetterDecided]) -> DeadLetter:
    decision = decided.get((record.topic, record.partition, record.offset))
    if decision is not None and decision.decided_at.timestamp() * 1000 < record.timestamp_ms:
        decision = None  # of what lay here before the topic was made anew
    return read_dead_letter(record, source, group, decision)
