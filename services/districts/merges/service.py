"""Two ids of one person: the duplicate's rows go over to the other one, and its id goes on to resolve.

Locks are taken in one order, so that writers of the same people wait for each other and never in a circle: the roster
(shared: an import has it alone), the people's relationships, the rows that name them, the people themselves.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import col, select

from services.districts.changing import relationships_follow
from services.districts.merges import queries
from services.districts.merges.errors import (
    PersonArchived,
    PersonHasMerged,
    PersonNotMerged,
    RosterImportRunning,
)
from services.districts.merges.models import PersonMerge
from services.districts.merges.moving import NOUNS, move_all, rows_of
from services.districts.merges.undoing import give_back
from services.districts.oneroster.documents import count_up, write_documents
from services.districts.people.errors import PersonMerged
from services.districts.people.models import Person
from services.districts.people.queries import absorbed, visible_to
from services.districts.people.service import tell
from services.districts.relationships.deriving import lock, mark_staff
from shared.clock import new_id
from shared.errors import FieldError, Invalid, NotFound
from shared.units import Unit
from shared.writes import check_version, show, touch


async def merge_person(unit: Unit, person_id: UUID, into_id: UUID, *, even_if_archived: bool) -> Person:
    """Merge a duplicate into the person who it is; give that person. Doing so twice is the same as once."""
    if person_id == into_id:
        raise Invalid(errors=[FieldError("#/into", "self", "is the same person")])
    people = await _locked(unit, {person_id, into_id})
    person, into = people.get(person_id), people.get(into_id)
    if person is None:
        raise NotFound
    if into is None:
        raise Invalid(errors=[FieldError("#/into", "unknown", "is no member of staff of this district")])
    if person.merged_into == into_id:
        return show(unit, into)
    await _refuse(unit, person, into, even_if_archived=even_if_archived)
    check_version(unit, person.version)
    merge = PersonMerge(
        district_id=unit.district_id, id=new_id(), created_at=unit.now, updated_at=unit.now, person_id=person_id,
        into_id=into_id, was_archived_at=person.archived_at, moves=await move_all(unit, person_id, into_id),
    )  # fmt: skip
    unit.session.add(merge)
    touch(unit, person, {"archived_at": unit.now, "merged_into": into_id})
    await _settle(unit, person, into, "person.merged")
    return show(unit, into)


async def unmerge_person(unit: Unit, person_id: UUID) -> Person:
    """Take a merge back: what it moved returns, what it set aside holds again. Give the person who was merged."""
    into_id = await _into(unit, person_id)
    people = await _locked(unit, {person_id} | ({into_id} if into_id else set()))
    if (person := people.get(person_id)) is None:
        raise NotFound
    merge = await queries.open_merge(unit, person_id)
    if merge is None:
        if await queries.was_merged(unit, person_id):
            return show(unit, person)
        raise PersonNotMerged
    if merge.into_id not in people:  # merged anew between the look and the lock
        raise PersonMerged(merged_into=merge.into_id)
    check_version(unit, people[merge.into_id].version)
    # Whom the roster's source withdrew meanwhile is gone: that is no more ours to take back.
    is_withdrawn = person.archived_at != merge.created_at and person.row_hash is None
    touch(unit, person, {"merged_into": None, "archived_at": _archived(person, merge, is_withdrawn=is_withdrawn)})
    await give_back(unit, merge)
    touch(unit, merge, {"archived_at": unit.now})
    await _settle(unit, person, people[merge.into_id], "person.unmerged")
    return show(unit, person)


def _archived(person: Person, merge: PersonMerge, *, is_withdrawn: bool) -> object:
    return person.archived_at if is_withdrawn else merge.was_archived_at


async def _refuse(unit: Unit, person: Person, into: Person, *, even_if_archived: bool) -> None:
    """Refuse circles and chains, and who is archived unless somebody says that this is known."""
    for one in (person, into):
        if one.merged_into is not None:
            raise PersonMerged(f"{one.id} was merged into {one.merged_into}", merged_into=one.merged_into)
    if ids := (await absorbed(unit, [person.id])).get(person.id):
        raise PersonHasMerged(merged_ids=ids)
    archived = [one.id for one in (person, into) if one.archived_at is not None]
    if archived and not (even_if_archived and archived == [person.id]):
        raise PersonArchived(archived=archived)


async def _into(unit: Unit, person_id: UUID) -> UUID | None:
    statement = select(Person.merged_into).where(
        col(Person.district_id) == unit.district_id, col(Person.id) == person_id
    )
    return (await unit.session.execute(statement)).scalar_one_or_none()


async def _locked(unit: Unit, people: Iterable[UUID]) -> dict[UUID, Person]:
    """Lock the staff among these, and all that names them, in the order that every writer keeps."""
    moved = await unit.connection.fetchval(
        "select pg_try_advisory_xact_lock_shared(hashtextextended($1, 0))", f"roster/{unit.district_id}"
    )
    if not moved:
        raise RosterImportRunning(headers={"Retry-After": "5"})
    asked = sorted(set(people))
    await lock(unit.connection, unit.district_id, asked)
    for noun in NOUNS:
        for person_id in asked:
            await rows_of(unit, noun, person_id)
    statement = visible_to(unit.who).where(col(Person.id).in_(asked)).order_by(col(Person.id)).with_for_update()
    rows = (await unit.session.execute(statement.execution_options(populate_existing=True))).scalars()
    return {row.id: row for row in rows}


async def _settle(unit: Unit, person: Person, into: Person, kind: str) -> None:
    """Let what follows from roles follow, and tell of both."""
    into.version += 1
    into.updated_at = unit.now
    await unit.session.flush()
    await mark_staff(unit.connection, unit.district_id, unit.now, [person.id, into.id])
    await unit.session.refresh(person)
    await unit.session.refresh(into)
    tell(unit, person, kind, ("merged_into",))
    tell(unit, into, "person.changed", ("merged_ids",))
    await relationships_follow(unit, [person.id, into.id])
    await write_documents(unit.connection, unit.district_id, unit.now, [person.id, into.id])
    await count_up(unit.connection, unit.district_id)
