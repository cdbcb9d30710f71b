"""The picture workers as processes; what they make of pictures, the tests of intake-web say."""

import asyncio
import io
import signal
import sys
from pathlib import Path

from PIL import Image

from shared.pictures.pool import PicturePool
from shared.pictures.worker import Picture, Task


def dot() -> bytes:
    """A picture of a few pixels."""
    file = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(file, "PNG")
    return file.getvalue()


DOT = dot()
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


async def test_a_worker_that_has_served_its_time_is_replaced_while_pictures_wait() -> None:
    """However many wait: by CPython's own limit of tasks (``max_tasks_per_child``) no other was started, and all waited for ever."""
    pool = PicturePool(2, 2**31, pictures_per_worker=3)
    try:
        async with asyncio.timeout(60):
            made = await asyncio.gather(*(pool.process(Task(DOT, 1_000, 100, 5)) for _ in range(40)))
    finally:
        await pool.close()
    assert {type(one) for one in made} == {Picture}
