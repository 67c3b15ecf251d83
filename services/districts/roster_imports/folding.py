"""What a file of links says is added up in the rows that they belong to (gradebook/links.py), once it is applied."""

from services.districts.gradebook.links import LINKS
from services.districts.roster_imports.applying import Applier
from services.districts.roster_imports.mapping import Target
from services.districts.roster_imports.targets import OF_TABLE
from services.districts.tables import MANUAL, ROSTER


async def fold(applier: Applier, target: Target) -> None:
    """Bring the owners of the links that this import moved up to date: what an LMS had linked to them gives way."""
    link = LINKS[target.table]
    await applier.run(
        f"""create temporary table owners_{link.table} on commit drop as
            select l.{link.key} as id, bool_or(l.source = '{ROSTER}' and l.archived_at is null) as is_said
            from (select l.{link.key}, l.source, l.archived_at from districts.{link.table} l
                  where l.district_id = :district and l.updated_at = $1
                  union all
                  select (h.old ->> '{link.key}')::uuid, null, null from districts.roster_history h
                  where h.district_id = :district and h.import_id = $2 and h.table_name = '{link.table}') l
            group by l.{link.key}""",
        applier.now, applier.import_id,
    )  # fmt: skip
    others = f"""owners_{link.table} o on l.district_id = :district and l.{link.key} = o.id and o.is_said
                 and l.source = '{MANUAL}' and l.archived_at is null"""
    await applier.remember(target, f"join {others.replace('l.', 't.')}")
    await applier.run(
        f"""update districts.{link.table} l set version = l.version + 1, updated_at = $1, archived_at = $1
            from {others.replace(" on ", " where ", 1)}""",
        applier.now,
    )
    await applier.run(
        f"""create temporary table sums_{link.table} on commit drop as
            select t.id, {link.sum} as sum from districts.{link.owner} t
            where t.district_id = :district and t.id in (select o.id from owners_{link.table} o)"""
    )
    differs = f"""sums_{link.table} n on t.district_id = :district and t.id = n.id
                  and t.{link.column} is distinct from n.sum"""
    await applier.remember(OF_TABLE[link.owner], f"join {differs}")
    await applier.run(
        f"""update districts.{link.owner} t
            set {link.column} = n.sum, updated_at = $1,
                version = case t.updated_at when $1 then t.version else t.version + 1 end
            from {differs.replace(" on ", " where ", 1)}""",
        applier.now,
    )
