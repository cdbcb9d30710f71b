"""Apache Kafka's jars: resolved once into a lock, fetched by it, checked by sha256, kept in a cache.

A jar enters the cache by a rename after its check, so what lies there is whole whenever a fetch was interrupted. A lock file keeps two
first runs apart.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from local_stack.processes import StackError

REPOSITORY = Path(__file__).resolve().parents[3]
LOCK = REPOSITORY / "deploy" / "local" / "kafka.lock"
COORDINATES = ("org.apache.kafka:kafka_2.13:4.4.0", "org.slf4j:slf4j-simple:1.7.36")
TIMEOUT_SECONDS = 60
ATTEMPTS = 2

Fetch = Callable[["Jar", Path], Path]
Progress = Callable[[int, int], None]
"""Called with how many jars are there and how many there will be."""


class FetchError(StackError):
    """The jars cannot be had; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock: ``group:artifact:version sha256``."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """Its name in the cache; the group keeps equal artifacts of two groups apart."""
        return f"{self.group}.{self.artifact}-{self.version}.jar"


def read_lock(text: str) -> tuple[Jar, ...]:
    """The jars of a lock.

    Raises:
        FetchError: a line is not ``group:artifact:version sha256``.
    """
    jars = []
    for number, line in enumerate(text.splitlines(), start=1):
        match line.partition("#")[0].split():
            case []:
                continue
            case [coordinate, sha256] if coordinate.count(":") == 2 and len(sha256) == 64:  # noqa: PLR2004 - two colons, 64 hexadecimal digits
                group, artifact, version = coordinate.split(":")
                jars.append(Jar(group, artifact, version, sha256))
            case _:
                raise FetchError(f"line {number} of the jar lock is not 'group:artifact:version sha256'")
    return tuple(jars)


def cache_folder() -> Path:
    """Where jars are kept: ``CARY311_CACHE``, else ``.local/cache`` of the repository."""
    return Path(os.environ.get("CARY311_CACHE") or REPOSITORY / ".local" / "cache")


def sha256_of(file: Path) -> str:
    """The digest of a file, in hexadecimal digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def from_maven(jar: Jar, staging: Path) -> Path:
    """Fetch one jar by jgo into a folder of its own.

    Raises:
        FetchError: the repository cannot be reached or does not have it.
    """
    from jgo.maven import MavenContext  # noqa: PLC0415 - 0.4 s of imports that a cached start does not need

    context = MavenContext(repo_cache=staging, local_repos=[], timeout=TIMEOUT_SECONDS)
    try:
        path = context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # requests' errors are OSErrors
        raise FetchError(f"{jar.artifact} {jar.version} cannot be fetched ({type(error).__name__}: is there a network?)") from error
    return Path(path)


def silent(_done: int, _total: int) -> None:
    """A progress that nobody watches."""


def kafka_jars(*, lock: Path = LOCK, cache: Path | None = None, fetch: Fetch = from_maven, progress: Progress = silent) -> tuple[Path, ...]:
    """The jars of the lock, each with the right digest; what is missing or changed is fetched, once more after a wrong digest.

    Raises:
        FetchError: a jar cannot be fetched, or comes with another digest twice.
    """
    jars = read_lock(lock.read_text())
    folder = (cache or cache_folder()) / "jars"
    with _alone(folder):
        for done, jar in enumerate(jars):
            path = folder / jar.file_name
            if not (path.exists() and sha256_of(path) == jar.sha256):
                progress(done, len(jars))
                _fetch_checked(jar, path, fetch)
        progress(len(jars), len(jars))
    return tuple(folder / jar.file_name for jar in jars)


def _fetch_checked(jar: Jar, path: Path, fetch: Fetch) -> None:
    staging = path.parent / ".staging"
    for _attempt in range(ATTEMPTS):
        shutil.rmtree(staging, ignore_errors=True)
        fetched = fetch(jar, staging)
        if sha256_of(fetched) == jar.sha256:
            fetched.replace(path)
            shutil.rmtree(staging, ignore_errors=True)
            return
    shutil.rmtree(staging, ignore_errors=True)
    raise FetchError(f"{jar.artifact} {jar.version} does not have the sha256 that kafka.lock names: not used")


def write_lock(lock: Path = LOCK, cache: Path | None = None) -> int:
    """Resolve the coordinates anew and write the lock; returns the number of jars. What is fetched here is trusted: review the change."""
    from jgo.maven import MavenContext  # noqa: PLC0415 - see from_maven
    from jgo.parse import Coordinate  # noqa: PLC0415 - see from_maven

    staging = (cache or cache_folder()) / "resolve"
    with _alone(staging):
        context = MavenContext(repo_cache=staging, local_repos=[], timeout=TIMEOUT_SECONDS)
        wanted = [context.create_dependency(replace(Coordinate.parse(name), scope="compile")) for name in COORDINATES]
        inputs, transitive = context.resolver.resolve(wanted)
        lines = {
            f"{found.groupId}:{found.artifactId}:{found.version} {sha256_of(Path(found.artifact.resolve()))}"
            for found in [*inputs, *transitive]
        }
        lock.write_text("".join(f"{line}\n" for line in sorted(lines)))
    return len(lines)
