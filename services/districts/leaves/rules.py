"""Kinds of leave, after Ed-Fi's StaffLeaveEventCategory. No I/O."""

from enum import StrEnum


class Kind(StrEnum):
    BEREAVEMENT = "bereavement"
    FAMILY_AND_MEDICAL = "family_and_medical"
    JURY_DUTY = "jury_duty"
    MILITARY = "military"
    PARENTAL = "parental"
    PERSONAL = "personal"
    RELEASE_TIME = "release_time"
    SABBATICAL = "sabbatical"
    SICK = "sick"
    SUSPENSION = "suspension"
    VACATION = "vacation"
    WORK_COMPENSATION = "work_compensation"
    OTHER = "other"
