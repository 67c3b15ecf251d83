from typing import Any

from sqlalchemy import Select
from sqlmodel import col, select

from services.observations.evidence_links.models import EvidenceLink
from services.observations.evidence_links.schemas import EvidenceLinkQuery
from services.observations.observations.models import Observation
from services.observations.observations.queries import visible_to as visible_observations
from services.observations.walks.models import LearningWalk
from services.observations.walks.queries import visible_to as visible_walks
from shared.access.matching import matching
from shared.access.policies import EVIDENCE_LINKS
from shared.access.policy import Action, Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal, action: Action = Action.SEE) -> Select[EvidenceLink]:
    """A link is seen by those who see what it starts from; its note is read by those who read that."""
    sources = {
        (name, how): visible(who, how).with_only_columns(col(model.id))
        for name, visible, model in _SOURCES
        for how in (Action.SEE, Action.READ)
    }
    columns = Columns(EvidenceLink, parents=sources)
    return select(EvidenceLink).where(
        col(EvidenceLink.district_id) == who.district_id, allowed(EVIDENCE_LINKS, who, columns, action)
    )


_SOURCES: tuple[tuple[str, Any, Any], ...] = (
    ("walk", visible_walks, LearningWalk),
    ("observation", visible_observations, Observation),
)


def found(who: Principal, query: EvidenceLinkQuery) -> Select[EvidenceLink]:
    statement = filtered(visible_to(who), EvidenceLink, query)
    found: Select[EvidenceLink] = matching(
        statement, EvidenceLink, who.district_id, query, ("source_id", "walk_id", "target_id")
    )
    return found
