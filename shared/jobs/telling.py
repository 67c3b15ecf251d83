"""A row that shows what became of its job: an import, an export, an erasure. It is told in the job's own transaction.

    failed, cancelled   the job ended so: by its function, given up after several tries, or cancelled before it began
    queued              somebody retries it

What succeeded is told by the job's function, with its effects.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

from shared.jobs.records import Job, JobState
from shared.units import Unit

Problem = dict[str, Any] | None
Tell = Callable[[Unit, Mapping[str, Any], JobState, Problem], Awaitable[None]]
Tells = Mapping[str, Tell]
"""Whom to tell, by the job's name."""

NOBODY: Tells = MappingProxyType({})


async def tell(tells: Tells, unit: Unit, job: Job, state: JobState, problem: Problem = None) -> None:
    if found := tells.get(job.name):
        await found(unit, job.args, state, problem)
