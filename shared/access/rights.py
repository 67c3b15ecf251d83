"""From a district's staff and their relationships to what one person is on a day. Pure: the same as copies.py asks of
PostgreSQL in one statement, said so that it can be explained, and held against that statement by a test."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.access.policy import Ground
from shared.access.principals import ActingPerson
from shared.access.purposes import LeaderClass


@dataclass(frozen=True, slots=True)
class Known:
    archived: bool = False
    merged_into: UUID | None = None


@dataclass(frozen=True, slots=True)
class Place:
    parent_id: UUID | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Tie:
    """A relationship: of a person to an organisation, or to another person."""

    id: UUID
    person_id: UUID
    kind: str
    org_id: UUID | None = None
    target_person_id: UUID | None = None
    begin_date: date | None = None
    end_date: date | None = None
    archived: bool = False
    leader_class: str | None = None

    def holds_on(self, day: date) -> bool:
        return (
            not self.archived
            and (self.begin_date is None or self.begin_date <= day)
            and (self.end_date is None or self.end_date >= day)
        )


@dataclass(frozen=True, slots=True)
class Roster:
    people: Mapping[UUID, Known]
    orgs: Mapping[UUID, Place]
    ties: Sequence[Tie]

    def itself(self, person_id: UUID) -> UUID:
        """Give the id under which somebody goes on: who was merged into another is that other one."""
        known = self.people.get(person_id)
        return known.merged_into or person_id if known else person_id

    def names_of(self, person_id: UUID) -> frozenset[UUID]:
        """Give every id of the same person."""
        itself = self.itself(person_id)
        return frozenset({itself, *(id_ for id_, known in self.people.items() if known.merged_into == itself)})

    def ties_of(self, person_id: UUID) -> list[Tie]:
        names = self.names_of(person_id)
        return [tie for tie in self.ties if tie.person_id in names]

    def below(self, tops: Iterable[UUID]) -> frozenset[UUID]:
        """Give these organisations and all that stand below them; what is archived ends there."""
        found: set[UUID] = set()
        waiting = list(tops)
        while waiting:
            top = waiting.pop()
            if top not in found:
                found.add(top)
                waiting += [id_ for id_, place in self.orgs.items() if place.parent_id == top and not place.archived]
        return frozenset(found)


def person_on(roster: Roster, person_id: UUID, day: date) -> ActingPerson | None:
    """Give what somebody is on a day; None for nobody, and for who has left."""
    itself = roster.itself(person_id)
    if itself not in roster.people or roster.people[itself].archived:
        return None
    ties = [tie for tie in roster.ties_of(itself) if tie.holds_on(day)]
    return ActingPerson(
        id=itself,
        absorbed=roster.names_of(itself) - {itself},
        led_orgs=roster.below(tie.org_id for tie in ties if tie.org_id and tie.kind == "leads"),
        administered_orgs=roster.below(tie.org_id for tie in ties if tie.org_id and administers(tie)),
        orgs=frozenset(tie.org_id for tie in ties if tie.org_id),
        supported=frozenset(
            (tie.kind, name)
            for tie in ties
            if tie.target_person_id
            for name in roster.names_of(tie.target_person_id) | {tie.target_person_id}
        ),
        day=day,
    )


def administers(tie: Tie) -> bool:
    return tie.kind == "leads" and tie.leader_class == LeaderClass.ADMINISTRATIVE


def orgs_on(roster: Roster, person_id: UUID, day: date) -> frozenset[UUID]:
    """Give where somebody is staff on a day."""
    return frozenset(tie.org_id for tie in roster.ties_of(person_id) if tie.org_id and tie.holds_on(day))


def giving(roster: Roster, person_id: UUID, ground: Ground) -> list[Tie]:
    """Give the relationships that give somebody this ground, on whichever day: some may have ended, or not begun."""
    ties = roster.ties_of(person_id)
    if ground.kind in {"leads", "administers"}:
        of_kind = [tie for tie in ties if tie.kind == "leads" and (ground.kind == "leads" or administers(tie))]
        return [tie for tie in of_kind if tie.org_id and ground.id in roster.below([tie.org_id])]
    if ground.kind == "belongs_to":
        return [tie for tie in ties if tie.org_id == ground.id]
    return [
        tie
        for tie in ties
        if tie.kind == ground.kind and tie.target_person_id and ground.id in roster.names_of(tie.target_person_id)
    ]
