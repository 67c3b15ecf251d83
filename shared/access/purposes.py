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


class DataUse(StrEnum):
    """For what numbers may be asked. To judge somebody is none of them: numbers are of schools."""

    IMPROVEMENT = "improvement"
    PROFESSIONAL_LEARNING = "professional_learning"
    RESOURCE_ALLOCATION = "resource_allocation"
    ACCOUNTABILITY_REPORTING = "accountability_reporting"
    RESEARCH = "research"
