from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from shared.paging import ResourceQuery
from shared.wire import Id, Read, ResourceRead, Wire


class ConflictState(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"


class Choice(StrEnum):
    STORED = "stored"
    SENT = "sent"


class ConflictingField(Read):
    field: str
    base: Any = Field(description="what both started from")
    stored: Any = Field(description="what stood there when the upload came")
    sent: Any = Field(description="what the upload said")
    choice: Choice | None = Field(description="what somebody chose")


class ObservationConflictRead(ResourceRead):
    observation_id: UUID
    state: ConflictState
    base_version: int
    stored_version: int
    device: str | None
    revision: int | None
    person_id: UUID | None = Field(description="who sent it")
    resolved_at: datetime | None
    fields: list[ConflictingField]


class ObservationConflictQuery(ResourceQuery):
    observation_id: Id | None = None
    state: ConflictState | None = None


class Resolution(Wire):
    choices: dict[str, Annotated[Choice, Field(strict=False)]] = Field(
        min_length=1,
        max_length=40,
        description="for each field in question, which of the two holds; what only the upload changed may be left "
        "out, and is then taken",
    )
