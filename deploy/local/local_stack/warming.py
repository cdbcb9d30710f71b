"""What is made once, so that Kafka starts in half the time: a class-data archive, and a formatted folder to copy.

Both come from the real thing: Kafka's own tool formats an empty folder, and a broker that starts once says which classes it needs. They
are kept beside the jars, under a name that changes with the jars and with Java. Without them Kafka starts as well, only slower.
"""

import asyncio
import fcntl
import hashlib
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from local_stack.kafka_java import BROKER_HEAP, MACHINE, PROPERTIES, KafkaJava, cluster_id, server_properties
from local_stack.processes import StackError, run_to_end

LOCK_GAP_SECONDS = 0.1
FORM = b"2"
"""Another number makes everybody's anew."""

Tell = Callable[[str], None]
"""Called with a sentence for the person who waits."""


@dataclass(frozen=True, slots=True)
class Warmth:
    """The folder of what was made."""

    folder: Path

    @property
    def formatted(self) -> Path:
        """``log.dirs`` as Kafka's tool leaves them, used by nobody yet."""
        return self.folder / "formatted"

    @property
    def archive(self) -> Path:
        """The classes of a starting broker, loaded and checked."""
        return self.folder / "kafka.jsa"

    @property
    def options(self) -> tuple[str, ...]:
        """For Java; one that cannot use the archive (``auto``) goes on without."""
        return ("-Xshare:auto", f"-XX:SharedArchiveFile={self.archive}") if self.archive.exists() else ()

    def format(self, data: Path) -> None:
        """Format ``data/log`` by a copy with a cluster id of its own. Last comes what tells a formatted folder."""
        log_dir = data / "log"
        shutil.copytree(self.formatted, log_dir, ignore=shutil.ignore_patterns("meta.properties"), dirs_exist_ok=True)
        text = (self.formatted / "meta.properties").read_text()
        (log_dir / "meta.properties").write_text(re.sub(r"(?m)^cluster\.id=.*$", f"cluster.id={cluster_id(data)}", text))


Train = Callable[[Path, Warmth, Sequence[str]], Awaitable[None]]
"""Starts a broker on a data folder with options for Java, until it is ready, and stops it."""


async def warmed(java: KafkaJava, cache: Path, train: Train, tell: Tell) -> Warmth | None:
    """What was made for this Java and these jars; made now where it is missing; None where it cannot be made."""
    try:
        made = Warmth(cache / "kafka" / _digest(java))
        if not made.folder.exists():
            made.folder.parent.mkdir(parents=True, exist_ok=True)
            async with _alone(made.folder.parent):
                if not made.folder.exists():
                    tell("  preparing Apache Kafka to start fast (this once) ...")
                    await _make(java, made, train)
    except (StackError, OSError):
        return None
    return made


def _digest(java: KafkaJava) -> str:
    """Changes with whatever an archive does not survive: Java takes none whose jars have another path, size or time."""
    files = (*java.jars, java.java.parent.parent / "lib" / "modules")
    stamps = "\n".join(f"{file} {stat.st_size} {stat.st_mtime_ns}" for file, stat in ((file, file.stat()) for file in files))
    return hashlib.sha256(b"\0".join([FORM, stamps.encode(), *map(str.encode, (*MACHINE, BROKER_HEAP, PROPERTIES))])).hexdigest()[:16]


@asynccontextmanager
async def _alone(folder: Path) -> AsyncIterator[None]:
    with (folder / ".lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(LOCK_GAP_SECONDS)
        yield


async def _make(java: KafkaJava, made: Warmth, train: Train) -> None:
    """Make everything beside its place, then move it there: what is there is whole."""
    staging = made.folder.with_name(".staging")
    shutil.rmtree(staging, ignore_errors=True)
    unfinished = Warmth(staging / "made")
    unfinished.folder.mkdir(parents=True)
    properties, classes = staging / "server.properties", staging / "classes"
    properties.write_text(server_properties(unfinished.formatted, 1, 2))  # formatting opens no port
    try:
        await run_to_end("the format tool", java.format(unfinished.formatted, properties), staging / "format.log")
        await train(staging / "data", unfinished, (f"-XX:DumpLoadedClassList={classes}",))
        try:
            await run_to_end("the class archive", java.dump(classes, unfinished.archive), staging / "dump.log")
        except StackError:
            unfinished.archive.unlink(missing_ok=True)  # a machine that cannot is not asked at every start
        unfinished.folder.rename(made.folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
