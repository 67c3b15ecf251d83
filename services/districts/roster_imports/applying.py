"""Turns staged rows into rows of the roster: find what differs, say what cannot be kept, apply the rest set by set.

For each file: `diff` makes `changed_<table>` (new and different rows, references resolved, faults numbered) and
`gone_<table>` (rows to end); `apply` writes them, and the old rows into `roster_history`. Rows that are rejected still
count as present, so a bad row never ends what it once was.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.districts.oneroster.documents import HELD, touch_holders
from services.districts.roster_imports import comparing
from services.districts.roster_imports.mapping import DANGLING, Target, untrimmed
from services.districts.roster_imports.reporting import CONTROLS, doubt, fault, told
from services.districts.roster_imports.staging import Staged
from shared.clock import new_id
from shared.database import Connection

_CONSTANTS = {"people": {"is_staff": "false"}}
# What has dates of its own ends on the day on which its source no longer has it, and never before it began.
_ENDS = {"roles", "enrollments"}


@dataclass(slots=True)
class Counts:
    rows: int = 0
    new: int = 0
    changed: int = 0
    ended: int = 0
    unchanged: int = 0
    rejected: int = 0
    rekeyed: int = 0  # of the changed: people under a new sourcedId

    @property
    def moved(self) -> int:
        return self.new + self.changed + self.ended


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a file. `is_doubtful`: there is something to warn of; `is_settled`: once more changes nothing."""

    counts: Counts
    is_doubtful: bool
    is_settled: bool


@dataclass(frozen=True, slots=True)
class Applier:
    """One import's work on one district, in one transaction."""

    connection: Connection
    district_id: UUID
    import_id: UUID
    now: datetime
    errors_kept: int

    async def find_gone(self, staged: Staged, mode: str) -> int:
        """Find the rows to end, and count them; and what differs, where one look tells both."""
        target = staged.target
        there = f"select exists (select from districts.{target.table} e where e.district_id = :district)"
        staged.is_first = not await self.connection.fetchval(self.named(there))
        staged.is_met = not staged.is_first and comparing.can_meet(staged, mode)
        if staged.is_first:
            sql = comparing.none_gone(target)
        elif staged.is_met:
            met = comparing.meet(staged)
            staged.differing = await self.run(met if staged.has_blanks else untrimmed(met))
            sql = comparing.gone_of_met(target)
        else:
            sql = comparing.gone(target, mode, within_people=staged.is_derived)
        return await self.run(sql)

    async def count_active(self, target: Target) -> int:
        sql = f"select count(*) from districts.{target.table} e where {comparing.active(target)}"
        return int(await self.connection.fetchval(self.named(sql)))

    async def diff(self, staged: Staged) -> None:
        """Find the new and the different rows, resolve what they refer to, and number what is wrong with them."""
        target = staged.target
        keep = ", ".join(f"x.{name}" for name in target.fields)
        fields = "".join(f", {sql} as {name}" for name, sql in target.fields.items())
        doubtful = doubt(target.checks)
        dangling = [
            n for n, check in enumerate(target.checks) if check.severity == "warning" and check.code == DANGLING
        ]
        # A row with a reference that may resolve one day is looked at again each time, hence without a hash.
        again = f"case when {doubtful} = any('{{{','.join(map(str, dangling))}}}'::int[]) then null else x.row_hash end"
        sql = f"""create temporary table changed_{target.table} on commit drop as
                select x.line, x.sourced_id, x.id, x.extension, {keep}, {again} as row_hash,
                       {fault(target)} as fault, {doubtful} as doubt
                from (select s.*{fields} from ({comparing.differing(staged)}) s
                      {target.joins} offset 0) x
                order by x.sourced_id"""
        sql = sql if staged.has_controls else sql.replace(CONTROLS, "")
        await self.run(sql if staged.has_blanks else untrimmed(sql))

    async def apply(self, staged: Staged) -> Applied:
        """Write what was found."""
        target = staged.target
        new, other, wrong, doubtful, unresolved = await self.connection.fetchrow(
            f"""select count(*) filter (where fault is null and id is null),
                       count(*) filter (where fault is null and id is not null), count(fault), count(doubt),
                       count(*) filter (where row_hash is null)
                from changed_{target.table}"""
        ) or (0, 0, 0, 0, 0)
        added = await self._add(target) if new else 0
        changed = await self._change(target) if other else 0
        ended = await self._end(target)
        if target.table in HELD and (added or changed or ended):
            await self._touch_holders(staged)
        unchanged = staged.present - added - changed - wrong
        return Applied(
            Counts(staged.rows, added, changed, ended, unchanged, wrong),
            is_doubtful=bool(doubtful or staged.has_repeats),
            is_settled=not (wrong or unresolved or staged.has_repeats),
        )

    async def errors(self, staged: Staged, file: str, rejecting: frozenset[str]) -> str:
        """Give the errors and warnings of a file's rows, as JSON."""
        sql = told(staged, file, self.errors_kept, rejecting)
        return str(await self.connection.fetchval(self.named(sql), timeout=None))

    async def a_few(self, target: Target, limit: int) -> tuple[list[str], list[str], list[str], list[str]]:
        """Give the sourcedIds of a few rows that are new, changed, ended, rejected."""
        row = await self.connection.fetchrow(
            self.named(
                f"""select array(select sourced_id from changed_{target.table}
                                 where id is null and fault is null limit {limit}),
                           array(select c.sourced_id from changed_{target.table} c
                                 where c.id in (select h.row_id from districts.roster_history h
                                   where h.district_id = :district and h.import_id = $1
                                     and h.table_name = '{target.table}') and c.fault is null limit {limit}),
                           array(select sourced_id from gone_{target.table} limit {limit}),
                           array(select distinct sourced_id from (
                             select sourced_id from changed_{target.table}
                             where fault is not null and sourced_id <> '' limit {limit}) r)"""
            ),
            self.import_id,
        )
        new, changed, ended, rejected = row or ([], [], [], [])
        return new, changed, ended, rejected

    async def _add(self, target: Target) -> int:
        constants = _CONSTANTS.get(target.table, {})
        names = _written(target)
        start = new_id().hex[:24]
        return await self.run(
            f"""insert into districts.{target.table} (district_id, id, version, created_at, updated_at, source,
                                                      {", ".join((*names, *constants))})
                select :district, ('{start}' || lpad(to_hex(row_number() over ()), 8, '0'))::uuid, 1, $1, $1, 'roster',
                       {", ".join((*(f"c.{name}" for name in names), *constants.values()))}
                from changed_{target.table} c where c.id is null and c.fault is null""",
            self.now,
        )

    async def _change(self, target: Target) -> int:
        sets = ", ".join(f"{name} = c.{name}" for name in _written(target))
        old, new = (", ".join(f"{alias}.{name}" for name in target.fields) for alias in ("t", "c"))
        source = f"changed_{target.table} c"
        differs = f"""t.district_id = :district and t.id = c.id and c.fault is null
                  and (t.archived_at is not null or t.row_hash is distinct from c.row_hash
                       or t.sourced_id <> c.sourced_id
                       or ({old}) is distinct from ({new}))"""
        await self.remember(target, f"join {source} on {differs}")
        return await self.run(
            f"""update districts.{target.table} t
                set version = t.version + 1, updated_at = $1, source = 'roster', {sets},
                    archived_at = {
                "case when t.merged_into is null then null else t.archived_at end"
                if target.table == "people"
                else "null"
            }
                from {source} where {differs}""",
            self.now,
        )

    async def _end(self, target: Target) -> int:
        ended = "t.district_id = :district and t.id = g.id"
        await self.remember(target, f"join gone_{target.table} g on {ended}")
        day = f"'{self.now.date()}'::date"
        ends = f", end_date = greatest(least(t.end_date, {day}), t.begin_date)" if target.table in _ENDS else ""
        return await self.run(
            f"""update districts.{target.table} t
                set version = t.version + 1, updated_at = $1, archived_at = $1, row_hash = null{ends}
                from gone_{target.table} g where {ended}""",
            self.now,
        )

    async def _touch_holders(self, staged: Staged) -> None:
        """Date the people whose roles or profiles moved. Whoever came with this import is of now already."""
        table = staged.target.table
        before = "select exists (select from districts.people p where p.district_id = :district and p.created_at <> $1)"
        if staged.is_first and not await self.connection.fetchval(self.named(before), self.now):
            return
        moved = f"""districts.roster_history h where h.district_id = :district and h.import_id = '{self.import_id}'
                    and h.table_name = '{table}'"""
        holders = f"""select c.person_id from changed_{table} c where c.id is null and c.fault is null
            union all select (h.old ->> 'person_id')::uuid from {moved}
            union all select t.person_id from districts.{table} t
              where t.district_id = :district and t.id in (select h.row_id from {moved})"""
        await touch_holders(self.connection, self.district_id, self.now, self.named(holders))

    async def remember(self, target: Target, joined: str) -> None:
        """Keep the rows as they are before this import touches them; what it adds itself needs no memory."""
        await self.run(
            f"""insert into districts.roster_history (district_id, import_id, table_name, row_id, old)
                select :district, $1, '{target.table}', t.id, to_jsonb(t) from districts.{target.table} t {joined}
                and t.created_at <> $2 on conflict do nothing""",
            self.import_id,
            self.now,
        )

    async def run(self, sql: str, *values: object) -> int:
        tag = await self.connection.execute(self.named(sql), *values, timeout=None)
        return int(tag.split()[-1]) if tag.split()[-1].isdigit() else 0

    def named(self, sql: str) -> str:
        return sql.replace(":district", f"'{self.district_id}'::uuid")


def _written(target: Target) -> list[str]:
    return ["sourced_id", "extension", "row_hash", *target.fields]
