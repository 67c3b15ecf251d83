"""The measures once more, by loops so plain that they can be checked by reading: what the service is held against.

It shares no code with the service, and takes another road wherever there is one: Wilson's ends by bisection of the
inequality that defines them, ranks by exact fractions, Kaplan-Meier by handing a censored item's weight to the right.
docs/measures/README.md says the same in words.
"""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

NOT_COUNTED = frozenset({"cancelled", "voided"})
Z = 1.959963984540054
Cell = tuple[object, str]  # (school, "2025-09")
Ends = tuple[float | None, float | None]


@dataclass(frozen=True)
class Observed:
    teacher: object
    school: object
    observed_at: datetime | None
    shared_at: datetime | None
    due_hours: float | None  # None: nobody owes feedback
    status: str = "shared"
    observer: object = "somebody else"
    subject: str = "teacher"
    kind: str = "live"


@dataclass(frozen=True)
class Assignment:
    """From its first to its last day, both included, as everywhere in the house; None is open.

    One that was withdrawn meanwhile held until then.
    """

    teacher: object
    school: object
    begin: date | None
    end: date | None
    withdrawn: datetime | None = None


@dataclass(frozen=True)
class Value:
    value: float | None
    n: int
    interval: Ends


@dataclass(frozen=True)
class Latency:
    p50: Value
    p90: Value
    median_with_pending: float | None
    on_time: Value
    completed: int
    pending: int
    pending_overdue: int


def latency(observations: Iterable[Observed], *, as_of: datetime, zone: str = "UTC") -> dict[Cell, Latency]:
    cells = latency_cells(observations, as_of=as_of, zone=zone)
    return {cell: latency_of(rows, as_of=as_of) for cell, rows in cells.items()}


def latency_cells(
    observations: Iterable[Observed], *, as_of: datetime, zone: str = "UTC"
) -> dict[Cell, list[Observed]]:
    cells: dict[Cell, list[Observed]] = {}
    for row in observations:
        if _counts(row, as_of) and row.due_hours is not None:
            cells.setdefault((row.school, month_of(row.observed_at, zone)), []).append(row)
    return cells


def latency_of(rows: Sequence[Observed], *, as_of: datetime) -> Latency:
    hours: list[float] = []
    waiting: list[float] = []
    on_time = late = overdue = 0
    for row in rows:
        assert row.observed_at is not None
        if row.shared_at is not None and row.shared_at <= as_of:
            taken = (row.shared_at - row.observed_at) / timedelta(hours=1)
            hours.append(taken)
            if row.due_hours is not None and taken <= row.due_hours:
                on_time += 1
            elif row.due_hours is not None:
                late += 1
        else:
            so_far = (as_of - row.observed_at) / timedelta(hours=1)
            waiting.append(so_far)
            if row.due_hours is not None and so_far > row.due_hours:
                overdue += 1
    return Latency(
        p50=quantile(hours, 5),
        p90=quantile(hours, 9),
        median_with_pending=median_with_pending(hours, waiting),
        on_time=share(on_time, on_time + late + overdue),
        completed=len(hours),
        pending=len(waiting),
        pending_overdue=overdue,
    )


def coverage(
    observations: Iterable[Observed],
    assignments: Iterable[Assignment],
    *,
    months: Iterable[str],
    as_of: datetime,
    zone: str = "UTC",
    at_least: int = 1,
) -> dict[Cell, Value]:
    """Of the teachers assigned to a school on the month's reference day, how many were observed there in the month."""
    rows, spells = list(observations), list(assignments)
    cells: dict[Cell, Value] = {}
    for month in months:
        for school in {spell.school for spell in spells}:
            cells[school, month] = coverage_of(
                [row for row in rows if row.school == school],
                [spell for spell in spells if spell.school == school],
                months=[month],
                as_of=as_of,
                zone=zone,
                at_least=at_least,
            )
    return cells


def coverage_of(
    rows: Iterable[Observed],
    spells: Iterable[Assignment],
    *,
    months: Sequence[str],
    as_of: datetime,
    zone: str = "UTC",
    at_least: int = 1,
) -> Value:
    """The same of several schools and months taken together: each teacher once, on the last reference day."""
    day = reference_day(max(months), as_of, zone)
    active = {spell.teacher for spell in spells if _holds(spell, day, moment=min(as_of, _end_of(max(months), zone)))}
    covered = 0
    for teacher in active:
        seen = 0
        for row in rows:
            if not _counts(row, as_of) or row.teacher != teacher or row.observer == teacher:
                continue
            if month_of(row.observed_at, zone) in months:
                seen += 1
        if seen >= at_least:
            covered += 1
    return share(covered, len(active))


def month_of(at: datetime | None, zone: str) -> str:
    assert at is not None
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m")


def reference_day(month: str, as_of: datetime, zone: str) -> date:
    """The month's last day, or the day of `as_of` while the month still runs."""
    last = date.fromisoformat(f"{month}-28")
    while (last + timedelta(days=1)).strftime("%Y-%m") == month:
        last += timedelta(days=1)
    return min(last, as_of.astimezone(ZoneInfo(zone)).date())


def _end_of(month: str, zone: str) -> datetime:
    """Midnight after the month's last day."""
    year, number = int(month[:4]), int(month[5:])
    year, number = (year + 1, 1) if number == 12 else (year, number + 1)
    return datetime(year, number, 1, tzinfo=ZoneInfo(zone))


def share(successes: int, n: int) -> Value:
    if n == 0:
        return Value(None, 0, (None, None))
    p = successes / n
    low = 0.0 if successes == 0 else _edge(p, n, inside=p, outside=0.0)
    high = 1.0 if successes == n else _edge(p, n, inside=p, outside=1.0)
    return Value(p, n, (low, high))


def quantile(values: Sequence[float], tenths: int) -> Value:
    if not values:
        return Value(None, 0, (None, None))
    ordered = sorted(values)
    # Before Python 3.13 the standard library wants two values.
    cuts = ordered * 9 if len(ordered) == 1 else statistics.quantiles(ordered, n=10, method="inclusive")
    lower, upper = ranks(len(ordered), Fraction(tenths, 10))
    low = None if lower is None else ordered[lower - 1]
    high = None if upper is None else ordered[upper - 1]
    return Value(cuts[tenths - 1], len(ordered), (low, high))


def ranks(n: int, p: Fraction) -> tuple[int | None, int | None]:
    tail = Fraction(25, 1000)
    mass = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    lower = [rank for rank in range(1, n + 1) if sum(mass[:rank]) <= tail]
    upper = [rank for rank in range(1, n + 1) if sum(mass[rank:]) <= tail]
    return (max(lower) if lower else None, min(upper) if upper else None)


def median_with_pending(hours: Sequence[float], waiting: Sequence[float]) -> float | None:
    """Efron 1967: every item weighs the same; one that still waits leaves its weight to all that took longer."""
    items = sorted([(value, 0) for value in hours] + [(value, 1) for value in waiting])
    weights = [Fraction(1, len(items)) for _ in items]
    done = Fraction(0)
    for place, (value, is_waiting) in enumerate(items):
        if is_waiting:
            later = len(items) - place - 1
            for other in range(place + 1, len(items)):
                weights[other] += weights[place] / later
        else:
            done += weights[place]
            if done >= Fraction(1, 2):
                return value
    return None


def _counts(row: Observed, as_of: datetime) -> bool:
    if row.subject != "teacher" or row.kind != "live":
        return False
    return row.status not in NOT_COUNTED and row.observed_at is not None and row.observed_at <= as_of


def _holds(spell: Assignment, day: date, moment: datetime) -> bool:
    begun = spell.begin is None or spell.begin <= day
    ended = spell.end is not None and spell.end < day
    return begun and not ended and (spell.withdrawn is None or spell.withdrawn > moment)


def _edge(p: float, n: int, *, inside: float, outside: float) -> float:
    """The theta between both at which |p - theta| is exactly Z standard errors of theta."""
    for _ in range(200):
        middle = (inside + outside) / 2
        if abs(p - middle) <= Z * math.sqrt(middle * (1 - middle) / n):
            inside = middle
        else:
            outside = middle
    return inside
