from uuid import UUID

from pydantic import Field

from shared.paging import ResourceQuery
from shared.wire import Id, Read, ResourceRead, Wire


class MergeWrite(Wire):
    into: Id = Field(description="the person who this one turned out to be")
    even_if_archived: bool = Field(default=False, description="merge although the duplicate is archived")


class RowMove(Read):
    """A row that changed hands, or that was set aside (archived) since the person has its like for that time."""

    entity: str
    id: UUID
    is_set_aside: bool


class PersonMergeRead(ResourceRead):
    """`created_at` is when they were merged, `archived_at` when that was taken back."""

    person_id: UUID
    into_id: UUID
    moves: list[RowMove]


class PersonMergeQuery(ResourceQuery):
    pass
