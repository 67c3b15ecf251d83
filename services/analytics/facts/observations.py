"""Apply the feed of observations to the facts: a few statements for a whole chunk of events, whatever its size.

A row takes a state only if it is newer than its own, so a replay, a late event and a chunk applied twice all end the
same. Scores and look-fors follow the states that were taken; what did not change is not written.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from shared.database import Connection
from shared.feed.events import FeedEvent, newest

ENTITY = "observations"

_COLUMNS = """version int, purpose text, type text, subject text, lane text, rating_kind text, state text,
    framework_version_id uuid, observer_id uuid, teacher_id uuid, school_id uuid, class_id uuid,
    scheduled_at timestamptz, observed_at timestamptz, submitted_at timestamptz, shared_at timestamptz,
    read_at timestamptz, responded_at timestamptz, followed_up_at timestamptz, locked_at timestamptz,
    feedback_due_at timestamptz, next_steps int, source text, archived bool"""
_NAMES = [column.split()[0] for column in _COLUMNS.split(",")]

_OBSERVATIONS = f"""
insert into analytics.fact_observations as f (district_id, id, {", ".join(_NAMES)})
select $1, r.* from json_to_recordset($2::json) as r (id uuid, {_COLUMNS})
on conflict (district_id, id) do update set {", ".join(f"{name} = excluded.{name}" for name in _NAMES)}
where f.version < excluded.version
returning id"""


@dataclass(frozen=True, slots=True)
class Part:
    """What hangs on an observation: a member of its state with a key, and a number or a word for why there is none."""

    table: str
    member: str
    key: str
    given: str
    number: str


PARTS = (
    Part("fact_scores", member="scores", key="indicator_id", given="level", number="level"),
    Part("fact_look_fors", member="look_fors", key="look_for_id", given="mark", number="count"),
)


async def apply(connection: Connection, district_id: UUID, events: list[FeedEvent]) -> None:
    states = [event.data for event in newest(event for event in events if event.entity == ENTITY)]
    if not states:
        return
    rows = await connection.fetch(_OBSERVATIONS, district_id, orjson.dumps(states).decode())
    taken = {row["id"] for row in rows}
    changed = [state for state in states if UUID(state["id"]) in taken]
    for part in PARTS:
        await _replace(connection, district_id, part, changed)


async def _replace(connection: Connection, district_id: UUID, part: Part, states: list[dict[str, Any]]) -> None:
    """Make these observations' rows what their states say: drop what is gone, put what is new or different."""
    given = orjson.dumps([{"id": state["id"], "parts": state[part.member]} for state in states]).decode()
    rows = f"""
        select distinct on (r.id, p.{part.key}) r.id, p.{part.key},
               case when p.{part.given} ~ '^[0-9]+$' then p.{part.given}::int end as {part.number},
               case when p.{part.given} !~ '^[0-9]+$' then p.{part.given} end as word
        from json_to_recordset($2::json) as r (id uuid, parts json)
        cross join lateral json_to_recordset(r.parts) as p ({part.key} uuid, {part.given} text)"""
    await connection.execute(
        f"""delete from analytics.{part.table} old using json_to_recordset($2::json) as r (id uuid)
            where old.district_id = $1 and old.observation_id = r.id
              and not exists (select from ({rows}) p
                              where p.id = old.observation_id and p.{part.key} = old.{part.key})""",
        district_id,
        given,
    )
    await connection.execute(
        f"""insert into analytics.{part.table} as old (district_id, observation_id, {part.key}, {part.number}, word)
            select $1, p.* from ({rows}) p
            on conflict (district_id, observation_id, {part.key})
              do update set {part.number} = excluded.{part.number}, word = excluded.word
            where (old.{part.number}, old.word) is distinct from (excluded.{part.number}, excluded.word)""",
        district_id,
        given,
    )
