"""One page of a collection in one statement, and its total, which is counted once for each version of the roster.

The order is that of the ids unless a sort is asked for. `Link: rel="next"` carries the last id of the page beside the
offset, so the far end costs what the first page costs; whoever counts offsets up by hand starts from the nearest
remembered beginning of a page.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from services.districts.oneroster import filters
from services.districts.oneroster.collections import Collection
from services.districts.oneroster.documents import BASE
from shared.units import Unit

ZERO = UUID(int=0)
_REMEMBERED = 5000


@dataclass(frozen=True, slots=True)
class Asked:
    limit: int = 100
    offset: int = 0
    after: UUID | None = None
    sort: str | None = None
    descending: bool = False
    filter: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    body: bytes  # the documents, parted by commas, still without the public address
    count: int
    total: int
    last: UUID | None


@dataclass(slots=True)
class Memory:
    """What was counted, and after which id a page begins, by district, collection and filter.

    Each is worth as much as the version of the roster that stands with it.
    """

    totals: "OrderedDict[tuple[Any, ...], tuple[int, int]]" = field(default_factory=OrderedDict)
    places: "OrderedDict[tuple[Any, ...], tuple[int, UUID]]" = field(default_factory=OrderedDict)

    def keep(self, known: "OrderedDict[tuple[Any, ...], Any]", key: tuple[Any, ...], value: Any) -> None:
        known[key] = value
        known.move_to_end(key)
        if len(known) > _REMEMBERED:
            known.popitem(last=False)


async def read_page(unit: Unit, memory: Memory, collection: Collection, asked: Asked) -> Found:
    key = (unit.district_id, collection.path, asked.filter)
    order, by_id = _order(collection, asked)
    after, offset = _start(memory, key, asked) if by_id else (ZERO, asked.offset)
    parameters: list[Any] = [unit.district_id, after]
    source, document = _source(collection, asked, parameters, ready=by_id)
    row = await unit.connection.fetchrow(
        f"""select coalesce((select version from districts.roster_versions where district_id = $1), 0) as version,
                   p.body, cardinality(p.ids) as count, p.ids[1] as first, p.ids[cardinality(p.ids)] as last
            from (select string_agg(d.body, ',') as body, coalesce(array_agg(d.id), '{{}}') as ids
                  from (select x.id, {document} as body {source} order by {order}
                        limit {asked.limit} offset {offset}) d) p""",
        *parameters,
    )
    if row is None:
        raise RuntimeError("an aggregate gives a row")
    total = await _total(unit, memory, collection, asked, row["version"])
    if by_id and row["count"]:
        before = UUID(int=row["first"].int - 1)
        memory.keep(memory.places, (*key, asked.offset), (row["version"], before))
        memory.keep(memory.places, (*key, asked.offset + row["count"]), (row["version"], row["last"]))
    return Found((row["body"] or "").encode(), row["count"], total, row["last"])


async def read_one(unit: Unit, collection: Collection, sourced_id: str) -> bytes | None:
    condition = f"and {collection.where}" if collection.where else ""
    text = await unit.connection.fetchval(
        f"""select {collection.document} from districts.{collection.table} x{collection.joins}
            where x.district_id = $1 and x.sourced_id = $2 {condition}""",
        unit.district_id,
        sourced_id,
    )
    return None if text is None else str(text).encode()


def _order(collection: Collection, asked: Asked) -> tuple[str, bool]:
    """Give the order, and whether it is that of the ids. A field that cannot be sorted by is no sort."""
    member = collection.members.get(asked.sort) if asked.sort else None
    if member is None or "r." in member.sql:
        return "x.id", True
    direction = "desc nulls last" if asked.descending else "asc nulls last"
    return f"{member.sql} {direction}, x.sourced_id, x.id", False


def _start(memory: Memory, key: tuple[Any, ...], asked: Asked) -> tuple[UUID, int]:
    """Find the id after which to start, and how many rows to pass over from there."""
    if asked.after is not None:
        return asked.after, 0
    known = memory.places.get((*key, asked.offset))
    version = memory.totals.get(key, (None, 0))[0]
    if asked.offset and known is not None and known[0] == version:
        return known[1], 0
    return ZERO, asked.offset


def _source(collection: Collection, asked: Asked, parameters: list[Any], *, ready: bool) -> tuple[str, str]:
    """Give the from and where clauses, and the document; from the ready documents alone where nothing else is asked."""
    if ready and collection.ready and not asked.filter and not collection.where:
        documents = f"(select district_id, person_id as id, body from districts.{collection.ready})"
        return f"from {documents} x where x.district_id = $1 and x.id > $2", "x.body"
    conditions = ["x.district_id = $1", "x.id > $2", *([collection.where] if collection.where else [])]
    if asked.filter:
        conditions.append(filters.to_sql(filters.parse(asked.filter), collection.members, parameters))
    joins, document = collection.joins, collection.document
    if collection.ready:
        joins += f" left join districts.{collection.ready} d on d.district_id = x.district_id and d.person_id = x.id"
        document = "d.body"
    return f"from districts.{collection.table} x{joins} where {' and '.join(conditions)}", document


async def _total(unit: Unit, memory: Memory, collection: Collection, asked: Asked, version: int) -> int:
    key = (unit.district_id, collection.path, asked.filter)
    known = memory.totals.get(key)
    if known is not None and known[0] == version:
        return known[1]
    parameters: list[Any] = [unit.district_id, ZERO]
    source, _ = _source(collection, asked, parameters, ready=False)
    total = int(await unit.connection.fetchval(f"select count(*) {source}", *parameters))
    memory.keep(memory.totals, key, (version, total))
    return total


def envelope(name: str, body: bytes, base: str, *, many: bool) -> bytes:
    """Wrap documents and put the public address into their links."""
    content = body.replace(BASE, b'"href":"' + base.encode())
    return b'{"' + name.encode() + (b'":[' + content + b"]}" if many else b'":' + content + b"}")


def links(base: str, collection: Collection, asked: Asked, found: Found, kept: list[tuple[str, str]]) -> str:
    """Write the Link header: absolute, with filter, sort and fields as they were given."""

    def link(relation: str, offset: int, **more: str) -> str:
        query = urlencode([*kept, ("limit", str(asked.limit)), ("offset", str(offset)), *more.items()])
        return f'<{base}/{collection.path}?{query}>; rel="{relation}"'

    result = [link("first", 0)]
    if asked.offset:
        result.append(link("prev", max(0, asked.offset - asked.limit)))
    following = asked.offset + found.count
    if found.count == asked.limit and following < found.total:
        cursor = {} if asked.sort or found.last is None else {"after": str(found.last)}
        result.append(link("next", following, **cursor))
    result.append(link("last", max(0, found.total - 1) // asked.limit * asked.limit))
    return ", ".join(result)
