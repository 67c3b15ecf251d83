from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from services.coaching.visions.domains import VisionDomain
from shared.paging import ResourceQuery
from shared.wire import Id, Partial, ResourceRead, Text, Wire


def _distinct(domains: list[VisionDomain]) -> list[VisionDomain]:
    return sorted(set(domains), key=list(VisionDomain).index)


Domains = Annotated[
    list[Annotated[VisionDomain, Field(strict=False)]], Field(min_length=1, max_length=20), AfterValidator(_distinct)
]


class VisionWrite(Wire):
    org_id: Id = Field(description="the district or school whose vision it is")
    statement: Text
    domains: Domains


class VisionPatch(Partial, VisionWrite):
    """A merge patch: what is left out stays."""


class VisionRead(ResourceRead):
    org_id: UUID
    statement: str
    domains: list[VisionDomain]


class VisionQuery(ResourceQuery):
    org_id: Id | None = None
