"""What a serving process leaves out of its memory. In a process of its own: here everything is loaded already."""

import subprocess
import sys

LOADED = """
from shared import heap
heap.leave_out_terminals()
import sys, httpx, structlog
renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
print(renderer(None, "info", {"event": "still told"}))
print([name for name in heap.FOR_TERMINALS if sys.modules[name] is not None])
"""


def test_what_is_for_terminals_is_left_out_and_logs_and_calls_do_without() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    told, loaded = done.stdout.strip().splitlines()
    assert "still told" in told
    assert loaded == "[]"
