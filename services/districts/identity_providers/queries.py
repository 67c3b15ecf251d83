from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.identity_providers.models import IdentityProvider
from services.districts.identity_providers.rules import PersonBy, Trust
from shared.access.policies import IDENTITY_PROVIDERS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.database import Connection


def visible_to(who: Principal) -> Select[IdentityProvider]:
    """A machine with the scope sees its district's; the permission types let no acting person in."""
    return select(IdentityProvider).where(
        col(IdentityProvider.district_id) == who.district_id,
        allowed(IDENTITY_PROVIDERS, who, Columns(IdentityProvider)),
    )


async def trusted(connection: Connection, district_id: UUID, issuer: str) -> Trust | None:
    """Give the provider of a district that an ID token says it is from."""
    row: Any = await connection.fetchrow(
        """select id, issuer, audiences, jwks_url, algorithms, person_by, person_claim, external_system,
                  required_claims::text as required_claims
           from districts.identity_providers
           where district_id = $1 and issuer = $2 and enabled and archived_at is null for share""",
        district_id,
        issuer,
    )
    if row is None:
        return None
    return Trust(
        district_id=district_id, id=row["id"], issuer=row["issuer"], audiences=tuple(row["audiences"]),
        jwks_url=row["jwks_url"], algorithms=tuple(row["algorithms"]), person_by=PersonBy(row["person_by"]),
        person_claim=row["person_claim"], external_system=row["external_system"],
        required_claims=orjson.loads(row["required_claims"]),
    )  # fmt: skip
