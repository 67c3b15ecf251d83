"""The demo's careful integrator, who also notes what it was answered, and can be made to be rude."""

import asyncio
import json
from collections import Counter
from typing import Any
from uuid import UUID

import httpx

from demo.api import Api, DemoFailed

SERVER_ERROR = 500
PATIENCE = 300.0  # where others work on the same machine, a whole start may take a minute, and a fault comes in it


class Client(Api):
    """Fails at the first 500: nothing that we do to the processes makes it right to answer one."""

    def __init__(self, base_url: str, client: dict[str, str]) -> None:
        super().__init__(base_url, client["client_id"], client["client_secret"], at_once=12, patience=PATIENCE)
        self.district_id = UUID(client["district_id"])
        self.answers: Counter[int] = Counter()
        self._http.event_hooks["response"].append(self._note)

    async def _note(self, answer: httpx.Response) -> None:
        self.answers[answer.status_code] += 1
        if answer.status_code == SERVER_ERROR:
            await answer.aread()
            raise DemoFailed(f"{answer.request.method} {answer.request.url.path} answered 500: {answer.text}")

    aclose = Api.close

    async def send(self, method: str, path: str, person: UUID | None, **more: Any) -> httpx.Response:
        return await self._send(method, path, person, **more)

    async def once_allowed(self, path: str, person: UUID | None) -> None:
        """Wait until rights have followed the roster."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    await self.get(path, person)
                except DemoFailed:
                    await asyncio.sleep(0.1)
                else:
                    return

    def request_bytes(self, method: str, path: str, body: Any, person: UUID | None) -> bytes:
        """Give a request as it goes over the wire, to be cut somewhere."""
        content = json.dumps(body).encode() if body is not None else b""
        lines = [
            f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {self._token}",
            "Content-Type: application/json", f"Content-Length: {len(content)}",
            *([f"Throughline-Person: {person}"] if person else []),
        ]  # fmt: skip
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content
