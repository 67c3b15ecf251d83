from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import jwt

from services.districts.clients.hashing import is_secret
from services.districts.clients.queries import Credentials, read_credentials
from services.districts.clients.rules import district_of
from services.districts.identity_providers.jwks import provider_keys
from services.districts.tokens import exchange, keys, rules
from services.districts.tokens.errors import InvalidClient
from services.districts.tokens.rules import Shown
from shared.access.principals import ActingPerson, Principal
from shared.access.scopes import expand
from shared.access.tokens import ALGORITHM, ISSUER, TOKEN_SECONDS
from shared.clock import new_id
from shared.database import Database
from shared.runtime import Runtime
from shared.tracing import identify


@dataclass(frozen=True)
class Issued:
    access_token: str = field(repr=False)
    scope: str
    expires_in: int = TOKEN_SECONDS
    issued_token_type: str | None = None
    person_id: UUID | None = None


async def authenticate(database: Database, shown: Shown) -> tuple[UUID, Credentials]:
    """Give the client whose secret this is, and its district."""
    district_id = district_of(shown.client_id)
    client = district_id and await read_credentials(database, district_id, shown.client_id)
    # One answer for all of it: whoever guesses ids learns nothing.
    if not district_id or not client or not await is_secret(shown.client_secret, client.secret_hash):
        raise InvalidClient
    identify(district_id=district_id, client_id=client.client_id)
    return district_id, client


async def issue(runtime: Runtime, asked: Shown, now: datetime) -> Issued:
    """Give a token for a client's secret: of its own, or for the person whom an ID token names."""
    district_id, client = await authenticate(runtime.database, asked)
    if asked.fields["grant_type"] == rules.EXCHANGE:
        return await _exchange(runtime, district_id, client, asked, now)
    scopes = rules.grant(asked.scopes, client.scopes)
    claims = _claims(district_id, client, scopes, now) | {"sub": client.client_id}
    return Issued(await _signed(runtime.database, claims, now), _said(scopes))


async def _exchange(runtime: Runtime, district_id: UUID, client: Credentials, asked: Shown, now: datetime) -> Issued:
    settings = runtime.settings
    exchange.check(asked.fields, client, settings.public_url)
    scopes = rules.grant(asked.scopes, client.scopes)
    found = await exchange.vouched(
        runtime.database, provider_keys(settings.outbound_networks), district_id, asked.fields
    )
    claims = _claims(district_id, client, scopes, now, (found.provider_id,)) | {
        "sub": str(found.person_id),
        "act": {"sub": client.client_id},
    }
    who = Principal(district_id, client.client_id, client.scopes, ActingPerson(found.person_id))
    async with runtime.database.unit(district_id, who) as unit:
        unit.audit("token.exchanged", "people", found.person_id, identity_provider=found.provider_id, jti=claims["jti"])
    token = await _signed(runtime.database, claims, now)
    return Issued(token, _said(scopes), issued_token_type=exchange.ACCESS_TOKEN, person_id=found.person_id)


async def _signed(database: Database, claims: dict[str, object], now: datetime) -> str:
    kid, key = await keys.signing_key(database, now)
    return jwt.encode(claims, key, ALGORITHM, headers={"kid": kid})


def _said(scopes: Sequence[str]) -> str:
    """Spell `all` out: it is a word of ours, and a consumer of a standard looks for the scope that it knows."""
    return " ".join(sorted(expand(frozenset(scopes))))


def _claims(
    district_id: UUID, client: Credentials, scopes: Sequence[str], now: datetime, ends_with: Sequence[UUID] = ()
) -> dict[str, object]:
    """`ends_with`: what the token ends with besides its client and itself (shared/access/ended_tokens.py)."""
    issued = now.timestamp()  # with its fraction: what is revoked in this very second ends too
    claims: dict[str, object] = {
        "iss": ISSUER,
        "district": str(district_id),
        "client_id": client.client_id,
        "scope": " ".join(scopes),
        "iat": issued,
        "exp": int(issued) + TOKEN_SECONDS,
        "jti": str(new_id()),
        "ends_with": [str(subject) for subject in ends_with],
    }
    if client.requests_per_minute is not None:
        claims["limit"] = client.requests_per_minute
    return claims
