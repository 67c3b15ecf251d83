"""What stands above an organisation or a session: set once all of a file are there, for parents may come after their
children.

A parent that is nowhere, and one that would make a row stand above itself, is left out with a warning: whoever leads an
organisation leads all below it, so a circle of the source would give a principal the whole district.
"""

from services.districts.roster_imports.applying import Applier
from services.districts.roster_imports.mapping import DANGLING, Target
from services.districts.roster_imports.reporting import CIRCULAR, DEPENDS, SENTENCES, WITHOUT_IT


async def set_parents(applier: Applier, target: Target) -> str | None:
    """Set the parents; give the warnings as JSON, if any."""
    await applier.run(
        f"""create temporary table parents_{target.table} on commit drop as
            select t.id, t.sourced_id, s.line, nullif(btrim(s.raw_parent_sourced_id), '') as named,
                   p.id as parent_id, false as is_circular
            from {target.staging} s
            join districts.{target.table} t on t.district_id = :district and t.sourced_id = btrim(s.raw_sourced_id)
              and t.source = 'roster' and t.archived_at is null and t.row_hash is not null
            left join districts.{target.table} p on p.district_id = :district and p.archived_at is null
              and p.sourced_id = btrim(s.raw_parent_sourced_id)
            where s.reject is null"""
    )
    await _break_circles(applier, target)
    differs = f"""parents_{target.table} n on t.district_id = :district and t.id = n.id
              and t.parent_id is distinct from n.parent_id"""
    await applier.remember(target, f"join {differs}")
    await applier.run(
        f"""update districts.{target.table} t
            set parent_id = n.parent_id, updated_at = $1,
                version = case t.updated_at when $1 then t.version else t.version + 1 end
            from {differs.replace(" on ", " where ", 1)}""",
        applier.now,
    )
    return await _warnings(applier, target)


async def _break_circles(applier: Applier, target: Target) -> None:
    """Leave every row that would stand above itself without what the file says of its parent."""
    await applier.run(
        f"""with recursive up (start, at) as (
              select t.id, case when n.id is null then t.parent_id else n.parent_id end
              from districts.{target.table} t left join parents_{target.table} n on n.id = t.id
              where t.district_id = :district and t.archived_at is null
              union
              select u.start, case when n.id is null then t.parent_id else n.parent_id end
              from up u join districts.{target.table} t on t.district_id = :district and t.id = u.at
              left join parents_{target.table} n on n.id = t.id)
            update parents_{target.table} n set parent_id = null, is_circular = true
            where n.id in (select u.start from up u where u.start = u.at)"""
    )


async def _warnings(applier: Applier, target: Target) -> str | None:
    rejected = f"n.named in (select c.sourced_id from changed_{target.table} c where c.fault is not null)"
    code = f"case when n.is_circular then '{CIRCULAR}' when {rejected} then '{DEPENDS}' else '{DANGLING}' end"
    sentences = " ".join(
        f"when '{code}' then '{(SENTENCES[code] + WITHOUT_IT).replace('{column}', 'parentSourcedId')}'"
        for code in (CIRCULAR, DEPENDS, DANGLING)
    )
    found = await applier.connection.fetchval(
        applier.named(
            f"""select json_agg(json_build_object('file', '{target.shape.name}', 'line', w.line,
                  'sourced_id', left(w.sourced_id, 255), 'column', 'parentSourcedId', 'value', w.value,
                  'code', w.code, 'severity', 'warning',
                  'message', replace(case w.code {sentences} end, '{{value}}', w.value)) order by w.line)::text
                from (select n.line, n.sourced_id, left(n.named, 255) as value, {code} as code
                      from parents_{target.table} n where n.named is not null and n.parent_id is null
                      order by n.line limit {applier.errors_kept}) w"""
        ),
        timeout=None,
    )
    return None if found is None else str(found)
