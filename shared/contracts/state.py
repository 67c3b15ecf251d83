"""What every promise has in common: it is frozen, and members that are not known here are for later readers."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Promise(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)


class State(Promise):
    """The state of an entity, as an event or a bulk read carries it."""

    id: UUID
    version: int
    archived: bool

    @classmethod
    def of(cls, row: Any, **more: Any) -> dict[str, Any]:
        """Give the state of a row as an event's data."""
        columns = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        return cls.model_validate(columns | {"archived": row.archived_at is not None} | more).model_dump(mode="json")
