"""The rows of an answer: every school and period in question, also where nothing happened, a page at a time."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import islice, product
from uuid import UUID

from services.analytics.measures import queries
from services.analytics.measures.periods import Period, months_before, months_between, name_of, period_of
from services.analytics.measures.queries import School
from services.analytics.measures.schemas import MeasureQuery
from shared.paging import decode, encode
from shared.units import Unit

DEFAULT_MONTHS = 12
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell stands: its school (none: all of them) and its period."""

    school: School | None
    period: Period

    @property
    def key(self) -> tuple[UUID, str]:
        return (self.school.id if self.school else NOBODY, self.period.month or "")


@dataclass(frozen=True, slots=True)
class Grid:
    places: list[Place]
    schools: list[UUID]  # whose facts the cells are made of
    following: str | None
    total: int | None


def periods_of(query: MeasureQuery, *, as_of: datetime, zone: tzinfo) -> list[Period]:
    """Give the periods in question. A month that has not begun by `as_of` is not among them: nothing is known of it."""
    current = name_of(as_of.astimezone(zone).date())
    last = min(query.to or current, current)
    first = query.from_ or months_before(last, DEFAULT_MONTHS - 1)
    if query.by.month:
        return [period_of(m, m, as_of=as_of, zone=zone, name=m) for m in months_between(first, last)]
    return [period_of(first, last, as_of=as_of, zone=zone)] if first <= last else []


async def grid_of(unit: Unit, query: MeasureQuery, periods: list[Period]) -> Grid:
    """Give one page of the cells in the order of school and month. The cursor is the last cell of the page before."""
    last = decode(unit, query, (UUID, str))
    after = tuple(last) if last else None
    total = None
    if query.by.school:
        since = after[0] if after else None
        # A school is at least one cell, and the one of the cursor may be through already.
        found = await queries.schools(unit, query.school_id, since=since, limit=query.limit + 2)
        cells = (Place(school, period) for school, period in product(found, periods))
        if query.count:
            total = await queries.count_schools(unit, query.school_id) * len(periods)
    else:
        found = await queries.schools(unit, query.school_id)
        cells = (Place(None, period) for period in periods if found)
        total = len(periods) if found else 0
    page = list(islice((cell for cell in cells if after is None or cell.key > after), query.limit + 1))
    following = encode(unit, query, list(page[query.limit - 1].key)) if len(page) > query.limit else None
    places = page[: query.limit]
    own = [cell.school.id for cell in places if cell.school]
    schools = list(dict.fromkeys(own)) if query.by.school else [school.id for school in found]
    return Grid(places, schools, following, total if query.count else None)
