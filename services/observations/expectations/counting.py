"""Count what was observed of some people towards what is expected and what feedback is to come; keep the days."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import orjson

from services.observations.calendars.queries import levels_of
from services.observations.calendars.rules import local_day
from services.observations.expectation_policies.schemas import Ask, ObserverKind
from services.observations.expectations.rules import Counted, Seen, count
from services.observations.feedback_targets.rules import Wanted, given
from services.observations.frameworks.instruments import instrument_of
from shared.database import Connection, Record

# PostgreSQL has no statistics of what a statement makes on its way, and joins that by nested loops: of a hundred people
# that costs next to nothing, of thousands it is minutes.
AT_ONCE = 100
PEOPLE = """
    people as materialized (
        select u.id as alias, u.id as teacher_id from unnest($2::uuid[]) as u (id)
        union
        select p.id, p.merged_into from observations.copied_people p
        where p.district_id = $1 and p.merged_into = any ($2)
    )"""
_EXPECTED = """
    select id, teacher_id, begin_date, end_date, share, asked::text,
           coalesce((without_leaves ->> 'begin_date')::date, begin_date) as begin_without_leaves,
           coalesce((without_leaves ->> 'share')::float8, share) as share_without_leaves
    from observations.expectations
    where district_id = $1 and teacher_id = any ($2)"""
# A day from one to another: a school's day and UTC's differ.
SEEN = f"""
    with recursive {PEOPLE}, seen as materialized (
        select o.id, w.teacher_id, o.observer_id, o.school_id, o.purpose, o.type, o.observed_at, o.ended_at,
               o.announced, o.framework_version_id, o.shared_at, o.scores, o.script, o.visit_id, o.subject,
               (o.observed_at at time zone 'UTC')::date as day
        from people w join observations.observations o on o.district_id = $1 and o.teacher_id = w.alias
        where o.observed_at >= $3::date - 1 and o.observed_at < $4::date + 2 and o.submitted_at is not null
          and o.state not in ('cancelled', 'voided') and o.rating_kind = 'live' and o.type <> 'self'
    ), observers as materialized (
        select x.observer_id, coalesce(p.merged_into, x.observer_id) as alias
        from (select distinct observer_id from seen) x
        left join observations.copied_people p on p.district_id = $1 and p.id = x.observer_id
    ), known as materialized (
        select observer_id, alias from observers
        union select observer_id, observer_id from observers
        union select o.observer_id, p.id
        from observers o join observations.copied_people p on p.district_id = $1 and p.merged_into = o.alias
    ), chain as (
        select s.school_id as school, s.school_id as org, 0 as depth from (select distinct school_id from seen) s
        union all
        select c.school, o.parent_id, c.depth + 1
        from chain c join observations.copied_orgs o on o.district_id = $1 and o.id = c.org
        where o.parent_id is not null and c.depth < 20
    ), ties as materialized (
        select s.id, array_agg(distinct case r.kind when 'leads' then coalesce(r.leader_class, 'school_leader')
                                        else r.kind end) as kinds
        from seen s
        join known k on k.observer_id = s.observer_id
        join observations.copied_relationships r on r.district_id = $1 and r.person_id = k.alias and not r.archived
          and (r.begin_date is null or r.begin_date <= s.day + 1) and (r.end_date is null or r.end_date >= s.day - 1)
        where r.kind = 'leads' and exists (select from chain c where c.school = s.school_id and c.org = r.org_id)
           or exists (select from people w where w.teacher_id = s.teacher_id and w.alias = r.target_person_id)
        group by s.id
    ), expertise as materialized (
        select s.id, array_agg(distinct area) as subjects
        from seen s
        join known k on k.observer_id = s.observer_id
        join observations.copied_staff_assignments a on a.district_id = $1 and a.person_id = k.alias and not a.archived
          and a.begin_date <= s.day and (a.end_date is null or a.end_date >= s.day)
        cross join lateral unnest(a.subjects) as area
        group by s.id
    )
    select s.id, s.teacher_id, s.school_id, s.purpose, s.type, s.observed_at, s.ended_at, s.announced,
           s.framework_version_id, s.shared_at, s.visit_id, s.subject, coalesce(x.subjects, '{{}}') as subjects,
           s.scores::text as scores, coalesce(t.kinds, '{{}}') as kinds,
           array(select c::uuid from jsonb_array_elements(s.script) l, jsonb_array_elements_text(l -> 'codes') c
                 union select c from observations.evidence_items i, unnest(i.codes) c
                 where i.district_id = $1 and i.observation_id = s.id and i.visibility = 'shared'
                   and i.archived_at is null) as codes
    from seen s left join ties t on t.id = s.id left join expertise x on x.id = s.id"""
# Under whichever id of the person it was set.
_TARGETS = """
    select t.id, coalesce(p.merged_into, t.teacher_id) as teacher_id, t.school_id, t.subject, t.by::text as by,
           t.content_area, t.begin_date, coalesce(t.end_date, '2900-01-01'::date) as end_date
    from observations.feedback_targets t
    left join observations.copied_people p on p.district_id = $1 and p.id = t.teacher_id
    where t.district_id = $1 and t.archived_at is null
      and (t.teacher_id = any ($2) or p.merged_into = any ($2))"""
_KEEP_GIVEN = """
    update observations.feedback_targets t set given = n.given
    from json_to_recordset($2::json) as n (id uuid, given date[])
    where t.district_id = $1 and t.id = n.id and t.given is distinct from n.given"""
_KEEP = """
    update observations.expectations e
    set counted = n.counted::jsonb, met = n.met::jsonb,
        counted_without_leaves = n.other_counted::jsonb, met_without_leaves = n.other_met::jsonb
    from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
      as n (id, counted, met, other_counted, other_met)
    where e.district_id = $1 and e.id = n.id
      and (e.counted, e.met, e.counted_without_leaves, e.met_without_leaves)
      is distinct from (n.counted::jsonb, n.met::jsonb, n.other_counted::jsonb, n.other_met::jsonb)"""
_KINDS = {
    "evaluates": ObserverKind.EVALUATOR, "coaches": ObserverKind.COACH, "mentors": ObserverKind.MENTOR,
    "supervises": ObserverKind.SUPERVISOR, "administrative_leader": ObserverKind.ADMINISTRATIVE_LEADER,
    "school_leader": ObserverKind.SCHOOL_LEADER,
}  # fmt: skip


async def count_for(connection: Connection, district_id: UUID, people: Sequence[UUID]) -> None:
    """Count towards expectations and feedback targets alike: they look at the same visits."""
    for some in in_parts(people):
        await _count_some(connection, district_id, some)


def in_parts(people: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (people[start : start + AT_ONCE] for start in range(0, len(people), AT_ONCE))


async def _count_some(connection: Connection, district_id: UUID, people: Sequence[UUID]) -> None:
    expected = await connection.fetch(_EXPECTED, district_id, people)
    targets = await connection.fetch(_TARGETS, district_id, people)
    rows = [*expected, *targets]
    if not rows:
        return
    begins = [*(row["begin_without_leaves"] for row in expected), *(row["begin_date"] for row in targets)]
    begin, end = min(begins), max(row["end_date"] for row in rows)
    teachers = list({row["teacher_id"] for row in rows})
    seen = await seen_of(connection, district_id, teachers, begin, end)
    if expected:
        kept = [_counted(row, seen[row["teacher_id"]]) for row in expected]
        await connection.execute(_KEEP, district_id, [row["id"] for row in expected], *zip(*kept, strict=True))
    if not targets:
        return
    said = [{"id": str(row["id"]), "given": _given(row, seen[row["teacher_id"]])} for row in targets]
    await connection.execute(_KEEP_GIVEN, district_id, orjson.dumps(said).decode())


def _counted(row: Record, seen: Sequence[Seen]) -> tuple[str, str, str, str]:
    """Give what counts towards an expectation and on which days it was met; and both as they were without leaves."""
    ask, end = Ask.model_validate_json(row["asked"]), row["end_date"]
    own = row["share"], row["begin_date"]
    without_leaves = row["share_without_leaves"], row["begin_without_leaves"]
    share, begin = own
    found = _written(count(ask, share, seen, begin, end))
    if without_leaves == own:
        return *found, *found
    share, begin = without_leaves
    return *found, *_written(count(ask, share, seen, begin, end))


def _written(found: Counted) -> tuple[str, str]:
    return orjson.dumps([[one.day, str(one.id)] for one in found.seen]).decode(), orjson.dumps(found.met).decode()


def _given(target: Record, seen: Sequence[Seen]) -> list[date]:
    by, place = frozenset(orjson.loads(target["by"])), (target["school_id"], target["begin_date"])
    return given(seen, Wanted(*place, target["subject"], by, target["content_area"]))


async def seen_of(
    connection: Connection, district_id: UUID, people: Sequence[UUID], begin: date, end: date
) -> Mapping[UUID, list[Seen]]:
    """Give the visits to these people that took place and are written down, by the person who it is today."""
    rows = await connection.fetch(SEEN, district_id, list(people), begin, end)
    levels = await levels_of(connection, district_id, {row["school_id"] for row in rows})
    found: defaultdict[UUID, list[Seen]] = defaultdict(list)
    for row in rows:
        there = levels.get(row["school_id"], ())
        day = local_day(there, row["observed_at"])
        covered = await _covered(connection, district_id, row)
        found[row["teacher_id"]].append(
            Seen(
                UUID(int=row["id"].int), day, row["purpose"], row["type"],
                minutes_of(row["observed_at"], row["ended_at"]), covered, row["announced"], _by(row),
                local_day(there, row["shared_at"]) if row["shared_at"] else None,
                frozenset(row["subjects"]), row["school_id"],
                UUID(int=row["visit_id"].int) if row["visit_id"] else None, row["subject"],
            )
        )  # fmt: skip
    return found


def minutes_of(begin: datetime, end: datetime | None) -> int:
    return 0 if end is None else max(0, int((end - begin).total_seconds() // 60))


def _by(row: Record) -> frozenset[str]:
    kinds = {_KINDS[kind].value for kind in row["kinds"] if kind in _KINDS}
    return frozenset(kinds | ({ObserverKind.PEER.value} if row["type"] == "peer" else set()))


async def _covered(connection: Connection, district_id: UUID, row: Record) -> frozenset[UUID]:
    """Give the domains that it covers: one of its indicators has a level, or evidence that is shared is coded to it."""
    if row["framework_version_id"] is None:
        return frozenset()
    instrument = await instrument_of(connection, district_id, row["framework_version_id"])
    if instrument is None:
        return frozenset()
    scored = [UUID(score["indicator_id"]) for score in orjson.loads(row["scores"]) if isinstance(score["level"], int)]
    coded = [UUID(int=code.int) for code in row["codes"]]
    return frozenset(instrument.domains[one] for one in (*scored, *coded) if one in instrument.domains)
