"""Apply the feed of coaching to the facts: goals, plans, professional learning, and that coaching happens."""

from uuid import UUID

import orjson

from services.analytics.facts.keeping import Hanging, Kept, keep
from shared.database import Connection
from shared.feed.events import FeedEvent

VISIONS = Kept("visions", "fact_visions", "org_id uuid, statement text")
GOALS = Kept(
    "goals",
    "fact_goals",
    """level text, org_id uuid, owner_id uuid, vision_id uuid, parent_id uuid, domain text, title text, unit text,
    baseline float8, target float8, due_date date, state text""",
)
WORK_PLANS = Kept("work-plans", "fact_work_plans", "title text, org_id uuid, school_year int, state text")
PLAN_ACTIONS = Kept(
    "plan-actions",
    "fact_plan_actions",
    "work_plan_id uuid, goal_id uuid, title text, owner_id uuid, due_date date, state text",
)
PL_ACTIVITIES = Kept(
    "pl-activities",
    "fact_pl_activities",
    """title text, format text, org_id uuid, goal_id uuid, plan_action_id uuid, framework_version_id uuid,
    target_look_for_ids uuid[], contact_hours float8, state text""",
)
PL_SESSIONS = Kept(
    "pl-sessions",
    "fact_pl_sessions",
    "activity_id uuid, starts_at timestamptz, minutes int, state text, delivered_at timestamptz",
)
ATTENDANCE = Hanging(
    "fact_pl_attendance",
    columns=("session_id", "person_id", "minutes"),
    members="attendance",
    rows="""s.id, a.person_id, a.minutes from json_to_recordset($2::json) as s (id uuid, attendance json)
        cross join lateral json_to_recordset(s.attendance) as a (person_id uuid, minutes int)""",
)
COACHING_CYCLES = Kept(
    "coaching-cycles",
    "fact_coaching_cycles",
    """coach_id uuid, coachee_id uuid, org_id uuid, goal_id uuid, observation_id uuid, look_for_id uuid, state text,
    requested_at timestamptz, activated_at timestamptz, completed_at timestamptz, outcome text, sessions int,
    minutes int, first_session_on date, last_session_on date""",
)
CREDITS = "credits"

_CREDITS = """
insert into analytics.fact_credits (district_id, id, person_id, activity_id, contact_hours)
select $1, r.* from json_to_recordset($2::json)
  as r (id uuid, person_id uuid, activity_id uuid, contact_hours float8)
on conflict do nothing"""


async def apply(connection: Connection, district_id: UUID, events: list[FeedEvent]) -> None:
    for kept in (VISIONS, GOALS, WORK_PLANS, PLAN_ACTIONS, PL_ACTIVITIES, COACHING_CYCLES):
        await keep(connection, district_id, kept, events)
    await keep(connection, district_id, PL_SESSIONS, events, ATTENDANCE)
    credited = [event.data | {"id": event.entity_id} for event in events if event.entity == CREDITS]
    if credited:
        await connection.execute(_CREDITS, district_id, orjson.dumps(credited).decode())
