"""The picture workers as processes; what they make of pictures, the tests of intake-web say."""

import asyncio
import signal
import sys
from pathlib import Path

PROGRAM = """
import asyncio
from shared.pictures import worker
from shared.pictures.pool import PicturePool

async def main():
    pool = PicturePool(1, 2**31)
    await pool.start()
    print(pool._workers().submit(worker.is_alive).result(), flush=True)
    await asyncio.sleep(60)

if __name__ == "__main__":
    asyncio.run(main())
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


async def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    """Nothing is left behind by kill -9."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    parent = await asyncio.create_subprocess_exec(sys.executable, str(program), stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    worker = int(await parent.stdout.readline())
    assert is_running(worker)

    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    async with asyncio.timeout(10):
        while is_running(worker):  # noqa: ASYNC110 - it is nobody's child any more: nothing tells of its end
            await asyncio.sleep(0.02)
