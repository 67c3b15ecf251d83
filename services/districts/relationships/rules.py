"""Which relationships there are, what each one needs, and whose word goes before whose. No I/O."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.districts.tables import ROSTER
from shared.access.purposes import LeaderClass
from shared.errors import FieldError


class Kind(StrEnum):
    TEACHES_AT = "teaches_at"
    LEADS = "leads"
    COACHES = "coaches"
    EVALUATES = "evaluates"
    SUPERVISES = "supervises"
    MENTORS = "mentors"


TO_ORGS = frozenset({Kind.TEACHES_AT, Kind.LEADS})
FIXED = ("person_id", "kind", "org_id", "target_person_id")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From the first to the last day, both included."""

    begin: date = date.min
    end: date = date.max

    @classmethod
    def of(cls, begin: date | None, end: date | None) -> "Span":
        return cls(begin or date.min, end or date.max)

    def overlaps(self, other: "Span") -> bool:
        return self.begin <= other.end and other.begin <= self.end

    def __str__(self) -> str:
        begin = "ever" if self.begin == date.min else str(self.begin)
        return f"{begin} to {'further notice' if self.end == date.max else self.end}"


def leader_class(kind: str, said: str | None, role_id: UUID | None) -> str | None:
    """Say how somebody leads: as said; else by a role as an administrative leader, by hand as a school leader."""
    if kind != Kind.LEADS:
        return None
    return said or (LeaderClass.SCHOOL if role_id is None else LeaderClass.ADMINISTRATIVE).value


def precedence(source: str) -> int:
    """Rank a source: where two say something of the same, the higher one holds. Only what roles give is lower."""
    return 1 if source == ROSTER else 2


def faults(values: Mapping[str, Any]) -> list[FieldError]:
    """Say what is wrong with a relationship as a whole."""
    found = []
    needs, spare = ("org_id", "target_person_id") if values["kind"] in TO_ORGS else ("target_person_id", "org_id")
    if values[needs] is None:
        found.append(FieldError(f"#/{needs}", "missing", f"{values['kind']} needs it"))
    if values[spare] is not None:
        found.append(FieldError(f"#/{spare}", "superfluous", f"{values['kind']} does not take it"))
    if values["target_person_id"] is not None and values["target_person_id"] == values["person_id"]:
        found.append(FieldError("#/target_person_id", "self", "nobody does that to oneself"))
    if values.get("leader_class") is not None and values["kind"] != Kind.LEADS:
        found.append(FieldError("#/leader_class", "superfluous", f"{values['kind']} does not take it"))
    if values["begin_date"] and values["end_date"] and values["end_date"] < values["begin_date"]:
        found.append(FieldError("#/end_date", "order", "must not lie before begin_date"))
    return found


def moved(stored: Mapping[str, Any], values: Mapping[str, Any]) -> list[FieldError]:
    """Say what may not change of one that follows from a role: it would no longer be what the role gives."""
    message = "follows from a role: change its dates, or archive it and make another"
    return [FieldError(f"#/{name}", "fixed", message) for name in FIXED if stored[name] != values[name]]


def joined(spans: Iterable[Span]) -> list[Span]:
    """Join what overlaps or touches."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and (found[-1].end == date.max or span.begin <= found[-1].end + timedelta(days=1)):
            found[-1] = Span(found[-1].begin, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def within(begin: date | None, end: date | None, times: Sequence[Span]) -> bool:
    """Say whether it lies within one of these times. An open side reaches as far as they do, and no further."""
    there = joined(times)
    held = Span(begin or there[0].begin, end or there[-1].end)
    return held.begin <= held.end and any(time.begin <= held.begin and held.end <= time.end for time in there)


def outside(values: Mapping[str, Any], times: Mapping[UUID, Sequence[Span]]) -> list[FieldError]:
    """Say whose time in the district it exceeds. Of somebody without any role we know no time, and say nothing."""
    return [
        FieldError(
            f"#/{name}",
            "outside_roles",
            f"{Span.of(values['begin_date'], values['end_date'])} is not within this person's time here: "
            + ", ".join(map(str, joined(times[values[name]]))),
        )
        for name in ("person_id", "target_person_id")
        if times.get(values[name]) and not within(values["begin_date"], values["end_date"], times[values[name]])
    ]
