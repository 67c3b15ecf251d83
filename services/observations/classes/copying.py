"""Keep every version of classes and courses, and let the observations follow: those in them, and those that changed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import orjson

from services.observations.classes.queries import classes_of, refresh
from services.observations.observations.rules import PAST
from shared.clients.districts import read_states
from shared.clock import now
from shared.database import Connection
from shared.feed.events import BATCH_LIMIT, FeedEvent
from shared.feed.subscriber import Subscription
from shared.peers import Peers

_COLUMNS = "id uuid, version int, archived bool, changed_at timestamptz, title text, subjects text[], grades text[]"
_TABLES = {
    "courses": ("copied_courses", _COLUMNS),
    "classes": (
        "copied_classes",
        _COLUMNS + ", org_id uuid, course_id uuid, periods text[], begin_date date, end_date date",
    ),
}
_TYPES = frozenset({"class.changed", "classes.batch_changed", "course.changed", "courses.batch_changed"})
_VISITED = frozenset({"observation.changed"} | {f"observation.{verb}" for verb in PAST.values()})


def _insert(table: str, columns: str) -> str:
    names = ", ".join(column.split()[0] for column in columns.split(", "))
    return f"""insert into observations.{table} (district_id, {names})
               select $1, {names} from json_to_recordset($2::json) as r ({columns})
               on conflict (district_id, id, version) do nothing"""


_INSERTS = {entity: _insert(*said) for entity, said in _TABLES.items()}


async def expand(peers: Peers, events: list[FeedEvent]) -> list[FeedEvent]:
    """Read the states back in bulk: an event of the roster names rows and tells nothing of them."""
    named: defaultdict[tuple[UUID, str], dict[UUID, FeedEvent]] = defaultdict(dict)
    for event in events:
        ids = [UUID(one) for one in event.data["ids"]] if event.is_batch else [event.entity_id]
        named[event.district_id, event.entity].update(dict.fromkeys(ids, event))
    told = []
    for (district_id, entity), by_id in named.items():
        ids = list(by_id)
        for start in range(0, len(ids), BATCH_LIMIT):
            states = await read_states(peers["districts"], district_id, entity, ids[start : start + BATCH_LIMIT])
            told += [replace(by_id[one.id], entity_id=one.id, data=one.model_dump(mode="json")) for one in states]
    return told


async def apply(connection: Connection, district_id: UUID, events: list[FeedEvent]) -> None:
    for entity, statement in _INSERTS.items():
        states = [event.data for event in events if event.entity == entity]
        if states:
            await connection.execute(statement, district_id, orjson.dumps(states).decode())
    classes = _ids(events, "classes") | await classes_of(connection, district_id, _ids(events, "courses"))
    await refresh(connection, district_id, now(), classes=classes)


async def apply_visits(connection: Connection, district_id: UUID, events: list[FeedEvent]) -> None:
    in_class = {UUID(event.data["id"]) for event in events}
    await refresh(connection, district_id, now(), observations=in_class)


def _ids(events: Sequence[FeedEvent], entity: str) -> set[UUID]:
    return {event.entity_id for event in events if event.entity == entity}


CLASSES = Subscription(publisher="districts", types=_TYPES, expand=expand, apply=apply)
VISITED = Subscription(publisher="observations", types=_VISITED, apply=apply_visits)
