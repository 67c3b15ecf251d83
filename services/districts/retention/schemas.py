from typing import Annotated

from pydantic import BeforeValidator, Field

from services.districts.retention.rules import RetentionKind
from shared.wire import ResourceRead, Wire, whole

Years = Annotated[int, Field(ge=1, le=100), BeforeValidator(whole)]


class RetentionWrite(Wire):
    years: dict[Annotated[RetentionKind, Field(strict=False)], Years] = Field(
        description="kind -> years that it is kept; what is not named is kept for ever"
    )


class RetentionRead(ResourceRead):
    years: dict[RetentionKind, int]
