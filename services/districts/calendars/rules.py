"""What a day is at a school: its own calendar says what differs from the calendars above it. No I/O.

`Level`s are the calendars that count, the nearest first: the school's own, then those of what stands above it. Of each
thing the nearest one that says anything decides: of a day what it is, of the weekdays whether school is held on them,
of a bell schedule's name when its periods are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from shared.errors import FieldError

MONDAY_TO_FRIDAY = (1, 2, 3, 4, 5)
LONGEST = timedelta(days=800)
WEEKEND = "weekend"


class Kind(StrEnum):
    """What a listed day is. On a staff day the staff works and students stay at home."""

    INSTRUCTIONAL = "instructional"
    STAFF_DAY = "staff_day"
    HOLIDAY = "holiday"
    BREAK = "break"
    CLOSURE = "closure"


WORKING = frozenset({Kind.INSTRUCTIONAL, Kind.STAFF_DAY})


@dataclass(frozen=True, slots=True)
class Level:
    """One calendar as it counts: `days` and `bell_schedules` as they are stored."""

    begin: date
    end: date
    time_zone: str | None = None
    weekdays: Sequence[int] | None = None
    days: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    bell_schedules: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class SchoolDay:
    day: date
    kind: str
    label: str | None
    bell_schedule: str | None

    @property
    def is_instructional(self) -> bool:
        return self.kind == Kind.INSTRUCTIONAL

    @property
    def is_working(self) -> bool:
        return self.kind in WORKING


def days_between(levels: Sequence[Level], first: date, last: date) -> list[SchoolDay]:
    """Say of each day from the first to the last, both included, what it is."""
    return [day_of(levels, first + timedelta(days=n)) for n in range((last - first).days + 1)]


def day_of(levels: Sequence[Level], day: date) -> SchoolDay:
    counting = [level for level in levels if level.begin <= day <= level.end]
    listed = next((level.days[str(day)] for level in counting if str(day) in level.days), None)
    weekdays = next((level.weekdays for level in counting if level.weekdays is not None), MONDAY_TO_FRIDAY)
    usual = Kind.INSTRUCTIONAL.value if day.isoweekday() in weekdays else WEEKEND
    kind = listed["kind"] if listed else usual
    rings = kind == Kind.INSTRUCTIONAL
    return SchoolDay(
        day,
        kind,
        listed["label"] if listed else None,
        ((listed or {}).get("bell_schedule") or _usual_bells(counting, day)) if rings else None,
    )


def time_zone_of(levels: Sequence[Level]) -> str | None:
    return next((level.time_zone for level in levels if level.time_zone is not None), None)


def bell_schedules_of(levels: Sequence[Level]) -> list[Mapping[str, Any]]:
    """Give the bell schedules by name, each from the nearest calendar that has it."""
    known: dict[str, Mapping[str, Any]] = {}
    for level in levels:
        for schedule in level.bell_schedules:
            known.setdefault(schedule["name"], schedule)
    return list(known.values())


def _usual_bells(levels: Sequence[Level], day: date) -> str | None:
    usual = (s["name"] for s in bell_schedules_of(levels) if day.isoweekday() in s["weekdays"])
    return next(usual, None)


def faults(values: Mapping[str, Any], above: Sequence[Level]) -> list[FieldError]:
    """Say what is wrong with a calendar as it would be stored, below the calendars above it."""
    found = _faults_of_days(values, above) + _faults_of_bells(values["bell_schedules"])
    if values["end_date"] - values["begin_date"] > LONGEST:
        found.append(FieldError("#/end_date", "too_long", f"a calendar spans at most {LONGEST.days} days"))
    if values["time_zone"] is None and time_zone_of(above) is None:
        found.append(FieldError("#/time_zone", "missing", "no calendar above this one has a time zone"))
    return found


def _faults_of_days(values: Mapping[str, Any], above: Sequence[Level]) -> list[FieldError]:
    known = {s["name"] for s in [*values["bell_schedules"], *bell_schedules_of(above)]}
    found, seen = [], set()
    for place, listed in enumerate(values["days"]):
        at = f"#/days/{place}"
        if listed["date"] in seen:
            found.append(FieldError(f"{at}/date", "duplicate", "is listed twice"))
        seen.add(listed["date"])
        if not str(values["begin_date"]) <= listed["date"] <= str(values["end_date"]):
            found.append(FieldError(f"{at}/date", "outside", "lies outside of the calendar"))
        if listed["bell_schedule"] is not None and listed["bell_schedule"] not in known:
            found.append(FieldError(f"{at}/bell_schedule", "unknown", "is no bell schedule of this calendar"))
    return found


def _faults_of_bells(schedules: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    found: list[FieldError] = []
    names: set[str] = set()
    rung: set[int] = set()
    for place, schedule in enumerate(schedules):
        at = f"#/bell_schedules/{place}"
        if schedule["name"] in names:
            found.append(FieldError(f"{at}/name", "duplicate", "another one has this name"))
        if rung & set(schedule["weekdays"]):
            found.append(FieldError(f"{at}/weekdays", "duplicate", "another one is usual on that weekday"))
        names.add(schedule["name"])
        rung |= set(schedule["weekdays"])
        found += [
            FieldError(f"{at}/periods/{number}/end", "order", "must lie after begin")
            for number, period in enumerate(schedule["periods"])
            if period["end"] <= period["begin"]
        ]
    return found
