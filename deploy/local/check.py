"""``make test``: every check, one after the other, and a summary of all of them; a failed one does not hide the next."""

import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
TESTS = [str(BIN / "pytest"), "--durations=10"]
CHECKS = {
    "lint": [str(BIN / "ruff"), "check"],
    "format": [str(BIN / "ruff"), "format", "--check"],
    "types": [str(BIN / "mypy")],
    "layers": [str(BIN / "lint-imports")],
}


def run(name: str, command: list[str]) -> tuple[str, int, float]:
    """Run one check in the repository; its name, exit code and seconds."""
    print(f"\n=== {name}: {' '.join([Path(command[0]).name, *command[1:]])}", flush=True)
    started = time.monotonic()
    code = subprocess.run(command, cwd=REPOSITORY, check=False).returncode
    return name, code, time.monotonic() - started


def main() -> int:
    """The exit code: 0 when all passed. Arguments go to pytest, and then nothing else runs."""
    arguments = sys.argv[1:]
    checks = {} if arguments else CHECKS
    results = [run(name, command) for name, command in {**checks, "tests": [*TESTS, *arguments]}.items()]
    print("\n=== summary")
    for name, code, seconds in results:
        print(f"  {'passed' if code == 0 else 'FAILED':7} {name:8} {seconds:6.1f} s")
    print(f"  {sum(seconds for *_, seconds in results):21.1f} s in all", flush=True)
    return int(any(code for _, code, _ in results))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
