"""The one who asks: a client of a district, and perhaps a person for whom it acts.

Rights are the intersection of both: the client's scopes and what the person's relationships allow.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Self
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ActingPerson:
    """The person behind a request, with the relationships that hold on `day`: today, unless the past is judged.

    `led_orgs` has the organisations that the person leads and everything below them, `administered_orgs` those of them
    that the person leads as an administrative leader; `supported` the people whom the person coaches, mentors,
    supervises or evaluates, by kind; `absorbed` the duplicates that were merged into the person: rows made under those
    ids are the person's own.
    """

    id: UUID
    led_orgs: frozenset[UUID] = frozenset()
    orgs: frozenset[UUID] = frozenset()
    supported: frozenset[tuple[str, UUID]] = frozenset()
    absorbed: frozenset[UUID] = frozenset()
    administered_orgs: frozenset[UUID] = frozenset()
    day: date = date.min

    @property
    def ids(self) -> frozenset[UUID]:
        return self.absorbed | {self.id}

    def is_one_of(self, *people: UUID | None) -> bool:
        """Say whether one of these is the person, under whichever id."""
        return not self.ids.isdisjoint(people)

    def supports(self, *kinds: str) -> frozenset[UUID]:
        return frozenset(person for kind, person in self.supported if kind in kinds)


@dataclass(frozen=True, slots=True)
class Principal:
    district_id: UUID
    client_id: str
    scopes: frozenset[str] = field(default_factory=frozenset)
    person: ActingPerson | None = None

    @classmethod
    def system(cls, district_id: UUID) -> Self:
        """Stand for ourselves: jobs without a requester and effects of events."""
        return cls(district_id=district_id, client_id="system")

    @property
    def person_id(self) -> UUID | None:
        return self.person.id if self.person else None

    def acts_as(self, *people: UUID | None) -> bool:
        """Say whether it acts for one of these people."""
        return self.person is not None and self.person.is_one_of(*people)

    def has(self, scope: str) -> bool:
        return scope in self.scopes
