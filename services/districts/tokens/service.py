from dataclasses import dataclass
from datetime import datetime

import jwt

from services.districts.clients.hashing import is_secret
from services.districts.clients.queries import Credentials, read_credentials
from services.districts.clients.rules import district_of
from services.districts.tokens import keys, rules
from services.districts.tokens.errors import InvalidClient
from services.districts.tokens.rules import Asked
from shared.access.scopes import expand
from shared.access.tokens import ALGORITHM, ISSUER, TOKEN_SECONDS
from shared.clock import new_id
from shared.database import Database
from shared.tracing import identify


@dataclass(frozen=True)
class Issued:
    access_token: str
    scope: str
    expires_in: int = TOKEN_SECONDS


async def issue(database: Database, asked: Asked, now: datetime) -> Issued:
    """Give a token for a client's secret."""
    district_id = district_of(asked.client_id)
    client = district_id and await read_credentials(database, district_id, asked.client_id)
    # One answer for all of it: whoever guesses ids learns nothing.
    if not client or not await is_secret(asked.client_secret, client.secret_hash):
        raise InvalidClient
    identify(district_id=district_id, client_id=client.client_id)
    scopes = rules.grant(asked.scopes, client.scopes)
    kid, key = await keys.signing_key(database, now)
    claims = _claims(str(district_id), client, scopes, now)
    token = jwt.encode(claims, key, ALGORITHM, headers={"kid": kid})
    # `all` is a word of ours; a consumer of a standard looks for the scope that it knows.
    return Issued(access_token=token, scope=" ".join(sorted(expand(frozenset(scopes)))))


def _claims(district_id: str, client: Credentials, scopes: list[str], now: datetime) -> dict[str, object]:
    issued = now.timestamp()  # with its fraction: what is revoked in this very second ends too
    claims = {
        "iss": ISSUER,
        "sub": client.client_id,
        "district": district_id,
        "scope": " ".join(scopes),
        "iat": issued,
        "exp": int(issued) + TOKEN_SECONDS,
        "jti": str(new_id()),
    }
    if client.requests_per_minute is not None:
        claims["limit"] = client.requests_per_minute
    return claims
