"""``make test``: every check, one after the other, and a summary of all of them; a failed one does not hide the next."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

REPOSITORY = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
CHECKS = {
    "lint": [str(BIN / "ruff"), "check"],
    "format": [str(BIN / "ruff"), "format", "--check"],
    "types": [str(BIN / "mypy")],
    "layers": [str(BIN / "lint-imports")],
}
KAFKA = [sys.executable, "-m", "local_stack", "prepare"]
"""Before the tests, of which the first one that needs it would run out of time; beside the checks, as most of it is fetching."""
TESTS = [str(BIN / "pytest"), "--durations=10"]
SIDE_BY_SIDE = ["-n", "4", "--dist=loadscope", "--no-loadscope-reorder"]
"""Most of a test is waiting for a server. What shares servers stays together (``tests/conftest.py``); what takes long begins first."""
ALONE = "pytest.mark.alone"

Result = tuple[str, int, float, str]
"""Name, exit code, seconds, and what else there is to say."""


def run(name: str, command: list[str]) -> Result:
    """Run one check in the repository."""
    _announce(name, command)
    started = time.monotonic()
    code = subprocess.run(command, cwd=REPOSITORY, env=_environment(), check=False).returncode
    return name, code, time.monotonic() - started, ""


def begin(name: str, command: list[str]) -> Callable[[], Result]:
    """Start one beside the others. What comes back waits for its end, and shows what it said."""
    said = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it has been shown
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=REPOSITORY, env=_environment(), stdout=said, stderr=subprocess.STDOUT)

    def end() -> Result:
        code = process.wait()
        _announce(name, command)
        with said:
            said.seek(0)
            print(said.read().decode(errors="replace"), end="", flush=True)
        return name, code, time.monotonic() - started, ""

    return end


def _announce(name: str, command: list[str]) -> None:
    print(f"\n=== {name}: {' '.join([Path(command[0]).name, *command[1:]])}", flush=True)


def _environment() -> dict[str, str]:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY / "deploy" / "local")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # every process would compile every test again
    return environment


def passes(tests: Path) -> dict[str, list[str]]:
    """What pytest is asked for, one after the other: what measures time has the machine for itself. `make images-check` builds images."""
    alone = sorted(str(file.relative_to(REPOSITORY)) for file in tests.rglob("test_*.py") if ALONE in file.read_text("utf-8"))
    return {"tests": ["-m", "not alone and not images", *SIDE_BY_SIDE], "alone": ["-m", "alone", *alone]}


def run_tests(name: str, arguments: list[str]) -> Result:
    """Run pytest, and count."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "tests.xml"
        _, code, seconds, _ = run(name, [*TESTS, *arguments, "-o", "junit_logging=no", f"--junit-xml={report}"])
        return name, code, seconds, counts(report)


def counts(report: Path) -> str:
    """How many passed, failed and were skipped, by pytest's report; nothing where it wrote none."""
    try:
        suites = list(ET.parse(report).iter("testsuite"))  # noqa: S314 - pytest wrote it a moment ago
    except (OSError, ET.ParseError):
        return ""
    total, failed, skipped = (
        sum(int(suite.get(name, "0")) for suite in suites for name in names) for names in (("tests",), ("failures", "errors"), ("skipped",))
    )
    told = {"passed": total - failed - skipped, "failed": failed, "skipped (the reasons are above)": skipped}
    return ", ".join(f"{count} {what}" for what, count in told.items() if count)


def main() -> int:
    """The exit code: 0 when all passed. Arguments go to pytest, and then nothing else is checked."""
    arguments, started = sys.argv[1:], time.monotonic()
    kafka = begin("kafka", KAFKA)
    results = [run(name, command) for name, command in ({} if arguments else CHECKS).items()]
    results.append(kafka())
    asked = {"tests": [*SIDE_BY_SIDE, *arguments]} if arguments else passes(REPOSITORY / "tests")
    results += [run_tests(name, chosen) for name, chosen in asked.items()]
    print("\n=== summary")
    for name, code, seconds, told in results:
        print(f"  {'passed' if code == 0 else 'FAILED'}  {name:8}{seconds:6.1f} s  {told}".rstrip())
    print(f"          in all  {time.monotonic() - started:6.1f} s", flush=True)
    return int(any(code for _, code, _, _ in results))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
