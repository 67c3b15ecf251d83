from sqlalchemy import Select, and_, or_, true
from sqlmodel import col, select

from services.observations.evidence_links.models import EvidenceLink
from services.observations.evidence_links.rules import Source
from services.observations.evidence_links.schemas import EvidenceLinkQuery
from services.observations.observations.models import Observation
from services.observations.observations.queries import visible_to as visible_observations
from services.observations.walks.models import LearningWalk
from services.observations.walks.queries import visible_to as visible_walks
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[EvidenceLink]:
    """A link is seen by those who see what it starts from."""
    walks = visible_walks(who).with_only_columns(col(LearningWalk.id))
    observations = visible_observations(who).with_only_columns(col(Observation.id))
    source = col(EvidenceLink.source_id)
    kind = col(EvidenceLink.source_kind)
    return select(EvidenceLink).where(
        col(EvidenceLink.district_id) == who.district_id,
        or_(
            and_(kind == Source.LEARNING_WALK.value, source.in_(walks)),
            and_(kind == Source.OBSERVATION.value, source.in_(observations)),
        ),
    )


def found(who: Principal, query: EvidenceLinkQuery) -> Select[EvidenceLink]:
    return filtered(visible_to(who), EvidenceLink, query).where(
        col(EvidenceLink.source_id) == query.source_id if query.source_id else true(),
        col(EvidenceLink.target_id) == query.target_id if query.target_id else true(),
    )
