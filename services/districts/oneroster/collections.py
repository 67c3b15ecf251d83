"""What a OneRoster collection is, as data: where its rows are, how one reads as JSON, what one can ask of it.

Each is one `from` clause over `x`, the table's row, whose order is `x.id`. A member says how a filter or a sort sees
it; members of references are reached by a dotted path.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from services.districts.oneroster.documents import json_array, json_of, reference, shown


class Kind(Enum):
    TEXT = auto()
    NUMBER = auto()
    INSTANT = auto()
    DAY = auto()
    LIST = auto()
    STATUS = auto()  # the moment of archiving, which says whether it is active
    ROLES = auto()  # an expression over `r`, a role, and `ro`, its organisation: any of the user's roles may match


@dataclass(frozen=True, slots=True)
class Member:
    sql: str
    kind: Kind = Kind.TEXT
    stands_for: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # a word of 1.1 for several of 1.2


@dataclass(frozen=True, slots=True)
class Collection:
    """Rows of one kind. One within a parent has the parents' names, and `{0}`, `{1}` for their ids in its `where`."""

    path: str
    many: str
    one: str
    table: str
    document: str
    members: Mapping[str, Member]
    joins: str = ""
    where: str = ""
    parents: tuple[str, ...] = ()
    known: str = ""  # what must hold of the parents' ids, else it is a 404; "" lets nothing lie within nobody
    is_forgetful: bool = False  # who is deleted is shown only to whoever asks what changed
    versions: tuple[str, ...] = ("roster_versions",)  # whose counts tell that the rows may be others
    ready: str = field(default="")  # a table of ready documents, read instead where nothing is asked of the row itself


def base_asked(table: str) -> dict[str, Member]:
    return {
        "sourcedId": Member(shown("x", table)),
        "status": Member("x.archived_at", Kind.STATUS),
        "dateLastModified": Member("x.updated_at", Kind.INSTANT),
    }


def texts(**columns: str) -> dict[str, Member]:
    return {name: Member(f"x.{column}") for name, column in columns.items()}


def lists(**columns: str) -> dict[str, Member]:
    return {name: Member(f"x.{column}", Kind.LIST) for name, column in columns.items()}


def days(**columns: str) -> dict[str, Member]:
    return {name: Member(f"x.{column}", Kind.DAY) for name, column in columns.items()}


def join(table: str, alias: str, key: str) -> str:
    return f" left join districts.{table} {alias} on {alias}.district_id = x.district_id and {alias}.id = {key}"


def children(table: str, path: str, kind: str) -> str:
    return f"""(select {json_array(reference(path, kind, shown("k", table)), shown("k", table))}
        from districts.{table} k where k.district_id = x.district_id and k.parent_id = x.id
        and k.archived_at is null)"""


def column(name: str) -> str:
    return json_of(f"x.{name}")
