"""What retention can be said of, and since when its years run. No I/O."""

from datetime import UTC, datetime
from enum import StrEnum


class RetentionKind(StrEnum):
    """What is over when its years are: its words go, its ids, dates and scores stay for what is counted.

    observation_content   script, feedback, answer and reasons of an observation, since it was made
    coaching_content      focus, goal, notes and steps of a coaching cycle, since it ended or was held
    leaves                why somebody was on leave, since it ended
    former_people         all that is personal about somebody, since that person was archived
    """

    OBSERVATION_CONTENT = "observation_content"
    COACHING_CONTENT = "coaching_content"
    LEAVES = "leaves"
    FORMER_PEOPLE = "former_people"


def cutoff(now: datetime, years: int) -> datetime:
    """Give the instant before which it is over: the same day so many years ago, the 28th for a 29th of February."""
    day = min(now.day, 28) if (now.month, now.day) == (2, 29) else now.day
    return datetime(now.year - years, now.month, day, tzinfo=UTC)
