"""What lets Kafka start fast is made once and never needed: without it Kafka starts as well."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from local_stack.kafka_java import KafkaJava, cluster_id
from local_stack.processes import StackError
from local_stack.warming import Warmth, warmed

FAKE_JAVA = """\
#!{python}
import sys
from pathlib import Path
arguments = dict(word.partition("=")[::2] for word in sys.argv)
if "-Xshare:dump" in sys.argv:
    assert Path(arguments["-XX:SharedClassListFile"]).exists()
    if "{dump}" == "fails":
        sys.exit(1)
    Path(arguments["-XX:SharedArchiveFile"]).write_text("classes")
else:
    properties = Path(sys.argv[sys.argv.index("-c") + 1]).read_text().splitlines()
    folder = Path(next(line.partition("=")[2] for line in properties if line.startswith("log.dirs=")))
    (folder / "__cluster_metadata-0").mkdir(parents=True)
    (folder / "__cluster_metadata-0" / "bootstrap").write_text("records")
    (folder / "meta.properties").write_text("node.id=1\\ncluster.id=the-templates\\nversion=1\\n")
"""


class Machine:
    """A Java of our own that pretends, and a cache."""

    def __init__(self, folder: Path, *, dump: str = "works") -> None:
        self.cache = folder / "cache"
        java = folder / "java" / "bin" / "java"
        java.parent.mkdir(parents=True)
        java.write_text(FAKE_JAVA.format(python=sys.executable, dump=dump))
        java.chmod(0o700)
        (folder / "java" / "lib").mkdir()
        (folder / "java" / "lib" / "modules").write_text("modules")
        self.jar = folder / "kafka.jar"
        self.jar.write_text("a jar")
        self.java = KafkaJava(java, (self.jar,))
        self.trained = 0
        self.told: list[str] = []

    async def train(self, data: Path, warmth: Warmth, java_options: Sequence[str]) -> None:
        self.trained += 1
        assert warmth.formatted.exists()
        (warmth.folder.parent / "classes").write_text("classes")
        assert java_options == (f"-XX:DumpLoadedClassList={warmth.folder.parent / 'classes'}",)

    async def warmed(self) -> Warmth | None:
        return await warmed(self.java, self.cache, self.train, self.told.append)


async def test_it_is_made_once(tmp_path: Path) -> None:
    """The first start makes it and says so; the second has it."""
    machine = Machine(tmp_path)
    made = await machine.warmed()
    assert made is not None
    assert made.archive.exists()
    assert f"-XX:SharedArchiveFile={made.archive}" in made.options
    assert len(machine.told) == 1
    assert await machine.warmed() == made
    assert (machine.trained, len(machine.told)) == (1, 1)


async def test_a_copy_is_a_formatted_folder_with_an_id_of_its_own(tmp_path: Path) -> None:
    """A new data folder gets what Kafka's tool wrote, and the id of its own cluster."""
    made = await Machine(tmp_path).warmed()
    assert made is not None
    data = tmp_path / "data"
    made.format(data)
    assert (data / "log" / "__cluster_metadata-0" / "bootstrap").read_text() == "records"
    assert (data / "log" / "meta.properties").read_text() == f"node.id=1\ncluster.id={cluster_id(data)}\nversion=1\n"


async def test_other_jars_get_another(tmp_path: Path) -> None:
    """Java takes no archive of jars that changed since: a fetched jar makes a new one."""
    machine = Machine(tmp_path)
    before = await machine.warmed()
    machine.jar.write_text("another jar")
    after = await machine.warmed()
    assert after is not None
    assert after != before
    assert machine.trained == 2


async def test_two_first_starts_make_it_once(tmp_path: Path) -> None:
    """The second waits for the first."""
    machine = Machine(tmp_path)
    first, second = await asyncio.gather(machine.warmed(), machine.warmed())
    assert first == second is not None
    assert machine.trained == 1


async def test_a_machine_without_archives_goes_without(tmp_path: Path) -> None:
    """A Java that cannot write one is asked once; the formatted folder helps all the same."""
    machine = Machine(tmp_path, dump="fails")
    made = await machine.warmed()
    assert made is not None
    assert made.options == ()
    assert made.formatted.exists()
    await machine.warmed()
    assert machine.trained == 1


async def test_whatever_fails_is_no_failure_of_the_start(tmp_path: Path) -> None:
    """A broker that cannot be trained leaves nothing half made, and nothing to start with either."""
    machine = Machine(tmp_path)

    async def fails(data: Path, warmth: Warmth, java_options: Sequence[str]) -> None:
        raise StackError("the broker ended")

    assert await warmed(machine.java, machine.cache, fails, machine.told.append) is None
    assert [path.name for path in (machine.cache / "kafka").iterdir()] == [".lock"]
    assert await machine.warmed() is not None


async def test_an_interrupted_start_leaves_nothing_half_made(tmp_path: Path) -> None:
    """Ctrl-C while it is made: the next start makes it anew."""
    machine = Machine(tmp_path)

    async def waits(data: Path, warmth: Warmth, java_options: Sequence[str]) -> None:
        await asyncio.Event().wait()

    making = asyncio.create_task(warmed(machine.java, machine.cache, waits, machine.told.append))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(making, 1.0)
    assert [path.name for path in (machine.cache / "kafka").iterdir()] == [".lock"]
    assert await machine.warmed() is not None


async def test_a_cache_that_cannot_be_written_is_gone_without(tmp_path: Path) -> None:
    """Somebody else's file where our folder should be stops nothing."""
    machine = Machine(tmp_path)
    machine.cache.write_text("not a folder")
    assert await machine.warmed() is None
