"""Access tokens: asymmetric JWTs that every service verifies by itself from the JWKS that districts publishes.

A verified token is remembered by its digest until it ends, because RS256 costs more than the rest of a request. The JWKS
is kept on disk, so that a service that runs alone still verifies tokens while districts is away.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import orjson

from shared.access.scopes import expand
from shared.errors import Unauthenticated, Unavailable

ISSUER = "throughline"
ALGORITHM = "RS256"
TOKEN_SECONDS = 900
_REMEMBERED = 10_000
_REFETCH_SECONDS = 5.0

FetchJwks = Callable[[], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Claims:
    district_id: UUID
    client_id: str
    scopes: frozenset[str]
    expires: float


class TokenVerifier:
    def __init__(self, fetch: FetchJwks, cache: Path | None = None) -> None:
        self._fetch = fetch
        self._cache = cache
        self._keys: dict[str, Any] = {}
        self._fetched = float("-inf")
        self._known: OrderedDict[bytes, Claims] = OrderedDict()

    async def verify(self, token: str) -> Claims:
        digest = hashlib.sha256(token.encode(errors="replace")).digest()
        claims = self._known.get(digest)
        if claims is None:
            claims = await self._verify(token)
            self._known[digest] = claims
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        if claims.expires <= time.time():
            raise Unauthenticated("the access token has ended: ask for a new one")
        return claims

    async def _verify(self, token: str) -> Claims:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = await self._key(str(kid))
            body = jwt.decode(
                token, key, algorithms=[ALGORITHM], issuer=ISSUER, options={"require": ["exp", "sub", "district"]}
            )
            return Claims(
                district_id=UUID(body["district"]),
                client_id=str(body["sub"]),
                scopes=expand(frozenset(str(body.get("scope", "")).split())),
                expires=float(body["exp"]),
            )
        except (jwt.PyJWTError, ValueError, KeyError) as error:
            raise Unauthenticated("the access token does not verify") from error

    async def _key(self, kid: str) -> Any:
        if kid not in self._keys and self._cache and self._cache.exists():
            self._remember(orjson.loads(self._cache.read_bytes()))
        if kid not in self._keys and time.monotonic() - self._fetched > _REFETCH_SECONDS:
            self._fetched = time.monotonic()
            try:
                jwks = await self._fetch()
            except Exception as error:
                raise Unavailable("the signing keys cannot be had right now", headers={"Retry-After": "2"}) from error
            self._remember(jwks)
            if self._cache:
                self._cache.parent.mkdir(parents=True, exist_ok=True)
                self._cache.write_bytes(orjson.dumps(jwks))
        if kid not in self._keys:
            raise Unauthenticated("the access token was signed by nobody we know")
        return self._keys[kid]

    def _remember(self, jwks: dict[str, Any]) -> None:
        self._keys |= {key.key_id or "": key.key for key in jwt.PyJWKSet.from_dict(jwks).keys}
