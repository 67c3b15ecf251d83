from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col

from services.districts.dated import PeriodOverlaps, alone, order_faults, refuse_overlap, share
from services.districts.orgs.service import check_orgs
from services.districts.school_attributes import rules
from services.districts.school_attributes.models import SchoolAttributes
from services.districts.school_attributes.queries import stands_above_schools, visible_to
from services.districts.school_attributes.schemas import SchoolAttributesPatch, SchoolAttributesWrite
from services.districts.tabular.sets import Proposal, Sets, joined, unknown
from shared.contracts.districts import SchoolAttributesState
from shared.errors import FieldError, Invalid
from shared.units import Unit
from shared.writes import announce, archive_row, change_row, changes, load, put_row, repeated, show, stored_row

SERIES = ("org_id",)


def values_of(body: SchoolAttributesWrite) -> dict[str, Any]:
    return _plain(body.model_dump())


async def put_school_attributes(unit: Unit, attributes_id: UUID, body: SchoolAttributesWrite) -> SchoolAttributes:
    values = values_of(body)
    await share(unit, SchoolAttributes)
    stored = await stored_row(unit, SchoolAttributes, visible_to(unit.who), attributes_id)
    if done := repeated(unit, stored, values):
        return done
    await _check(unit, attributes_id, values)
    row, changed = await put_row(unit, SchoolAttributes, attributes_id, stored, values)
    return _announced(unit, row, changed)


async def get_school_attributes(unit: Unit, attributes_id: UUID, *, lock: bool = False) -> SchoolAttributes:
    return await load(unit, visible_to(unit.who).where(col(SchoolAttributes.id) == attributes_id), lock=lock)


async def patch_school_attributes(unit: Unit, attributes_id: UUID, patch: SchoolAttributesPatch) -> SchoolAttributes:
    await share(unit, SchoolAttributes)
    row = await get_school_attributes(unit, attributes_id, lock=True)
    given = _plain(patch.model_dump(exclude_unset=True))
    if changes(row, given):
        await _check(unit, attributes_id, row.model_dump(include=set(SchoolAttributesWrite.model_fields)) | given)
    return _announced(unit, row, await change_row(unit, row, given))


async def archive_school_attributes(unit: Unit, attributes_id: UUID) -> SchoolAttributes:
    row = await get_school_attributes(unit, attributes_id, lock=True)
    return _announced(unit, row, archive_row(unit, row))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Give words as words, and of the counts those that are known."""
    plain = {name: str(value) if name in _WORDS and value is not None else value for name, value in values.items()}
    if (counts := values.get("enrollment")) is not None:
        plain["enrollment"] = {group: students for group, students in counts.items() if students is not None}
    return plain


_WORDS = frozenset({"title_i", "locale", "designation"})


async def _check(unit: Unit, attributes_id: UUID, values: dict[str, Any]) -> None:
    counts = values["enrollment"] is not None
    above_schools = counts and await stands_above_schools(unit, values["org_id"])
    if errors := _own_faults(values, above_schools=above_schools):
        raise Invalid(errors=errors)
    await check_orgs(unit, {"#/org_id": values["org_id"]})
    await refuse_overlap(unit, SchoolAttributes, attributes_id, values, SERIES)


def _own_faults(values: dict[str, Any], *, above_schools: bool) -> list[FieldError]:
    errors = order_faults(values)
    if values["enrollment"] is not None:
        errors += rules.faults(values["enrollment"])
        if above_schools:
            errors.append(FieldError("#/enrollment", "above_schools", "say it of the schools: here it is their sum"))
    return errors


def _announced(unit: Unit, row: SchoolAttributes, changed: tuple[str, ...]) -> SchoolAttributes:
    state = SchoolAttributesState.of(row)
    announce(unit, "school_attributes.changed", "school-attributes", row, state, changed)
    return show(unit, row)


async def _check_many(unit: Unit, proposals: Sequence[Proposal[SchoolAttributes]]) -> list[list[FieldError]]:
    above = {org for org in {p.values["org_id"] for p in proposals} if await stands_above_schools(unit, org)}
    own = [_own_faults(p.values, above_schools=p.values["org_id"] in above) for p in proposals]
    return joined(
        own,
        await unknown(unit, check_orgs, proposals, "org_id"),
    )


SETS = Sets(
    SchoolAttributes, SERIES, PeriodOverlaps, lambda unit: alone(unit, SchoolAttributes), _check_many, _announced
)
