"""The load generator counts what it sent, and the meter what a process used; or every ratio would be wrong."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bench import processes
from bench.imports import Bound
from bench.load import Request, drive


@pytest.fixture
async def answers() -> AsyncIterator[dict[str, int]]:
    """A server that counts, and cuts each answer in pieces as networks do."""
    seen = {"port": 0, "requests": 0}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            if b"Content-Length: 4" in head:
                assert await reader.readexactly(4) == b"body"
            seen["requests"] += 1
            status = b"201 Created" if head.startswith(b"POST") else b"200 OK"
            for piece in (b"HTTP/1.1 " + status + b"\r\nContent-Le", b"ngth: 2000\r\n\r\n" + b"x" * 500, b"x" * 1500):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)

    async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(quietly, "127.0.0.1", 0)
    seen["port"] = server.sockets[0].getsockname()[1]
    yield seen
    server.close()


@pytest.mark.parametrize(("method", "body", "status"), [("GET", b"", 200), ("POST", b"body", 201)])
async def test_every_request_is_counted_once(answers: dict[str, int], method: str, body: bytes, status: int) -> None:
    load = await drive(Request.of(answers["port"], method, "/x", {"Accept": "*/*"}, body), 0.2, 4)
    assert load.statuses == {status: answers["requests"]}
    assert len(load.seconds) == answers["requests"] >= 4
    assert load.body_bytes == 2000
    assert 0 < load.percentile(50) <= load.percentile(99) < 5


async def test_a_server_that_hangs_up_is_an_error() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    request = Request.of(server.sockets[0].getsockname()[1], "GET", "/", {})
    with pytest.raises(ConnectionError):
        await drive(request, 0.2, 1)
    server.close()


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="the kernel counts no time here")
def test_cpu_time_is_that_of_the_process() -> None:
    spin = "import time; print(flush=True)\nwhile time.process_time() < 0.3: pass\nprint(flush=True); time.sleep(30)"
    with subprocess.Popen([sys.executable, "-c", spin], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.readline()
        time.sleep(0.05)
        used = processes.cpu_seconds([process.pid])
        assert processes.tree(os.getpid())
        assert process.pid in processes.named(os.getpid(), "time.process_time")
        process.kill()
    assert 0.25 < used < 2
    assert processes.cpu_seconds([process.pid]) == 0


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the kernel tells no memory here")
def test_memory_is_the_most_that_was_ever_held() -> None:
    grow = "block = bytearray(60 << 20); del block; print(flush=True); import time; time.sleep(30)"
    with subprocess.Popen([sys.executable, "-c", grow], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        peak = processes.peak_bytes(process.pid)
        process.kill()
    assert 60 << 20 < peak < 200 << 20


def test_a_bound_is_a_share_of_its_baseline_or_itself() -> None:
    assert Bound(5, "import", "s", 2.0, 5.0, 2.5, 1.5).ratio == 2.5
    assert Bound(11, "memory", "MB", None, 140.0, 150, 90).ratio == 140.0
