"""What a process loads for its part: a supervisor hardly anything, a worker no web framework."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "without"),
    [
        ("shared.jobs.heartbeat", {"arq", "asyncpg", "pydantic", "sqlalchemy"}),
        ("shared.jobs.worker", {"fastapi", "uvicorn", "typer"}),
        ("shared.feed.events", {"arq", "asyncpg", "pydantic", "sqlalchemy"}),
    ],
)
def test_it_loads_no_more_than_it_needs(module, without):
    code = f"import sys, {module}; print(*sorted({without!r} & sys.modules.keys()))"
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert answer.stdout.split() == []
