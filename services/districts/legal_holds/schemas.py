from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.paging import ResourceQuery
from shared.wire import Id, Name, ResourceRead, Wire


class LegalHoldWrite(Wire):
    person_id: Id
    reason: Annotated[Name, Field(description="a case's number, say; it is shown to whoever is refused an erasure")]


class LegalHoldRead(ResourceRead):
    person_id: UUID
    reason: str


class LegalHoldQuery(ResourceQuery):
    person_id: Id | None = None
