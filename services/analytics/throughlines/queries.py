"""A goal's line, read from the facts: each question one statement for the whole of it.

What is archived holds nothing, nor does a goal that was dropped: what hangs on it is not followed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.analytics.measures.dose.rules import Cycle
from services.analytics.measures.queries import School
from shared.access.principals import Principal
from shared.units import Unit


def sight_of(who: Principal) -> frozenset[UUID] | None:
    """Give the organisations whose part of a line the asking one may read: those led or belonged to; None is all."""
    return None if who.person is None else who.person.led_orgs | who.person.orgs


@dataclass(frozen=True, slots=True)
class Goal:
    id: UUID
    level: str
    org_id: UUID
    org_name: str | None
    owner_id: UUID | None
    parent_id: UUID | None
    vision_id: UUID | None
    domain: str
    title: str
    unit: str | None
    baseline: float | None
    target: float | None
    due_date: date | None
    state: str


@dataclass(frozen=True, slots=True)
class Action:
    id: UUID
    goal_id: UUID
    title: str
    state: str
    due_date: date | None
    work_plan_id: UUID
    work_plan_title: str
    work_plan_state: str
    org_id: UUID


@dataclass(frozen=True, slots=True)
class Learning:
    """A PL activity with what was delivered of it. `people` are those who attended, `credited` who earned credit."""

    id: UUID
    title: str
    format: str
    state: str
    org_id: UUID
    goal_id: UUID | None
    plan_action_id: UUID | None
    planned: int
    delivered: int
    cancelled: int
    people: int
    minutes: int
    credited: int
    credit_hours: float


@dataclass(frozen=True, slots=True)
class Walk:
    id: UUID
    school_id: UUID
    school_name: str | None
    state: str
    started_at: datetime | None
    shared_at: datetime | None
    stops: int
    kinds: tuple[str, ...]
    targets: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """An observation whose feedback is part of the line: of whom, and how far it came."""

    teacher_id: UUID
    is_shared: bool
    is_read: bool
    is_responded: bool


_GOAL = """g.id, g.level, g.org_id, o.name as org_name, g.owner_id, g.parent_id, g.vision_id, g.domain, g.title, g.unit,
    g.baseline, g.target, g.due_date, g.state"""
_ORG = "left join analytics.copied_orgs o on o.district_id = $1 and o.id = {of}.org_id"
_ONE = f"""
select {_GOAL} from analytics.fact_goals g {_ORG.format(of="g")}
where g.district_id = $1 and g.id = $2 and not g.archived"""
_ABOVE = f"""
with recursive line as (
    select parent_id as id, 1 as depth from analytics.fact_goals where district_id = $1 and id = $2
    union all
    select g.parent_id, l.depth + 1 from line l
    join analytics.fact_goals g on g.district_id = $1 and g.id = l.id where l.depth < 10
)
select {_GOAL} from line l join analytics.fact_goals g on g.district_id = $1 and g.id = l.id
{_ORG.format(of="g")} where not g.archived and g.state <> 'dropped' order by l.depth"""
_BELOW = f"""
with recursive line as (
    select $2::uuid as id
    union
    select g.id from line l join analytics.fact_goals g on g.district_id = $1 and g.parent_id = l.id
    where not g.archived and g.state <> 'dropped'
)
select {_GOAL} from line l join analytics.fact_goals g on g.district_id = $1 and g.id = l.id
{_ORG.format(of="g")} where g.id <> $2 order by g.level desc, o.name, g.title, g.id"""
_ACTIONS = """
select a.id, a.goal_id, a.title, a.state, a.due_date, a.work_plan_id, p.title, p.state, p.org_id
from analytics.fact_plan_actions a
join analytics.fact_work_plans p on p.district_id = $1 and p.id = a.work_plan_id and not p.archived
where a.district_id = $1 and a.goal_id = any ($2) and not a.archived
order by a.due_date nulls last, a.id"""
_LEARNING = """
select a.id, a.title, a.format, a.state, a.org_id, a.goal_id, a.plan_action_id,
       s.planned, s.delivered, s.cancelled, t.people, t.minutes, c.credited, c.credit_hours
from analytics.fact_pl_activities a
cross join lateral (
    select count(*) filter (where state = 'planned') as planned,
           count(*) filter (where state = 'delivered') as delivered,
           count(*) filter (where state = 'cancelled') as cancelled, min(delivered_at) as first
    from analytics.fact_pl_sessions s where s.district_id = $1 and s.activity_id = a.id and not s.archived) s
cross join lateral (
    select count(distinct t.person_id) as people, coalesce(sum(t.minutes), 0) as minutes
    from analytics.fact_pl_sessions s
    join analytics.fact_pl_attendance t on t.district_id = $1 and t.session_id = s.id and t.minutes > 0
    where s.district_id = $1 and s.activity_id = a.id and s.state = 'delivered' and not s.archived) t
cross join lateral (
    select count(distinct person_id) as credited, coalesce(sum(contact_hours), 0) as credit_hours
    from analytics.fact_credits c where c.district_id = $1 and c.activity_id = a.id) c
where a.district_id = $1 and (a.goal_id = any ($2) or a.plan_action_id = any ($3)) and not a.archived
order by s.first nulls last, a.id"""
_WALKS = """
select w.id, w.school_id, o.name as school_name, w.state, w.started_at, w.shared_at,
       (select count(*) from analytics.fact_walk_stops s where s.district_id = $1 and s.walk_id = w.id) as stops,
       array_agg(l.target_kind order by l.id) as kinds, array_agg(l.target_id order by l.id) as targets
from analytics.fact_evidence_links l
join analytics.fact_learning_walks w on w.district_id = $1 and w.id = l.walk_id and not w.archived
left join analytics.copied_orgs o on o.district_id = $1 and o.id = w.school_id
where l.district_id = $1 and l.target_id = any ($2) and not l.archived
group by w.district_id, w.id, o.name order by w.started_at nulls last, w.id"""
_CYCLES = """
select c.id, c.org_id, c.observation_id, c.coachee_id, c.state, c.sessions, c.minutes, c.first_session_on,
       c.last_session_on
from analytics.fact_coaching_cycles c where c.district_id = $1 and c.goal_id = any ($2) and not c.archived"""
_FEEDBACK = """
select f.teacher_id, f.shared_at is not null, f.read_at is not null, f.responded_at is not null
from analytics.fact_observations f
where f.district_id = $1 and f.state not in ('cancelled', 'voided')
  and (f.id = any ($3) or exists (
       select from analytics.fact_evidence_links l
       where l.district_id = $1 and l.source_id = f.id and l.source_kind = 'observation' and l.target_id = any ($2)
         and not l.archived))"""
_SCHOOLS = """
with recursive below as (
    select id from analytics.copied_orgs where district_id = $1 and id = $2
    union
    select o.id from analytics.copied_orgs o join below b on o.district_id = $1 and o.parent_id = b.id
)
select o.id, o.name from analytics.copied_orgs o join below using (id)
where o.district_id = $1 and o.type = 'school' and not o.archived order by o.name, o.id"""


async def goal(unit: Unit, goal_id: UUID) -> Goal | None:
    row = await unit.connection.fetchrow(_ONE, unit.district_id, goal_id)
    return Goal(*row.values()) if row else None


async def goals_above(unit: Unit, goal_id: UUID) -> list[Goal]:
    return [Goal(*row.values()) for row in await unit.connection.fetch(_ABOVE, unit.district_id, goal_id)]


async def goals_below(unit: Unit, goal_id: UUID) -> list[Goal]:
    return [Goal(*row.values()) for row in await unit.connection.fetch(_BELOW, unit.district_id, goal_id)]


async def visions(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = await unit.connection.fetch(
        "select id, statement from analytics.fact_visions where district_id = $1 and id = any ($2) and not archived",
        unit.district_id,
        ids,
    )
    return {row["id"]: row["statement"] for row in rows}


async def actions(unit: Unit, goals: Sequence[UUID]) -> list[Action]:
    return [Action(*row.values()) for row in await unit.connection.fetch(_ACTIONS, unit.district_id, goals)]


async def learning(unit: Unit, goals: Sequence[UUID], actions: Sequence[UUID]) -> list[Learning]:
    rows = await unit.connection.fetch(_LEARNING, unit.district_id, goals, actions)
    return [Learning(*row.values()) for row in rows]


async def walks(unit: Unit, targets: Sequence[UUID]) -> list[Walk]:
    rows = await unit.connection.fetch(_WALKS, unit.district_id, targets)
    return [Walk(**dict(row) | {"kinds": tuple(row["kinds"]), "targets": tuple(row["targets"])}) for row in rows]


@dataclass(frozen=True, slots=True)
class Cited:
    """A coaching cycle that cites a goal of the line: where, from which observation, and its dose."""

    id: UUID
    org_id: UUID
    observation_id: UUID | None
    cycle: Cycle


async def cycles(unit: Unit, goals: Sequence[UUID]) -> list[Cited]:
    rows = await unit.connection.fetch(_CYCLES, unit.district_id, goals)
    return [Cited(row["id"], row["org_id"], row["observation_id"], Cycle(*tuple(row.values())[3:])) for row in rows]


async def feedback(unit: Unit, targets: Sequence[UUID], observations: Sequence[UUID]) -> list[Answered]:
    rows = await unit.connection.fetch(_FEEDBACK, unit.district_id, targets, observations)
    return [Answered(*row.values()) for row in rows]


async def schools_below(unit: Unit, org_id: UUID) -> list[School]:
    return [School(*row.values()) for row in await unit.connection.fetch(_SCHOOLS, unit.district_id, org_id)]
