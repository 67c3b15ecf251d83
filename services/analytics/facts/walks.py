"""Apply what observations tells besides observations: walks, evidence links, agreements, what look-fors are called."""

from uuid import UUID

from services.analytics.facts.keeping import Hanging, Kept, keep
from shared.database import Connection
from shared.feed.events import FeedEvent

WALKS = Kept(
    "learning-walks",
    "fact_learning_walks",
    """school_id uuid, framework_version_id uuid, state text, scheduled_at timestamptz, started_at timestamptz,
    debriefed_at timestamptz, shared_at timestamptz""",
)
STOPS = Hanging(
    "fact_walk_stops",
    columns=("walk_id", "stop_id", "at"),
    members="stops",
    rows="""s.id, p.id, p.at from json_to_recordset($2::json) as s (id uuid, stops json)
        cross join lateral json_to_recordset(s.stops) as p (id uuid, at timestamptz)""",
)
MARKS = Hanging(
    "fact_walk_marks",
    columns=("walk_id", "stop_id", "look_for_id", "seen"),
    members="stops",
    rows="""s.id, p.id, m.look_for_id, m.mark = 'seen' or m.mark ~ '^[0-9]*[1-9][0-9]*$'
        from json_to_recordset($2::json) as s (id uuid, stops json)
        cross join lateral json_to_recordset(s.stops) as p (id uuid, marks json)
        cross join lateral json_to_recordset(p.marks) as m (look_for_id uuid, mark text)
        where m.mark <> 'not_applicable'""",
)
EVIDENCE_LINKS = Kept(
    "evidence-links",
    "fact_evidence_links",
    "source_kind text, source_id uuid, target_kind text, target_id uuid, walk_id uuid, linked_at timestamptz",
)
AGREEMENTS = Kept(
    "agreements",
    "fact_agreements",
    """org_id uuid, title text, number int, state text, look_for_ids uuid[], ratified_on date, ended_on date""",
)
FRAMEWORK_VERSIONS = Kept("framework-versions", "fact_framework_versions", "label text, state text, look_fors jsonb")


async def apply(connection: Connection, district_id: UUID, events: list[FeedEvent]) -> None:
    await keep(connection, district_id, WALKS, events, STOPS, MARKS)
    await keep(connection, district_id, EVIDENCE_LINKS, events)
    await keep(connection, district_id, AGREEMENTS, events)
    await keep(connection, district_id, FRAMEWORK_VERSIONS, events)
