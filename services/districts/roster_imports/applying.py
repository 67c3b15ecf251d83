"""Turns staged rows into rows of the roster: find what differs, say what cannot be kept, apply the rest set by set.

For each file: `diff` makes `changed_<table>` (new and different rows, references resolved, faults numbered) and
`gone_<table>` (rows to archive); `apply` writes them. Rows that are rejected still count as present, so a bad row never
removes what it once was.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.districts.roster_imports.files import DELTA
from services.districts.roster_imports.mapping import DANGLING, MESSAGES, REQUIRED, Check, Target
from services.districts.roster_imports.staging import REMOVED, Staged
from shared.clock import new_id
from shared.database import Connection

LONGEST_ID = 600  # bytes; the standard allows 255 characters, a role that we derive has two such
_CONSTANTS = {"people": {"is_staff": "false"}}
_GENERAL = (
    Check("", "field_count", ""),
    Check("", "encoding", ""),
    Check("", "broken_quotes", ""),
    Check("sourcedId", "duplicate", ""),
    Check("sourcedId", REQUIRED, "coalesce(x.sourced_id, '') = ''"),
    Check("sourcedId", "bad_id", f"octet_length(x.sourced_id) > {LONGEST_ID} or x.sourced_id ~ '[[:cntrl:]]'"),
)


@dataclass(slots=True)
class Counts:
    rows: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Applier:
    """One import's work on one district, in one transaction."""

    connection: Connection
    district_id: UUID
    import_id: UUID
    now: datetime
    errors_kept: int

    async def find_gone(self, target: Target, mode: str, *, within_people: bool = False) -> tuple[int, int]:
        """Find the rows to archive; give how many, and of how many active ones.

        `within_people`: the file says all about the people that it names, and nothing about others (1.1's roles).
        """
        named = f"select from {target.staging} s where btrim(s.raw_sourced_id) = e.sourced_id"
        gone = f"exists ({named} and {REMOVED})" if mode == DELTA else f"not exists ({named} and {REMOVED} is not true)"
        if mode == DELTA and within_people:
            gone = f"""not exists ({named} and {REMOVED} is not true) and e.person_id in (
                select p.id from districts.people p join stage_people s on btrim(s.raw_sourced_id) = p.sourced_id
                where p.district_id = :district)"""
        active = "e.district_id = :district and e.archived_at is null and e.source = 'roster'"
        await self._run(
            f"""create temporary table gone_{target.table} on commit drop as
                select e.id from districts.{target.table} e where {active} and ({gone})"""
        )
        return (
            await self.connection.fetchval(f"select count(*) from gone_{target.table}"),
            await self.connection.fetchval(
                self._named(f"select count(*) from districts.{target.table} e where {active}")
            ),
        )

    async def diff(self, staged: Staged) -> None:
        """Find the new and the different rows, resolve what they refer to, and number what is wrong with them."""
        target = staged.target
        keep = ", ".join(f"x.{name}" for name in target.fields)
        fields = "".join(f", {sql} as {name}" for name, sql in target.fields.items())
        hashed = (*target.hashed, f"({staged.extension_sql})::text")
        digest = "hashtextextended(" + " || '\x1f' || ".join(f"coalesce({part}, '')" for part in hashed) + ", 0)"
        doubtful = _case(target.checks, "warning")
        dangling = [
            n for n, check in enumerate(target.checks) if check.severity == "warning" and check.code == DANGLING
        ]
        # A row with a reference that may resolve one day is looked at again each time, hence without a hash.
        again = f"case when {doubtful} = any('{{{','.join(map(str, dangling))}}}'::int[]) then null else x.row_hash end"
        await self._run(
            f"""create temporary table changed_{target.table} on commit drop as
                select x.line, x.sourced_id, x.id, x.extension, {keep}, {again} as row_hash,
                       {_fault(target)} as fault, {doubtful} as doubt
                from (select s.*{fields}
                      from (select s.*, e.id
                            from (select s.*, btrim(s.raw_sourced_id) as sourced_id, {digest} as row_hash,
                                         {staged.extension_sql} as extension
                                  from {target.staging} s where {REMOVED} is not true offset 0) s
                            left join districts.{target.table} e
                              on e.district_id = :district and e.sourced_id = s.sourced_id
                            where e.row_hash is distinct from s.row_hash offset 0) s
                      {target.joins} offset 0) x
                order by x.sourced_id"""
        )

    async def apply(self, staged: Staged, file: str) -> Counts:
        target = staged.target
        new, other, wrong, doubtful = await self.connection.fetchrow(
            f"""select count(*) filter (where fault is null and id is null),
                       count(*) filter (where fault is null and id is not null), count(fault), count(doubt)
                from changed_{target.table}"""
        ) or (0, 0, 0, 0)
        added = await self._add(target) if new else 0
        changed = await self._change(target) if other else 0
        removed = await self._remove(target)
        if target.has_parent:
            await self._set_parents(target)
        if wrong or doubtful:
            await self._report(target, file)
        return Counts(staged.rows, added, changed, removed, staged.present - added - changed - wrong, wrong)

    async def _add(self, target: Target) -> int:
        constants = _CONSTANTS.get(target.table, {})
        names = _written(target)
        start = new_id().hex[:24]
        return await self._run(
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
        return await self._run(
            f"""update districts.{target.table} t
                set version = t.version + 1, updated_at = $1, archived_at = null, source = 'roster', {sets}
                from changed_{target.table} c
                where t.district_id = :district and t.id = c.id and c.fault is null
                  and (t.archived_at is not null or t.row_hash is distinct from c.row_hash
                       or ({old}) is distinct from ({new}))""",
            self.now,
        )

    async def _remove(self, target: Target) -> int:
        return await self._run(
            f"""update districts.{target.table} t
                set version = t.version + 1, updated_at = $1, archived_at = $1, row_hash = null
                from gone_{target.table} g where t.district_id = :district and t.id = g.id""",
            self.now,
        )

    async def _set_parents(self, target: Target) -> None:
        """Parents may come after their children, so they are set when all are there."""
        await self._run(
            f"""update districts.{target.table} t
                set parent_id = p.id, updated_at = $1,
                    version = case t.updated_at when $1 then t.version else t.version + 1 end
                from {target.staging} s
                left join districts.{target.table} p on p.district_id = :district and p.archived_at is null
                  and p.sourced_id = btrim(s.raw_parent_sourced_id)
                where t.district_id = :district and t.sourced_id = btrim(s.raw_sourced_id) and t.source = 'roster'
                  and s.reject is null and t.archived_at is null and t.row_hash is not null
                  and t.parent_id is distinct from nullif(p.id, t.id)""",
            self.now,
        )

    async def _report(self, target: Target, file: str) -> None:
        checks = (*target.checks, *_GENERAL)
        numbered = f"""select coalesce(c.fault, c.doubt) as found, c.line, c.sourced_id
                       from changed_{target.table} c where c.fault is not null or c.doubt is not null
                       order by c.line limit {self.errors_kept}"""
        await self._run(
            f"""insert into districts.roster_import_errors
                  (district_id, import_id, number, file, line, sourced_id, field, code, message, severity)
                select :district, $1, row_number() over (order by e.line)
                         + (select count(*) from districts.roster_import_errors o
                            where o.district_id = :district and o.import_id = $1),
                       $2, e.line, left(nullif(e.sourced_id, ''), 255), nullif(($3::text[])[e.found + 1], ''),
                       ($4::text[])[e.found + 1], ($5::text[])[e.found + 1], ($6::text[])[e.found + 1]
                from ({numbered}) e""",
            self.import_id,
            file,
            [check.column for check in checks],
            [check.code for check in checks],
            [MESSAGES[check.code] for check in checks],
            [check.severity for check in checks],
        )

    async def _run(self, sql: str, *values: object) -> int:
        tag = await self.connection.execute(self._named(sql), *values, timeout=None)
        return int(tag.split()[-1]) if tag.split()[-1].isdigit() else 0

    def _named(self, sql: str) -> str:
        return sql.replace(":district", f"'{self.district_id}'::uuid")


def _written(target: Target) -> list[str]:
    return ["sourced_id", "extension", "row_hash", *target.fields]


def _case(checks: tuple[Check, ...], severity: str) -> str:
    found = " ".join(f"when {c.fails} then {n}" for n, c in enumerate(checks) if c.severity == severity)
    return f"(case {found} end)" if found else "null::int"


def _fault(target: Target) -> str:
    """Number what is wrong: the target's own checks first, then those of every file."""
    first = len(target.checks)
    codes = " ".join(f"when x.reject = '{c.code}' then {first + n}" for n, c in enumerate(_GENERAL[:4]))
    general = " ".join(f"when {c.fails} then {first + n}" for n, c in enumerate(_GENERAL) if c.fails)
    return f"(case {codes} {general} else {_case(target.checks, 'error')} end)"
