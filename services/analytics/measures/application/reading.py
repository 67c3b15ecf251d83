"""From what was estimated to what is answered."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.analytics.data_use.service import use_of
from services.analytics.facts.zones import zone_name
from services.analytics.measures.application import queries
from services.analytics.measures.application.rules import LOOK_FOR_APPLICATION, Cell, Windows
from services.analytics.measures.application.schemas import (
    CAUTION,
    ActivityRead,
    ApplicationAnswer,
    ApplicationBy,
    ApplicationQuery,
    ApplicationRow,
    PracticeRead,
    SpanRead,
    WindowsRead,
)
from services.analytics.measures.application.service import Application, Row, Terms, activity_in_sight, application
from services.analytics.measures.periods import month_end
from services.analytics.measures.schemas import ValueRead
from services.analytics.settings import AnalyticsSettings, zone_of
from shared.paging import decode, encode
from shared.units import Unit

NONE = UUID(int=0)


async def answer(unit: Unit, settings: AnalyticsSettings, query: ApplicationQuery) -> ApplicationAnswer:
    use = await use_of(unit, settings, "look_for_application", query.purpose)
    asked = min(query.as_of or unit.now, unit.now)
    zone = await zone_name(unit.connection, unit.district_id, settings, asked)
    as_of = month_end(asked, zone_of(zone))
    terms = Terms(as_of, use.n_min, query.window_days, zone)
    activity, schools = await activity_in_sight(unit, query.activity_id, as_of=terms.as_of)
    by = None if query.by is ApplicationBy.ACTIVITY else query.by.value
    found = await application(unit, activity, [school.id for school in schools], terms, by=by)
    titles = await queries.titles_of(unit, activity)
    names = {school.id: school.name for school in schools}
    every = found.parts if by else found.rows
    rows, following = _page(unit, every, query)
    return ApplicationAnswer(
        data=[row_of(row, names, titles) for row in rows],
        next=following,
        total=len(every) if query.count else None,
        measure="look_for_application",
        method_version=LOOK_FOR_APPLICATION,
        as_of=terms.as_of,
        by=query.by,
        n_min=use.n_min,
        purpose=use.purpose,
        policy_version=use.policy_version,
        activity=ActivityRead(id=activity.id, title=activity.title, target_practices=practices(found, titles)),
        windows=windows_of(found.windows),
        design=found.design,
        comparison=ValueRead.model_validate(found.comparison) if found.comparison else None,
        lag_days=ValueRead.model_validate(found.lag_days),
        caution=CAUTION,
    )


def practices(found: Application, titles: Mapping[UUID, str]) -> list[PracticeRead]:
    return [PracticeRead(look_for_id=one, title=titles.get(one)) for one in found.activity.look_for_ids]


def windows_of(windows: Windows | None) -> WindowsRead | None:
    if windows is None:
        return None
    return WindowsRead(
        before=SpanRead(starts=windows.before_from, ends=windows.before_until),
        after=SpanRead(starts=windows.after_from, ends=windows.after_until),
    )


def row_of(row: Row, schools: Mapping[UUID, str], titles: Mapping[UUID, str]) -> ApplicationRow:
    return ApplicationRow(
        source=row.source,
        group=row.group,
        school_id=row.school_id,
        school_name=schools.get(row.school_id) if row.school_id else None,
        look_for_id=row.look_for_id,
        look_for_title=titles.get(row.look_for_id) if row.look_for_id else None,
        counts=counts_of(row.cell),
        values=values_of(row.cell),
    )


def counts_of(cell: Cell) -> dict[str, int | None]:
    sides = {"before": cell.before, "after": cell.after}
    return {f"{name}_{phase}": getattr(side, name) for phase, side in sides.items() for name in COUNTS}


def values_of(cell: Cell) -> dict[str, ValueRead]:
    estimates = {"before": cell.before.rate, "after": cell.after.rate, "difference": cell.difference}
    return {name: ValueRead.model_validate(estimate) for name, estimate in estimates.items()}


COUNTS = ("seen", "looks", "people")


def _key(row: Row) -> tuple[str, str, str]:
    return (str(row.school_id or row.look_for_id or NONE), row.source.value, row.group.value)


def _page(unit: Unit, rows: Sequence[Row], query: ApplicationQuery) -> tuple[list[Row], str | None]:
    last = decode(unit, query, (str, str, str))
    after = tuple(last) if last else None
    rest = [row for row in sorted(rows, key=_key) if after is None or _key(row) > after]
    page = rest[: query.limit]
    return page, encode(unit, query, list(_key(page[-1]))) if len(rest) > len(page) else None
