"""The environment is made once, and whatever interrupts it, the next run completes it."""

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from environment import FIRST_PARTY, INDEX, REPOSITORY, UV, Installer, Place, complete


class FakeInstaller(Installer):
    """Makes and fills nothing; remembers what it was asked for. ``at_install`` may do harm."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.at_install: Callable[[Place, str], None] = lambda _place, _lock: None

    def make(self, place: Place) -> None:
        self.asked.append("make")
        place.python.parent.mkdir(parents=True)
        place.python.touch()

    def install(self, place: Place, lock: str) -> None:
        self.asked.append(lock)
        self.at_install(place, lock)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    repository = tmp_path / "repository"
    for file in ("requirements/local.txt", "requirements/dev.txt", *(f"{part}/pyproject.toml" for part in FIRST_PARTY)):
        (repository / file).parent.mkdir(parents=True, exist_ok=True)
        (repository / file).write_text(file)
    return Place(repository, tmp_path / "venv")


def test_it_is_made_once(place: Place) -> None:
    """The second run has nothing to do."""
    installer = FakeInstaller()
    complete(place, "local", installer)
    complete(place, "local", installer)
    assert installer.asked == ["make", "local"]
    assert place.is_complete("local")


def test_dev_is_local_and_more(place: Place) -> None:
    """What ``make run`` needs is there with it, and is no reason to install again."""
    installer = FakeInstaller()
    complete(place, "dev", installer)
    complete(place, "local", installer)
    assert installer.asked == ["make", "dev"]
    (place.requirements("dev")).write_text("changed")
    complete(place, "local", installer)
    complete(place, "dev", installer)
    assert installer.asked == ["make", "dev", "dev"]


def test_local_grows_into_dev(place: Place) -> None:
    """In the same environment."""
    installer = FakeInstaller()
    complete(place, "local", installer)
    complete(place, "dev", installer)
    assert installer.asked == ["make", "local", "dev"]
    assert place.is_complete("local")


@pytest.mark.parametrize("file", ["requirements/local.txt", "shared/pyproject.toml"])
def test_a_change_installs_anew(place: Place, file: str) -> None:
    """Another lock, or another dependency or command of ours: the old stamp is no longer true."""
    installer = FakeInstaller()
    complete(place, "local", installer)
    (place.repository / file).write_text("changed")
    assert not place.is_complete("local")
    complete(place, "local", installer)
    assert installer.asked == ["make", "local", "local"]
    assert len(list(place.made.parent.glob("local-*"))) == 1


def test_an_interrupt_is_no_end(place: Place) -> None:
    """Ctrl-C while pip works: nothing says that it is complete, and the next run goes on in the same environment."""
    installer = FakeInstaller()

    def interrupt(_place: Place, _lock: str) -> None:
        raise KeyboardInterrupt

    installer.at_install = interrupt
    with pytest.raises(KeyboardInterrupt):
        complete(place, "local", installer)
    assert not place.is_complete("local")
    installer.at_install = lambda _place, _lock: None
    complete(place, "local", installer)
    assert installer.asked == ["make", "local", "local"]
    assert place.is_complete("local")


def test_an_interrupt_while_it_is_made_makes_it_anew(place: Place) -> None:
    """Half an environment is none."""
    place.python.parent.mkdir(parents=True)
    place.python.touch()
    assert not place.is_made()
    place.python.unlink()
    place.python.parent.rmdir()
    installer = FakeInstaller()
    complete(place, "local", installer)
    assert installer.asked == ["make", "local"]


def test_half_a_package_is_forgotten(place: Place) -> None:
    """A package of which a killed pip left a part looks installed to the next: it is taken away before."""
    installer = FakeInstaller()
    complete(place, "local", installer)
    packages = place.folder / "lib" / "python3.11" / "site-packages"
    for name, is_whole in (("whole-1.0.dist-info", True), ("half-1.0.dist-info", False)):
        (packages / name).mkdir(parents=True)
        (packages / name / "METADATA").touch()
        if is_whole:
            (packages / name / "INSTALLER").touch()
    place.requirements("local").write_text("changed")
    complete(place, "local", installer)
    assert [folder.name for folder in packages.iterdir()] == ["whole-1.0.dist-info"]


def test_a_moved_repository_gets_another(place: Place, tmp_path: Path) -> None:
    """The programs in an environment name the place where they were made."""
    complete(place, "local", FakeInstaller())
    moved = Place((tmp_path / "repository").rename(tmp_path / "moved"), place.folder)
    assert not moved.is_complete("local")
    assert not moved.is_made()


def test_a_deleted_python_is_seen(place: Place) -> None:
    """A stamp without a Python is worth nothing."""
    complete(place, "local", FakeInstaller())
    place.python.unlink()
    assert not place.is_complete("local")


def test_two_at_once_wait_for_each_other(place: Place) -> None:
    """``make run`` and ``make test`` on a fresh clone: the second finds what the first installed."""
    installer = FakeInstaller()
    installer.at_install = lambda _place, _lock: time.sleep(0.1)
    both = [threading.Thread(target=complete, args=(place, lock, installer)) for lock in ("local", "dev")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert installer.asked in (["make", "local", "dev"], ["make", "dev"])
    assert place.is_complete("local")
    assert place.is_complete("dev")


def test_where_uv_cannot_pip_does(place: Place) -> None:
    """Everything is installed all the same, by the same hashes."""
    asked = place.folder / "asked"
    place.python.parent.mkdir(parents=True)
    place.python.write_text(f'#!/bin/sh\necho "$@" >> {asked}\n')
    place.python.chmod(0o755)
    place.requirements("local").write_text("uv==1.0 \\\n    --hash=sha256:00\n")
    (uv := place.python.with_name("uv")).write_text("#!/bin/sh\nexit 2\n")
    uv.chmod(0o755)
    Installer().install(place, "local")
    packages, ours = asked.read_text().splitlines()[-2:]
    assert "--require-hashes" in packages
    assert packages.endswith(str(place.requirements("local")))
    assert [part for part in FIRST_PARTY if f"-e {place.repository / part}" in ours] == list(FIRST_PARTY)


@pytest.mark.parametrize("lock", ["local", "dev"])
def test_a_lock_pins_uv(lock: str) -> None:
    """By its hashes, or it would not be used."""
    found = UV.search((REPOSITORY / "requirements" / f"{lock}.txt").read_text())
    assert found
    assert found[0].count("--hash=sha256:") > 5


def test_dev_holds_local() -> None:
    """Every package in the same version: who installs the one need not install the other."""
    pinned = {
        lock: set(re.findall(r"^[\w.-]+(?:\[.*\])?==\S+", (REPOSITORY / "requirements" / f"{lock}.txt").read_text(), re.MULTILINE))
        for lock in ("local", "dev")
    }
    assert len(pinned["local"]) > 50
    assert pinned["local"] <= pinned["dev"]


def test_pips_index_is_uvs_too() -> None:
    """Of its configuration and of the environment, which comes last; other indexes are for pip alone."""
    said = "global.index-url='https://a.example/simple'\nglobal.extra-index-url='https://b.example'\n:env:.index-url='https://c.example'\n"
    assert INDEX.findall(said) == ["https://a.example/simple", "https://c.example"]
