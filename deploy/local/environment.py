"""Make or complete ``.venv`` for a lock (``local`` or ``dev``): ``python3 deploy/local/environment.py local``.

Plain Python, because nothing is installed yet. Safe to interrupt (a stamp named after what was installed is written last), safe beside a
running stack (both locks pin the same versions, so what is there is left alone), and two at once wait for each other.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

OLDEST = (3, 11)
NEWEST_MINOR = 20
REPOSITORY = Path(__file__).resolve().parents[2]
FIRST_PARTY = (
    "shared",
    "services/intake-email",
    "services/intake-social",
    "services/intake-web",
    "services/normalizer",
    "services/tracker",
)
INDEX = re.compile(r"^\S+\.index-url='(.*)'$", re.MULTILINE)
"""A line of pip's configuration."""
UV = re.compile(r"^uv==(?:.*\\\n)*.*\n", re.MULTILINE)
"""Its lines of a lock."""
STEP = re.compile(r"^(?:Collecting|Requirement already satisfied:) ([\w.-]+)")


class Place:
    """An environment for a repository: where it is, and what tells that it is complete."""

    def __init__(self, repository: Path, folder: Path) -> None:
        self.repository = repository
        self.folder = folder
        self.python = folder / "bin" / "python"
        self.made = folder / "stamps" / "made"

    def requirements(self, lock: str) -> Path:
        """The packages of a lock."""
        return self.repository / "requirements" / f"{lock}.txt"

    def stamp(self, lock: str) -> Path:
        """There when this very lock is installed, for this very repository (editable packages are paths)."""
        content = [self.requirements(lock), *(self.repository / part / "pyproject.toml" for part in FIRST_PARTY)]
        digest = hashlib.sha256(b"\0".join(file.read_bytes() for file in content) + str(self.repository).encode()).hexdigest()
        return self.folder / "stamps" / f"{lock}-{digest[:16]}"

    def is_made(self) -> bool:
        """Whether it is an environment of this place: a moved one's programs point to where it was."""
        return self.made.exists() and self.python.exists() and self.made.read_text() == str(self.repository)

    def is_complete(self, lock: str) -> bool:
        """Whether nothing is to be done."""
        return self.stamp(lock).exists() and self.python.exists()


class Installer:
    """How an environment is made and filled."""

    def make(self, place: Place) -> None:
        """An empty one, whatever was there."""
        print("Making the Python environment in .venv ...", flush=True)
        _run([sys.executable, "-m", "venv", "--clear", str(place.folder)])

    def install(self, place: Place, lock: str) -> None:
        """The packages of the lock by their hashes, and ours, which have none: by uv, which takes seconds, or where that fails, by pip."""
        requirements = place.requirements(lock)
        locked = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(requirements)]
        ours = ["--no-deps", "--no-build-isolation", *(part for path in FIRST_PARTY for part in ("-e", str(place.repository / path)))]
        uv = self._uv(place, lock)
        if uv and all(_succeeds([*uv, *arguments], _uv_environment(place)) for arguments in (locked, ours)):
            return
        _forget_half_installed(place.folder)
        _with_progress([*_pip(place), *locked], lock, requirements)
        _run([*_pip(place), "--quiet", *ours])

    def _uv(self, place: Place, lock: str) -> "list[str]":
        """How uv, in the lock's version, is asked to install; empty where it cannot be had."""
        pinned = UV.search(place.requirements(lock).read_text())
        if not pinned:
            return []
        alone = place.folder / "uv.txt"
        alone.write_text(pinned[0])
        print(f"Installing what requirements/{lock}.txt names ...", flush=True)
        if not _succeeds([*_pip(place), "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(alone)]):
            return []
        compiled = ["--compile-bytecode"] if lock == "local" else []  # tests compile the third of it that they import
        return [str(place.folder / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(place.python), *compiled]


def main() -> None:
    """Make the environment that the lock named by the first argument describes."""
    lock = sys.argv[1]
    place = Place(REPOSITORY, Path(os.environ.get("CARY311_VENV") or REPOSITORY / ".venv"))
    if place.is_complete(lock):
        return
    _go_on_with_a_python_that_suffices()
    complete(place, lock, Installer())


def complete(place: Place, lock: str, installer: Installer) -> None:
    """Do what is missing, one process at a time. ``dev`` is ``local`` and more."""
    lock_file = place.repository / ".local" / "environment.lock"
    lock_file.parent.mkdir(exist_ok=True)
    with lock_file.open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        if not place.is_complete(lock):
            _complete(place, lock, installer)


def _go_on_with_a_python_that_suffices() -> None:
    if sys.version_info[:2] < OLDEST:
        for minor in range(NEWEST_MINOR, OLDEST[1] - 1, -1):
            newer = shutil.which(f"python3.{minor}")
            if newer:
                os.execv(newer, [newer, *sys.argv])  # noqa: S606 - the same script under a newer Python
        _give_up(f"Cary 311 needs Python 3.11 or newer; python3 is {sys.version.split()[0]}. On Debian: apt-get install python3.11")
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian ships the module apart
        import venv  # noqa: F401, PLC0415 - likewise
    except ImportError:
        name = f"python3.{sys.version_info.minor}-venv"
        _give_up(f"Python's venv module is missing. On Debian: apt-get install {name}")


def _complete(place: Place, lock: str, installer: Installer) -> None:
    started = time.monotonic()
    if not place.is_made():
        installer.make(place)
        place.made.parent.mkdir()
        place.made.write_text(str(place.repository))
    _forget_half_installed(place.folder)
    installer.install(place, lock)
    for held in ("local", "dev")[: 1 + (lock == "dev")]:
        for old in place.made.parent.glob(f"{held}-*"):
            old.unlink()
        place.stamp(held).touch()
    print(f"The environment for {lock} is complete ({time.monotonic() - started:.0f} s).", flush=True)


def _forget_half_installed(folder: Path) -> None:
    """A pip that was killed leaves packages which the next one takes for installed: pip writes INSTALLER after all files are there."""
    for metadata in folder.glob("lib/python*/site-packages/*.dist-info"):
        if not (metadata / "INSTALLER").exists():
            shutil.rmtree(metadata)


def _with_progress(command: "list[str]", lock: str, requirements: Path) -> None:
    total = len(re.findall(r"^[\w.-]+(?:\[.*\])?==", requirements.read_text(), re.MULTILINE))
    print(f"pip installs the {total} packages of requirements/{lock}.txt (a minute or two the first time) ...", flush=True)
    output = []
    done = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout
        for line in process.stdout:
            output.append(line)
            step = STEP.match(line)
            if step:
                done += 1
                _show(f"{done}/{total} {step.group(1)}", is_worth_a_line=done % 25 == 0)
            elif line.startswith("Installing collected packages"):
                _show("all fetched; writing them to .venv ...", is_worth_a_line=True)
    if sys.stdout.isatty():
        print("\r\033[K", end="")
    if process.returncode:
        _give_up("".join(output) + "pip could not install the packages (see above). It is safe to run this again.")


def _show(text: str, *, is_worth_a_line: bool) -> None:
    if sys.stdout.isatty():
        print(f"\r\033[K  {text}", end="", flush=True)
    elif is_worth_a_line:
        print(f"  {text}", flush=True)


def _pip(place: Place) -> "list[str]":
    return [str(place.python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]


def _uv_environment(place: Place) -> "dict[str, str]":
    """For uv, which reads nothing of pip's configuration: the package index that is pip's."""
    asked = [str(place.python), "-m", "pip", "config", "list", "--disable-pip-version-check"]
    said = subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=False).stdout
    indexes = INDEX.findall(said)  # what the environment says comes last
    return {"UV_DEFAULT_INDEX": indexes[-1]} if indexes else {}


def _succeeds(command: "list[str]", environment: "Mapping[str, str] | None" = None) -> bool:
    """Whether it can be done this way; why not matters only where there is no other."""
    told = {**os.environ, **(environment or {})}
    try:
        return subprocess.run(command, env=told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


def _run(command: "list[str]") -> None:
    if subprocess.run(command, check=False).returncode:
        _give_up(f"This failed: {' '.join(command)}. It is safe to run it again.")


def _give_up(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
