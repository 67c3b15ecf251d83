from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.clients.models import Client, ClientSecret
from services.districts.clients.rules import held
from shared.access.policies import CLIENTS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.database import Connection, Database


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is held against what somebody shows who asks for a token. `secrets`: id, how it starts, its hash."""

    client_id: str
    secrets: tuple[tuple[UUID, str, str], ...]
    scopes: frozenset[str]
    requests_per_minute: int | None
    partner_id: UUID | None = None


def visible_to(who: Principal) -> Select[Client]:
    """A machine with the scope sees its district's clients; the permission types let no acting person in."""
    return select(Client).where(col(Client.district_id) == who.district_id, allowed(CLIENTS, who, Columns(Client)))


def secrets_visible_to(who: Principal, client: Client) -> Select[ClientSecret]:
    return select(ClientSecret).where(
        col(ClientSecret.district_id) == who.district_id,
        col(ClientSecret.owner_id) == client.id,
        allowed(CLIENTS, who, Columns(ClientSecret)),
    )


async def read_credentials(database: Database, district_id: UUID, client_id: str) -> Credentials | None:
    async with database.transaction(district_id) as connection:
        rows = await connection.fetch(
            """select c.scopes, c.requests_per_minute, c.partner_id, s.id, s.starts_with, s.secret_hash
               from districts.clients c
               join districts.client_secrets s on s.district_id = c.district_id and s.owner_id = c.id
               where c.district_id = $1 and c.client_id = $2 and c.revoked_at is null and s.revoked_at is null
               for share""",  # so that who revokes or narrows it meanwhile does so after this token's time, or before
            district_id,
            client_id,
        )
    if not rows:
        return None
    held = tuple((UUID(int=row["id"].int), row["starts_with"], row["secret_hash"]) for row in rows)
    first = rows[0]
    partner_id = first["partner_id"] and UUID(int=first["partner_id"].int)
    return Credentials(client_id, held, frozenset(first["scopes"]), first["requests_per_minute"], partner_id)


async def scopes_of(connection: Connection, district_id: UUID, client_id: str) -> frozenset[str]:
    """Give what a client may do by itself now: nothing, if it was revoked, or if it is a partner's."""
    scopes = await connection.fetchval(
        """select scopes from districts.clients
           where district_id = $1 and client_id = $2 and revoked_at is null and partner_id is null""",
        district_id, client_id,
    )  # fmt: skip
    return held(scopes or ())
