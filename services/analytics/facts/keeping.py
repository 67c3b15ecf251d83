"""Keep the newest state of each entity as a row, and what hangs on it as rows of their own.

One statement takes a whole chunk of events. A row takes a state only if it is newer than its own, so a replay, a late
event and a chunk applied twice all end the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from shared.database import Connection
from shared.feed.events import FeedEvent, newest


@dataclass(frozen=True, slots=True)
class Kept:
    """An entity of a feed and its table; `columns` name members of the state with their PostgreSQL types."""

    entity: str
    table: str
    columns: str

    @property
    def upsert(self) -> str:
        names = [column.split()[0] for column in self.columns.split(",")]
        return f"""
            insert into analytics.{self.table} as f (district_id, id, version, archived, {", ".join(names)})
            select $1, r.* from json_to_recordset($2::json)
              as r (id uuid, version int, archived bool, {self.columns})
            on conflict (district_id, id) do update set version = excluded.version, archived = excluded.archived,
              {", ".join(f"{name} = excluded.{name}" for name in names)}
            where f.version < excluded.version
            returning id"""


@dataclass(frozen=True, slots=True)
class Hanging:
    """Rows that hang on an entity: dropped and put again whenever a newer state of it is taken.

    `rows` selects the `columns` from $2, the states with their id and `members`; the first column says whose they are.
    """

    table: str
    columns: tuple[str, ...]
    members: str
    rows: str


async def keep(
    connection: Connection, district_id: UUID, kept: Kept, events: Sequence[FeedEvent], *hanging: Hanging
) -> None:
    states = [event.data for event in newest(event for event in events if event.entity == kept.entity)]
    if not states:
        return
    rows = await connection.fetch(kept.upsert, district_id, _text(states))
    taken = {row["id"] for row in rows}
    changed = [state for state in states if UUID(state["id"]) in taken]
    for part in hanging if changed else ():
        await _put_again(connection, district_id, part, changed)


async def _put_again(connection: Connection, district_id: UUID, part: Hanging, states: list[dict[str, Any]]) -> None:
    parents = [UUID(state["id"]) for state in states]
    await connection.execute(
        f"delete from analytics.{part.table} where district_id = $1 and {part.columns[0]} = any ($2)",
        district_id,
        parents,
    )
    await connection.execute(
        f"""insert into analytics.{part.table} (district_id, {", ".join(part.columns)})
            select $1, {part.rows} on conflict do nothing""",
        district_id,
        _text([{"id": state["id"], part.members: state[part.members]} for state in states]),
    )


def _text(rows: list[dict[str, Any]]) -> str:
    return orjson.dumps(rows).decode()
