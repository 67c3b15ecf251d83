"""How far the play is: bars on a terminal; elsewhere, in a log or a pipe, a plain line now and then."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

EVERY = 3.0  # seconds between two lines of one step


class Steps(Protocol):
    """What a play tells its progress to."""

    def add_task(self, description: str, *, total: float | None) -> TaskID: ...

    def update(self, task_id: TaskID, *, total: float | None, completed: float) -> None: ...

    def advance(self, task_id: TaskID) -> None: ...


@contextmanager
def steps(console: Console) -> Iterator[Steps]:
    if not console.is_terminal:
        yield PlainSteps(console)
        return
    columns = (TextColumn("{task.description:<36}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        yield bars


class PlainSteps:
    """A line when a step begins, one every few seconds, and one when it is done."""

    def __init__(self, console: Console, every: float = EVERY) -> None:
        self._console = console
        self._every = every
        self._steps: list[_Step] = []

    def add_task(self, description: str, *, total: float | None) -> TaskID:
        self._steps.append(_Step(description, total))
        self._say(f"{description} ...")
        return TaskID(len(self._steps) - 1)

    def update(self, task_id: TaskID, *, total: float | None, completed: float) -> None:
        step = self._steps[task_id]
        step.total, step.done = total, completed
        self._tell(step)

    def advance(self, task_id: TaskID) -> None:
        step = self._steps[task_id]
        step.done += 1
        self._tell(step)

    def _tell(self, step: "_Step") -> None:
        now = time.monotonic()
        if step.is_told:
            return
        if step.total and step.done >= step.total:
            step.is_told = True
            count = f"{step.done:,.0f} " if step.total > 1 else ""
            self._say(f"{step.description}: {count}done in {now - step.began:.0f} s")
        elif now - step.said_at >= self._every:
            step.said_at = now
            of = "" if step.total is None else f" of {step.total:,.0f}"
            self._say(f"{step.description}: {step.done:,.0f}{of}")

    def _say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, highlight=False, markup=False)
        self._console.file.flush()  # a pipe's reader is to see it now


class _Step:
    def __init__(self, description: str, total: float | None) -> None:
        self.description = description
        self.total = total
        self.done = 0.0
        self.began = self.said_at = time.monotonic()
        self.is_told = False
