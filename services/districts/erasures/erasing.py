"""Whom an erasure is about, and what it does in this service besides what every table's rule says."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.districts.changing import person_changed
from services.districts.data_exports.records import ids_of
from services.districts.erasures.models import Erasure
from services.districts.erasures.records import check_not_held
from services.districts.erasures.remembering import remember
from services.districts.erasures.rules import ErasureSubject
from services.districts.legal_holds.records import held_people
from services.districts.personal import PERSONAL
from services.districts.retention.rules import RetentionKind, cutoff
from shared.privacy.erasing import Of, erase, told
from shared.units import Unit


@dataclass(frozen=True, slots=True)
class Subjects:
    """`people` are erased whole; of each kind goes what is older than its instant, but what is of the `held`."""

    people: tuple[UUID, ...]
    older: dict[str, datetime]
    held: tuple[UUID, ...] = ()

    def each(self) -> Iterator[Of]:
        if self.people:
            yield Of(self.people)
        for kind, before in self.older.items():
            yield Of(self.held, kind, before)


async def subjects_of(unit: Unit, row: Erasure) -> Subjects:
    if row.subject == ErasureSubject.PERSON and row.person_id is not None:
        people = await ids_of(unit, row.person_id)
        await check_not_held(unit, people)
        return Subjects(tuple(people), {})
    held = tuple(await held_people(unit))
    older = {
        kind: cutoff(row.created_at, years) for kind, years in row.years.items() if kind != RetentionKind.FORMER_PEOPLE
    }
    left = row.years.get(RetentionKind.FORMER_PEOPLE)
    people = await _left_before(unit, cutoff(row.created_at, left), held) if left else []
    return Subjects(tuple(people), older, held)


async def _left_before(unit: Unit, before: datetime, held: tuple[UUID, ...]) -> list[UUID]:
    """Give the staff archived before then whom nothing holds and nobody has erased. Students are the roster's."""
    rows = await unit.connection.fetch(
        """select p.id from districts.people p where p.district_id = $1 and p.archived_at < $2 and p.is_staff
             and not p.id = any($3) and p.sourced_id <> 'erased-' || p.id::text order by p.id""",
        unit.district_id, before, list(held),
    )  # fmt: skip
    return [UUID(int=row["id"].int) for row in rows]


async def erase_here(unit: Unit, of: Of) -> dict[str, Any]:
    if not of.kind:
        await remember(unit.connection, unit.district_id, of.people, unit.now)
    touched = await erase(unit, PERSONAL, of)
    for person_id in touched.get("people", []):
        await person_changed(unit, UUID(int=person_id.int))
    return told(touched)
