"""Kafka's jars: what lies in the cache is what the lock names, whatever happened while it was fetched."""

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from local_stack.fetch import LOCK, FetchError, Jar, kafka_jars, read_lock

CONTENTS = {"one": b"the first jar", "two": b"the second jar"}


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Repository:
    """Serves jars from memory; ``before`` may do harm first."""

    def __init__(self) -> None:
        self.fetched: Counter[str] = Counter()
        self.before: Callable[[Jar, Path], None] = lambda _jar, _path: None
        self.contents = dict(CONTENTS)

    def __call__(self, jar: Jar, staging: Path) -> Path:
        self.fetched[jar.artifact] += 1
        staging.mkdir(parents=True)
        path = staging / "fetched"
        self.before(jar, path)
        path.write_bytes(self.contents[jar.artifact])
        return path


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "kafka.lock"
    path.write_text("".join(f"org.example:{name}:1.0 {digest(content)}\n" for name, content in CONTENTS.items()))
    return path


def held(cache: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (cache / "jars").glob("*.jar")}


def test_the_projects_lock_is_one() -> None:
    """The lock in the repository names Kafka and its logging, each artifact once."""
    jars = read_lock(LOCK.read_text())
    assert {"kafka_2.13", "kafka-clients", "slf4j-simple"} <= {jar.artifact for jar in jars}
    assert len({jar.file_name for jar in jars}) == len(jars)


def test_a_lock_has_comments_and_blank_lines() -> None:
    """They are no jars."""
    sha256 = "a" * 64
    assert read_lock(f"# Kafka\n\norg.example:one:1.0 {sha256}  # why\n") == (Jar("org.example", "one", "1.0", sha256),)


@pytest.mark.parametrize(
    "line", ["org.example:one:1.0", "org.example:one 1.0", f"org.example:one:1.0 {'a' * 63}", f"one {'a' * 64}", "a b c"]
)
def test_a_wrong_line_of_the_lock_is_named(line: str) -> None:
    """A lock that is damaged by a merge stops the start with the line."""
    with pytest.raises(FetchError, match="line 2 of the jar lock"):
        read_lock(f"org.example:one:1.0 {'a' * 64}\n{line}\n")


def test_jars_are_fetched_once(tmp_path: Path, lock: Path) -> None:
    """The second start takes them from the cache, shows no progress but the end, and asks nobody."""
    repository = Repository()
    shown: list[tuple[int, int]] = []
    first = kafka_jars(lock=lock, cache=tmp_path, fetch=repository, progress=lambda done, total: shown.append((done, total)))
    assert [path.read_bytes() for path in first] == list(CONTENTS.values())
    assert shown == [(0, 2), (1, 2), (2, 2)]
    shown.clear()
    assert kafka_jars(lock=lock, cache=tmp_path, fetch=repository, progress=lambda done, total: shown.append((done, total))) == first
    assert shown == [(2, 2)]
    assert repository.fetched == {"one": 1, "two": 1}


def test_a_wrong_digest_is_fetched_once_more(tmp_path: Path, lock: Path) -> None:
    """A transfer that broke is repeated."""
    repository = Repository()
    repository.contents["one"] = b"half of the"

    def mended(jar: Jar, _path: Path) -> None:
        if repository.fetched[jar.artifact] == 2:
            repository.contents = dict(CONTENTS)

    repository.before = mended
    kafka_jars(lock=lock, cache=tmp_path, fetch=repository)
    assert repository.fetched["one"] == 2
    assert held(tmp_path)["org.example.one-1.0.jar"] == CONTENTS["one"]


def test_a_digest_that_stays_wrong_is_refused(tmp_path: Path, lock: Path) -> None:
    """A repository that serves something else is not believed: the jar is named and never enters the cache."""
    repository = Repository()
    repository.contents["one"] = b"something else"
    with pytest.raises(FetchError, match=r"one 1\.0 does not have the sha256"):
        kafka_jars(lock=lock, cache=tmp_path, fetch=repository)
    assert repository.fetched == {"one": 2}
    assert held(tmp_path) == {}


def test_a_damaged_cache_is_mended(tmp_path: Path, lock: Path) -> None:
    """A jar that changed on the disk is fetched again before anything runs it."""
    repository = Repository()
    damaged, _ = kafka_jars(lock=lock, cache=tmp_path, fetch=repository)
    damaged.write_bytes(b"bit rot")
    kafka_jars(lock=lock, cache=tmp_path, fetch=repository)
    assert damaged.read_bytes() == CONTENTS["one"]
    assert repository.fetched == {"one": 2, "two": 1}


def test_an_interrupted_fetch_leaves_nothing_half_there(tmp_path: Path, lock: Path) -> None:
    """Whatever ends a fetch midway, the next one keeps what was whole and fetches the rest."""
    repository = Repository()

    def ended(jar: Jar, path: Path) -> None:
        if jar.artifact == "two" and repository.fetched["two"] == 1:
            path.write_bytes(b"the sec")
            raise KeyboardInterrupt

    repository.before = ended
    with pytest.raises(KeyboardInterrupt):
        kafka_jars(lock=lock, cache=tmp_path, fetch=repository)
    assert list(held(tmp_path)) == ["org.example.one-1.0.jar"]
    kafka_jars(lock=lock, cache=tmp_path, fetch=repository)
    assert sorted(held(tmp_path).values()) == sorted(CONTENTS.values())
    assert repository.fetched == {"one": 1, "two": 2}


def test_two_first_runs_at_once_fetch_each_jar_once(tmp_path: Path, lock: Path) -> None:
    """The second waits for the first and then has everything; neither takes the other's unfinished jar."""
    repository = Repository()
    repository.before = lambda _jar, _path: time.sleep(0.05)
    found: list[tuple[Path, ...]] = []
    runs = [threading.Thread(target=lambda: found.append(kafka_jars(lock=lock, cache=tmp_path, fetch=repository))) for _ in range(3)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(found) == 3
    assert len(set(found)) == 1
    assert repository.fetched == {"one": 1, "two": 1}


def test_a_repository_that_is_away_is_a_sentence(tmp_path: Path, lock: Path) -> None:
    """What cannot be fetched is said; what was fetched before is kept for the next time."""
    repository = Repository()

    def away(jar: Jar, _path: Path) -> None:
        if jar.artifact == "two":
            raise FetchError("two 1.0 cannot be fetched")

    repository.before = away
    with pytest.raises(FetchError, match="cannot be fetched"):
        kafka_jars(lock=lock, cache=tmp_path, fetch=repository)
    assert list(held(tmp_path)) == ["org.example.one-1.0.jar"]
