from uuid import UUID

from pydantic import Field

from shared.wire import Read


class IndicatorGap(Read):
    indicator_id: UUID
    own: int | str | None = Field(description="as she rated herself; null is missing")
    observed: int | str | None
    gap: int | None = Field(description="own minus observed; null where one of the two has no level")


class SelfGapRead(Read):
    observation_id: UUID
    self_observation_id: UUID | None
    n: int = Field(description="indicators with a level on both sides")
    mean_gap: float | None
    reason: str | None = Field(description="why there is no gap")
    method_version: str
    indicators: list[IndicatorGap]
