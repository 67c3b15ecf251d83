"""How the demo talks to Throughline: as any careful integrator would.

Every POST carries an Idempotency-Key and every change the version that it was made from; what the network or a restart
interrupts is simply sent again, and a second time does nothing. So a server that is killed in mid-play loses nothing.
"""

import asyncio
import hashlib
import time
from typing import Any
from uuid import UUID

import httpx

PATIENCE = 90.0  # seconds that one request may be tried again
TOKEN_MARGIN = 60


class DemoFailed(Exception):
    """The API refused something that the demo thought right."""


class Api:
    def __init__(
        self, base_url: str, client_id: str, client_secret: str, *, at_once: int = 8, patience: float = PATIENCE
    ) -> None:
        self.base_url = base_url
        self.patience = patience
        self.requests = 0
        self._auth = (client_id, client_secret)
        self._http = httpx.AsyncClient(base_url=base_url, timeout=30, trust_env=False)
        self._gate = asyncio.Semaphore(at_once)
        self._token = ""
        self._token_until = 0.0
        self._token_lock = asyncio.Lock()

    async def close(self) -> None:
        await self._http.aclose()

    async def get(self, path: str, person: UUID | None = None, **parameters: Any) -> Any:
        return (await self._send("GET", path, person, params=parameters)).json()

    async def get_or_none(self, path: str, person: UUID | None = None) -> dict[str, Any] | None:
        """Get what an earlier play of the same story may have left; None if there is nothing."""
        answer = await self._send("GET", path, person, absent_is_fine=True)
        return None if answer.status_code == httpx.codes.NOT_FOUND else dict(answer.json())

    async def all(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """Follow `next` to the end of a list."""
        found: list[dict[str, Any]] = []
        after: dict[str, Any] = {}
        while True:
            page = await self.get(path, None, limit=500, **parameters, **after)
            found += page["data"]
            if not page["next"]:
                return found
            after = {"after": page["next"]}

    async def put(
        self, path: str, body: dict[str, Any], person: UUID | None = None, version: int | None = None
    ) -> dict[str, Any]:
        """Create or replace; a change says the `version` that it was made from."""
        headers = {"If-Match": f'"{version}"'} if version else {}
        answer = await self._send("PUT", path, person, json=body, headers=headers)
        made: dict[str, Any] = answer.json()
        return made

    async def post(
        self, path: str, body: dict[str, Any] | None = None, person: UUID | None = None, version: int | None = None
    ) -> dict[str, Any]:
        """Do something, to the `version` given; the key is made of what is asked, so asking again is safe."""
        key = hashlib.sha256(f"{path} {person} {version} {body}".encode()).hexdigest()
        headers = {"Idempotency-Key": key} | ({"If-Match": f'"{version}"'} if version else {})
        answer = await self._send("POST", path, person, json=body or {}, headers=headers)
        made: dict[str, Any] = answer.json()
        return made

    async def upload(self, path: str, content: bytes, media_type: str) -> dict[str, Any]:
        key = hashlib.sha256(content).hexdigest()
        headers = {"Idempotency-Key": key, "Content-Type": media_type}
        answer = await self._send("POST", path, None, content=content, headers=headers)
        made: dict[str, Any] = answer.json()
        return made

    async def _send(
        self, method: str, path: str, person: UUID | None, *, absent_is_fine: bool = False, **more: Any
    ) -> httpx.Response:
        until = time.monotonic() + self.patience
        headers = dict(more.pop("headers", {}))
        if person is not None:
            headers["Throughline-Person"] = str(person)
        async with self._gate:
            while True:
                wait = 0.5
                try:
                    own = headers | {"Authorization": f"Bearer {await self._bearer()}"}
                    answer = await self._http.request(method, path, headers=own, **more)
                    self.requests += 1
                    if answer.is_success or (absent_is_fine and answer.status_code == httpx.codes.NOT_FOUND):
                        return answer
                    if answer.status_code == httpx.codes.UNAUTHORIZED:
                        self._token_until = 0
                    elif answer.status_code not in {429, 502, 503, 504} and not _still_running(answer):
                        raise DemoFailed(f"{method} {path} answered {answer.status_code}: {answer.text[:600]}")
                    wait = float(answer.headers.get("Retry-After", 0.5))
                except httpx.TransportError as error:
                    if time.monotonic() > until:
                        raise DemoFailed(f"{self.base_url} does not answer") from error
                if time.monotonic() > until:
                    raise DemoFailed(f"{method} {path} could not be done in {self.patience:.0f} seconds")
                await asyncio.sleep(wait)

    async def _bearer(self) -> str:
        async with self._token_lock:
            if time.monotonic() > self._token_until:
                form = {"grant_type": "client_credentials"}
                answer = await self._http.post("/oauth2/token", data=form, auth=self._auth)
                if answer.is_client_error:
                    raise DemoFailed(f"no token: {answer.text[:300]}")
                if answer.is_error:
                    raise httpx.ConnectError(f"the token endpoint answers {answer.status_code}")
                body = answer.json()
                self._token = str(body["access_token"])
                self._token_until = time.monotonic() + body["expires_in"] - TOKEN_MARGIN
        return self._token


def _still_running(answer: httpx.Response) -> bool:
    return answer.status_code == httpx.codes.CONFLICT and "idempotency-key-in-use" in answer.text
