"""Access tokens: asymmetric JWTs that every service verifies by itself from the JWKS that districts publishes.

A verified token is remembered by its digest until it ends, because RS256 costs more than the rest of a request. The
JWKS is fetched when a key is unknown and every ten minutes, so that a withdrawn key is trusted no longer. It is kept on
disk, so that a service that runs alone still verifies tokens while districts is away.
"""

import asyncio
import hashlib
import os
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import orjson
import structlog

from shared import clock
from shared.access.ended_tokens import EndedTokens
from shared.access.scopes import expand
from shared.errors import Unauthenticated, Unavailable

log = structlog.get_logger(__name__)
ALGORITHM = "RS256"
TOKEN_SECONDS = 900
CHALLENGE = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
_ENDED = "the access token has ended: ask for a new one"
REVOKED = "the token was revoked, or its client may do less now: ask for a new one"
_REMEMBERED = 10_000
_REFETCH_SECONDS = 5.0
_KEYS_SECONDS = 600.0
_AHEAD_SECONDS = 60  # that the clock of districts may be ahead of ours

FetchJwks = Callable[[], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Claims:
    district_id: UUID
    client_id: str
    scopes: frozenset[str]
    issued: float
    expires: float
    requests_per_minute: int | None = None
    person_id: UUID | None = None  # for whom the token acts, by what the district's identity provider said
    token_id: str = ""
    subjects: tuple[str, ...] = ()  # what it ends with


class TokenVerifier:
    def __init__(self, fetch: FetchJwks, ended: EndedTokens, issuer: str, cache: Path | None = None) -> None:
        self._known: OrderedDict[bytes, Claims] = OrderedDict()
        # What a withdrawn key has signed is to be looked at again, not remembered.
        self._keys = _Keys(fetch, cache, withdrawn=self._known.clear)
        self._ended = ended
        self._issuer = issuer

    async def verify(self, token: str) -> Claims:
        digest = hashlib.sha256(token.encode(errors="replace")).digest()
        claims = self._known.get(digest)
        if claims is None:
            claims = await self._verify(token)
            self._known[digest] = claims
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        if claims.expires <= clock.timestamp():
            raise Unauthenticated(_ENDED, headers=CHALLENGE)
        if claims.issued < await self._ended.ended_at(*claims.subjects):
            raise Unauthenticated(REVOKED, headers=CHALLENGE)
        return claims

    async def _verify(self, token: str) -> Claims:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = await self._keys.find(str(kid))
            body = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                # Both are held against our own clock, which `clock_offset` may put off: the end in `verify`.
                options={"require": ["exp", "iat", "sub", "district"], "verify_exp": False, "verify_iat": False},
            )
            if body["iat"] > clock.timestamp() + _AHEAD_SECONDS:
                raise jwt.ImmatureSignatureError("issued in the future")
            actor = body.get("act")  # RFC 8693, 4.1: the client acts for the subject
            client_id = str(actor["sub"] if actor else body["sub"])
            return Claims(
                district_id=UUID(body["district"]),
                client_id=client_id,
                scopes=expand(frozenset(str(body.get("scope", "")).split())),
                issued=float(body["iat"]),
                expires=float(body["exp"]),
                requests_per_minute=body.get("limit"),
                person_id=UUID(body["sub"]) if actor else None,
                token_id=str(body.get("jti", "")),
                subjects=(client_id, str(body.get("jti", "")), *map(str, body.get("ends_with", ()))),
            )
        except (jwt.PyJWTError, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated("the access token is missing or does not verify", headers=CHALLENGE) from error


class _Keys:
    """The public keys by their `kid`: from districts, or from disk while districts is away."""

    def __init__(self, fetch: FetchJwks, cache: Path | None, withdrawn: Callable[[], None]) -> None:
        self._fetch = fetch
        self._withdrawn = withdrawn
        self._cache = cache
        self._keys: dict[str, Any] = {}
        self._fetched = self._tried = float("-inf")
        self._fetching = asyncio.Lock()
        self._is_away = False

    async def find(self, kid: str) -> Any:
        if self._is_due(kid):
            async with self._fetching:  # whoever comes in between waits for the same answer
                if self._is_due(kid):
                    await self._renew()
        if kid in self._keys:
            return self._keys[kid]
        if self._is_away:
            raise Unavailable("the signing keys cannot be had right now", headers={"Retry-After": "2"})
        raise Unauthenticated("the access token was signed by nobody we know", headers=CHALLENGE)

    def _is_due(self, kid: str) -> bool:
        """Forged tokens name unknown keys too, so districts is not asked more than once in a few seconds."""
        moment = time.monotonic()
        is_wanted = kid not in self._keys or moment - self._fetched > _KEYS_SECONDS
        return is_wanted and moment - self._tried > _REFETCH_SECONDS

    async def _renew(self) -> None:
        try:
            jwks = await self._fetch()
            keys = _parsed(jwks)
        except Exception as error:  # noqa: BLE001 - whatever keeps the keys away, those at hand still verify
            log.warning("jwks.away", error=type(error).__name__)
            self._is_away = True
            if not self._keys:
                self._recall()
        else:
            if self._keys.keys() - keys.keys():
                self._withdrawn()
            self._keys = keys
            self._is_away = False
            self._fetched = time.monotonic()
            self._keep(jwks)
        finally:
            self._tried = time.monotonic()

    def _recall(self) -> None:
        with suppress(OSError, ValueError, TypeError, KeyError, jwt.PyJWTError):
            if self._cache:
                self._keys = _parsed(orjson.loads(self._cache.read_bytes()))

    def _keep(self, jwks: dict[str, Any]) -> None:
        if self._cache is None:
            return
        # Several processes keep the same file: replaced whole, it is never half of one and half of another.
        fresh = self._cache.with_suffix(f".{os.getpid()}")
        try:
            self._cache.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(orjson.dumps(jwks))
            fresh.replace(self._cache)
        except OSError as error:
            log.warning("jwks.not_kept", error=str(error))


def _parsed(jwks: dict[str, Any]) -> dict[str, Any]:
    return {key["kid"]: jwt.PyJWK.from_dict(key).key for key in jwks["keys"]}
