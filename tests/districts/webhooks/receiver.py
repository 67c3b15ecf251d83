"""An integrator's endpoint: it checks signatures with the reference library and answers what a test told it to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.districts.fake_sis import listening


@dataclass
class Receiver:
    url: str = ""
    secret: str = ""
    secrets: list[str] = field(default_factory=list)  # where several endpoints are at this address
    answers: list[int] = field(default_factory=list)  # one for each request to come; then 204
    headers: dict[str, str] = field(default_factory=dict)
    refuses: str = ""  # the id of a row of which it wants to hear nothing
    hangs: float = 0.0
    got: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)  # at the end, so that no test waits for who hangs

    async def take(self, request: Request) -> Response:
        body = await request.body()
        message = self._verified(body, dict(request.headers))
        self.ids.append(request.headers["webhook-id"])
        self.signatures.append(request.headers["webhook-signature"])
        self.got.append(message)
        self.came.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.hangs):
                await self.let_go.wait()
        status = self.answers.pop(0) if self.answers else 204
        if self.refuses and self.refuses == message["data"].get("entity_id"):
            status = 400
        return Response(status_code=status, headers=self.headers if status >= 300 else {})

    def _verified(self, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        """Check it by the secret, or by one of those of several endpoints; if none fits the test sees a 500."""
        for secret in self.secrets:
            with suppress(WebhookVerificationError):
                return dict(Webhook(secret).verify(body, headers))
        return dict(Webhook(self.secret).verify(body, headers))

    async def has(self, count: int) -> None:
        while len(self.got) < count:
            self.came.clear()
            await self.came.wait()

    def types(self) -> list[str]:
        return [message["type"] for message in self.got]


@asynccontextmanager
async def receiving(receiver: Receiver | None = None) -> AsyncIterator[Receiver]:
    receiver = receiver or Receiver()
    app = Starlette(routes=[Route("/hook", receiver.take, methods=["POST"])])
    async with listening(app) as url:
        receiver.url = f"{url}/hook"
        try:
            yield receiver
        finally:
            receiver.let_go.set()
