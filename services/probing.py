"""What a container's health check asks: does the API answer that it is ready, does the worker give signs of life."""

from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from shared.clock import now
from shared.jobs.heartbeat import is_alive

TIMEOUT = 3


def is_serving(part: str, service: str, port: int, data_dir: Path) -> bool:
    if part == "worker":
        return is_alive(data_dir, service, now())
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=TIMEOUT) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004
    except (URLError, TimeoutError, ConnectionError):
        return False
