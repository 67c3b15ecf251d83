from typing import Any

from sqlalchemy import Select, and_, or_, true
from sqlmodel import col, select

from services.observations.evidence_items.models import EvidenceItem
from services.observations.evidence_items.schemas import EvidenceItemQuery, Visibility
from services.observations.observations.models import Observation
from services.observations.observations.queries import visible_to as visible_observations
from shared.access.policy import Action
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[EvidenceItem]:
    """One's own; and what is shared, where the observation's content is the caller's to read."""
    read = visible_observations(who, Action.READ).with_only_columns(col(Observation.id))
    shared = and_(col(EvidenceItem.visibility) == Visibility.SHARED.value, col(EvidenceItem.observation_id).in_(read))
    mine = col(EvidenceItem.author_id).in_(who.person.ids) if who.person else None
    return select(EvidenceItem).where(
        col(EvidenceItem.district_id) == who.district_id, shared if mine is None else or_(mine, shared)
    )


def found(who: Principal, query: EvidenceItemQuery) -> Select[EvidenceItem]:
    codes: Any = col(EvidenceItem.codes)
    statement = filtered(visible_to(who), EvidenceItem, query)
    for name in ("observation_id", "author_id", "kind"):
        value = getattr(query, name)
        if value is not None:
            statement = statement.where(getattr(EvidenceItem, name) == value)
    return statement.where(codes.contains([query.code]) if query.code else true())
