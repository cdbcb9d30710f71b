"""How the consumer loop behaves: one suite, on the broker in memory and on Apache Kafka."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from prometheus_client import CollectorRegistry

from shared.errors import ConfigurationError, NewerContractError, PoisonError, TransientError
from shared.kafka.broker import KafkaDeadLetters
from shared.kafka.bugs import BugLimit, TooManyBugsError
from shared.kafka.consumer import ConsumerLoop, per_record
from shared.kafka.holding import Holds
from shared.kafka.ports import Handled, Handler
from shared.kafka.records import Outgoing, Record
from shared.kafka.topics import partition_for
from shared.kafka.watching import LoopWatch
from shared.observability.metrics import Metrics
from support.brokers import Broker, apache_broker, fake_broker
from support.fake_kafka import PARTITIONS
from support.servers import KafkaServer

KEYS = (b"7KQ4M2XD9RTB", b"A0000000000A", b"B1111111111B", b"C2222222222C", b"D3333333333D", b"E4444444444E", b"F5555555555F")


@pytest.fixture(params=["memory", "apache"])
def server(request: pytest.FixtureRequest) -> KafkaServer | None:
    """None: in memory."""
    found: KafkaServer | None = request.getfixturevalue("kafka") if request.param == "apache" else None
    return found


@pytest.fixture
async def broker(server: KafkaServer | None) -> AsyncIterator[Broker]:
    """Either of the two."""
    if server is None:
        async with fake_broker() as (broker, _):
            yield broker
    else:
        async with apache_broker(server.settings) as broker:
            yield broker


@dataclass
class Running:
    """A loop at work."""

    loop: ConsumerLoop
    task: asyncio.Task[None]
    metrics: Metrics
    stop: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def running(broker: Broker, handler: Handler, *, max_bugs: int = 3) -> AsyncIterator[Running]:
    """A member of the group that runs ``handler`` until the block ends."""
    source = await broker.join()
    metrics = Metrics(CollectorRegistry())
    loop = ConsumerLoop(
        source,
        handler,
        broker.publisher,
        KafkaDeadLetters(broker.publisher, broker.group),
        group=broker.group,
        bugs=BugLimit(max_bugs),
        holds=Holds(first_gap_seconds=0.02, longest_gap_seconds=0.1),
        watch=LoopWatch(broker.group, metrics),
    )
    stop = asyncio.Event()
    run = Running(loop, asyncio.create_task(loop.run(stop)), metrics, stop)
    try:
        yield run
    finally:
        stop.set()
        await asyncio.gather(run.task, return_exceptions=True)
        await broker.leave(source)


async def until(is_so: Callable[[], bool | Awaitable[bool]], within_seconds: float = 30.0) -> None:
    """Returns once it is so."""
    async with asyncio.timeout(within_seconds):
        while True:
            answer = is_so()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.02)


def echo(broker: Broker) -> Callable[[Record], Sequence[Outgoing]]:
    """What comes of a record is the record."""

    def convert(record: Record) -> Sequence[Outgoing]:
        if record.value == b"poison":
            raise PoisonError("invalid_message", "text=string_too_long")
        if record.value == b"bug":
            raise ZeroDivisionError
        return (Outgoing(broker.out, record.key or b"", record.value or b""),)

    return convert


async def arrived(broker: Broker, count: int) -> list[bytes]:
    """What came out, once that much did."""

    async def is_there() -> bool:
        return len(await broker.values(broker.out)) >= count

    await until(is_there)
    return await broker.values(broker.out)


async def dead_letters(broker: Broker, *values: bytes) -> None:
    """Returns once just these are dead letters."""

    async def are_there() -> bool:
        return await broker.values(broker.dead) == list(values)

    await until(are_there)


async def test_each_record_is_worked_on_in_the_order_of_its_key(broker: Broker) -> None:
    """Per key nothing overtakes, whatever the batches."""
    for number in range(40):
        await broker.put(f"{number:03}".encode(), key=KEYS[number % len(KEYS)])
    async with running(broker, per_record(echo(broker))):
        found = await arrived(broker, 40)
    assert len(found) == 40
    for position in range(len(KEYS)):
        of_key = [value for value in found if int(value) % len(KEYS) == position]
        assert of_key == sorted(of_key)


async def test_what_is_committed_does_not_come_again(broker: Broker) -> None:
    """The next member goes on behind what the last one settled."""
    await broker.put(b"one", b"two")
    async with running(broker, per_record(echo(broker))):
        await arrived(broker, 2)
    await broker.put(b"three")
    async with running(broker, per_record(echo(broker))):
        assert await arrived(broker, 3) == [b"one", b"two", b"three"]


async def test_a_poison_record_is_put_aside_with_its_reason_and_the_next_goes_on(broker: Broker) -> None:
    """The dead letter is the record as it was, and headers that say why, without its data."""
    await broker.put(b"one", b"poison", b"two")
    async with running(broker, per_record(echo(broker))) as run:
        assert await arrived(broker, 2) == [b"one", b"two"]
        await until(run.loop.is_ready)
    (dead,) = await broker.read(broker.dead)
    headers = dict(dead.headers)
    assert (dead.key, dead.value) == (KEYS[0], b"poison")
    assert headers["dead-letter-reason"] == b"invalid_message"
    assert headers["dead-letter-detail"] == b"text=string_too_long"
    assert (headers["dead-letter-topic"], headers["dead-letter-offset"]) == (broker.work.encode(), b"1")
    assert headers["dead-letter-group"] == broker.group.encode()
    assert headers["dead-letter-attempts"] == b"1"


async def test_a_bug_costs_its_record_only(broker: Broker) -> None:
    """An unforeseen failure is a dead letter of its own class, and counted."""
    await broker.put(b"one", b"bug", b"two")
    async with running(broker, per_record(echo(broker))) as run:
        await arrived(broker, 2)
        await until(lambda: run.metrics.registry.get_sample_value("cary311_consumer_bugs_total", {"group": broker.group}) == 1)
    (dead,) = await broker.read(broker.dead)
    assert dict(dead.headers)["dead-letter-reason"] == b"bug"
    assert dict(dead.headers)["dead-letter-detail"] == b"ZeroDivisionError"


async def test_a_handler_that_fails_as_a_whole_is_asked_for_each_record_alone(broker: Broker) -> None:
    """Which record of a batch is the odd one shows when each goes alone; the others are settled."""
    seen: list[bytes] = []

    async def handle(records: Sequence[Record]) -> Handled:
        if any(record.value == b"bug" for record in records):
            raise ZeroDivisionError
        seen.extend(record.value or b"" for record in records)
        return Handled([Outgoing(broker.out, record.key or b"", record.value or b"") for record in records])

    await broker.put(b"one", b"bug", b"two")
    async with running(broker, handle):
        assert await arrived(broker, 2) == [b"one", b"two"]
        assert seen == [b"one", b"two"]
        await dead_letters(broker, b"bug")


async def test_more_bugs_than_the_limit_stop_the_loop(broker: Broker) -> None:
    """A broken release is not fed with record after record."""
    await broker.put(*[b"bug"] * 5)
    async with running(broker, per_record(echo(broker)), max_bugs=2) as run:
        with pytest.raises(TooManyBugsError):
            await asyncio.wait_for(run.task, 20)
        assert not run.loop.is_ready()


async def test_a_dependency_that_comes_back_costs_time_never_a_record(broker: Broker) -> None:
    """While the store is away nothing is committed and nothing is dead-lettered; afterwards all is done, in order."""
    fails = 4
    tries: list[list[bytes]] = []

    async def handle(records: Sequence[Record]) -> Handled:
        nonlocal fails
        tries.append([record.value or b"" for record in records])
        if fails:
            fails -= 1
            raise TransientError("mongodb", "away")
        return Handled([Outgoing(broker.out, record.key or b"", record.value or b"") for record in records])

    await broker.put(b"one", b"two")
    async with running(broker, handle) as run:
        await until(lambda: len(tries) > 1)
        assert not run.loop.is_ready()
        assert await arrived(broker, 2) == [b"one", b"two"]
        await until(run.loop.is_ready)
        holds = run.metrics.registry.get_sample_value("cary311_consumer_holds_total", {"group": broker.group, "dependency": "mongodb"})
    assert tries[0][0] == b"one"
    assert holds == 4
    assert await broker.values(broker.dead) == []


async def test_a_record_that_waits_holds_its_partition_and_no_other(broker: Broker) -> None:
    """Behind an event that is newer than this program nothing of its partition is done; the rest goes on."""
    is_known = False

    def convert(record: Record) -> Sequence[Outgoing]:
        if record.value == b"newer" and not is_known:
            raise NewerContractError("schema_version=2")
        return echo(broker)(record)

    await broker.put(b"first", b"newer", b"last", key=KEYS[0])
    for key in KEYS[1:]:
        await broker.put(b"other", key=key)
    elsewhere = [key for key in KEYS[1:] if partition_for(key, PARTITIONS) != partition_for(KEYS[0], PARTITIONS)]
    async with running(broker, per_record(convert)) as run:
        found = await arrived(broker, 1 + len(elsewhere))
        assert b"last" not in found
        assert not run.loop.is_ready()
        is_known = True
        found = await arrived(broker, 2 + len(KEYS))
    assert [value for value in found if value != b"other"] == [b"first", b"newer", b"last"]
    assert await broker.values(broker.dead) == []


async def test_a_wrong_configuration_stops_the_loop_with_nothing_committed(broker: Broker) -> None:
    """Going on would do harm that no later record heals."""
    await broker.put(b"one", b"two")

    async def handle(_records: Sequence[Record]) -> Handled:
        raise ConfigurationError("another secret")

    async with running(broker, handle) as run:
        with pytest.raises(ConfigurationError):
            await asyncio.wait_for(run.task, 20)
    async with running(broker, per_record(echo(broker))):
        assert await arrived(broker, 2) == [b"one", b"two"]


async def test_a_dead_letter_that_cannot_be_written_stops_the_loop_with_nothing_committed(broker: Broker) -> None:
    """A record that nobody could handle is never just gone."""

    class Full(KafkaDeadLetters):
        async def put(self, record: Record, error: BaseException, *, attempts: int) -> None:
            del record, error, attempts
            raise TransientError("kafka", "away")

    await broker.put(b"poison")
    source = await broker.join()
    loop = ConsumerLoop(
        source, per_record(echo(broker)), broker.publisher, Full(broker.publisher, broker.group), group=broker.group, watch=_unseen(broker)
    )
    with pytest.raises(TransientError):
        await asyncio.wait_for(loop.run(asyncio.Event()), 20)
    await broker.leave(source)
    async with running(broker, per_record(echo(broker))):
        await dead_letters(broker, b"poison")


def _unseen(broker: Broker) -> LoopWatch:
    return LoopWatch(broker.group, Metrics(CollectorRegistry()))


async def test_what_is_too_large_to_publish_puts_its_own_record_aside(broker: Broker) -> None:
    """One record whose outcome no topic takes does not hold its batch."""

    def convert(record: Record) -> Sequence[Outgoing]:
        value = b"x" * 2_000_000 if record.value == b"large" else record.value or b""
        return (Outgoing(broker.out, record.key or b"", value),)

    await broker.put(b"one", b"large", b"two")
    async with running(broker, per_record(convert)):
        assert await arrived(broker, 2) == [b"one", b"two"]
        await dead_letters(broker, b"large")
    assert dict((await broker.read(broker.dead))[0].headers)["dead-letter-reason"] == b"too_large"


async def test_a_stop_finishes_the_batch_in_hand(broker: Broker) -> None:
    """What was begun is settled and committed before the loop ends."""
    is_begun = asyncio.Event()

    async def handle(records: Sequence[Record]) -> Handled:
        is_begun.set()
        await asyncio.sleep(0.2)
        return Handled([Outgoing(broker.out, record.key or b"", record.value or b"") for record in records])

    await broker.put(b"one")
    async with running(broker, handle) as run:
        await asyncio.wait_for(is_begun.wait(), 20)
        run.stop.set()
        await asyncio.wait_for(run.task, 20)
    async with running(broker, per_record(echo(broker))):
        await broker.put(b"two")
        assert await arrived(broker, 2) == [b"one", b"two"]


async def test_members_that_come_and_go_lose_nothing(broker: Broker) -> None:
    """A second member takes its share, the first one leaves in the middle; every record is done at least once."""
    expected = {f"{number:03}".encode() for number in range(120)}

    async def put(numbers: range) -> None:
        for number in numbers:
            await broker.put(f"{number:03}".encode(), key=KEYS[number % len(KEYS)])

    async def is_all_there() -> bool:
        return set(await broker.values(broker.out)) == expected

    async with AsyncExitStack() as first, AsyncExitStack() as second:
        await first.enter_async_context(running(broker, per_record(echo(broker))))
        await put(range(60))
        await second.enter_async_context(running(broker, per_record(echo(broker))))
        await put(range(60, 90))
        await first.aclose()
        await put(range(90, 120))
        await until(is_all_there, 60)
    assert await broker.values(broker.dead) == []
