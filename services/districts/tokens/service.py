from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import jwt

from services.districts.clients.queries import Credentials, read_credentials
from services.districts.clients.rules import district_of
from services.districts.clients.secrets import matching
from services.districts.data_share_agreements.queries import in_force
from services.districts.data_share_agreements.rules import bounds
from services.districts.identity_providers.jwks import provider_keys
from services.districts.settings import settings_of
from services.districts.tokens import exchange, keys, rules
from services.districts.tokens.errors import InvalidClient, UnauthorizedClient
from services.districts.tokens.guessing import Guesses
from services.districts.tokens.rules import Shown
from shared.access.copies import load_person
from shared.access.principals import ActingPerson, Principal
from shared.access.scopes import expand
from shared.access.tokens import ALGORITHM, TOKEN_SECONDS, Claims
from shared.clock import new_id
from shared.contracts.districts import TokensState
from shared.database import Database
from shared.errors import Unauthenticated
from shared.feed.events import Event
from shared.runtime import Runtime, limiter_of
from shared.tracing import identify
from shared.units import emit


@dataclass(frozen=True)
class Issued:
    access_token: str = field(repr=False)
    scope: str
    expires_in: int
    issued_token_type: str | None = None
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """A client that showed one of its secrets. Of a partner's: what its tokens end with, and when at the latest."""

    district_id: UUID
    client: Credentials
    secret_id: UUID
    ends_with: tuple[UUID, ...] = ()
    until: datetime | None = None


async def authenticate(database: Database, shown: Shown) -> Asker:
    district_id = district_of(shown.client_id)
    client = district_id and await read_credentials(database, district_id, shown.client_id)
    secret_id = await matching(client, shown.client_secret) if client else None
    # One answer for all of it: whoever guesses ids learns nothing.
    if not district_id or not client or not secret_id:
        raise InvalidClient
    identify(district_id=district_id, client_id=client.client_id)
    return Asker(district_id, client, secret_id)


async def authenticate_slowly(runtime: Runtime, shown: Shown, address: str) -> Asker:
    """Authenticate, and hold those back who guess."""
    settings = settings_of(runtime)
    guesses = guesses_of(settings.redis_url, settings.token_failures_per_minute)
    guesses.check(shown.client_id, address)
    try:
        asker = await authenticate(runtime.database, shown)
    except InvalidClient:
        await guesses.failed(shown.client_id)
        raise
    guesses.succeeded(shown.client_id, address)
    return asker


@cache
def guesses_of(redis_url: str, failures_per_minute: int) -> Guesses:
    return Guesses(limiter_of(redis_url, failures_per_minute, "failures"))


async def issue(runtime: Runtime, asker: Asker, asked: Shown, now: datetime) -> Issued:
    """Give a token: of the client's own, or for the person whom an ID token names."""
    asker = await _bounded(runtime.database, asker, now)
    if asked.fields["grant_type"] == rules.EXCHANGE:
        return await _exchange(runtime, asker, asked, now)
    scopes = rules.grant(asked.scopes, asker.client.scopes)
    claims = _claims(runtime, asker, scopes, now) | {"sub": asker.client.client_id}
    return Issued(await _signed(runtime.database, claims, now), _said(scopes), _seconds(claims, now))


async def _bounded(database: Database, asker: Asker, now: datetime) -> Asker:
    """Bound a partner's client by the data-share agreements that hold today; without one it gets no token."""
    partner_id = asker.client.partner_id
    if partner_id is None:
        return asker
    async with database.transaction(asker.district_id) as connection:
        agreements, zone = await in_force(connection, asker.district_id, partner_id, now)
    bound = bounds(asker.client.scopes, partner_id, agreements, zone, now)
    if bound is None:
        raise UnauthorizedClient("no data-share agreement of its partner that holds today gives the client anything")
    return replace(
        asker, client=replace(asker.client, scopes=bound.scopes), ends_with=bound.ends_with, until=bound.until
    )


async def _exchange(runtime: Runtime, asker: Asker, asked: Shown, now: datetime) -> Issued:
    settings, client = runtime.settings, asker.client
    exchange.check(asked.fields, client, settings.public_url)
    scopes = rules.grant(asked.scopes, client.scopes)
    keys_of_providers = provider_keys(settings.outbound_networks)
    found = await exchange.vouched(runtime.database, keys_of_providers, asker.district_id, asked.fields)
    who = {"sub": str(found.person_id), "act": {"sub": client.client_id}}
    claims = _claims(runtime, asker, scopes, now, found.provider_id) | who
    principal = Principal(asker.district_id, client.client_id, client.scopes, ActingPerson(found.person_id))
    async with runtime.database.unit(asker.district_id, principal) as unit:
        unit.audit(
            "id_token.exchanged", "people", found.person_id, identity_provider=found.provider_id, jti=claims["jti"]
        )
    token = await _signed(runtime.database, claims, now)
    return Issued(
        token, _said(scopes), _seconds(claims, now), issued_token_type=exchange.ACCESS_TOKEN, person_id=found.person_id
    )


async def revoke(runtime: Runtime, asker: Asker, token: str, now: datetime) -> None:
    """End one token of the asker's (RFC 7009). What is no token of ours, or has ended, is revoked already."""
    try:
        claims = await runtime.verifier.verify(token)
    except Unauthenticated:
        return
    if claims.client_id != asker.client.client_id:
        raise UnauthorizedClient("the token was given to another client")
    principal = Principal(asker.district_id, claims.client_id, asker.client.scopes)
    async with runtime.database.unit(asker.district_id, principal) as unit:
        state = TokensState(
            id=UUID(claims.token_id), version=1, archived=True, subject=claims.token_id, tokens_ended_at=now
        )
        emit(unit, Event("token.revoked", "tokens", state.id, state.model_dump(), ("revoked_at",)))


async def introspect(runtime: Runtime, asker: Asker, token: str) -> Claims | None:
    """Give what a token of the asker's district says, if it holds now (RFC 7662)."""
    try:
        claims = await runtime.verifier.verify(token)
    except Unauthenticated:
        return None
    if claims.district_id != asker.district_id:
        return None
    if claims.person_id is not None:
        async with runtime.database.transaction(asker.district_id) as connection:
            if await load_person(connection, "districts", asker.district_id, claims.person_id) is None:
                return None
    return claims


async def _signed(database: Database, claims: dict[str, Any], now: datetime) -> str:
    kid, key = await keys.signing_key(database, now)
    return jwt.encode(claims, key, ALGORITHM, headers={"kid": kid})


def _said(scopes: Sequence[str]) -> str:
    """Spell `all` out: it is a word of ours, and a consumer of a standard looks for the scope that it knows."""
    return " ".join(sorted(expand(frozenset(scopes))))


def _seconds(claims: dict[str, Any], now: datetime) -> int:
    return int(claims["exp"]) - int(now.timestamp())


def _claims(runtime: Runtime, asker: Asker, scopes: Sequence[str], now: datetime, *ends_with: UUID) -> dict[str, Any]:
    """`ends_with`: what the token ends with besides its client and itself (shared/access/ended_tokens.py)."""
    issued = now.timestamp()  # with its fraction: what is revoked in this very second ends too
    expires = int(issued) + TOKEN_SECONDS
    claims: dict[str, Any] = {
        "iss": runtime.settings.public_url,
        "district": str(asker.district_id),
        "client_id": asker.client.client_id,
        "scope": " ".join(scopes),
        "iat": issued,
        "exp": expires if asker.until is None else min(expires, int(asker.until.timestamp())),
        "jti": str(new_id()),
        "ends_with": [str(subject) for subject in (asker.secret_id, *asker.ends_with, *ends_with)],
    }
    if asker.client.requests_per_minute is not None:
        claims["limit"] = asker.client.requests_per_minute
    return claims
