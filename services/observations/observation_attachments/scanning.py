"""What looks through a file before anybody gets it: a command, or a service over HTTP, as the operator set.

    command:clamdscan --no-summary --fdpass {}     0 is clean, 1 is infected, all else means that nobody looked
    https://scanner.example/scan                   the bytes as the body; 200 is clean, 406 or 422 is infected

Without a scanner nothing is held back. A scanner that does not answer holds back: the job is tried again.
"""

import asyncio
import shlex
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx

COMMAND = "command:"
PATIENCE = 300.0
_CHUNK = 1 << 20
_INFECTED = frozenset({406, 422})


class ScannerUnavailableError(ConnectionError):
    """Nobody looked: an outage, so that the job is tried again."""


@dataclass(frozen=True, slots=True)
class Finding:
    is_clean: bool
    said: str | None = None


async def scan(scanner: str, path: Path) -> Finding:
    if not scanner:
        return Finding(is_clean=True)
    if scanner.startswith(COMMAND):
        return await _run(scanner.removeprefix(COMMAND), path)
    return await _ask(scanner, path)


async def _run(command: str, path: Path) -> Finding:
    words = [str(path) if word == "{}" else word for word in shlex.split(command)]
    try:
        process = await asyncio.create_subprocess_exec(
            *words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError as error:
        raise ScannerUnavailableError(f"{words[0]} cannot be run") from error
    try:
        async with asyncio.timeout(PATIENCE):
            said, _ = await process.communicate()
    except TimeoutError as error:
        process.kill()
        await process.wait()
        raise ScannerUnavailableError(f"{words[0]} takes too long") from error
    if process.returncode not in {0, 1}:
        raise ScannerUnavailableError(f"{words[0]} ended with {process.returncode}")
    return Finding(process.returncode == 0, _line(said) if process.returncode else None)


async def _ask(url: str, path: Path) -> Finding:
    try:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
            answer = await client.post(url, content=_pieces(path))
    except httpx.HTTPError as error:
        raise ScannerUnavailableError("the scanner does not answer") from error
    if answer.status_code == httpx.codes.OK:
        return Finding(is_clean=True)
    if answer.status_code in _INFECTED:
        return Finding(is_clean=False, said=_line(answer.content))
    raise ScannerUnavailableError(f"the scanner answers {answer.status_code}")


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, _CHUNK):
            yield piece


def _line(said: bytes) -> str:
    """Keep a line of what it said, without what PostgreSQL would not take."""
    return "".join(c for c in said.decode(errors="replace").strip()[:200] if c.isprintable()) or "infected"
