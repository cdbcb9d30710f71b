"""One node of real Apache Kafka (KRaft), without Docker or an installed Java; see ``fetch`` for where it comes from."""

import asyncio
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from local_stack.fetch import FetchError, Progress, cache_folder, kafka_jars, silent
from local_stack.kafka_java import PARTITIONS, KafkaJava, server_properties
from local_stack.processes import Program, StackError, free_ports, is_free, is_listening, run_to_end
from local_stack.server import LocalServer
from local_stack.warming import Tell, Warmth, warmed

READY_SECONDS = 60.0
PROBE_GAP_SECONDS = 0.05
TRAINING_SECONDS = 30.0
FALL_BACK_NOTICE = "Without Apache Kafka's jars noida-db stands in: a kill -9 of it loses records, and it never drops a dead consumer."


def to_stderr(sentence: str) -> None:
    """Tell a person where there is no screen."""
    print(sentence, file=sys.stderr)


class LocalKafka(LocalServer):
    """A broker on a port and a data folder that outlive its restarts. Start it from the main thread.

    ``is_apache`` is False after a start where noida-db had to stand in.
    """

    STOP_SECONDS = 20.0

    def __init__(  # noqa: PLR0913 - a place, and four things that only few callers change
        self,
        data: Path,
        port: int,
        *,
        log: Path | None = None,
        progress: Progress = silent,
        tell: Tell = to_stderr,
        warmth: Warmth | None = None,
        java_options: Sequence[str] = (),
    ) -> None:
        self.data = data.resolve()
        self.port = port
        self.log = log or self.data / "kafka.log"
        self.is_apache = True
        self._progress = progress
        self._tell = tell
        self._warmth = warmth
        self._java_options = tuple(java_options)
        self._controller_port = 0
        self.program = Program("kafka", [], log=self.log)

    @property
    def bootstrap_servers(self) -> str:
        """What clients connect to."""
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start the broker and wait until it takes requests; on the same data and ports as before.

        Raises:
            StackError: the port is taken, or the broker ended or was not ready within a minute; with the last lines of its log.
        """
        if not is_free(self.port):
            raise StackError(f"port {self.port} for Kafka is taken by another program")
        try:
            jars = await self._jars()
        except FetchError as error:
            self._fall_back(error)
        else:
            await self._prepare(KafkaJava.with_jars(jars))
        self.program.start()
        await self.program.until_ready("Kafka", self._is_ready, READY_SECONDS, PROBE_GAP_SECONDS)

    async def _jars(self) -> tuple[Path, ...]:
        """The jars, fetched in a thread that ends soon after we are told to."""
        is_given_up = threading.Event()

        def progress(done: int, total: int) -> None:
            if is_given_up.is_set():
                raise FetchError("fetching was interrupted")
            self._progress(done, total)

        try:
            return await asyncio.to_thread(kafka_jars, progress=progress)
        finally:
            is_given_up.set()

    async def _prepare(self, java: KafkaJava) -> None:
        warmth = self._warmth or await warmed(java, cache_folder(), train, self._tell)
        self._controller_port = self._controller_port or free_ports(1)[0]
        (self.data / "tmp").mkdir(parents=True, exist_ok=True)
        properties = self.data / "server.properties"
        properties.write_text(server_properties(self.data / "log", self.port, self._controller_port))
        if not (self.data / "log" / "meta.properties").exists():
            await self._format(java, properties, warmth)
        options = (*self._java_options, *(warmth.options if warmth else ()))
        self.program.command = java.broker(properties, self.data / "tmp", options)

    async def _format(self, java: KafkaJava, properties: Path, warmth: Warmth | None) -> None:
        if warmth:
            with suppress(OSError):  # somebody emptied the cache
                warmth.format(self.data)
                return
        try:
            await run_to_end("Kafka's format tool", java.format(self.data, properties), self.log)
        except StackError as error:
            raise StackError(self.program.said(f"Kafka's data folder cannot be formatted: {error}")) from error

    def _fall_back(self, error: FetchError) -> None:
        if os.environ.get("CI") == "true":
            raise StackError(f"{error}; CI takes no stand-in for Apache Kafka") from error
        package = find_spec("noida_db")
        if package is None or package.origin is None:
            raise error
        binary = Path(package.origin).parent / "noida-db"  # its wrapper would not pass SIGTERM on
        self.is_apache = False
        self.data.mkdir(parents=True, exist_ok=True)
        arguments = ["--only", "kafka", "--data-dir", str(self.data / "noida"), "--kafka-port", str(self.port)]
        self.program.command = [str(binary), "start", *arguments]
        self._tell(f"{error}. {FALL_BACK_NOTICE}")

    async def _is_ready(self) -> bool:
        return is_listening(self.port) and await self._answers()  # connecting first spares aiokafka's error lines

    async def _answers(self) -> bool:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap_servers, request_timeout_ms=2_000)
        try:
            await admin.start()
            return bool((await admin.describe_cluster())["brokers"])
        except (KafkaError, OSError):
            return False
        finally:
            await admin.close()


async def train(data: Path, warmth: Warmth, java_options: Sequence[str]) -> None:
    """Start a broker once and let it do a little of everything, so that Java can tell which classes that takes."""
    kafka = LocalKafka(data, free_ports(1)[0], warmth=warmth, java_options=java_options)
    try:
        await kafka.start()
        with suppress(KafkaError, OSError, TimeoutError):  # what is not learnt is loaded later, the slow way
            await asyncio.wait_for(_use(kafka.bootstrap_servers), TRAINING_SECONDS)
    finally:
        await kafka.stop()


async def _use(bootstrap_servers: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all", enable_idempotence=True)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, group_id="training", auto_offset_reset="earliest")
    try:
        await admin.start()
        await admin.create_topics([NewTopic("training", PARTITIONS, 1, topic_configs={"retention.ms": "3600000"})])
        await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, "training")])
        await producer.start()
        await producer.send_and_wait("training", b"a record")
        await consumer.start()
        consumer.subscribe(["training"])
        await consumer.getone()
        await consumer.commit()
    finally:
        await asyncio.gather(consumer.stop(), producer.stop(), admin.close())
