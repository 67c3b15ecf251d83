"""Wire shapes that several nouns of this service share."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.intervals import wilson
from shared.wire import Count, Day, Id, Read, Wire

AsOfDay = Annotated[Day | None, Field(description="how it stood at the end of that day; null: today (UTC)")]


class Part(Wire):
    """A part of a document: the same shape in both directions, so that what was read can be sent."""

    model_config = ConfigDict(json_schema_mode_override="validation")


class LookForMark(Part):
    """Seen or not for a look-for of that kind, a number for one that is counted."""

    look_for_id: Id
    mark: Count | Literal["seen", "not_seen", "not_applicable"]


class AsOf(BaseModel):
    model_config = ConfigDict(extra="forbid")

    as_of: AsOfDay = None


class Interval(Read):
    low: float
    high: float


def wilson_interval(successes: float, n: int) -> Interval | None:
    """Give the 95 % interval of a share; of nobody there is none."""
    ends = wilson(successes, n)
    return Interval(low=ends[0], high=ends[1]) if ends else None
