"""What a container's health check asks: does the API answer that it is ready, does the worker give signs of life."""

from pathlib import Path

from shared.clock import now
from shared.jobs.heartbeat import is_alive
from shared.local.listening import is_ready

TIMEOUT = 3


def is_serving(part: str, service: str, port: int, data_dir: Path) -> bool:
    return is_alive(data_dir, service, now()) if part == "worker" else is_ready("127.0.0.1", port, TIMEOUT)
