from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.observations.feedback_rates.rules import STANDS, Tally
from services.observations.observations.rules import Subject
from shared.units import Unit

# Duplicates that were merged are the person they were merged into. Subjects are compared whatever their case.
_TALLIES = """
    with held as (
        select org_id, person_id, begin_date, end_date from observations.copied_relationships
        where district_id = $1 and kind = any ($6) and not archived
        union all
        select org_id, person_id, begin_date, end_date from observations.copied_staff_assignments
        where district_id = $1 and position = any ($7) and not archived
        union all
        select org_id, person_id, begin_date, end_date from observations.copied_role_grants
        where district_id = $1 and role = any ($8) and state <> 'proposed' and not archived
    ), standing as (
        select h.org_id, coalesce(p.merged_into, h.person_id) as person_id,
               range_agg(daterange(greatest(h.begin_date, $2), least(h.end_date, $3), '[]')) as days
        from held h left join observations.copied_people p on p.district_id = $1 and p.id = h.person_id
        where (h.begin_date is null or h.begin_date <= $3) and (h.end_date is null or h.end_date >= $2)
          and ($4::uuid[] is null or h.org_id = any ($4))
        group by 1, 2
    ), away as (
        select coalesce(p.merged_into, l.person_id) as person_id,
               range_agg(daterange(l.begin_date, l.end_date, '[]')) as days
        from observations.copied_leaves l
        left join observations.copied_people p on p.district_id = $1 and p.id = l.person_id
        where l.district_id = $1 and not l.archived
        group by 1
    ), exposed as materialized (
        select t.org_id, t.person_id,
               (select coalesce(sum(upper(d) - lower(d)), 0) from unnest(t.days - coalesce(a.days, '{}')) d) as days
        from standing t left join away a on a.person_id = t.person_id
    ), shared as materialized (
        select (select array_agg(lower(x)) from jsonb_array_elements_text(o.class_snapshot -> 'subjects') x)
                 as subjects, o.read_at, o.responded_at, o.followed_up_at, o.school_id,
               (o.observed_at at time zone 'UTC')::date as day,
               array(select e.person_id union select d.id from observations.copied_people d
                     where d.district_id = $1 and d.merged_into = e.person_id) as teachers,
               array(select w.itself union select d.id from observations.copied_people d
                     where d.district_id = $1 and d.merged_into = w.itself) as observers
        from observations.observations o
        left join observations.copied_people p on p.district_id = $1 and p.id = o.teacher_id
        join exposed e on e.org_id = o.school_id and e.person_id = coalesce(p.merged_into, o.teacher_id) and e.days > 0
        left join observations.copied_people q on q.district_id = $1 and q.id = o.observer_id
        cross join lateral (select coalesce(q.merged_into, o.observer_id) as itself) w
        where o.district_id = $1 and o.shared_at >= $2::date and o.shared_at < $3::date + 1 and o.purpose = 'coaching'
          and o.subject = $5 and o.rating_kind = 'live' and o.type <> 'self'
          and o.state not in ('cancelled', 'voided')
    ), judged as (
        select s.*, coalesce(s.subjects, t.subjects) && k.subjects as is_expert
        from shared s
        cross join lateral (
            select array_agg(lower(x)) as subjects
            from observations.copied_staff_assignments a, unnest(a.subjects) x
            where a.district_id = $1 and a.person_id = any (s.teachers) and not a.archived
              and a.begin_date <= s.day and (a.end_date is null or a.end_date >= s.day)) t
        cross join lateral (
            select array_agg(lower(x)) as subjects
            from observations.copied_staff_assignments a, unnest(a.subjects) x
            where a.district_id = $1 and a.person_id = any (s.observers) and not a.archived
              and a.begin_date <= s.day and (a.end_date is null or a.end_date >= s.day)) k
    ), events as (
        select school_id, count(*) filter (where is_expert) as expert, count(*) filter (where not is_expert) as other,
               count(*) filter (where is_expert is null) as unknown, count(read_at) as read,
               count(responded_at) as responded, count(followed_up_at) as followed_up
        from judged group by school_id
    ), exposure as (
        select org_id, array_agg(person_id) filter (where days > 0) as people, sum(days)::int as days
        from exposed group by org_id
    )
    select o.id as school_id, o.name as school_name, coalesce(x.people, '{}') as people, coalesce(x.days, 0) as days,
           coalesce(e.expert, 0) as expert, coalesce(e.other, 0) as other, coalesce(e.unknown, 0) as unknown,
           coalesce(e.read, 0) as read, coalesce(e.responded, 0) as responded, coalesce(e.followed_up, 0) as followed_up
    from observations.copied_orgs o
    left join exposure x on x.org_id = o.id
    left join events e on e.school_id = o.id
    where o.district_id = $1 and (o.type = 'school' or x.people is not null) and not o.archived
      and ($4::uuid[] is null or o.id = any ($4))
    order by o.name, o.id"""


async def tallies(unit: Unit, begin: date, end: date, subject: Subject, school_id: UUID | None) -> Sequence[Tally]:
    """Count by school, and by any other organisation with such staff: for a person those that she leads."""
    person = unit.who.person
    schools = None if person is None else set(person.led_orgs)
    if school_id is not None:
        schools = {school_id} if schools is None else schools & {school_id}
    asked = None if schools is None else list(schools)
    by = STANDS[subject]
    given = (asked, subject.value, list(by.ties), list(by.positions), list(by.roles))
    rows = await unit.connection.fetch(_TALLIES, unit.district_id, begin, end, *given)
    return [Tally(**dict(row) | {"people": frozenset(row["people"])}) for row in rows]
