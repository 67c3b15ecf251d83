"""Workers to be killed: each a process of its own, forked from one that imported what they need, which takes seconds.

`python -m tests.faults.killable_x ...` makes one for each line of its input, with that line as what it is to do, and
prints its pid, then how it ended.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


def serve(work: Callable[[str], None]) -> None:
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # where pids are told and nothing else
            work(line.rstrip("\n"))
            sys.exit()
        tell(pid)
        tell(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


@dataclass
class Workers:
    """Makes one after the other."""

    maker: Process
    pid: int = 0

    async def start(self, what: str = "") -> int:
        assert self.maker.stdin is not None
        self.maker.stdin.write(f"{what}\n".encode())
        self.pid = await self._number()
        return self.pid

    async def end(self) -> int:
        """Wait for the end of the one that was started; give its exit code, or minus the signal that killed it."""
        code = await self._number()
        self.pid = 0
        return code

    async def _number(self) -> int:
        assert self.maker.stdout is not None
        return int(await self.maker.stdout.readline())


@asynccontextmanager
async def workers(module: str, *words: str, environment: Mapping[str, str] | None = None) -> AsyncIterator[Workers]:
    maker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *words, stdin=PIPE, stdout=PIPE, cwd=ROOT, env=environment
    )
    made = Workers(maker)
    try:
        yield made
    finally:
        with suppress(ProcessLookupError):
            maker.kill()
        await maker.wait()
        if made.pid:
            with suppress(ProcessLookupError):
                os.kill(made.pid, signal.SIGKILL)
