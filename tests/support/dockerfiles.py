"""A Dockerfile's very steps, run without a container engine.

Each stage is a folder that stands for its root, with an empty Python environment in the place of the base image's Python. Left out is
what only an engine has: users, layers, and the base image's own files. What a stage copies from another one is moved, with a link where
it was, because an environment's programs name the place where it was made.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

REPOSITORY = Path(__file__).parents[2]
UV: Final = Path(sys.executable).parent / "uv"
IN_A_HURRY: Final = {"UV_COMPILE_BYTECODE": "0", "UV_LINK_MODE": "hardlink"}
"""Set otherwise than in the files: an image is compiled and copied once, for a test it would be a minute of work."""
NOTHING: Final[Mapping[str, str]] = {}
_FLAG = re.compile(r"--[a-z-]+=\S+\s+")
_ABSOLUTE = re.compile(r"(?<![^\s:=])/(?=\w)")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: ``RUN``, and what stands behind it."""

    word: str
    text: str


def instructions(dockerfile: Path) -> Iterator[Instruction]:
    """The instructions of a file, continued lines joined."""
    lines = [line for line in dockerfile.read_text().splitlines() if not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, text = line.strip().partition(" ")
            yield Instruction(word.upper(), " ".join(text.split()))


def context() -> list[str]:
    """The files that ``.dockerignore`` lets into a build, as git knows them: the last pattern that fits decides."""
    patterns = [line for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=REPOSITORY, check=True, capture_output=True, text=True)
    return [file for file in listed.stdout.splitlines() if not _is_ignored(file, patterns)]


def _is_ignored(file: str, patterns: list[str]) -> bool:
    parts = Path(file).parts
    prefixes = ["/".join(parts[: length + 1]) for length in range(len(parts))]
    ignored = False
    for pattern in patterns:
        is_exception, glob = pattern.startswith("!"), pattern.removeprefix("!")
        fits = (
            any(part == glob.removeprefix("**/") for part in parts) if glob.startswith("**/") else any(_fits(one, glob) for one in prefixes)
        )
        if fits:
            ignored = not is_exception
    return ignored


def _fits(path: str, glob: str) -> bool:
    return path.count("/") == glob.count("/") and fnmatch(path, glob)


@dataclass
class Stage:
    """A stage as far as it is built."""

    root: Path
    system: Path
    """Its Python, as the base image would bring one."""
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    labels: str = ""
    user: str = "root"
    ports: tuple[str, ...] = ()
    entrypoint: str = ""
    command: str = ""

    def place(self, path: str) -> Path:
        """Where a path of the image lies here."""
        return self.root / (Path(self.folder) / path).relative_to("/")

    def run(self, command: str, told: Mapping[str, str] = NOTHING) -> subprocess.CompletedProcess[str]:
        """Run a command as a shell in this stage would, with nothing of our own environment but what it is ``told``."""
        path = _ABSOLUTE.sub(f"{self.root}/", self.environment.get("PATH", ""))
        environment = {**self.environment, **told, "PATH": f"{path}:{self.system}/bin:/usr/bin:/bin"}
        return subprocess.run(["sh", "-c", command], cwd=self.place("."), env=environment, capture_output=True, text=True, check=False)


class Builder:
    """Builds one image after the other at the same place, so that what Python compiled for one is there for the next.

    Like an engine it runs the equal first steps of several files once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = folder / "image"
        self._compiled = {"PYTHONPYCACHEPREFIX": str(folder / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
        self._files = context()
        self._pythons: dict[str, Path] = {}
        self._done: set[tuple[Path, tuple[Instruction, ...]]] = set()

    def build(self, dockerfile: Path) -> Stage:
        """The last stage of a file, built in the place of the image before it.

        Raises:
            AssertionError: an instruction failed; with what it said.
        """
        shutil.rmtree(self._root, ignore_errors=True)
        stages: dict[str, Stage] = {}
        steps: list[Instruction] = []
        arguments: dict[str, str] = {}
        stage = Stage(self._root, self._root)
        for step in instructions(dockerfile):
            if step.word == "FROM":
                name = step.text.partition(" AS ")[2] or "final"
                stage = stages[name] = Stage(self._root / name, self._python(name))
                stage.root.mkdir(parents=True)
                steps = []
            elif step.word == "ARG":
                name, _, default = step.text.partition("=")
                arguments[name] = default
            elif step.word == "COPY":
                self._copy(stage, step.text, stages)
            elif step.word == "RUN":
                self._run(stage, step, (*steps, step))
            else:
                _note(stage, step, arguments)
            steps.append(step)
        stage.environment |= self._compiled
        return stage

    def _run(self, stage: Stage, step: Instruction, steps: tuple[Instruction, ...]) -> None:
        if (stage.system, steps) in self._done:
            return
        command = _FLAG.sub("", step.text) if step.text.startswith("--mount") else step.text
        # Where packages come from, and whom to trust, is this machine's business; which Python, the stage's.
        ours = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
        done = stage.run(_ABSOLUTE.sub(f"{stage.root}/", command), ours | stage.environment | IN_A_HURRY)
        assert done.returncode == 0, f"RUN {step.text}\n{done.stdout}{done.stderr}"
        self._done.add((stage.system, steps))

    def _copy(self, stage: Stage, text: str, stages: Mapping[str, Stage]) -> None:
        *sources, target = text.split()
        if sources[0].startswith("--from="):
            source = stages[sources.pop(0).removeprefix("--from=")].place(sources[0])
            place = stage.place(target)
            place.parent.mkdir(parents=True)
            source.rename(place)
            source.symlink_to(place)
            return
        for source_name in sources:
            self._copy_in(stage, source_name, target, is_folder=target.endswith("/"))

    def _copy_in(self, stage: Stage, source: str, target: str, *, is_folder: bool) -> None:
        found = [file for file in self._files if file == source or file.startswith(f"{source}/")]
        assert found, f"COPY {source}: nothing of it is in the context"
        for file in found:
            inner = Path(file).relative_to(source) if file != source else Path(Path(file).name if is_folder else "")
            place = stage.place(target) / inner
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / file, place)

    def _python(self, name: str) -> Path:
        """The base image's, as far as instructions that are equal in all files have changed it."""
        if name not in self._pythons:
            self._pythons[name] = self._folder / f"python-of-{name}"
            subprocess.run([UV, "venv", "--quiet", "--seed", "--python", sys.executable, self._pythons[name]], check=True)
        return self._pythons[name]


def _note(stage: Stage, step: Instruction, arguments: Mapping[str, str]) -> None:
    text = re.sub(r"\$\{(\w+)\}", lambda found: arguments[found.group(1)], step.text)
    match step.word:
        case "ENV":
            stage.environment |= dict(pair.split("=", 1) for pair in text.split())
        case "WORKDIR":
            stage.folder = text
            stage.place(".").mkdir(parents=True, exist_ok=True)
        case "LABEL":
            stage.labels += text
        case "USER":
            stage.user = text
        case "EXPOSE":
            stage.ports = tuple(text.split())
        case "ENTRYPOINT":
            stage.entrypoint = text
        case "CMD":
            stage.command = text
        case unknown:
            raise AssertionError(f"{unknown} is not known here")
