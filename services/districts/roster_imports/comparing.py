"""Compares what is staged with what is there: which rows are new or different, and which are gone. SQL alone.

Three ways, for they cost differently at five million rows:

- nothing of the table is there yet: every row is new and none is gone;
- a bulk file: one full join tells both (`met_<table>`), and only what differs is looked at again;
- all else (a delta; people, organisations and classes, whose tombstones give way first): one join for each question.
"""

from services.districts.oneroster import tombstones
from services.districts.roster_imports.files import BULK, DELTA
from services.districts.roster_imports.mapping import Target
from services.districts.roster_imports.reporting import REPEATED
from services.districts.roster_imports.staging import REMOVED, Staged

_ACTIVE = "e.district_id = :district and e.archived_at is null and e.source = 'roster'"
# A duplicate that was merged into another person is archived, and the source's all the same until that withdraws it.
_ACTIVE_PEOPLE = """e.district_id = :district and e.source = 'roster'
    and (e.archived_at is null or e.merged_into is not null and e.row_hash is not null)"""
_PRESENT = f"{REMOVED} is not true and s.reject is distinct from '{REPEATED}'"


def active(target: Target) -> str:
    return _ACTIVE_PEOPLE if target.table == "people" else _ACTIVE


def can_meet(staged: Staged, mode: str) -> bool:
    """Whether one join tells all: the file names each row that is there, and nothing else moves them before it does."""
    return mode == BULK and not staged.is_derived and staged.target.table not in tombstones.TABLES


def is_few(rows: int, staged: Staged) -> bool:
    """Whether so many staged rows are fetched one by one: one costs as much as to pass by a score of others."""
    return rows <= max(1000, staged.rows // 20)


def none_gone(target: Target) -> str:
    return f"""create temporary table gone_{target.table} on commit drop as
               select e.id, e.sourced_id from districts.{target.table} e with no data"""


def meet(staged: Staged) -> str:
    """Join the whole file with all that is there; keep what differs (by its place) and what the file lacks (no place).

    Nothing writes to staged rows from here on, so each stays where it is.
    """
    target = staged.target
    return f"""create temporary table met_{target.table} on commit drop as
        select s.place, s.row_hash, e.id, e.sourced_id
        from (select s.ctid as place, btrim(s.raw_sourced_id) as sourced_id, {_row_hash(staged)} as row_hash
              from {target.staging} s where {_PRESENT} offset 0) s
        full join (select e.id, e.sourced_id, e.row_hash, {active(target)} as is_active
                   from districts.{target.table} e where e.district_id = :district) e on e.sourced_id = s.sourced_id
        where case when s.place is null then e.is_active else e.row_hash is distinct from s.row_hash end"""


def gone_of_met(target: Target) -> str:
    return f"""create temporary table gone_{target.table} on commit drop as
               select m.id, m.sourced_id from met_{target.table} m where m.place is null"""


def gone(target: Target, mode: str, *, within_people: bool) -> str:
    """Find the rows to end.

    `within_people`: the file says all about the people that it names, and nothing about others (1.1's roles).
    """
    named = f"select from {target.staging} s where btrim(s.raw_sourced_id) = e.sourced_id"
    gone = f"exists ({named} and {REMOVED})" if mode == DELTA else f"not exists ({named} and {REMOVED} is not true)"
    if target.table == "people":
        # Whom the source still knows under the id of a duplicate is not gone.
        other = gone.replace("e.sourced_id", "a.sourced_id") + " or a.row_hash is null" * (mode == DELTA)
        gone += f""" and not exists (select from districts.people a
            where a.district_id = :district and a.merged_into = e.id and not ({other}))"""
    if mode == DELTA and within_people:
        gone = f"""not exists ({named} and {REMOVED} is not true) and e.person_id in (
            select p.id from districts.people p join stage_people s on btrim(s.raw_sourced_id) = p.sourced_id
            where p.district_id = :district) and not exists (select from districts.people a
            where a.district_id = :district and a.merged_into = e.person_id
              and starts_with(e.sourced_id, a.sourced_id || '@'))"""
    return f"""create temporary table gone_{target.table} on commit drop as
               select e.id, e.sourced_id from districts.{target.table} e where {active(target)} and ({gone})"""


def differing(staged: Staged) -> str:
    """Select the staged rows that are new or different, with their sourcedId, hash, extension and the id they have."""
    target = staged.target
    columns = f"s.*, btrim(s.raw_sourced_id) as sourced_id, {staged.extension_sql} as extension"
    if staged.is_met:
        met = f"met_{target.table} m"
        # A few rows are fetched from where they are; of many, the places would be one long list.
        few = f"where s.ctid = any (array(select m.place from {met} where m.place is not null))"
        return f"""select {columns}, m.row_hash, m.id from {target.staging} s join {met} on m.place = s.ctid
                   {few if is_few(staged.differing, staged) else ""} offset 0"""
    present = f"select {columns}, {_row_hash(staged)} as row_hash"
    if staged.is_first:
        return f"{present}, null::uuid as id from {target.staging} s where {_PRESENT} offset 0"
    return f"""select s.*, e.id from ({present} from {target.staging} s where {_PRESENT} offset 0) s
               left join districts.{target.table} e on e.district_id = :district and e.sourced_id = s.sourced_id
               where e.row_hash is distinct from s.row_hash offset 0"""


def _row_hash(staged: Staged) -> str:
    parts = (*staged.target.hashed, f"({staged.extension_sql})::text")
    return "hashtextextended(" + " || '\x1f' || ".join(f"coalesce({part}, '')" for part in parts) + ", 0)"
