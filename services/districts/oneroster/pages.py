"""One page of a collection in one statement, and its total, which is counted once for each version of the roster.

The order is that of the ids unless a sort is asked for. `Link: rel="next"` carries the last id of the page beside the
offset, so the far end costs what the first page costs; whoever counts offsets up by hand starts from the nearest
place that is remembered, or from the end if that is nearer.

A filter or a parent leaves few rows, which are found first and then put in order, or many, among which the page is met
soon on the way along the ids. The total says which, so no plan rests on a guess about values not seen yet.
"""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import asyncpg

from services.districts.oneroster import filters
from services.districts.oneroster.collections import Collection, Kind
from services.districts.oneroster.documents import is_called, narrowed, shown
from services.districts.oneroster.errors import TooBroad
from services.districts.oneroster.paths import address
from services.districts.oneroster.places import Memory
from shared.errors import NotFound
from shared.units import Unit

ZERO, LAST = UUID(int=0), UUID(int=2**128 - 1)
FEW = 2000  # rows that are sorted rather than met on the way
_FORGOTTEN = re.compile(r"\b(?:status|dateLastModified)\b")


@dataclass(frozen=True, slots=True)
class Asked:
    limit: int = 100
    offset: int = 0
    after: UUID | None = None
    sort: str | None = None
    descending: bool = False
    filter: str | None = None
    within: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        return not self.filter and not self.within


@dataclass(frozen=True, slots=True)
class Found:
    body: bytes  # the documents, parted by commas, still without the public address
    count: int
    total: int
    last: UUID | None


@dataclass(frozen=True, slots=True)
class Window:
    """Where a page lies: so many rows past an id, in the order of the ids or against it."""

    after: UUID
    offset: int
    limit: int
    backwards: bool = False


def _version(collection: Collection) -> str:
    counts = (
        f"coalesce((select version from districts.{table} where district_id = $1), 0)" for table in collection.versions
    )
    return " + ".join(counts)


def _living(collection: Collection, given: str | None) -> str:
    """Give the condition that leaves the deleted out, where a collection forgets them and nobody asks what changed."""
    asks = given is not None and _FORGOTTEN.search(given)
    return " and x.archived_at is null" if collection.is_forgetful and not asks else ""


async def read_page(unit: Unit, memory: Memory, collection: Collection, asked: Asked, seconds: float) -> Found:
    key = (unit.district_id, collection.path, asked.within, asked.filter)
    order = _order(collection, asked)
    if asked.filter or order is not None:
        await _limit_time(unit, seconds)
    try:
        if order is not None or not asked.is_plain or not memory.knows(key, asked.offset, asked.after):
            version, is_named = await _look(unit, collection)
            total = await _total(unit, memory, collection, asked, version, is_named=is_named)
        else:
            version, is_named, total = None, False, memory.total(key) or 0
        window = _window(memory, key, asked, total) if order is None else Window(ZERO, asked.offset, asked.limit)
        row = await _fetch(unit, collection, asked, window, order, is_few=total <= FEW, is_named=is_named)
        if row["version"] != version:
            total = await _total(unit, memory, collection, asked, row["version"], is_named=is_named)
    except asyncpg.QueryCanceledError:
        raise TooBroad from None
    if order is None and row["count"]:
        if asked.offset:
            memory.keep_place(key, row["version"], asked.offset, UUID(int=row["first"].int - 1))
        memory.keep_place(key, row["version"], asked.offset + row["count"], row["last"])
    return Found(row["body"] or b"", row["count"], total, row["last"])


async def _look(unit: Unit, collection: Collection) -> tuple[int, bool]:
    """Give the version of what is counted, and whether rows are shown under ids of another system (naming.py)."""
    row = await unit.connection.fetchrow(
        f"""select {_version(collection)} as version, exists (select from districts.districts
              where district_id = $1 and id = $1 and shown_source is not null) as named""",
        unit.district_id,
    )
    return (row["version"], row["named"]) if row else (0, False)


async def _fetch(
    unit: Unit, collection: Collection, asked: Asked, window: Window, order: str | None, *, is_few: bool, is_named: bool
) -> asyncpg.Record:
    parameters: list[Any] = [unit.district_id, window.after]
    source, document, condition = _source(collection, asked, parameters, ready=order is None)
    condition, order = narrowed(condition, is_named=is_named), order and narrowed(order, is_named=is_named)
    direction = "desc" if window.backwards else "asc"
    bound = "x.id < $2" if window.backwards else "x.id > $2"
    picked = f"order by {order or f'x.id {direction}'} limit {window.limit} offset {window.offset}"
    if is_few and order is None and not asked.is_plain:
        rows = f"""with found as materialized (select x.id {source} where {condition} and {bound})
                   select x.id, {document} as body {source} where x.district_id = $1
                     and x.id = any(array(select x.id from found x {picked})) order by x.id {direction}"""
    else:
        rows = f"select x.id, {document} as body {source} where {condition} and {bound} {picked}"
    if window.backwards:
        rows = f"select * from ({rows}) turned order by id"
    row = await unit.connection.fetchrow(
        f"""select {_version(collection)} as version,
                   p.body, cardinality(p.ids) as count, p.ids[1] as first, p.ids[cardinality(p.ids)] as last
            from (select convert_to(string_agg(d.body, ','), 'UTF8') as body, coalesce(array_agg(d.id), '{{}}') as ids
                  from ({rows}) d) p""",
        *parameters,
    )
    if row is None:
        raise RuntimeError("an aggregate gives a row")
    return row


async def read_one(unit: Unit, collection: Collection, sourced_id: str) -> bytes | None:
    condition = (f"and {collection.where}" if collection.where else "") + _living(collection, None)
    text = await unit.connection.fetchval(
        f"""select {collection.document} from districts.{collection.table} x{collection.joins}
            where x.district_id = $1 and {is_called("x", collection.table, "$2")} {condition}""",
        unit.district_id,
        sourced_id,
    )
    return None if text is None else str(text).encode()


def _order(collection: Collection, asked: Asked) -> str | None:
    """Give the order if it is not that of the ids. A field that cannot be sorted by is no sort."""
    member = collection.members.get(asked.sort) if asked.sort else None
    if member is None or member.kind is Kind.ROLES:
        return None
    direction = "desc" if asked.descending else "asc"
    sourced_id = shown("x", collection.table)
    if asked.sort == "sourcedId":
        return f"{sourced_id} {direction}"
    collation = ' collate "C"' if member.kind is Kind.TEXT else ""
    sql = f"({member.sql} is not null)" if member.kind is Kind.STATUS else f"{member.sql}{collation}"
    return f"{sql} {direction} nulls last, {sourced_id}, x.id"


def _window(memory: Memory, key: tuple[Any, ...], asked: Asked, total: int) -> Window:
    if asked.after is not None:
        return Window(asked.after, 0, asked.limit)
    offset, after = memory.place(key, asked.offset) if asked.offset else (0, ZERO)
    behind = total - asked.offset
    if 0 < behind < asked.offset - offset:
        shown = min(asked.limit, behind)
        return Window(LAST, behind - shown, shown, backwards=True)
    return Window(after, asked.offset - offset, asked.limit)


def _source(collection: Collection, asked: Asked, parameters: list[Any], *, ready: bool) -> tuple[str, str, str]:
    """Give the from clause, the document and the condition; of the ready documents alone if nothing else is asked."""
    if ready and collection.ready and asked.is_plain and not collection.where:
        documents = f"(select district_id, person_id as id, body from districts.{collection.ready})"
        return f"from {documents} x", "x.body", "x.district_id = $1"
    conditions = [f"x.district_id = $1{_living(collection, asked.filter)}"]
    if collection.where:
        parameters.extend(asked.within)
        first = len(parameters) - len(asked.within) + 1
        places = [f"${first + number}" for number in range(len(asked.within))]
        conditions.append(collection.where.format(*places))
    if asked.filter:
        conditions.append(filters.to_sql(filters.parse(asked.filter), collection.members, parameters))
    joins, document = collection.joins, collection.document
    if collection.ready:
        joins += f" left join districts.{collection.ready} d on d.district_id = x.district_id and d.person_id = x.id"
        document = "d.body"
    return f"from districts.{collection.table} x{joins}", document, " and ".join(conditions)


async def _limit_time(unit: Unit, seconds: float) -> None:
    """What has no index may scan, though not for long: whoever waits is not the only one."""
    await unit.connection.execute(f"set local statement_timeout = {int(seconds * 1000)}")


async def _total(
    unit: Unit, memory: Memory, collection: Collection, asked: Asked, version: int, *, is_named: bool
) -> int:
    key = (unit.district_id, collection.path, asked.within, asked.filter)
    known = memory.total(key, version)
    if known is not None:
        return known
    parameters: list[Any] = [unit.district_id]
    source, _, condition = _source(collection, asked, parameters, ready=False)
    condition = narrowed(condition, is_named=is_named)
    total = int(await unit.connection.fetchval(f"select count(*) {source} where {condition}", *parameters))
    memory.keep_total(key, version, total)
    return total


async def check_parents(unit: Unit, collection: Collection, within: tuple[str, ...]) -> None:
    """Say NotFound where the standard wants a 404 for what lies within nobody."""
    known = collection.known.format(*(f"${number + 2}" for number in range(len(within))))
    if known and not await unit.connection.fetchval(f"select {known}", unit.district_id, *within):
        raise NotFound


def envelope(name: str, content: bytes, *, many: bool) -> bytes:
    start, end = (b'":[', b"]}") if many else (b'":', b"}")
    return b"".join((b'{"', name.encode(), start, content, end))  # a page is large: copied once, not at each plus


def links(base: str, collection: Collection, asked: Asked, found: Found, kept: list[tuple[str, str]]) -> str:
    """Write the Link header: absolute, with filter, sort and fields as they were given."""
    page = f"{base}/{address(collection, asked.within)}?{urlencode([*kept, ('limit', asked.limit)])}"

    def link(relation: str, offset: int, cursor: str = "") -> str:
        return f'<{page}&offset={offset}{cursor}>; rel="{relation}"'

    result = [link("first", 0)]
    if asked.offset:
        result.append(link("prev", max(0, asked.offset - asked.limit)))
    following = asked.offset + found.count
    if found.count == asked.limit and following < found.total:
        result.append(link("next", following, "" if asked.sort or found.last is None else f"&after={found.last}"))
    result.append(link("last", max(0, found.total - 1) // asked.limit * asked.limit))
    return ", ".join(result)
