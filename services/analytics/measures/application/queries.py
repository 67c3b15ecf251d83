"""The looks for an activity's target practices, and who was at its sessions: counted by the database, in sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.analytics.measures.application.rules import WINDOWS_DAYS, Looks, Use, Windows
from services.analytics.measures.queries import School
from shared.units import Unit


@dataclass(frozen=True, slots=True)
class Activity:
    """A PL activity with what was delivered of it by the moment that counts."""

    id: UUID
    title: str
    org_id: UUID
    look_for_ids: tuple[UUID, ...]
    framework_version_id: UUID | None
    first_delivered_at: datetime | None
    last_delivered_at: datetime | None


_ACTIVITIES = """
select a.id, a.title, a.org_id, a.target_look_for_ids, a.framework_version_id,
       min(s.delivered_at) as first, max(s.delivered_at) as last
from analytics.fact_pl_activities a
left join analytics.fact_pl_sessions s
  on s.district_id = $1 and s.activity_id = a.id and s.state = 'delivered' and s.delivered_at <= $3 and not s.archived
where a.district_id = $1 and a.id = any ($2)
group by a.district_id, a.id"""
# Evaluations are left out: a lesson shown to a judge says little of every day, and they serve one purpose only.
_OBSERVED = """f.district_id = $1 and f.school_id = any ($2) and f.observed_at is not null
    and f.state not in ('cancelled', 'voided') and f.subject = 'teacher' and f.rating_kind = 'live'
    and f.purpose <> 'evaluation' and f.observer_id <> f.teacher_id
    and f.submitted_at <= $4"""
_LOOKED = """l.district_id = $1 and l.observation_id = f.id and l.look_for_id = any ($3)
    and (l.count is not null or l.word in ('seen', 'not_seen'))"""
_SEEN = "(l.word = 'seen' or l.count > 0)"
# The farther from the sessions, the lower; the end of a window belongs to it.
_STRETCH = """width_bucket(-extract(epoch from case when {at} > $7 then {at} - $7 else $6 - {at} end) / 86400,
       $10::numeric[])"""
_LOOKS = f"""
select f.school_id, f.teacher_id, l.look_for_id, f.observed_at > $7 as after,
       date_trunc('month', f.submitted_at at time zone $9)::date as month,
       {_STRETCH.format(at="f.observed_at")} as stretch,
       count(*) filter (where {_SEEN}) as seen, count(*) as looked
from analytics.fact_observations f join analytics.fact_look_fors l on {_LOOKED}
where {_OBSERVED}
  and (f.observed_at >= $5 and f.observed_at < $6 or f.observed_at > $7 and f.observed_at <= $8)
group by 1, 2, 3, 4, 5, 6"""
_STOPS = f"""
select w.school_id, s.stop_id, m.look_for_id, s.at > $7 as after,
       date_trunc('month', w.shared_at at time zone $9)::date as month,
       {_STRETCH.format(at="s.at")} as stretch, m.seen::int as seen, 1 as looked
from analytics.fact_learning_walks w
join analytics.fact_walk_stops s on s.district_id = $1 and s.walk_id = w.id
join analytics.fact_walk_marks m on m.district_id = $1 and m.walk_id = w.id and m.stop_id = s.stop_id
where w.district_id = $1 and w.school_id = any ($2) and m.look_for_id = any ($3) and w.shared_at <= $4
  and not w.archived and (s.at >= $5 and s.at < $6 or s.at > $7 and s.at <= $8)"""
_ATTENDED = """
select a.person_id, min(s.delivered_at) as since
from analytics.fact_pl_sessions s
join analytics.fact_pl_attendance a on a.district_id = $1 and a.session_id = s.id and a.minutes > 0
where s.district_id = $1 and s.activity_id = $2 and s.state = 'delivered' and s.delivered_at <= $3 and not s.archived
group by 1"""
_USES = f"""
select p.since, (
    select min(f.observed_at) from analytics.fact_observations f join analytics.fact_look_fors l on {_LOOKED}
    where {_OBSERVED} and f.teacher_id = p.person_id and f.observed_at > p.since and {_SEEN}) as first_seen_at
from unnest($5::uuid[], $6::timestamptz[]) as p (person_id, since)
where exists (select from analytics.fact_assignments r where r.district_id = $1 and r.person_id = p.person_id
              and r.kind = 'teaches_at' and r.org_id = any ($2))"""
_SCHOOLS = """
with recursive below as (
    select id from analytics.copied_orgs where district_id = $1 and id = $2
    union
    select o.id from analytics.copied_orgs o join below b on o.district_id = $1 and o.parent_id = b.id
)
select o.id, o.name from analytics.copied_orgs o join below using (id) where o.district_id = $1 order by o.id"""
_TITLES = """
select distinct on (l.id) l.id, l.title
from analytics.fact_framework_versions v cross join lateral jsonb_to_recordset(v.look_fors) as l (id uuid, title text)
where v.district_id = $1 and l.id = any ($2)
order by l.id, v.id = $3 desc, v.id desc"""


async def activities(unit: Unit, ids: Sequence[UUID], *, as_of: datetime) -> list[Activity]:
    rows = await unit.connection.fetch(_ACTIVITIES, unit.district_id, ids, as_of)
    return [
        Activity(r["id"], r["title"], r["org_id"], tuple(r["target_look_for_ids"]), r["framework_version_id"],
                 r["first"], r["last"])
        for r in rows
    ]  # fmt: skip


async def schools_below(unit: Unit, org_id: UUID) -> list[School]:
    """List an organisation and all below it: wherever somebody can have been observed who belongs to it."""
    rows = await unit.connection.fetch(_SCHOOLS, unit.district_id, org_id)
    return [School(row["id"], row["name"]) for row in rows]


async def titles_of(unit: Unit, activity: Activity) -> dict[UUID, str]:
    """Say what the target look-fors are called, in the version that the activity names or else the latest."""
    version = activity.framework_version_id
    rows = await unit.connection.fetch(_TITLES, unit.district_id, activity.look_for_ids, version)
    return {row["id"]: row["title"] for row in rows}


async def looks_of(
    unit: Unit,
    activity: Activity,
    schools: Sequence[UUID],
    windows: Windows,
    *,
    as_of: datetime,
    zone: str,
    walks: bool,
) -> list[Looks]:
    rows = await unit.connection.fetch(
        _STOPS if walks else _LOOKS, unit.district_id, schools, activity.look_for_ids, as_of,
        windows.before_from, windows.before_until, windows.after_from, windows.after_until, zone,
        [-days for days in reversed(WINDOWS_DAYS[:-1])],
    )  # fmt: skip
    return [Looks(*row.values()) for row in rows]


async def attended(unit: Unit, activity_id: UUID, *, as_of: datetime) -> dict[UUID, datetime]:
    """Say who was at a delivered session, and since when."""
    rows = await unit.connection.fetch(_ATTENDED, unit.district_id, activity_id, as_of)
    return {row["person_id"]: row["since"] for row in rows}


async def uses_of(
    unit: Unit, activity: Activity, schools: Sequence[UUID], since: dict[UUID, datetime], *, as_of: datetime
) -> list[Use]:
    """Say when the practices were first seen of those who attended and teach at these schools."""
    rows = await unit.connection.fetch(
        _USES, unit.district_id, schools, activity.look_for_ids, as_of, list(since), list(since.values())
    )
    return [Use(row["since"], row["first_seen_at"]) for row in rows]
