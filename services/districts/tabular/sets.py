"""Many rows put at once: the rules of one at a time, asked of all of them together, in as many statements as for one.

Whoever writes one row of the noun waits meanwhile, so what was looked up stays true, and overlaps are found in memory:
a row of the file meets those that are stored and those that went in before it.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlmodel import col

from shared.errors import Conflict, FieldError, Invalid
from shared.models import Resource
from shared.units import Unit
from shared.writes import touch

Key = tuple[str, ...]
R = TypeVar("R", bound=Resource)


@dataclass(frozen=True, slots=True)
class Proposal(Generic[R]):
    """What a row of the file comes to: the values of a row that is stored, or of a new one."""

    id: UUID
    stored: R | None
    values: dict[str, Any]


@dataclass(frozen=True)
class Sets(Generic[R]):
    """How rows of a noun go in together. `check` gives the faults of each, but for overlaps."""

    model: type[R]
    series: tuple[str, ...]
    overlaps: type[Conflict]
    lock: Callable[[Unit], Awaitable[None]]
    check: Callable[[Unit, Sequence[Proposal[R]]], Awaitable[list[list[FieldError]]]]
    announce: Callable[[Unit, R, tuple[str, ...]], object]
    own: Mapping[str, Any] = field(default_factory=dict)  # what a row that is put by hand has besides
    among: tuple[ColumnElement[bool], ...] = ()  # with which of the others a row must not overlap
    follow: Callable[[Unit, Collection[R]], Awaitable[None]] | None = None


@dataclass(slots=True)
class Held:
    """Which rows of which series hold when."""

    rows: dict[Key, dict[UUID, tuple[date, date]]] = field(default_factory=lambda: defaultdict(dict))
    places: dict[UUID, Key] = field(default_factory=dict)

    def put(self, row_id: UUID, key: Key, begin: date | None, end: date | None) -> None:
        self.rows[self.places.get(row_id, key)].pop(row_id, None)
        self.rows[key][row_id] = (begin or date.min, end or date.max)
        self.places[row_id] = key

    def meets(self, row_id: UUID, key: Key, begin: date | None, end: date | None) -> tuple[UUID, date, date] | None:
        first, last = begin or date.min, end or date.max
        for other, (start, stop) in self.rows[key].items():
            if other != row_id and start <= last and first <= stop:
                return other, start, stop
        return None


async def put_many(unit: Unit, sets: Sets[R], proposals: Sequence[Proposal[R]]) -> list[list[FieldError]]:
    """Put what can be put; give the faults of each, none of those that went in."""
    faults = await sets.check(unit, proposals)
    held = await _held(unit, sets, proposals)
    accepted = []
    for proposal, own in zip(proposals, faults, strict=True):
        place = (proposal.id, _key(sets, proposal.values), proposal.values["begin_date"], proposal.values["end_date"])
        if own:
            continue
        if met := held.meets(*place):
            own.append(_overlap(sets, *met))
            continue
        held.put(*place)
        accepted.append(proposal)
    await _write(unit, sets, accepted)
    return faults


def _key(sets: Sets[R], values: Mapping[str, Any]) -> Key:
    return tuple(str(values[name]) for name in sets.series)


def _overlap(sets: Sets[R], other: UUID, begin: date, end: date) -> FieldError:
    since = "ever" if begin == date.min else begin
    until = "on" if end == date.max else f"to {end}"
    return FieldError("#", sets.overlaps.kind().rsplit(":", 1)[1], f"{other} holds from {since} {until}")


async def _held(unit: Unit, sets: Sets[R], proposals: Sequence[Proposal[R]]) -> Held:
    its: Any = sets.model
    first = sets.series[0]
    columns = [getattr(its, name) for name in sets.series]
    statement = select(its.id, its.begin_date, its.end_date, *columns).where(
        col(its.district_id) == unit.district_id,
        its.archived_at.is_(None),
        getattr(its, first).in_({proposal.values[first] for proposal in proposals}),
        *sets.among,
    )
    held = Held()
    for row_id, begin, end, *key in (await unit.session.execute(statement)).all():
        held.put(row_id, tuple(map(str, key)), begin, end)
    return held


async def _write(unit: Unit, sets: Sets[R], accepted: Sequence[Proposal[R]]) -> None:
    written: list[tuple[R, tuple[str, ...]]] = []
    for proposal in accepted:
        values = {**proposal.values, **sets.own}
        if proposal.stored is None:
            row = sets.model(
                district_id=unit.district_id, id=proposal.id, created_at=unit.now, updated_at=unit.now, **values
            )
            unit.session.add(row)
            written.append((row, tuple(values)))
        else:
            written.append((proposal.stored, touch(unit, proposal.stored, values)))
    await unit.session.flush()
    for row, changed in written:
        sets.announce(unit, row, changed)
    if sets.follow is not None and written:
        await sets.follow(unit, [row for row, _ in written])


async def unknown(
    unit: Unit, check: Callable[[Unit, Mapping[str, UUID | None]], Awaitable[None]], proposals: Sequence[Proposal[R]],
    *names: str,
) -> list[list[FieldError]]:  # fmt: skip
    """Ask the check of one row's references about those of all rows; give the faults of each."""
    found: list[list[FieldError]] = [[] for _ in proposals]
    asked = {f"{n} #/{name}": proposal.values[name] for n, proposal in enumerate(proposals) for name in names}
    try:
        await check(unit, asked)
    except Invalid as error:
        for fault in error.errors:
            place, pointer = fault.pointer.split(" ", 1)
            found[int(place)].append(FieldError(pointer, fault.code, fault.message))
    return found


def joined(*faults: Sequence[list[FieldError]]) -> list[list[FieldError]]:
    """Give of each row the first kind of fault that it has."""
    return [next((list(kind) for kind in kinds if kind), []) for kinds in zip(*faults, strict=True)]
