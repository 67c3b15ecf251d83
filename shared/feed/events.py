"""What happened, in its three shapes: as code says it, as the outbox keeps it, as a peer reads it.

The outbox keeps the finished CloudEvent (1.0, structured JSON) as text, rendered once by the writer, so that serving
the feed is joining strings. A batch event names up to `BATCH_LIMIT` ids and no state; its subscribers read them back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

BATCH_LIMIT = 1000
BATCH_SUFFIX = ".batch_changed"


@dataclass(frozen=True, slots=True)
class Event:
    """`type` is past tense (`observation.shared`), `entity` the plural noun, `data` the full state after the change."""

    type: str
    entity: str
    id: UUID | None  # None for a batch
    data: dict[str, Any]
    changed: tuple[str, ...] = ()

    @classmethod
    def batch(cls, entity: str, ids: list[UUID]) -> "Event":
        if len(ids) > BATCH_LIMIT:
            raise ValueError(f"a batch event names at most {BATCH_LIMIT} ids, not {len(ids)}")
        return cls(type=entity + BATCH_SUFFIX, entity=entity, id=None, data={"ids": ids})


@dataclass(slots=True)
class FeedEvent:
    """An event as a subscriber gets it; `entity_id` of a batch is the event's own id.

    Not frozen, which would make it eight times as dear to build, and they come in tens of thousands a second.
    """

    position: int
    id: str
    type: str
    district_id: UUID
    entity: str
    entity_id: UUID
    time: datetime
    data: dict[str, Any] = field(default_factory=dict)
    changed: tuple[str, ...] = ()

    @property
    def is_batch(self) -> bool:
        return self.type.endswith(BATCH_SUFFIX)


def render(service: str, event: Event, district_id: UUID, now: datetime, event_id: UUID) -> str:
    """The CloudEvent as the outbox keeps it. The feed puts the position in front when it serves the row."""
    subject = event.entity if event.id is None else f"{event.entity}/{event.id}"
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": f"/{service}",
            "type": event.type,
            "subject": subject,
            "time": now,
            "datacontenttype": "application/json",
            "district": district_id,
            "changed": event.changed,
            "data": event.data,
        },
        default=plain,
        option=orjson.OPT_UTC_Z,
    ).decode()


def parse(event: dict[str, Any]) -> FeedEvent:
    """One element of a feed page, back from JSON."""
    entity, _, entity_id = event["subject"].partition("/")
    return FeedEvent(
        position=event["position"],
        id=event["id"],
        type=event["type"],
        district_id=_district(event["district"]),
        entity=entity,
        entity_id=UUID(entity_id or event["id"]),
        time=datetime.fromisoformat(event["time"]),
        data=event["data"],
        changed=tuple(event["changed"]),
    )


# A page holds few districts; making a UUID is a third of the work on an event.
_district = lru_cache(maxsize=1000)(UUID)


def newest(events: Iterable[FeedEvent]) -> list[FeedEvent]:
    """Keep of each entity the event with the newest state, since one statement may touch a row only once."""
    kept: dict[tuple[str, UUID], FeedEvent] = {}
    for event in events:
        key = (event.entity, event.entity_id)
        if key not in kept or kept[key].data["version"] <= event.data["version"]:
            kept[key] = event
    return list(kept.values())


def plain(value: object) -> object:
    """What orjson does not know by itself. Decimals stay exact, as pydantic writes them too."""
    if isinstance(value, Decimal | UUID):  # asyncpg's UUID is a subclass, which orjson leaves to us
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} does not belong in an event")
