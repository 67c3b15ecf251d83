from enum import StrEnum
from uuid import UUID

from pydantic import Field

from shared.wire import Read


class Standing(StrEnum):
    """Four things, of which only the first is a number. The other three are never zero."""

    SCORED = "scored"
    NOT_OBSERVED = "not_observed"
    NOT_APPLICABLE = "not_applicable"
    MISSING = "missing"


class IndicatorTotal(Read):
    indicator_id: UUID
    standing: Standing
    level: int | None
    weight: float = Field(description="of the framework version; 1 where it says none")
    contribution: float | None = Field(description="weight times level; null where there is no level")


class TotalRead(Read):
    observation_id: UUID
    framework_version_id: UUID | None
    method_version: str
    value: float | None = Field(description="the sum of the contributions by the sum of the weights that were scored")
    reason: str | None = Field(description="why there is no value: nothing_scored, or no_weight of what was")
    weight_scored: float
    weight_possible: float = Field(description="without what is not applicable")
    n: dict[Standing, int]
    indicators: list[IndicatorTotal]
