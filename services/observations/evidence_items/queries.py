from typing import Any

from sqlalchemy import Select, true
from sqlmodel import col, select

from services.observations.evidence_items.models import EvidenceItem
from services.observations.evidence_items.schemas import EvidenceItemQuery
from services.observations.observations.queries import parents_of
from shared.access.policies import EVIDENCE_ITEMS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[EvidenceItem]:
    """One's own; and what is shared, where the observation's content is the caller's to read."""
    return select(EvidenceItem).where(
        col(EvidenceItem.district_id) == who.district_id,
        allowed(EVIDENCE_ITEMS, who, Columns(EvidenceItem, parents=parents_of(who))),
    )


def found(who: Principal, query: EvidenceItemQuery) -> Select[EvidenceItem]:
    codes: Any = col(EvidenceItem.codes)
    statement = filtered(visible_to(who), EvidenceItem, query)
    for name in ("observation_id", "author_id", "kind"):
        value = getattr(query, name)
        if value is not None:
            statement = statement.where(getattr(EvidenceItem, name) == value)
    return statement.where(codes.contains([query.code]) if query.code else true())
