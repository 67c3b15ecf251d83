"""Takes back what an import did to the roster's tables, set by set, and says what stands in the way.

What it changed or ended gets back the values that `roster_history` keeps; what it added is archived, since others may
know its id by now. Everything that an import touches carries the instant at which it was applied, so whatever carries a
later one has been touched since.
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.districts.gradebook.links import LINKS
from services.districts.oneroster import tombstones
from services.districts.oneroster.documents import HELD, touch_holders
from services.districts.roster_imports.mapping import Target
from services.districts.roster_imports.targets import TARGETS
from shared.database import Connection

MOST_TOLD = 20  # of each kind
_LED_TO = {
    "person_id": "people", "target_person_id": "people", "org_id": "orgs", "primary_org_id": "orgs",
    "course_id": "courses", "class_id": "classes", "school_year_id": "terms", "grading_period_id": "terms",
    "academic_session_id": "terms", "category_id": "categories", "score_scale_id": "score_scales",
    "line_item_id": "line_items", "result_id": "results",
}  # fmt: skip
_OWN = {"district_id", "id", "version", "created_at", "updated_at", "shown_id"}


@dataclass(frozen=True, slots=True)
class Blocker:
    """A row that an import cannot be taken back from under."""

    entity: str
    id: str
    why: str

    def told(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Restorer:
    connection: Connection
    district_id: UUID
    import_id: UUID
    applied_at: datetime
    now: datetime

    async def blockers(self, targets: list[Target]) -> list[Blocker]:
        """Find rows of the import that were changed since, and later rows that refer to what it added."""
        found = []
        for target in targets:
            found += await self._changed_since(target)
        added = {target.table for target in targets}
        for table, column, to in await self._references():
            if to in added:
                found += await self._referring(table, column, to)
        return found

    async def restore(self, target: Target) -> int:
        """Give back the rows of a table as they were; count them."""
        kept = [name for name in (await self._columns())[target.table] if name not in _OWN]
        values = ", ".join(f"{name} = r.{name}" for name in kept)
        if target.table in HELD:
            await self._touch_holders(target.table)
        restored = await self._run(
            f"""update districts.{target.table} t set version = t.version + 1, updated_at = $4, {values}
                from districts.roster_history h,
                     lateral jsonb_populate_record(null::districts.{target.table}, h.old) r
                where h.district_id = $1 and h.import_id = $2 and h.table_name = '{target.table}'
                  and t.district_id = $1 and t.id = h.row_id and $3::timestamptz is not null""",
        )
        archived = await self._run(
            f"""update districts.{target.table} t
                set version = t.version + 1, updated_at = $4, archived_at = $4, row_hash = null
                where t.district_id = $1 and t.created_at = $3 and t.archived_at is null and $2::uuid is not null"""
        )
        return restored + archived

    async def _touch_holders(self, table: str) -> None:
        """Date the people whose roles or profiles come back, go, or go over to others."""
        moved = f"""districts.roster_history h where h.district_id = $1 and h.import_id = '{self.import_id}'
                    and h.table_name = '{table}'"""
        holders = f"""select (h.old ->> 'person_id')::uuid from {moved}
            union all select t.person_id from districts.{table} t where t.district_id = $1
              and (t.id in (select h.row_id from {moved}) or t.created_at = '{self.applied_at.isoformat()}')"""
        await touch_holders(self.connection, self.district_id, self.now, holders)

    async def find_renamed(self) -> None:
        """Remember in `renamed_back` who is called otherwise once restored, and let go the tombstones of before."""
        await self.connection.execute("create temporary table renamed_back (id uuid, old text) on commit drop")
        await self._run(
            """insert into renamed_back select t.id, t.sourced_id
               from districts.roster_history h
               join districts.people t on t.district_id = $1 and t.id = h.row_id
               where h.district_id = $1 and h.import_id = $2 and h.table_name = 'people'
                 and h.old ->> 'sourced_id' <> t.sourced_id and $3::timestamptz is not null
                 and $4::timestamptz is not null"""
        )
        await tombstones.forget(self.connection, self.district_id, self.applied_at)

    async def bury_renamed(self) -> None:
        """Tell consumers of OneRoster that the ids that the import brought are gone."""
        for tell in (tombstones.bury, tombstones.touch_references):
            await tell(self.connection, self.district_id, self.now, "select id, old from renamed_back")

    async def forget(self) -> None:
        """Let relationships that only this import gave end where they began: they never held; and ids be as before."""
        await self._run(
            """delete from districts.former_sourced_ids
               where district_id = $1 and until = $3 and $2::uuid is not null and $4::timestamptz is not null"""
        )
        await self._run(
            """update districts.relationships x
               set archived_at = coalesce(x.begin_date, date '1900-01-01')::timestamp at time zone 'UTC'
               where x.district_id = $1 and x.created_at = $3 and x.source = 'roster' and x.archived_at = $4
                 and $2::uuid is not null"""
        )

    async def _changed_since(self, target: Target) -> list[Blocker]:
        return await self._blockers(
            target.table,
            f"""select t.id from districts.{target.table} t
                where t.district_id = $1 and t.updated_at <> $3 and (t.created_at = $3 or t.id in (
                  select h.row_id from districts.roster_history h
                  where h.district_id = $1 and h.import_id = $2 and h.table_name = '{target.table}'))""",
            "changed since",
        )

    async def _referring(self, table: str, column: str, to: str) -> list[Blocker]:
        return await self._blockers(
            table,
            f"""select t.id from districts.{table} t join districts.{to} a on a.district_id = $1 and a.id = t.{column}
                where t.district_id = $1 and a.created_at = $3 and t.updated_at > $3 and t.archived_at is null
                  and $2::uuid is not null""",
            f"its {column} is of this import",
        )

    async def _blockers(self, entity: str, sql: str, why: str) -> list[Blocker]:
        rows = await self.connection.fetch(
            f"{sql} limit {MOST_TOLD}", self.district_id, self.import_id, self.applied_at, timeout=None
        )
        return [Blocker(entity, str(row["id"]), why) for row in rows]

    async def _references(self) -> list[tuple[str, str, str]]:
        """Give every column of this service that leads to a row of the roster, with its table and the other."""
        found = []
        for table, columns in (await self._columns()).items():
            if "archived_at" in columns:
                leads = _LED_TO | {"parent_id": table}
                found += [(table, column, leads[column]) for column in columns if column in leads]
        return found

    async def _columns(self) -> dict[str, list[str]]:
        """Give the columns that can be written, by table: the database knows all, a worker only what it imports."""
        rows = await self.connection.fetch(
            """select c.relname as table, array_agg(a.attname::text order by a.attnum) as columns
               from pg_class c join pg_attribute a on a.attrelid = c.oid
               where c.relnamespace = 'districts'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0
                 and not a.attisdropped and a.attgenerated = '' group by c.relname order by c.relname"""
        )
        return {row["table"]: row["columns"] for row in rows}

    async def _run(self, sql: str) -> int:
        given: tuple[Any, ...] = (self.district_id, self.import_id, self.applied_at, self.now)
        return int((await self.connection.execute(sql, *given, timeout=None)).split()[-1])


def targets_of(files: dict[str, Any]) -> list[Target]:
    """Give the tables that an import moved rows of, what refers before what is referred to."""
    moved = {TARGETS[name].table for name, file in files.items() if file["new"] + file["changed"] + file["ended"]}
    moved |= {link.owner for link in LINKS.values() if link.table in moved}
    return [target for target in reversed(TARGETS.values()) if target.table in moved]


Progress = Callable[[int, int, str], Awaitable[None]]


async def restore_all(restorer: Restorer, targets: list[Target], progress: Progress) -> None:
    await restorer.find_renamed()
    for done, target in enumerate(targets):
        await progress(done, len(targets), f"restoring {target.shape.name}")
        await restorer.restore(target)
    await restorer.bury_renamed()
