from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col

from services.districts.calendars import rules
from services.districts.calendars.models import Calendar
from services.districts.calendars.queries import calendars_of, chain_of, chains_of, visible_to
from services.districts.calendars.schemas import CalendarPatch, CalendarWrite, StretchQuery
from services.districts.dated import PeriodOverlaps, alone, order_faults, refuse_overlap, share
from services.districts.orgs.service import check_orgs
from services.districts.tabular.sets import Proposal, Sets, joined, unknown
from shared.contracts.districts import CalendarState
from shared.errors import FieldError, Invalid
from shared.units import Unit
from shared.writes import announce, archive_row, change_row, changes, load, put_row, repeated, show, stored_row

SERIES = ("org_id",)
_LISTS = ("days", "bell_schedules")


def values_of(body: CalendarWrite) -> dict[str, Any]:
    return _plain(body)


async def put_calendar(unit: Unit, calendar_id: UUID, body: CalendarWrite) -> Calendar:
    values = values_of(body)
    await share(unit, Calendar)
    stored = await stored_row(unit, Calendar, visible_to(unit.who), calendar_id)
    if done := repeated(unit, stored, values):
        return done
    await _check(unit, calendar_id, values)
    row, changed = await put_row(unit, Calendar, calendar_id, stored, values)
    return _announced(unit, row, changed)


async def get_calendar(unit: Unit, calendar_id: UUID, *, lock: bool = False) -> Calendar:
    return await load(unit, visible_to(unit.who).where(col(Calendar.id) == calendar_id), lock=lock)


async def patch_calendar(unit: Unit, calendar_id: UUID, patch: CalendarPatch) -> Calendar:
    await share(unit, Calendar)
    row = await get_calendar(unit, calendar_id, lock=True)
    given = _plain(patch, only_set=True)
    if changes(row, given):
        await _check(unit, calendar_id, row.model_dump(include=set(CalendarWrite.model_fields)) | given)
    return _announced(unit, row, await change_row(unit, row, given))


async def archive_calendar(unit: Unit, calendar_id: UUID) -> Calendar:
    row = await get_calendar(unit, calendar_id, lock=True)
    return _announced(unit, row, archive_row(unit, row))


async def days_of(
    unit: Unit, calendar_id: UUID, query: StretchQuery
) -> tuple[Calendar, list[rules.Level], list[rules.SchoolDay]]:
    """Give what each day of the stretch is, as far as the calendar goes, and the calendars that say so."""
    row = await get_calendar(unit, calendar_id)
    end = row.end_date or row.begin_date
    first, last = max(query.from_ or row.begin_date, row.begin_date), min(query.to or end, end)
    if query.from_ and query.to and query.to < query.from_:
        raise Invalid(errors=[FieldError("#/query/to", "order", "must not lie before from")])
    levels = [_level(row), *await _above(unit, row.model_dump())]
    return row, levels, rules.days_between(levels, first, last)


async def _above(unit: Unit, values: dict[str, Any]) -> list[rules.Level]:
    above = (await chain_of(unit, values["org_id"]))[1:]
    calendars = await calendars_of(unit, above, values["begin_date"], values["end_date"]) if above else []
    return [_level(calendar) for calendar in calendars]


def _level(row: Calendar) -> rules.Level:
    days = {listed["date"]: listed for listed in row.days}
    end = row.end_date or row.begin_date
    return rules.Level(row.begin_date, end, row.time_zone, row.weekdays, days, row.bell_schedules)


def _plain(body: CalendarWrite, *, only_set: bool = False) -> dict[str, Any]:
    """Give the values as they are stored: lists as JSON, in an order of their own, so that equal ones are equal."""
    values = body.model_dump(exclude_unset=only_set)
    as_json = body.model_dump(mode="json", exclude_unset=only_set, include=set(_LISTS))
    if only_set:  # inside a list nothing was left out: what is not said there has its default
        as_json = body.model_dump(mode="json", include=set(_LISTS) & set(values))
    if "days" in as_json:
        as_json["days"].sort(key=lambda listed: listed["date"])
    if values.get("weekdays") is not None:
        values["weekdays"] = sorted(set(values["weekdays"]))
    return values | as_json


async def _check(unit: Unit, calendar_id: UUID, values: dict[str, Any]) -> None:
    if errors := order_faults(values):
        raise Invalid(errors=errors)
    await check_orgs(unit, {"#/org_id": values["org_id"]})
    if errors := rules.faults(values, await _above(unit, values)):
        raise Invalid(errors=errors)
    await refuse_overlap(unit, Calendar, calendar_id, values, SERIES)


def _announced(unit: Unit, row: Calendar, changed: Sequence[str]) -> Calendar:
    announce(unit, "calendar.changed", "calendars", row, CalendarState.of(row), tuple(changed))
    return show(unit, row)


async def _check_many(unit: Unit, proposals: Sequence[Proposal[Calendar]]) -> list[list[FieldError]]:
    own = [order_faults(proposal.values) for proposal in proposals]
    return joined(own, await unknown(unit, check_orgs, proposals, "org_id"), await _below_others(unit, proposals))


async def _below_others(unit: Unit, proposals: Sequence[Proposal[Calendar]]) -> list[list[FieldError]]:
    """Check each below the calendars that are stored above it; one of this file counts once it is in."""
    chains = await chains_of(unit, {p.values["org_id"] for p in proposals})
    above = {org: chain[1:] for org, chain in chains.items()}
    first = min(p.values["begin_date"] for p in proposals)
    last = max(p.values["end_date"] for p in proposals)
    orgs = list(dict.fromkeys(org for chain in above.values() for org in chain))
    levels: dict[UUID, list[rules.Level]] = {org: [] for org in orgs}
    for calendar in await calendars_of(unit, orgs, first, last) if orgs else ():
        levels[calendar.org_id].append(_level(calendar))
    found = []
    for proposal in proposals:
        begin, end = proposal.values["begin_date"], proposal.values["end_date"]
        its = [level for org in above[proposal.values["org_id"]] for level in levels[org]]
        counting = [level for level in its if level.begin <= end and begin <= level.end]
        found.append(rules.faults(proposal.values, counting))
    return found


SETS = Sets(Calendar, SERIES, PeriodOverlaps, lambda unit: alone(unit, Calendar), _check_many, _announced)
