import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.districts.clients import rules
from services.districts.clients.errors import ClientRevoked
from services.districts.clients.granting import check_grant, check_scopes
from services.districts.clients.models import Client
from services.districts.clients.schemas import ClientWrite
from services.districts.clients.secrets import new_secret_of
from services.districts.districts.service import require_district
from services.districts.partners.queries import check_partner
from shared.clock import new_id, now
from shared.contracts.districts import TokensState
from shared.database import Database
from shared.units import Unit
from shared.writes import announce, archive_row, change_row, show


@dataclass(frozen=True)
class NewClient:
    client_id: str
    client_secret: str


async def create_client(database: Database, district_id: UUID, name: str, scopes: Sequence[str]) -> NewClient:
    """Make a client by command. Whoever may run that has the whole database, so no scope is beyond them."""
    given = ClientWrite(name=name, scopes=list(scopes))
    async with database.unit(district_id) as unit:
        await require_district(unit)
        client, secret = await add_client(unit, given)
    return NewClient(client.client_id, secret)


async def add_client(unit: Unit, given: ClientWrite) -> tuple[Client, str]:
    """Make a client and its secret, which nobody can read again."""
    check_scopes(given.scopes)
    if given.partner_id is not None:
        await check_partner(unit, given.partner_id)
    client = Client(
        district_id=unit.district_id, id=new_id(), created_at=unit.now, updated_at=unit.now,
        client_id=rules.client_id_of(unit.district_id, secrets.token_hex(8)),
        name=given.name, scopes=rules.in_order(given.scopes), requests_per_minute=given.requests_per_minute,
        partner_id=given.partner_id,
    )  # fmt: skip
    unit.session.add(client)
    _, secret = await new_secret_of(unit, client)
    announce(unit, "client.created", "clients", client, _state(client), tuple(ClientWrite.model_fields))
    return show(unit, client, status=201), secret


async def change_client(unit: Unit, client: Client, given: ClientWrite) -> Client:
    if client.revoked_at is not None:
        raise ClientRevoked
    # No agreement bounds a client that leaves its partner: then even what it keeps is given anew.
    leaves = client.partner_id not in (None, given.partner_id)
    check_grant(unit, [scope for scope in given.scopes if leaves or scope not in client.scopes])
    scopes = rules.in_order(given.scopes)
    values: dict[str, Any] = given.model_dump() | {"scopes": scopes}
    if given.partner_id not in (None, client.partner_id):
        await check_partner(unit, given.partner_id)
    if rules.narrows(client.scopes, scopes) or given.partner_id != client.partner_id:
        values["tokens_ended_at"] = now()  # after the lock, for which whoever gives a token has made us wait
    changed = await change_row(unit, client, values)
    announce(unit, "client.changed", "clients", client, _state(client), changed)
    return client


def revoke_client(unit: Unit, client: Client) -> Client:
    """Revoke for good: no new token, and those that are out end within seconds (shared/access/ended_tokens.py)."""
    changed = archive_row(unit, client)
    if changed:
        client.revoked_at, client.tokens_ended_at = unit.now, now()
    announce(unit, "client.revoked", "clients", client, _state(client), ("revoked_at",) if changed else ())
    return client


def _state(client: Client) -> dict[str, Any]:
    return TokensState.of(client, subject=client.client_id)
