"""The whole of one import, in one transaction: stage, find what goes, brake if it is too much, diff, apply, derive."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.districts.oneroster.documents import count_up, write_documents
from services.districts.relationships.deriving import follow_roles, mark_staff
from services.districts.roster_imports.applying import Applier, Counts
from services.districts.roster_imports.archive import Archive
from services.districts.roster_imports.files import BULK
from services.districts.roster_imports.mapping import TARGETS
from services.districts.roster_imports.rules import is_too_much
from services.districts.roster_imports.staging import Staged, derive_roles, stage
from shared.database import Connection

Progress = Callable[[int, int, str], Awaitable[None]]
# Sorting and hashing of a large roster in memory where it fits; one import runs at a time in a worker. Whole sets are
# joined, and statistics may be those of an empty table, so the planner must not loop.
SETTINGS = """set local statement_timeout = 0; set local work_mem = '128MB'; set local datestyle = 'ISO, MDY';
              set local jit = off; set local enable_nestloop = off"""


@dataclass(slots=True)
class Outcome:
    """`held` names the files of which too much would go; then nothing was applied."""

    counts: dict[str, Counts] = field(default_factory=dict)
    held: dict[str, tuple[int, int]] = field(default_factory=dict)
    people: list[UUID] = field(default_factory=list)
    orgs: list[UUID] = field(default_factory=list)
    relationships: list[UUID] = field(default_factory=list)


async def run(
    connection: Connection,
    district_id: UUID,
    import_id: UUID,
    archive: Archive,
    *,
    now: datetime,
    errors_kept: int,
    brake: float | None,
    same_version: bool,
    progress: Progress,
    validated: Callable[[], Awaitable[None]],
) -> Outcome:
    """Import the archive. `brake`: the share of a file's rows above which a removal is held; None: approved."""
    await connection.execute(SETTINGS)
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"roster/{district_id}")
    applier = Applier(connection, district_id, import_id, now, errors_kept)
    names = [name for name in TARGETS if name in archive.modes]
    sizes = {name: archive.size(name) for name in names}
    total, done = 2 * sum(sizes.values()) + 1, 0
    modes = dict(archive.modes)

    staged: dict[str, Staged] = {}
    for name in names:
        await progress(done, total, f"reading {name}.csv")
        staged[name] = await stage(connection, archive, name)
        done += sizes[name]
    if "users" in modes and "roles" not in modes and archive.version == "1.1":
        staged["roles"] = await derive_roles(connection)
        modes["roles"] = modes["users"]

    outcome = Outcome()
    ordered = [name for name in TARGETS if name in staged]
    for name in ordered:
        is_derived = name == "roles" and name not in archive.modes
        gone, active = await applier.find_gone(staged[name].target, modes[name], within_people=is_derived)
        outcome.counts[name] = Counts(rows=staged[name].rows, removed=gone)
        # 1.1 and 1.2 name roles differently, so a change of version replaces them all.
        if modes[name] == BULK and (name != "roles" or same_version) and is_too_much(gone, active, brake):
            outcome.held[name] = (gone, active)
    if outcome.held:
        return outcome
    await validated()

    for name in ordered:
        await progress(done, total, f"applying {name}.csv")
        await applier.diff(staged[name])
        file = name if name in archive.modes else "users"
        outcome.counts[name] = await applier.apply(staged[name], file)
        done += sizes.get(name, 0)
    await _derive(connection, district_id, now, outcome)
    return outcome


async def _derive(connection: Connection, district_id: UUID, now: datetime, outcome: Outcome) -> None:
    """Bring up to date what follows from the roster, unless it is the same as before."""
    touched = {name for name, counts in outcome.counts.items() if counts.added or counts.changed or counts.removed}
    if touched & {"users", "roles"}:
        await connection.execute(
            """update districts.people p set version = p.version + 1, updated_at = $2
               where p.district_id = $1 and p.is_staff and p.updated_at <> $2 and p.id in (
                 select r.person_id from districts.roles r
                 where r.district_id = $1 and r.updated_at = $2 and r.role <> 'student')""",
            district_id,
            now,
        )
        outcome.people = await mark_staff(connection, district_id, now)
        outcome.relationships = await follow_roles(connection, district_id, now)
        await connection.execute("set local enable_nestloop = on")
        await write_documents(connection, district_id, now)
    if "orgs" in touched:
        outcome.orgs = [
            row["id"]
            for row in await connection.fetch(
                "select id from districts.orgs where district_id = $1 and updated_at = $2", district_id, now
            )
        ]
    if touched:
        await count_up(connection, district_id)
