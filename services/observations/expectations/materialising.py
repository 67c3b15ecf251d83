"""Let the rows follow the policies and the facts of some people: one statement, whose cost is theirs alone.

It is a function of the facts: whatever order they came in and however often it runs, the rows are the same. Who stands
where on the first day in a window decides by which rule, and the first rule that fits holds.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.observations.expectations.counting import PEOPLE, count_for, in_parts
from shared.database import Connection

_WRITTEN = (
    "policy_version", "window", "purpose", "school_id", "begin_date", "due_date", "end_date", "days", "days_at_work",
    "share", "excused", "asked", "facts", "at_work", "without_leaves",
)  # fmt: skip
_QUOTED = ", ".join(f'"{name}"' for name in _WRITTEN)
_SAME = ", ".join(f'e."{name}"' for name in _WRITTEN)
_NEW = ", ".join(f'excluded."{name}"' for name in _WRITTEN)
_SET = ", ".join(f'"{name}" = excluded."{name}"' for name in _WRITTEN)
_FACTS = f"""
    policy as materialized (
        select p.id, p.version, p.school_year, p.begin_date, p.end_date, p.windows, p.rules,
               array(select jsonb_array_elements_text(p.positions)) as positions
        from observations.expectation_policies p
        where p.district_id = $1 and p.archived_at is null and ($4::uuid is null or p.id = $4)
    ), {PEOPLE}, held as materialized (
        select p.id as policy_id, w.teacher_id, a.id, a.org_id, a.position, a.fte, a.licence_level, a.career_stage,
               a.begin_date, coalesce(a.end_date, p.end_date) as end_date
        from people w
        join observations.copied_staff_assignments a
          on a.district_id = $1 and a.person_id = w.alias and not a.archived
        join policy p on a.position = any (p.positions) and a.begin_date <= p.end_date
          and (a.end_date is null or a.end_date >= p.begin_date)
    ), away as materialized (
        select w.teacher_id, range_agg(daterange(l.begin_date, l.end_date, '[]')) as days
        from people w
        join observations.copied_leaves l on l.district_id = $1 and l.person_id = w.alias and not l.archived
        group by w.teacher_id
    ), rated as materialized (
        select distinct on (p.id, w.teacher_id) p.id as policy_id, w.teacher_id, r.band, r.school_year
        from people w
        join observations.prior_ratings r on r.district_id = $1 and r.teacher_id = w.alias and r.archived_at is null
        join policy p on r.school_year < p.school_year
        order by p.id, w.teacher_id, r.school_year desc, r.id
    )"""
_PLACED = """
    windows as materialized (
        select p.id as policy_id, w.key, w.begin_date, w.due_date, coalesce(w.end_date, w.due_date) as end_date
        from policy p
        cross join lateral jsonb_to_recordset(p.windows) as w (key text, begin_date date, due_date date, end_date date)
    ), placed as materialized (
        select h.policy_id, h.teacher_id, w.key as "window", w.begin_date, w.due_date, w.end_date,
               (array_agg(h.id order by greatest(h.begin_date, w.begin_date), h.fte desc, h.id))[1] as assignment_id,
               range_agg(daterange(greatest(h.begin_date, w.begin_date), least(h.end_date, w.end_date), '[]'))
                 as employed
        from held h
        join windows w on w.policy_id = h.policy_id and h.begin_date <= w.end_date and h.end_date >= w.begin_date
        group by h.policy_id, h.teacher_id, w.key, w.begin_date, w.due_date, w.end_date
        having min(h.begin_date) <= w.due_date
    ), ruled as materialized (
        select l.*, datemultirange(daterange(l.begin_date, l.due_date, '[]')) as counting,
               l.employed - coalesce(y.days, '{}') as at_work, p.version, rule.key as rule, rule.asks, a.org_id,
               jsonb_build_object(
                 'day', greatest(a.begin_date, l.begin_date), 'assignment_id', a.id, 'position', a.position,
                 'fte', a.fte, 'licence_level', a.licence_level, 'career_stage', a.career_stage) as facts,
               jsonb_build_object('rating_band', r.band, 'rating_year', r.school_year) as rating
        from placed l
        join policy p on p.id = l.policy_id
        join held a on a.policy_id = l.policy_id and a.teacher_id = l.teacher_id and a.id = l.assignment_id
        left join rated r on r.policy_id = l.policy_id and r.teacher_id = l.teacher_id
        left join away y on y.teacher_id = l.teacher_id
        join lateral (
            select m.rule ->> 'key' as key, m.rule -> 'asks' as asks
            from jsonb_array_elements(p.rules) with ordinality as m (rule, place)
            where (m.rule -> 'licence_levels' = '[]' or m.rule -> 'licence_levels' ? a.licence_level)
              and (m.rule -> 'career_stages' = '[]' or m.rule -> 'career_stages' ? a.career_stage)
              and a.fte >= (m.rule ->> 'fte_from')::float8
              and case when m.rule -> 'rating_bands' = '[]'
                       then coalesce((m.rule ->> 'unrated')::bool = (r.band is null), true)
                       else coalesce(m.rule -> 'rating_bands' @> to_jsonb(r.band), (m.rule ->> 'unrated')::bool, false)
                  end
            order by m.place limit 1
        ) rule on true
    )"""
_DESIRED = """
    numbered as materialized (
        select r.*, ask.said as asked,
               (select coalesce(sum(upper(d) - lower(d)), 0)::int from unnest(r.employed * r.counting) d)
                 as employed_days,
               (select coalesce(sum(upper(d) - lower(d)), 0)::int from unnest(r.at_work * r.counting) d)
                 as days_at_work,
               r.due_date - r.begin_date + 1 as days, upper(r.employed * r.counting) - 1 as last_day
        from ruled r
        cross join lateral jsonb_array_elements(r.asks) as ask (said)
        where ask.said ->> 'window' = r."window"
    ), desired as materialized (
        select md5(concat_ws(E'\\n', n.policy_id, n.teacher_id, n.rule, n.asked ->> 'key'))::uuid as id,
               n.policy_id, n.teacher_id, n.rule, n.asked ->> 'key' as ask,
               n.version as policy_version, n."window", n.asked ->> 'purpose' as purpose, n.org_id as school_id,
               coalesce(lower(n.at_work), (n.facts ->> 'day')::date) as begin_date,
               case when n.last_day < n.due_date then n.last_day
                    else least(n.due_date + (n.employed_days - n.days_at_work), n.end_date) end as due_date,
               n.end_date, n.days, n.days_at_work,
               case when (n.asked ->> 'prorated')::bool then n.days_at_work::float8 / n.days else 1 end as share,
               case when n.days_at_work = 0 then 'never_at_work'
                    when n.days_at_work < (n.asked ->> 'least_days')::int then 'too_few_days' end as excused,
               n.asked,
               n.facts || case when n.asked ->> 'purpose' = 'evaluation' then n.rating else '{}' end as facts,
               (select coalesce(jsonb_agg(jsonb_build_array(lower(d), upper(d) - 1) order by d), '[]')
                from unnest(n.at_work) d) as at_work,
               case when n.at_work = n.employed then '{}'::jsonb else jsonb_build_object(
                 'begin_date', lower(n.employed), 'due_date', least(n.last_day, n.due_date),
                 'share', case when (n.asked ->> 'prorated')::bool then n.employed_days::float8 / n.days else 1 end,
                 'excused', case when n.employed_days < (n.asked ->> 'least_days')::int then 'too_few_days' end,
                 'at_work', (select jsonb_agg(jsonb_build_array(lower(d), upper(d) - 1) order by d)
                             from unnest(n.employed) d)) end as without_leaves
        from numbered n
    )"""
_FOLLOW = f"""
    with {_FACTS}, {_PLACED}, {_DESIRED}, gone as (
        delete from observations.expectations e using people w
        where e.district_id = $1 and e.teacher_id = w.alias and ($4::uuid is null or e.policy_id = $4)
          and not exists (select from desired d where d.id = e.id)
    )
    insert into observations.expectations as e
      (district_id, id, policy_id, teacher_id, rule, ask, {_QUOTED}, made_at)
    select $1, d.id, d.policy_id, d.teacher_id, d.rule, d.ask, {", ".join(f'd."{name}"' for name in _WRITTEN)}, $3
    from desired d
    on conflict (district_id, id) do update set {_SET}, made_at = excluded.made_at
    where ({_SAME}) is distinct from ({_NEW})"""
_THEMSELVES = """
    select distinct coalesce(p.merged_into, u.id) as id from unnest($2::uuid[]) as u (id)
    left join observations.copied_people p on p.district_id = $1 and p.id = u.id"""


async def follow(
    connection: Connection, district_id: UUID, now: datetime, people: Collection[UUID], policy_id: UUID | None = None
) -> None:
    """Let the rows of these people follow all policies, or one; then count what was observed of them.

    One after another in a district: what somebody else is about to commit would be overlooked.
    """
    await one_at_a_time(connection, district_id)
    selves = await themselves(connection, district_id, people)
    for some in in_parts(selves):
        await connection.execute(_FOLLOW, district_id, some, now, policy_id)
        await count_for(connection, district_id, some)


async def themselves(connection: Connection, district_id: UUID, people: Collection[UUID]) -> list[UUID]:
    """Give who these people are today: a duplicate is the person into whom it was merged."""
    rows = await connection.fetch(_THEMSELVES, district_id, list(people))
    return [row["id"] for row in rows]


async def one_at_a_time(connection: Connection, district_id: UUID) -> None:
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"expectations/{district_id}")
