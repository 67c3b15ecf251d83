from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.clients.models import Client
from shared.access.policies import CLIENTS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.database import Database


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is held against what somebody shows who asks for a token."""

    client_id: str
    secret_hash: str
    scopes: frozenset[str]
    requests_per_minute: int | None


def visible_to(who: Principal) -> Select[Client]:
    """A machine with the scope sees its district's clients; the permission types let no acting person in."""
    return select(Client).where(col(Client.district_id) == who.district_id, allowed(CLIENTS, who, Columns(Client)))


async def read_credentials(database: Database, district_id: UUID, client_id: str) -> Credentials | None:
    async with database.transaction(district_id) as connection:
        row = await connection.fetchrow(
            """select client_id, secret_hash, scopes, requests_per_minute from districts.clients
               where district_id = $1 and client_id = $2 and revoked_at is null""",
            district_id,
            client_id,
        )
    if row is None:
        return None
    return Credentials(row["client_id"], row["secret_hash"], frozenset(row["scopes"]), row["requests_per_minute"])
