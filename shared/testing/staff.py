"""A small staff for a test's district, put where the feed of districts would put it: into every local copy."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from shared.access.copying import TYPES
from shared.access.purposes import LeaderClass
from shared.clock import new_id, now
from shared.contracts.districts import OrgState, PersonState, RelationshipState
from shared.contracts.state import State
from shared.feed.events import FeedEvent
from shared.settings import SERVICE_NAMES
from shared.testing.stack import District


@dataclass
class Staff:
    """One district org, its schools, and people by name."""

    district: District
    org: UUID = field(default_factory=new_id)
    schools: list[UUID] = field(default_factory=list)
    people: dict[str, UUID] = field(default_factory=dict)
    _held: list[FeedEvent] | None = field(default=None, repr=False)

    def __getitem__(self, name: str) -> UUID:
        return self.people[name]

    async def school(self, name: str = "School") -> UUID:
        school = new_id()
        self.schools.append(school)
        await self._tell(
            "orgs", OrgState(id=school, version=1, archived=False, name=name, type="school", parent_id=self.org)
        )
        return school

    async def person(
        self,
        name: str,
        *ties: tuple[str, UUID],
        begin: date | None = None,
        end: date | None = None,
        leader_class: str = LeaderClass.ADMINISTRATIVE,
    ) -> UUID:
        """Add a person with ties: ("teaches_at", school), ("leads", org), ("coaches", person) ..."""
        person = self.people.setdefault(name, new_id())
        await self._tell(
            "people", PersonState(id=person, version=1, archived=False, given_name=name, family_name="Test", email=None)
        )
        for kind, target in ties:
            await self.tie(new_id(), name, kind, target, begin=begin, end=end, leader_class=leader_class)
        return person

    async def tie(
        self,
        tie: UUID,
        name: str,
        kind: str,
        target: UUID,
        *,
        version: int = 1,
        begin: date | None = None,
        end: date | None = None,
        leader_class: str = LeaderClass.ADMINISTRATIVE,
    ) -> None:
        """Put a relationship of somebody's, or with a higher version change one."""
        if name not in self.people:
            await self.person(name)
        to_org = kind in {"teaches_at", "leads", "works_at"}
        await self._tell(
            "relationships",
            RelationshipState(
                id=tie, version=version, archived=False, person_id=self.people[name], kind=kind, begin_date=begin,
                end_date=end, org_id=target if to_org else None, target_person_id=None if to_org else target,
                leader_class=leader_class if kind == "leads" else None,
            ),
        )  # fmt: skip

    async def start(self) -> "Staff":
        await self._tell("orgs", OrgState(id=self.org, version=1, archived=False, name="District", type="district"))
        return self

    async def _tell(self, entity: str, state: State) -> None:
        data: dict[str, Any] = state.model_dump(mode="json")
        event = FeedEvent(1, str(new_id()), f"{entity}.told", self.district.id, entity, state.id, now(), data)
        if self._held is None:
            await self._apply([event])
        else:
            self._held.append(event)

    @asynccontextmanager
    async def at_once(self) -> AsyncIterator[None]:
        """Hold what is told and apply it as one batch, as a pull of the feed would."""
        self._held = []
        yield
        held, self._held = self._held, None
        await self._apply(held)

    async def _apply(self, events: list[FeedEvent]) -> None:
        for name in SERVICE_NAMES:
            database = self.district.stack.runtimes[name].database
            # A service may draw more than its copies from the same events.
            (kept,) = (s for s in self.district.stack.work[name].subscriptions if s.types >= TYPES)
            async with database.transaction(self.district.id) as connection:
                await kept.apply(connection, self.district.id, events)
                # As a batch of the feed would; where the feed is, is not ours to say.
                await connection.execute(
                    f"update {name}.feed_cursors set updated_at = $1 where publisher = 'districts'", now()
                )


async def small_staff(district: District) -> Staff:
    """A superintendent, a school with a principal, a coach and two teachers, and a teacher of another school."""
    staff = Staff(district)
    async with staff.at_once():
        await staff.start()
        school, other = await staff.school("North"), await staff.school("South")
        await staff.person("superintendent", ("leads", staff.org))
        await staff.person("principal", ("leads", school))
        await staff.person("teacher", ("teaches_at", school))
        await staff.person("colleague", ("teaches_at", school))
        await staff.person("stranger", ("teaches_at", other))
        await staff.person("coach", ("teaches_at", school), ("coaches", staff["teacher"]))
    return staff
