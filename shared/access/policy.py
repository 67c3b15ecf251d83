"""The policy's words: conditions on a row and on who asks. Each is said once and read twice: as Python, of one row, and
as SQL, of a whole table. Which noun is whose to see is said with them in policies.py.

A row is granted by the first of its ways all of whose conditions hold. Nothing here reads the database or the clock:
the one who asks comes with the relationships that hold on the day that counts (copies.py, rights.py).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, not_, or_, true

from shared.access.principals import ActingPerson, Principal


class Row(Protocol):
    def __getitem__(self, name: str, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Of:
    """A row by its attributes: of a table, of a body, whatever has them."""

    it: Any

    def __getitem__(self, name: str, /) -> Any:
        return getattr(self.it, name)


ORGS = ".orgs"  # row["owner_id.orgs"]: where the owner is staff on the day that counts


class Action(StrEnum):
    SEE = "see"  # that it is there, with what is no content
    READ = "read"  # all of it
    RECORD = "record"  # make it
    CHANGE = "change"  # what it says, once it is there


class Because(StrEnum):
    """Why something is refused."""

    SCOPE = "scope"  # the client's token does not allow it
    PURPOSE = "purpose"  # no relationship with the person reaches what was recorded for this purpose
    RELATIONSHIP = "relationship"  # the person stands in no relationship that would allow it
    NOT_SHARED = "not_shared"  # it is not shared yet


@dataclass(frozen=True, slots=True)
class Ground:
    """What of the person's own it stands on: a relationship of a kind to an organisation or to another person."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Decision:
    granted: bool
    way: str | None = None
    grounds: tuple[Ground, ...] = ()
    because: Because | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """A noun's table for the conditions: its columns, the staff whom the person leads, the rows that it hangs on."""

    model: Any
    staff: Select[Any] | None = None
    parents: Mapping[tuple[str, Action], Select[Any]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return getattr(self.model, name)


class Condition(Protocol):
    def holds(self, who: Principal, row: Row) -> bool: ...

    def sql(self, who: Principal, columns: Columns) -> ColumnElement[bool]: ...

    def grounds(self, who: Principal, row: Row) -> Iterable[Ground]: ...


class OfRow:
    """A condition that stands on nothing of the person's."""

    def grounds(self, who: Principal, row: Row) -> Iterable[Ground]:  # noqa: ARG002 - the others need them
        return ()


class OfPerson(ABC):
    """A condition that some id of the row is among some of the person's."""

    column: str
    kind: str

    @abstractmethod
    def ids(self, person: ActingPerson) -> frozenset[UUID]: ...

    def holds(self, who: Principal, row: Row) -> bool:
        return who.person is not None and row[self.column] in self.ids(who.person)

    def sql(self, who: Principal, columns: Columns) -> ColumnElement[bool]:
        ids = self.ids(who.person) if who.person else frozenset()
        found: ColumnElement[bool] = columns[self.column].in_(sorted(ids)) if ids else false()
        return found

    def grounds(self, who: Principal, row: Row) -> Iterable[Ground]:  # noqa: ARG002 - some need both
        return (Ground(self.kind, row[self.column]),)


@dataclass(frozen=True, slots=True)
class Mine(OfPerson):
    """The person is the one that the column names, under whichever id."""

    column: str
    kind: str = "self"

    def ids(self, person: ActingPerson) -> frozenset[UUID]:
        return person.ids


@dataclass(frozen=True, slots=True)
class MineAmong:
    """The person is among those whom the column lists."""

    column: str

    def holds(self, who: Principal, row: Row) -> bool:
        return who.person is not None and who.person.is_one_of(*row[self.column])

    def sql(self, who: Principal, columns: Columns) -> ColumnElement[bool]:
        if who.person is None:
            return false()
        found: ColumnElement[bool] = columns[self.column].overlap(sorted(who.person.ids))
        return found

    def grounds(self, who: Principal, row: Row) -> Iterable[Ground]:
        return [Ground("self", id_) for id_ in row[self.column] if who.acts_as(id_)]


@dataclass(frozen=True, slots=True)
class Leads(OfPerson):
    """The person leads that organisation, or one above it."""

    column: str
    kind: str = "leads"

    def ids(self, person: ActingPerson) -> frozenset[UUID]:
        return person.led_orgs


@dataclass(frozen=True, slots=True)
class Administers(OfPerson):
    """The person leads it as an administrative leader."""

    column: str
    kind: str = "administers"

    def ids(self, person: ActingPerson) -> frozenset[UUID]:
        return person.administered_orgs


@dataclass(frozen=True, slots=True)
class BelongsTo(OfPerson):
    """The person is staff there."""

    column: str
    kind: str = "belongs_to"

    def ids(self, person: ActingPerson) -> frozenset[UUID]:
        return person.orgs


@dataclass(frozen=True, slots=True)
class Supports:
    """The person stands in one of these relationships to the one that the column names."""

    column: str
    kinds: tuple[str, ...]

    def holds(self, who: Principal, row: Row) -> bool:
        return who.person is not None and row[self.column] in who.person.supports(*self.kinds)

    def sql(self, who: Principal, columns: Columns) -> ColumnElement[bool]:
        ids = who.person.supports(*self.kinds) if who.person else frozenset()
        found: ColumnElement[bool] = columns[self.column].in_(sorted(ids)) if ids else false()
        return found

    def grounds(self, who: Principal, row: Row) -> Iterable[Ground]:
        target = row[self.column]
        return [Ground(kind, target) for kind in self.kinds if who.person and (kind, target) in who.person.supported]


@dataclass(frozen=True, slots=True)
class LeadsStaff:
    """The one that the column names is that day staff of an organisation that the person leads, or administers."""

    column: str
    orgs: str = "led_orgs"
    kind: str = "leads"

    def holds(self, who: Principal, row: Row) -> bool:
        return bool(self._shared(who, row))

    def sql(self, who: Principal, columns: Columns) -> ColumnElement[bool]:
        if who.person is None or not self.of(who.person) or columns.staff is None:
            return false()
        found: ColumnElement[bool] = columns[self.column].in_(columns.staff)
        return found

    def grounds(self, who: Principal, row: Row) -> Iterable[Ground]:
        return [Ground(self.kind, org) for org in sorted(self._shared(who, row))]

    def of(self, person: ActingPerson) -> frozenset[UUID]:
        found: frozenset[UUID] = getattr(person, self.orgs)
        return found

    def _shared(self, who: Principal, row: Row) -> frozenset[UUID]:
        return self.of(who.person) & frozenset(row[self.column + ORGS]) if who.person else frozenset()


@dataclass(frozen=True, slots=True)
class Is(OfRow):
    column: str
    values: tuple[Any, ...]

    def holds(self, who: Principal, row: Row) -> bool:  # noqa: ARG002 - whoever asks
        return row[self.column] in self.values

    def sql(self, who: Principal, columns: Columns) -> ColumnElement[bool]:  # noqa: ARG002 - whoever asks
        found: ColumnElement[bool] = columns[self.column].in_(self.values)
        return found


@dataclass(frozen=True, slots=True)
class Given(OfRow):
    """The column is filled. If only that is missing, the refusal says `otherwise`."""

    column: str
    otherwise: Because = Because.NOT_SHARED

    def holds(self, who: Principal, row: Row) -> bool:  # noqa: ARG002 - whoever asks
        return row[self.column] is not None

    def sql(self, who: Principal, columns: Columns) -> ColumnElement[bool]:  # noqa: ARG002 - whoever asks
        found: ColumnElement[bool] = columns[self.column].is_not(None)
        return found


@dataclass(frozen=True, slots=True)
class Not(OfRow):
    condition: Condition

    def holds(self, who: Principal, row: Row) -> bool:
        return not self.condition.holds(who, row)

    def sql(self, who: Principal, columns: Columns) -> ColumnElement[bool]:
        return not_(self.condition.sql(who, columns))


@dataclass(frozen=True, slots=True)
class HasScope(OfRow):
    scope: str

    def holds(self, who: Principal, row: Row) -> bool:  # noqa: ARG002 - whichever row
        return who.has(self.scope)

    def sql(self, who: Principal, columns: Columns) -> ColumnElement[bool]:  # noqa: ARG002 - whichever row
        return true() if who.has(self.scope) else false()


@dataclass(frozen=True, slots=True)
class Way:
    """One way to be allowed something: all of its conditions hold. Its name says who goes it."""

    name: str
    conditions: tuple[Condition, ...] = ()

    def and_also(self, *more: Condition) -> "Way":
        return Way(self.name, (*self.conditions, *more))


Ways = tuple[Way, ...]


def way(name: str, *conditions: Condition) -> Way:
    return Way(name, conditions)


ANYBODY: Ways = (way("staff"),)
ANY_MACHINE: Ways = (way("machine"),)
NOBODY: Ways = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """Whose one noun is. A machine is a client that acts for nobody: what it may is its scopes'.

    `read` is None where there is no content apart: who sees a row reads all of it.
    """

    kind: str
    scopes: tuple[str, ...]
    see: Ways
    read: Ways | None = None
    record: Ways = NOBODY
    change: Ways = NOBODY
    machine_sees: Ways = ANY_MACHINE
    machine_reads: Ways | None = None

    def ways(self, who: Principal, action: Action) -> Ways:
        if action in {Action.RECORD, Action.CHANGE}:
            return self.record if action is Action.RECORD else self.change
        sees, reads = (self.see, self.read) if who.person else (self.machine_sees, self.machine_reads)
        return sees if action is Action.SEE or reads is None else reads


@dataclass(frozen=True, slots=True)
class Within:
    """The row hangs on another one, which the person may see, or read. `name` is that one's in a row and in SQL."""

    column: str
    name: str
    policy: Policy
    action: Action = Action.SEE

    def holds(self, who: Principal, row: Row) -> bool:
        parent = row[self.name]
        return parent is not None and _granting(self.policy.ways(who, self.action), who, parent) is not None

    def sql(self, who: Principal, columns: Columns) -> ColumnElement[bool]:  # noqa: ARG002 - the parents know who
        found: ColumnElement[bool] = columns[self.column].in_(columns.parents[self.name, self.action])
        return found

    def grounds(self, who: Principal, row: Row) -> Iterable[Ground]:
        granting = _granting(self.policy.ways(who, self.action), who, row[self.name])
        return () if granting is None else _grounds(granting, who, row[self.name])


def decide(policy: Policy, who: Principal, action: Action, row: Row) -> Decision:
    """Say whether somebody may do this with a row, and by what, or why not."""
    if not who.scopes.intersection(policy.scopes):
        return Decision(granted=False, because=Because.SCOPE)
    return judge(policy, who, action, row)


def judge(policy: Policy, who: Principal, action: Action, row: Row) -> Decision:
    """Say the same without the scope, which a route has asked for already."""
    ways = policy.ways(who, action)
    granting = _granting(ways, who, row)
    if granting is not None:
        return Decision(granted=True, way=granting.name, grounds=_grounds(granting, who, row))
    return Decision(granted=False, because=_because(policy, ways, who, action, row))


def may(policy: Policy, who: Principal, action: Action, row: Row) -> bool:
    return _granting(policy.ways(who, action), who, row) is not None


def allowed(policy: Policy, who: Principal, columns: Columns, action: Action = Action.SEE) -> ColumnElement[bool]:
    """Say the same of a whole table, as SQL."""
    ways = policy.ways(who, action)
    return or_(false(), *(and_(true(), *(c.sql(who, columns) for c in one.conditions)) for one in ways))


def _granting(ways: Ways, who: Principal, row: Row) -> Way | None:
    return next((one for one in ways if all(c.holds(who, row) for c in one.conditions)), None)


def _grounds(granting: Way, who: Principal, row: Row) -> tuple[Ground, ...]:
    return tuple(dict.fromkeys(ground for c in granting.conditions for ground in c.grounds(who, row)))


def _because(policy: Policy, ways: Ways, who: Principal, action: Action, row: Row) -> Because:
    for one in ways:
        missing = [c for c in one.conditions if not c.holds(who, row)]
        if all(isinstance(c, Given) for c in missing):
            return next(c.otherwise for c in missing if isinstance(c, Given))
    sees = action is not Action.SEE and _granting(policy.ways(who, Action.SEE), who, row) is not None
    return Because.PURPOSE if sees or who.person is None else Because.RELATIONSHIP
