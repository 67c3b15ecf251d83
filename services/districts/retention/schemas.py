from typing import Annotated

from pydantic import Field

from services.districts.retention.rules import RetentionKind
from shared.wire import ResourceRead, Wire

Years = Annotated[int, Field(ge=1, le=100)]


class RetentionWrite(Wire):
    years: dict[Annotated[RetentionKind, Field(strict=False)], Years] = Field(
        description="kind -> years that it is kept; what is not named is kept for ever"
    )


class RetentionRead(ResourceRead):
    years: dict[RetentionKind, int]
