"""The rows that go over with a person: what each is held against, and how its change is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select

from services.districts.enrollments.models import Enrollment
from services.districts.leaves.models import Leave
from services.districts.leaves.service import SERIES as LEAVES
from services.districts.merges.rules import Fate, Held, fates
from services.districts.people.models import Role
from services.districts.relationships.models import Relationship
from services.districts.relationships.rules import FIXED, Span
from services.districts.relationships.service import state_of
from services.districts.role_grants.models import RoleGrant
from services.districts.role_grants.service import SERIES as GRANTS
from services.districts.role_grants.service import tell as tell_grant
from services.districts.staff_assignments.models import StaffAssignment
from services.districts.staff_assignments.service import SERIES as ASSIGNMENTS
from services.districts.tables import ROSTER
from services.districts.user_profiles.models import UserProfile
from shared.contracts.districts import LeaveState, StaffAssignmentState
from shared.models import Resource
from shared.units import Unit
from shared.writes import announce, touch

HOLDER, TARGET = "person_id", "target_person_id"


@dataclass(frozen=True)
class Noun:
    """`series` names what may hold once at a time; `columns` are those that name a person."""

    model: Any
    series: tuple[str, ...] = ()
    columns: tuple[str, ...] = (HOLDER,)
    tell: Callable[[Unit, Any, tuple[str, ...]], None] | None = None

    @property
    def table(self) -> str:
        return str(self.model.__tablename__)


def _seat(unit: Unit, row: Enrollment, changed: tuple[str, ...]) -> None:
    if row.role != "student":
        state = {"id": row.id, "version": row.version, "archived": row.archived_at is not None}
        announce(unit, "enrollment.changed", "enrollments", row, state, changed)


def _tie(unit: Unit, row: Relationship, changed: tuple[str, ...]) -> None:
    announce(unit, "relationship.changed", "relationships", row, state_of(row).model_dump(), changed)


def _assignment(unit: Unit, row: StaffAssignment, changed: tuple[str, ...]) -> None:
    announce(unit, "staff_assignment.changed", "staff-assignments", row, StaffAssignmentState.of(row), changed)


def _leave(unit: Unit, row: Leave, changed: tuple[str, ...]) -> None:
    announce(unit, "leave.changed", "leaves", row, LeaveState.of(row), changed)


# Students' results and demographics stay with the id under which the source brought them.
NOUNS = (
    Noun(Relationship, FIXED, (HOLDER, TARGET), _tie),
    Noun(StaffAssignment, ASSIGNMENTS, tell=_assignment),
    Noun(Leave, LEAVES, tell=_leave),
    Noun(RoleGrant, GRANTS, tell=tell_grant),
    Noun(Role),
    Noun(Enrollment, tell=_seat),
    Noun(UserProfile),
)
BY_TABLE = {noun.table: noun for noun in NOUNS}


async def rows_of(unit: Unit, noun: Noun, person_id: UUID) -> Sequence[Any]:
    """Give, and lock, the rows that name this person."""
    statement = (
        select(noun.model)
        .where(
            col(noun.model.district_id) == unit.district_id,
            or_(*(col(getattr(noun.model, name)) == person_id for name in noun.columns)),
        )
        .order_by(col(noun.model.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    rows: Sequence[Any] = (await unit.session.execute(statement)).scalars().all()
    return rows


async def move_all(unit: Unit, person_id: UUID, into_id: UUID) -> list[dict[str, Any]]:
    """Let the one take over the rows of the other; give what was done, so that it can be undone."""
    moves = []
    for noun in NOUNS:
        rows = await rows_of(unit, noun, person_id)
        beside = [row for row in await rows_of(unit, noun, into_id) if row not in rows]
        said = fates(
            [_held(noun, row, person_id, into_id) for row in rows],
            [_held(noun, row, person_id, into_id) for row in beside],
        )
        for row in rows:
            if said[row.id] == Fate.SET_ASIDE:
                moves.append(change(unit, noun, row, {"archived_at": unit.now}))
            elif said[row.id] == Fate.MOVED:
                named = [name for name in noun.columns if getattr(row, name) == person_id]
                moves.append(change(unit, noun, row, dict.fromkeys(named, into_id)))
    return moves


def change(unit: Unit, noun: Noun, row: Resource, values: dict[str, Any]) -> dict[str, Any]:
    """Set these values, tell of it, and note what they were."""
    old = {name: getattr(row, name) for name in values}
    changed = touch(unit, row, values)
    if noun.tell is not None:
        noun.tell(unit, row, changed)
    return {"table": noun.table, "id": str(row.id), "old": written(old), "new": written(values)}


def written(values: dict[str, Any]) -> dict[str, str | None]:
    return {name: None if value is None else str(value) for name, value in values.items()}


def _held(noun: Noun, row: Any, person_id: UUID, into_id: UUID) -> Held:
    people = {name: into_id if getattr(row, name) == person_id else getattr(row, name) for name in noun.columns}
    series = tuple(people.get(name, getattr(row, name)) for name in noun.series) if noun.series else None
    return Held(
        row.id,
        series,
        Span.of(getattr(row, "begin_date", None), getattr(row, "end_date", None)),
        is_reflexive=people.get(TARGET) == people[HOLDER],
        is_active=row.archived_at is None,
        yields=getattr(row, "source", None) == ROSTER,
        denies=getattr(row, "denied", False),
    )


def entity_of(table: str) -> str:
    return table.replace("_", "-")
