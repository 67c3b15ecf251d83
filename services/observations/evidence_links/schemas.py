from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.observations.evidence_links.rules import Source, Target
from shared.paging import ResourceQuery
from shared.wire import Id, Instant, ResourceRead, Text, Wire


class EvidenceLinkWrite(Wire):
    """The source must be visible to the caller: a walk, a pattern of its debrief, or an observation.

    The target belongs to another service and is taken as named.

    An evaluation (`evaluation`, by the id that the district's own system has for it) takes only an observation that was
    made for one and announced before it began. No walk, no coaching, nothing unannounced ever informs one.
    """

    source_kind: Annotated[Source, Field(strict=False)]
    source_id: Id
    target_kind: Annotated[Target, Field(strict=False)]
    target_id: Id
    linked_at: Instant | None = Field(
        default=None,
        description="when it was decided, not before the evidence; without the scope backfill now, or as it is stored",
    )
    note: Text | None = None


class EvidenceLinkRead(ResourceRead):
    source_kind: Source
    source_id: UUID
    target_kind: Target
    target_id: UUID
    walk_id: UUID | None = Field(description="the walk that it starts from, by itself or by a pattern")
    linked_at: datetime
    note: str | None = Field(description="null for whoever may not read what it starts from")


class EvidenceLinkQuery(ResourceQuery):
    source_id: Id | None = None
    walk_id: Id | None = Field(default=None, description="from this walk and from its patterns")
    target_id: Id | None = None
