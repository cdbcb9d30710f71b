"""Make or complete ``.venv`` for a lock (``local`` or ``dev``): ``python3 deploy/local/environment.py local``.

Plain Python, because nothing is installed yet. Safe to interrupt (a stamp named after what was installed is written last), safe beside a
running stack (both locks pin the same versions, so pip leaves alone what is there), and two at once wait for each other.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
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


class Pip:
    """How an environment is made and filled."""

    def make(self, place: Place) -> None:
        """An empty one, whatever was there."""
        print("Making the Python environment in .venv ...", flush=True)
        _run([sys.executable, "-m", "venv", "--clear", str(place.folder)])

    def install(self, place: Place, lock: str) -> None:
        """The packages of the lock by their hashes; with ``local`` also ours, which have none."""
        pip = [str(place.python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps"]
        requirements = place.requirements(lock)
        _with_progress([*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(requirements)], lock, requirements)
        if lock == "local":
            ours = [part for path in FIRST_PARTY for part in ("-e", str(place.repository / path))]
            _run([*pip, "--quiet", "--no-build-isolation", *ours])


def main() -> None:
    """Make the environment that the lock named by the first argument describes."""
    lock = sys.argv[1]
    place = Place(REPOSITORY, Path(os.environ.get("CARY311_VENV") or REPOSITORY / ".venv"))
    if place.is_complete(lock):
        return
    _go_on_with_a_python_that_suffices()
    complete(place, lock, Pip())


def complete(place: Place, lock: str, pip: Pip) -> None:
    """Do what is missing, one process at a time."""
    lock_file = place.repository / ".local" / "environment.lock"
    lock_file.parent.mkdir(exist_ok=True)
    with lock_file.open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        for needed in ("local", "dev")[: 1 + (lock == "dev")]:
            if not place.is_complete(needed):
                _complete(place, needed, pip)


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


def _complete(place: Place, lock: str, pip: Pip) -> None:
    started = time.monotonic()
    if not place.is_made():
        pip.make(place)
        place.made.parent.mkdir()
        place.made.write_text(str(place.repository))
    _forget_half_installed(place.folder)
    pip.install(place, lock)
    for old in place.made.parent.glob(f"{lock}-*"):
        old.unlink()
    place.stamp(lock).touch()
    print(f"The environment for {lock} is complete ({time.monotonic() - started:.0f} s).", flush=True)


def _forget_half_installed(folder: Path) -> None:
    """A pip that was killed leaves packages which the next one takes for installed: pip writes INSTALLER after all files are there."""
    for metadata in folder.glob("lib/python*/site-packages/*.dist-info"):
        if not (metadata / "INSTALLER").exists():
            shutil.rmtree(metadata)


def _with_progress(command: "list[str]", lock: str, requirements: Path) -> None:
    total = len(re.findall(r"^[\w.-]+(?:\[.*\])?==", requirements.read_text(), re.MULTILINE))
    print(f"Installing the {total} packages of requirements/{lock}.txt (a minute or two the first time) ...", flush=True)
    output = []
    done = 0
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
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
    if process.wait():
        _give_up("".join(output) + "pip could not install the packages (see above). It is safe to run this again.")


def _show(text: str, *, is_worth_a_line: bool) -> None:
    if sys.stdout.isatty():
        print(f"\r\033[K  {text}", end="", flush=True)
    elif is_worth_a_line:
        print(f"  {text}", flush=True)


def _run(command: "list[str]") -> None:
    if subprocess.run(command, check=False).returncode:
        _give_up(f"This failed: {' '.join(command)}. It is safe to run it again.")


def _give_up(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
