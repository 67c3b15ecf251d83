"""A client that costs little: many connections, each with one request at a time, ready bytes out, barely read in."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import quantiles
from typing import cast

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Request:
    """The bytes to send, the same each time, or made `fresh` for each: new ids, a new key."""

    port: int
    raw: bytes
    fresh: Callable[[], bytes] | None = None

    def next(self) -> bytes:
        return self.fresh() if self.fresh else self.raw

    @classmethod
    def of(cls, port: int, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> "Request":
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body)}"] if body else []
        return cls(port, "\r\n".join([*lines, "", ""]).encode() + body)


@dataclass
class Load:
    """What came back: statuses, seconds of each request, bytes of the last body."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    body_bytes: int = 0
    elapsed: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.elapsed

    def percentile(self, rank: int) -> float:
        return quantiles(self.seconds, n=100)[rank - 1]


class _Connection(asyncio.Protocol):
    def __init__(self, request: Request, load: Load, until: float, ended: asyncio.Future[None]) -> None:
        self._request = request
        self._load = load
        self._until = until
        self._ended = ended
        self._buffer = bytearray()
        self._missing = 0
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        if self._missing:
            self._missing -= len(data)
        else:
            self._buffer += data
            if not self._read_head():
                return
        if self._missing <= 0:
            self._end_of_answer()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_exception(exc or ConnectionError("the server hung up"))

    def _read_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._buffer[:end])
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        self._load.statuses[int(head[9:12])] += 1
        self._load.body_bytes = length
        self._missing = length - (len(self._buffer) - end - 4)
        self._buffer.clear()
        return True

    def _end_of_answer(self) -> None:
        self._missing = 0
        now = time.perf_counter()
        self._load.seconds.append(now - self._sent)
        if now < self._until:
            self._send()
        else:
            self._ended.set_result(None)
            self._transport.close()

    def _send(self) -> None:
        request = self._request.next()
        self._sent = time.perf_counter()
        self._transport.write(request)


async def drive(request: Request, seconds: float, connections: int) -> Load:
    """Send the request over and over on so many connections, for so many seconds."""
    load = Load()
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    endings = [loop.create_future() for _ in range(connections)]
    for ended in endings:
        await loop.create_connection(
            lambda ended=ended: _Connection(request, load, began + seconds, ended),  # type: ignore[misc]
            "127.0.0.1",
            request.port,
        )
    await asyncio.gather(*endings)
    load.elapsed = time.perf_counter() - began
    return load
