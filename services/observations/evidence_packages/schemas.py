from uuid import UUID

from pydantic import Field

from shared.paging import ResourceQuery
from shared.wire import Count, Id, Level, ResourceRead, Text, Wire


class EvidencePackageWrite(Wire):
    observation_id: Id = Field(description="fixed at creation")
    indicator_id: Id
    level: Level = Field(description="the level whose descriptor is claimed; what is scored is said elsewhere")
    begin: Count = Field(description="the first character of the claimed span of the descriptor, from 0")
    end: Count = Field(description="the character after it")
    reasoning: Text | None = None
    evidence_ids: list[Id] = Field(
        min_length=1, max_length=50, description="evidence items of this observation, none of them private"
    )


class EvidencePackageRead(ResourceRead):
    observation_id: UUID
    author_id: UUID
    indicator_id: UUID
    level: int
    begin: int
    end: int
    claim: str = Field(description="the claimed words")
    reasoning: str | None
    evidence_ids: list[UUID]


class EvidencePackageQuery(ResourceQuery):
    observation_id: Id | None = None
    indicator_id: Id | None = None
