from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, true
from sqlmodel import col, select

from services.observations.evidence_items.models import EvidenceItem
from services.observations.evidence_items.schemas import EvidenceItemQuery, Visibility
from services.observations.observations.queries import parents_of
from shared.access.policies import EVIDENCE_ITEMS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.database import Connection
from shared.paging import filtered


def visible_to(who: Principal) -> Select[EvidenceItem]:
    """One's own; and what is shared, where the observation's content is the caller's to read."""
    return select(EvidenceItem).where(
        col(EvidenceItem.district_id) == who.district_id,
        allowed(EVIDENCE_ITEMS, who, Columns(EvidenceItem, parents=parents_of(who))),
    )


def cited(who: Principal, observation_ids: Collection[UUID]) -> Select[EvidenceItem]:
    """Find what feedback of these observations may cite, as far as the caller reads it, in the order of time."""
    its: Any = EvidenceItem
    of_them = visible_to(who).where(its.observation_id.in_(observation_ids), its.visibility == Visibility.SHARED.value)
    return of_them.where(its.archived_at.is_(None)).order_by(its.at, its.id)


async def shared_by(connection: Connection, district_id: UUID, observation_ids: Sequence[UUID]) -> list[Any]:
    """Give the shared evidence of these observations, in the order of time."""
    return await connection.fetch(
        """select id, observation_id, author_id, kind, at, text, line_id, "begin", "end", asset, start_ms, end_ms,
                  codes, sha256
           from observations.evidence_items
           where district_id = $1 and observation_id = any($2) and visibility = 'shared' and archived_at is null
           order by at, id""",
        district_id,
        observation_ids,
    )


async def is_claimed(connection: Connection, district_id: UUID, item_id: UUID) -> bool:
    """Say whether a claim on a descriptor stands on it."""
    return bool(
        await connection.fetchval(
            """select exists (select from observations.evidence_packages
                              where district_id = $1 and $2 = any(evidence_ids) and archived_at is null)""",
            district_id,
            item_id,
        )
    )


def found(who: Principal, query: EvidenceItemQuery) -> Select[EvidenceItem]:
    codes: Any = col(EvidenceItem.codes)
    statement = filtered(visible_to(who), EvidenceItem, query)
    for name in ("observation_id", "author_id", "kind"):
        value = getattr(query, name)
        if value is not None:
            statement = statement.where(getattr(EvidenceItem, name) == value)
    return statement.where(codes.contains([query.code]) if query.code else true())
