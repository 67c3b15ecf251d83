from sqlalchemy import Select, true
from sqlmodel import col, select

from services.observations.observation_attachments.models import ObservationAttachment
from services.observations.observation_attachments.schemas import ObservationAttachmentQuery
from services.observations.observations.queries import parents_of
from shared.access.policies import OBSERVATION_ATTACHMENTS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered


def visible_to(who: Principal) -> Select[ObservationAttachment]:
    """A file is seen with its observation and never beside it: whoever reads its content, and who sent it."""
    return select(ObservationAttachment).where(
        col(ObservationAttachment.district_id) == who.district_id,
        allowed(OBSERVATION_ATTACHMENTS, who, Columns(ObservationAttachment, parents=parents_of(who))),
    )


def found(who: Principal, query: ObservationAttachmentQuery) -> Select[ObservationAttachment]:
    return filtered(visible_to(who), ObservationAttachment, query).where(
        col(ObservationAttachment.observation_id) == query.observation_id if query.observation_id else true(),
        col(ObservationAttachment.state) == query.state.value if query.state else true(),
    )


def any_of(who: Principal) -> Select[ObservationAttachment]:
    """For our own job, which has to find what it scans."""
    return select(ObservationAttachment).where(col(ObservationAttachment.district_id) == who.district_id)
