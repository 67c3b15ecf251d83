"""Token exchange (RFC 8693): an ID token of the district's identity provider for a token that acts for that person.

What is asked is decided here, without I/O but for the provider's keys and one look at who the person is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from services.districts.clients.queries import Credentials
from services.districts.identity_providers import rules
from services.districts.identity_providers.errors import IdTokenRefused
from services.districts.identity_providers.jwks import ProviderKeys
from services.districts.identity_providers.queries import trusted
from services.districts.people.naming import active_staff
from services.districts.tokens.errors import InvalidRequest, InvalidTarget, UnauthorizedClient
from shared.access.scopes import expand
from shared.clock import now
from shared.database import Database

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a kind
_JWT = "urn:ietf:params:oauth:token-type:jwt"
SUBJECT_TYPES = ("urn:ietf:params:oauth:token-type:id_token", _JWT)
_REQUESTED = {None, ACCESS_TOKEN, _JWT}
ACT_AS = "act_as"


@dataclass(frozen=True, slots=True)
class Vouched:
    """For whom a token will act, and who vouched for that."""

    person_id: UUID
    provider_id: UUID


def check(fields: Mapping[str, str], client: Credentials, public_url: str) -> None:
    """Refuse what cannot be exchanged whatever the token says."""
    if ACT_AS not in expand(client.scopes):
        raise UnauthorizedClient("the client was not given act_as: it may act for nobody")
    if not fields.get("subject_token"):
        raise InvalidRequest("subject_token is missing")
    if fields.get("subject_token_type") not in SUBJECT_TYPES:
        raise InvalidRequest(f"subject_token_type must be {' or '.join(SUBJECT_TYPES)}")
    if fields.get("requested_token_type") not in _REQUESTED:
        raise InvalidRequest(f"requested_token_type can only be {ACCESS_TOKEN}")
    if "actor_token" in fields or "actor_token_type" in fields:
        raise InvalidRequest("actor_token is not taken: the client itself is who acts")
    if any(fields.get(name, public_url).rstrip("/") != public_url.rstrip("/") for name in ("resource", "audience")):
        raise InvalidTarget


async def vouched(database: Database, keys: ProviderKeys, district_id: UUID, fields: Mapping[str, str]) -> Vouched:
    """Give whom an ID token names, if it counts in this district."""
    try:
        trust = await _trust(database, district_id, fields["subject_token"])
        name = await _name(keys, trust, fields["subject_token"], fields.get("nonce"))
    except IdTokenRefused as error:
        raise InvalidRequest(str(error)) from None
    return Vouched(await _person(database, trust, name), trust.id)


async def _trust(database: Database, district_id: UUID, token: str) -> rules.Trust:
    issuer = rules.issuer_of(token)
    async with database.transaction(district_id) as connection:
        trust = await trusted(connection, district_id, issuer)
    if trust is None:
        raise IdTokenRefused("the subject_token is of no identity provider of this district")
    return trust


async def _name(keys: ProviderKeys, trust: rules.Trust, token: str, nonce: str | None) -> str:
    """Give what the token calls the person. No connection is held while the provider is asked."""
    header = rules.header_of(token, trust)
    key = await keys.find(trust, header)
    return rules.name_in(rules.verified(token, key, header, trust, nonce, now().timestamp()), trust)


async def _person(database: Database, trust: rules.Trust, name: str) -> UUID:
    async with database.transaction(trust.district_id) as connection:
        found = await active_staff(connection, trust.district_id, trust.person_by, name, trust.external_system)
    if len(found) != 1:
        raise InvalidRequest(
            "the subject_token names more than one of the staff"
            if found
            else "the subject_token names nobody who is on this district's staff today"
        )
    return found[0]
