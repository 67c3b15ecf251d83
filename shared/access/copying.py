"""Keep the local copies: every service subscribes to districts with this.

The feed of an import names ids in batches; they are read back in bulk before the transaction opens. An older version
never overwrites a newer one, so replay and late batches are harmless.
"""

from collections import defaultdict
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson

from shared.clients.districts import read_states
from shared.database import Connection
from shared.feed.events import FeedEvent, newest
from shared.feed.subscriber import Subscription
from shared.peers import Peers

ENTITIES = ("people", "orgs", "relationships")
TYPES = frozenset(
    {"person.changed", "person.merged", "person.unmerged", "org.changed", "relationship.changed"}
    | {"client.changed", "client.revoked"}
    | {"client_secret.revoked", "identity_provider.changed", "token.revoked"}
    | {"partner.changed", "data_share_agreement.revoked"}
    | {f"{entity}.batch_changed" for entity in ENTITIES}
)

_ENDED = """insert into {schema}.ended_tokens as e
        select $1, r.subject, r.tokens_ended_at
        from json_to_recordset($2::json) as r (subject text, tokens_ended_at timestamptz)
        where r.tokens_ended_at is not null
        on conflict (district_id, subject) do update set ended_at = greatest(e.ended_at, excluded.ended_at)"""
_UPSERTS = {
    "people": """insert into {schema}.copied_people as c
        select $1, r.* from json_to_recordset($2::json)
          as r (id uuid, given_name text, family_name text, email text, archived bool, version int, merged_into uuid)
        on conflict (district_id, id) do update set given_name = excluded.given_name,
          family_name = excluded.family_name, email = excluded.email, archived = excluded.archived,
          version = excluded.version, merged_into = excluded.merged_into
        where c.version <= excluded.version""",
    "orgs": """insert into {schema}.copied_orgs as c
        select $1, r.* from json_to_recordset($2::json)
          as r (id uuid, name text, type text, parent_id uuid, archived bool, version int)
        on conflict (district_id, id) do update set name = excluded.name, type = excluded.type,
          parent_id = excluded.parent_id, archived = excluded.archived, version = excluded.version
        where c.version <= excluded.version""",
    "relationships": """insert into {schema}.copied_relationships as c
        select $1, r.* from json_to_recordset($2::json)
          as r (id uuid, person_id uuid, kind text, org_id uuid, target_person_id uuid, begin_date date, end_date date,
                archived bool, version int, leader_class text)
        on conflict (district_id, id) do update set person_id = excluded.person_id, kind = excluded.kind,
          org_id = excluded.org_id, target_person_id = excluded.target_person_id, begin_date = excluded.begin_date,
          end_date = excluded.end_date, archived = excluded.archived, version = excluded.version,
          leader_class = excluded.leader_class
        where c.version <= excluded.version""",
    **dict.fromkeys(
        ("clients", "client-secrets", "partners", "data-share-agreements", "identity-providers", "tokens"), _ENDED
    ),
}


async def expand(peers: Peers, events: list[FeedEvent]) -> list[FeedEvent]:
    """Turn batch events into one event for each entity, read back from districts."""
    expanded: list[FeedEvent] = []
    for event in events:
        if not event.is_batch:
            expanded.append(event)
            continue
        ids = [UUID(value) for value in event.data["ids"]]
        states = await read_states(peers["districts"], event.district_id, event.entity, ids)
        expanded += [replace(event, entity_id=state.id, data=state.model_dump(mode="json")) for state in states]
    return expanded


def copies_of(schema: str) -> Subscription:
    """Make the subscription that keeps `schema`'s copies."""

    async def apply(connection: Connection, district_id: UUID, events: list[FeedEvent]) -> None:
        states: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for event in newest(events):
            states[event.entity].append(event.data)
        for entity, rows in states.items():
            statement = _UPSERTS[entity].format(schema=schema)
            await connection.execute(statement, district_id, orjson.dumps(rows).decode())

    return Subscription(publisher="districts", types=TYPES, expand=expand, apply=apply)
