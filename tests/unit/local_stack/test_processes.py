"""A program is started with a log, ended in order, and its end is told in words."""

import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from local_stack.processes import Program, StackError, last_lines, run_to_end

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


def python(folder: Path, code: str) -> Program:
    program = Program("thing", [sys.executable, "-c", code], log=folder / "logs" / "thing.log")
    program.start()
    return program


async def test_its_output_is_added_to_its_log(tmp_path: Path) -> None:
    """Also that of a second run: why the first died must not be lost."""
    for _ in range(2):
        program = python(tmp_path, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
        assert await program.ended(20)
    assert program.death() == "thing ended with exit code 3"
    assert sorted(last_lines(program.log)) == ["err", "err", "out", "out"]
    assert sorted(program.last_lines()) == ["err", "out"]


async def test_what_it_said_last_is_told_with_where_the_rest_is(tmp_path: Path) -> None:
    """A log that stayed empty is told as such."""
    program = python(tmp_path, "print('a reason')")
    assert await program.ended(20)
    assert program.said("It ended") == f"It ended. The end of {program.log}:\n    a reason"
    silent = Program("silent", ["true"], log=tmp_path / "silent.log")
    silent.start()
    assert await silent.ended(20)
    assert silent.said("It ended") == f"It ended. Nothing is in {silent.log}"


async def test_a_signal_is_told_by_its_name(tmp_path: Path) -> None:
    """SIGKILL is what the kernel's out-of-memory killer leaves."""
    program = python(tmp_path, "import time; time.sleep(60)")
    program.kill()
    assert program.death() == "thing was ended by SIGKILL"


async def test_it_is_asked_first_and_killed_past_its_time(tmp_path: Path) -> None:
    """A deaf one does not stop the others from stopping."""
    program = python(tmp_path, DEAF)
    while not last_lines(program.log):
        assert program.is_running
    await program.stop(0.2)
    assert program.return_code == -signal.SIGKILL


async def test_a_frozen_one_hears_that_it_is_to_end(tmp_path: Path) -> None:
    """SIGTERM alone would wait for it to wake."""
    program = python(tmp_path, "import time; time.sleep(60)")
    program.pause()
    began = time.monotonic()
    await program.stop(30)
    assert program.return_code == -signal.SIGTERM
    assert time.monotonic() - began < 20


async def test_what_does_not_exist_ends_at_once(tmp_path: Path) -> None:
    """Not a stack trace: without setpriv it is a sentence, with it a line in the log."""
    program = Program("thing", ["/no/such/program"], log=tmp_path / "thing.log")
    with suppress(StackError):
        program.start()
    assert await program.ended(20)
    assert program.return_code != 0


async def test_a_tool_that_fails_is_named(tmp_path: Path) -> None:
    """By its name and exit code; one that hangs is ended."""
    await run_to_end("a tool", ["true"], tmp_path / "log")
    with pytest.raises(StackError, match="a tool ended with exit code 1"):
        await run_to_end("a tool", ["false"], tmp_path / "log")
    with pytest.raises(StackError, match="a tool was not done within 0 s"):
        await run_to_end("a tool", ["sleep", "60"], tmp_path / "log", within_seconds=0.1)


def test_the_end_of_a_long_log_is_short(tmp_path: Path) -> None:
    """And of a log that is not there, nothing."""
    log = tmp_path / "log"
    assert last_lines(log) == []
    log.write_text("".join(f"line {number}\n\n" for number in range(10_000)))
    assert last_lines(log, 2) == ["line 9998", "line 9999"]
