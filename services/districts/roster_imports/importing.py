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


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms an import runs."""

    brake: float | None  # the share of a file's rows above which a removal is held; None for an approved import
    same_version: bool  # as the last one applied: 1.1 and 1.2 name roles differently, so a change replaces them all


async def run(
    applier: Applier,
    archive: Archive,
    terms: Terms,
    *,
    progress: Progress,
    validated: Callable[[], Awaitable[None]],
) -> Outcome:
    """Import the archive in the applier's transaction."""
    connection = applier.connection
    await connection.execute(SETTINGS)
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"roster/{applier.district_id}")
    bar = _Bar(progress, {name: archive.size(name) for name in TARGETS if name in archive.modes})
    staged, modes = await _stage(connection, archive, bar)

    outcome = Outcome()
    await _look_for_gone(applier, staged, modes, terms, outcome)
    if outcome.held:
        return outcome
    await validated()
    for name in (name for name in TARGETS if name in staged):
        await bar.show(f"applying {name}.csv")
        await applier.diff(staged[name])
        outcome.counts[name] = await applier.apply(staged[name], name if name in archive.modes else "users")
        bar.step(name)
    await _derive(connection, applier.district_id, applier.now, outcome)
    return outcome


class _Bar:
    """Progress in bytes: each file is read once and applied once."""

    def __init__(self, progress: Progress, sizes: dict[str, int]) -> None:
        self._progress = progress
        self._sizes = sizes
        self._done = 0

    async def show(self, message: str) -> None:
        await self._progress(self._done, 2 * sum(self._sizes.values()) + 1, message)

    def step(self, name: str) -> None:
        self._done += self._sizes.get(name, 0)


async def _stage(connection: Connection, archive: Archive, bar: _Bar) -> tuple[dict[str, Staged], dict[str, str]]:
    modes = dict(archive.modes)
    staged: dict[str, Staged] = {}
    for name in (name for name in TARGETS if name in modes):
        await bar.show(f"reading {name}.csv")
        staged[name] = await stage(connection, archive, name)
        bar.step(name)
    if "users" in modes and "roles" not in modes and archive.version == "1.1":
        staged["roles"] = await derive_roles(connection)
        modes["roles"] = modes["users"]
    return staged, modes


async def _look_for_gone(
    applier: Applier, staged: dict[str, Staged], modes: dict[str, str], terms: Terms, outcome: Outcome
) -> None:
    for name, of in staged.items():
        gone, active = await applier.find_gone(of.target, modes[name], within_people=of.is_derived)
        outcome.counts[name] = Counts(rows=of.rows, removed=gone)
        is_braked = modes[name] == BULK and (name != "roles" or terms.same_version)
        if is_braked and is_too_much(gone, active, terms.brake):
            outcome.held[name] = (gone, active)


async def _derive(connection: Connection, district_id: UUID, now: datetime, outcome: Outcome) -> None:
    """Bring up to date what follows from the roster, unless it is the same as before."""
    touched = {name for name, counts in outcome.counts.items() if counts.added or counts.changed or counts.removed}
    if touched & {"users", "roles", "userProfiles"}:
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
