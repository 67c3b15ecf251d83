"""How a request shows who we are: a token of OAuth 2, a signature of OAuth 1, or a token that never ends.

A token request goes to the address exactly as it was given: some carry in their query which application asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
import orjson
from oauthlib import oauth1

from services.districts.roster_pulls.errors import RosterSourceFailed

_MARGIN = 30.0  # seconds: a token that ends on the way is one that did not come
_LIFETIME = 300.0  # of a token that does not say


@dataclass(frozen=True, slots=True)
class Credentials:
    kind: str
    secret: str = field(repr=False)
    client_id: str = ""
    token_url: str = ""
    token_style: str = "basic"  # noqa: S105 - where the secret is, not the secret
    scopes: tuple[str, ...] = ()
    signature_method: str = "HMAC-SHA256"


class Send(Protocol):
    async def __call__(self, method: str, url: str, **given: Any) -> tuple[int, bytes]: ...


class Authorizer:
    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._token = ""
        self._ends_at = 0.0

    async def headers(self, send: Send, method: str, url: str, time: float) -> Mapping[str, str]:
        """Give the headers of one request; `send` asks for a token where one is needed."""
        if self._credentials.kind == "oauth1":
            return self._signed(method, url)
        if self._credentials.kind == "bearer":
            return {"Authorization": f"Bearer {self._credentials.secret}"}
        if not self._token or time >= self._ends_at:
            await self._renew(send, time)
        return {"Authorization": f"Bearer {self._token}"}

    def forget(self) -> bool:
        """Drop a token that was refused; give whether another one may help."""
        had = bool(self._token)
        self._token = ""
        return had

    def _signed(self, method: str, url: str) -> Mapping[str, str]:
        client = oauth1.Client(
            self._credentials.client_id,
            client_secret=self._credentials.secret,
            signature_method=self._credentials.signature_method,
        )
        _, headers, _ = client.sign(url, http_method="GET" if method == "GET" else "POST")
        return dict(headers)

    async def _renew(self, send: Send, time: float) -> None:
        status, body = await send("POST", self._credentials.token_url, **self._token_request())
        try:
            answer = orjson.loads(body)
            self._token = str(answer["access_token"])
            seconds = float(answer.get("expires_in") or _LIFETIME)
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
            # What it says is not repeated: it may hold what it was shown.
            raise RosterSourceFailed(f"the token request was answered with {status} and no token") from error
        self._ends_at = time + max(1.0, seconds - _MARGIN)

    def _token_request(self) -> dict[str, Any]:
        it = self._credentials
        form = {"grant_type": "client_credentials"} | ({"scope": " ".join(it.scopes)} if it.scopes else {})
        if it.token_style == "basic":  # noqa: S105
            return {"data": form, "auth": httpx.BasicAuth(it.client_id, it.secret)}
        whole = form | {"client_id": it.client_id, "client_secret": it.secret}
        return {"json": whole} if it.token_style == "json" else {"data": whole}  # noqa: S105
