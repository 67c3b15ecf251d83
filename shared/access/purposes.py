"""What something about a person is recorded for: fixed when it is made, and nothing moves to another by itself."""

from enum import StrEnum


class Purpose(StrEnum):
    WALK = "walk"
    RESEARCH = "research"
    COACHING = "coaching"
    EVALUATION = "evaluation"


class LeaderClass(StrEnum):
    """Who leads how: an administrative leader evaluates, a school leader does everything else that leading is."""

    SCHOOL = "school_leader"
    ADMINISTRATIVE = "administrative_leader"
