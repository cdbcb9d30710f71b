"""``python -m support.many_readers PORT PATH COUNT``: readers who all ask at the same moment, in a process of their own.

In the process that is measured they would be most of what is measured. They ask when a line comes in; what each was told goes out
as JSON: status and ``Retry-After``.
"""

import asyncio
import json
import sys
from email.parser import BytesHeaderParser
from pathlib import Path

TESTS = Path(__file__).parents[1]


async def many_readers(port: int, path: str, count: int) -> asyncio.subprocess.Process:
    """The process, that waits for a line on its standard input."""
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-m", "support.many_readers", str(port), path, str(count)]
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, cwd=TESTS)
    assert process.stdout
    assert await process.stdout.readline() == b"ready\n"
    return process


async def _asked(port: int, path: str) -> tuple[int, str | None]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    status_line, _, rest = (await reader.read(-1)).partition(b"\r\n")
    writer.close()
    return int(status_line.split()[1]), BytesHeaderParser().parsebytes(rest)["Retry-After"]


async def _main(port: int, path: str, count: int) -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    sys.stdout.write(json.dumps(await asyncio.gather(*(_asked(port, path) for _ in range(count)))))


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
