"""What a table keeps about people, said once for downloads, erasure and retention. SQL is of the row `t`.

In it `$1` is the district and `$2` the ids of the person: the person's own and those of merged duplicates.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

from shared.units import Unit

ERASED = "(erased)"
_NOTHING: Mapping[str, str] = MappingProxyType({})

States = Callable[[Unit, Sequence[UUID]], Awaitable[dict[UUID, Mapping[str, Any]]]]


@dataclass(frozen=True, slots=True)
class Told:
    """How a changed row is told: the event's type, its entity, and what gives the rows' states (contracts)."""

    type: str
    entity: str
    states: States


@dataclass(frozen=True, kw_only=True, slots=True)
class Personal:
    """`mine` finds a person's rows. What follows says how they leave, and what erasing leaves of them."""

    mine: str
    # download
    hidden: tuple[str, ...] = ()  # columns that say nothing about the person
    private: tuple[str, ...] = ()  # columns that are null in a download, where `private_when` holds
    private_when: str = "false"
    stays: str = ""  # why the rows are no part of a download
    # erasure
    erased: Mapping[str, str] = field(default_factory=lambda: _NOTHING)  # column -> what it becomes
    erased_of: str = ""  # which rows, if not all of `mine`
    deleted: bool = False
    kept: str = ""  # why erasing leaves the rows as they are
    told: Told | None = None
    versioned: bool = True  # has `version` and `updated_at`
    key: str = "id"
    # retention
    kind: str = ""  # the kind of retention rule that erases these rows
    since: str = ""  # the instant or day from which the years of that rule run


Rules = Mapping[str, Personal]


def lines_without(member: str, column: str) -> str:
    """SQL: a JSON array of objects with one of their members made unreadable, the rest as it is."""
    return f"""(select coalesce(jsonb_agg(case when line ? '{member}'
                  then line || jsonb_build_object('{member}', '{ERASED}') else line end order by place), '[]')
                from jsonb_array_elements({column}) with ordinality as lines (line, place))"""
