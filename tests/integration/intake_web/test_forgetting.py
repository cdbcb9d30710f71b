"""A redaction reaches the photos, whatever breaks on the way."""

import asyncio
from collections.abc import Iterable

from intake_web.forgetting import Forgetting
from shared.contracts import ServiceRequestUpdated
from shared.errors import PoisonError, TransientError
from shared.kafka.broker.dead_letters import KafkaDeadLetters
from shared.kafka.consumer import ConsumerLoop
from shared.kafka.holding import Holds
from shared.kafka.records import Outgoing, Record
from support.examples import FULL_MESSAGES, PHOTO
from support.fake_kafka import FakeKafka, FakePublisher, FakeRecordSource

TOPIC = "request.updated.v1"


class FakeFiles:
    """Remembers what it was told to delete; ``fails`` times it is away."""

    def __init__(self, fails: int = 0) -> None:
        self.deleted: list[str] = []
        self.fails = fails

    async def delete(self, file_ids: Iterable[str]) -> None:
        if self.fails:
            self.fails -= 1
            raise TransientError("mongodb", "away")
        self.deleted += file_ids


def announced() -> ServiceRequestUpdated:
    """A redaction that names a photo."""
    message = FULL_MESSAGES["ServiceRequestUpdated"]
    assert isinstance(message, ServiceRequestUpdated)
    return message


async def test_named_files_are_deleted_and_a_store_that_is_away_only_delays_it() -> None:
    """Nothing is committed before the files are gone."""
    kafka, files, stop = FakeKafka(), FakeFiles(fails=2), asyncio.Event()
    publisher = FakePublisher(kafka)
    source = FakeRecordSource(kafka, [TOPIC], "intake-web")
    loop = ConsumerLoop(
        source,
        Forgetting(files),
        publisher,
        KafkaDeadLetters(publisher, "intake-web"),
        group="intake-web",
        holds=Holds(first_gap_seconds=0.01),
    )
    running = asyncio.create_task(loop.run(stop))
    await publisher.publish([Outgoing(TOPIC, announced().key.encode(), announced().encode())])
    async with asyncio.timeout(20):
        while not files.deleted or any((await source.lag()).values()):  # noqa: ASYNC110 - the fakes set no event
            await asyncio.sleep(0.01)
    stop.set()
    await running
    assert files.deleted == [PHOTO.file_id]


async def test_what_is_no_announcement_does_not_keep_a_redaction_from_being_obeyed() -> None:
    """Poison is put aside, the photo goes."""
    files = FakeFiles()
    good = Record(TOPIC, 0, 1, announced().key.encode(), announced().encode(), 0)
    handled = await Forgetting(files)([Record(TOPIC, 0, 0, b"k", b"[]", 0), good])
    assert [type(failure.error) for failure in handled.failures] == [PoisonError]
    assert files.deleted == [PHOTO.file_id]
