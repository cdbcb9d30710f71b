"""What every local server has in common: it is one process, started and awaited, ended in peace, killed or frozen."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import ClassVar, Self

from local_stack.processes import Program


class LocalServer(ABC):
    """A server on ports and a data folder that outlive its restarts; as a context, it runs for so long."""

    STOP_SECONDS: ClassVar[float]
    """How long it may take to end in peace."""
    program: Program

    @abstractmethod
    async def start(self) -> None:
        """Start it, from the main thread, and wait until it answers.

        Raises:
            StackError: a port is taken, or it ended or was not ready in time; with the last lines of its log.
        """

    async def stop(self) -> None:
        """End it in peace."""
        await self.program.stop(self.STOP_SECONDS)

    def kill(self) -> None:
        """Kill -9."""
        self.program.kill()

    def pause(self) -> None:
        """Freeze it."""
        self.program.pause()

    def resume(self) -> None:
        """Let it go on, where it was frozen."""
        self.program.resume()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()
