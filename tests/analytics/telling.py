"""Tell analytics what its peers' feeds would: contract states, through the same subscriptions that the worker runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.analytics.events import SUBSCRIPTIONS
from shared.clock import new_id, now
from shared.contracts.districts import OrgState, PersonState, RelationshipState
from shared.contracts.observations import ObservationState
from shared.contracts.state import State
from shared.feed.events import FeedEvent
from shared.testing.stack import District

NOTHING = dict.fromkeys(
    (
        "framework_version_id",
        "class_id",
        "scheduled_at",
        "submitted_at",
        "shared_at",
        "read_at",
        "responded_at",
        "locked_at",
    )
)


@dataclass
class Told:
    district: District

    async def tell(self, entity: str, *states: State) -> None:
        events = [
            FeedEvent(
                1, str(new_id()), f"{entity}.told", self.district.id, entity, s.id, now(), s.model_dump(mode="json")
            )
            for s in states
        ]
        publisher = "observations" if entity == "observations" else "districts"
        (subscription,) = (s for s in SUBSCRIPTIONS if s.publisher == publisher)
        async with self.database.transaction(self.district.id) as connection:
            await subscription.apply(connection, self.district.id, events)

    async def rows(self, statement: str, *given: Any) -> list[tuple[Any, ...]]:
        async with self.database.transaction(self.district.id) as connection:
            return [tuple(row) for row in await connection.fetch(statement, *given)]

    @property
    def database(self):
        return self.district.stack.runtimes["analytics"].database

    async def school(self, name: str = "School", parent: UUID | None = None) -> UUID:
        school = new_id()
        org = OrgState(id=school, version=1, archived=False, name=name, type="school", parent_id=parent)
        await self.tell("orgs", org)
        return school

    async def leader(self, *orgs: UUID) -> UUID:
        person = new_id()
        state = PersonState(id=person, version=1, archived=False, given_name="Lee", family_name="Der")
        await self.tell("people", state)
        await self.tell("relationships", *(tie(person, org, kind="leads") for org in orgs))
        return person

    async def teachers(self, school: UUID, count: int, **dates: date | None) -> list[UUID]:
        teachers = [new_id() for _ in range(count)]
        await self.tell("relationships", *(tie(teacher, school, **dates) for teacher in teachers))
        return teachers


def tie(
    person: UUID, org: UUID, begin: date | None = None, end: date | None = None, *, kind: str = "teaches_at",
    withdrawn: datetime | None = None, known_as: UUID | None = None, version: int = 1,
) -> RelationshipState:  # fmt: skip
    return RelationshipState(
        id=known_as or new_id(), version=version, archived=withdrawn is not None, archived_at=withdrawn,
        person_id=person, kind=kind, org_id=org, begin_date=begin, end_date=end,
    )  # fmt: skip


def observed(
    teacher: UUID, school: UUID, observed_at: datetime | None, *, hours: float | None = None,
    due_hours: float | None = 48, **more: Any,
) -> ObservationState:  # fmt: skip
    """One that took place, with its feedback so many hours later, or none yet."""
    due = observed_at + timedelta(hours=due_hours) if observed_at and due_hours is not None else None
    shared = observed_at + timedelta(hours=hours) if observed_at and hours is not None else None
    given = NOTHING | {
        "id": new_id(), "version": 1, "archived": False, "purpose": "coaching", "type": "walkthrough",
        "state": "shared" if shared else "submitted", "observer_id": new_id(), "teacher_id": teacher,
        "school_id": school, "observed_at": observed_at, "shared_at": shared, "feedback_due_at": due,
        "source": "live", "scores": [], "look_fors": [], "next_steps": 0,
    } | more  # fmt: skip
    return ObservationState(**given)


def levels(*given: tuple[UUID, int | str]) -> Sequence[dict[str, Any]]:
    return [{"indicator_id": indicator, "level": level} for indicator, level in given]


def marks(*given: tuple[UUID, int | str]) -> Sequence[dict[str, Any]]:
    return [{"look_for_id": look_for, "mark": mark} for look_for, mark in given]
