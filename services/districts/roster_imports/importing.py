"""The whole of one import, in one transaction: stage, find what goes, diff and apply file by file, see what that was,
and keep it or take it back.

What is settled and comes again as it was is left out of all of it (settled.py).

The plan is what happened: a dry run, or one that the brake stops, does the same work and is then rolled back to where
it began. So a plan can never differ from what applying does, and an import that goes through pays nothing for it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.districts.erasures.remembering import leave_out_erased
from services.districts.gradebook.links import LINKS
from services.districts.oneroster import naming
from services.districts.oneroster.documents import count_up, write_documents
from services.districts.relationships.deriving import follow_roles, mark_staff
from services.districts.roster_imports import rekeying
from services.districts.roster_imports.applying import Applier
from services.districts.roster_imports.archive import Archive
from services.districts.roster_imports.files import GRADEBOOK
from services.districts.roster_imports.folding import fold
from services.districts.roster_imports.mapping import Target
from services.districts.roster_imports.parents import set_parents
from services.districts.roster_imports.planning import EntityPlan, Plan, find_samples, roster_version
from services.districts.roster_imports.rekeying import rekey
from services.districts.roster_imports.rules import ImportState, brake_of, is_too_much, outcome_of
from services.districts.roster_imports.settled import Before, come_again, fingerprints, left_behind
from services.districts.roster_imports.staging import Staged, derive_roles, stage
from services.districts.roster_imports.targets import TARGETS
from shared.database import Connection

Progress = Callable[[int, int, str], Awaitable[None]]
# Sorting and hashing of a large roster in memory where it fits; one import runs at a time in a worker. Whole sets are
# joined, and statistics may be those of an empty table, so the planner must not loop.
SETTINGS = """set local statement_timeout = 0; set local work_mem = '128MB'; set local datestyle = 'ISO, MDY';
              set local timezone = 'UTC'; set local default_statistics_target = 10;
              set local jit = off; set local enable_nestloop = off"""


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms an import runs: `brake` is the share above which endings are held, `accepted` the agreed plan."""

    brake: float
    is_dry_run: bool
    accepted: str | None
    may_rekey: bool
    before: Before  # what the last one applied left behind, if it was of this version

    @property
    def same_version(self) -> bool:
        """1.1 and 1.2 name roles differently, so a change replaces them all: only how many are left says anything."""
        return self.before.is_comparable


@dataclass(slots=True)
class Outcome:
    """`errors` are JSON texts; `changed` names, by table, what others are told of; `settled` what is left behind."""

    plan: Plan
    state: ImportState = ImportState.PLANNED
    errors: list[str] = field(default_factory=list)
    changed: dict[str, list[UUID]] = field(default_factory=dict)
    settled: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Telling:
    """Whom a run tells how far it is."""

    progress: Progress
    validated: Callable[[], Awaitable[None]]
    planned: Callable[[Plan], Awaitable[None]]


async def run(applier: Applier, archive: Archive, sha256: str, terms: Terms, telling: Telling) -> Outcome:
    """Import the archive in the applier's transaction, or only plan it, as the terms say.

    The transaction is open for sets.
    """
    connection = applier.connection
    plan = Plan(await roster_version(connection, applier.district_id), sha256)
    bar = _Bar(telling.progress, {name: archive.size(name) for name in TARGETS if name in archive.modes})
    marks = await asyncio.to_thread(fingerprints, archive)
    plan.entities |= come_again(marks, terms.before)
    for name in (*plan.entities, *plan.entities):
        bar.step(name)
    staged, modes = await _stage(connection, archive, bar, set(plan.entities))
    await telling.validated()

    outcome = Outcome(plan)
    outcome.errors += await leave_out_erased(connection, applier.district_id)
    await connection.execute("savepoint unplanned")
    gone = await _look_for_gone(applier, staged, modes, terms, plan)
    renamed = 0 if terms.same_version else await applier.count_active(TARGETS["roles"])
    may_rekey = terms.may_rekey and gone.get("users", 0) > 0
    settled = set(plan.entities) | await _apply(applier, archive, staged, outcome, bar, may_rekey=may_rekey)
    if renamed:
        await _compare_roles(applier, renamed, terms, plan)
    outcome.settled = left_behind(marks, terms.before, settled, set(staged))
    is_accepted = None if terms.accepted is None else terms.accepted == plan.digest
    outcome.state = outcome_of(is_over=bool(plan.over), is_dry_run=terms.is_dry_run, is_accepted=is_accepted)
    if outcome.state != ImportState.APPLIED:
        await connection.execute("rollback to savepoint unplanned")
        return outcome
    await telling.planned(plan)
    await connection.execute("select districts.analyze_grown()", timeout=None)
    touched = {name for name, entity in plan.entities.items() if entity.counts.moved}
    outcome.changed = await derive(connection, applier.district_id, applier.now, touched)
    return outcome


async def open_for_sets(connection: Connection, district_id: UUID) -> None:
    """Prepare a transaction for work on whole tables; one import at a time moves a district's roster."""
    await connection.execute(SETTINGS)
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"roster/{district_id}")


async def hold_gradebook(connection: Connection, district_id: UUID) -> None:
    """Let no LMS hand anything in until this transaction ends: what is looked up in the gradebook stays true."""
    await count_up(connection, district_id, "gradebook_versions")


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


async def _stage(
    connection: Connection, archive: Archive, bar: _Bar, known: set[str]
) -> tuple[dict[str, Staged], dict[str, str]]:
    modes = dict(archive.modes)
    staged: dict[str, Staged] = {}
    for name in (name for name in TARGETS if name in modes and name not in known):
        await bar.show(f"reading {name}.csv")
        staged[name] = await stage(connection, archive, name)
        bar.step(name)
    if "users" in staged and archive.has_roles_in_users:
        staged["roles"] = await derive_roles(connection)
        modes["roles"] = modes["users"]
    return staged, modes


async def _look_for_gone(
    applier: Applier, staged: dict[str, Staged], modes: dict[str, str], terms: Terms, plan: Plan
) -> dict[str, int]:
    """Find what would end, before anything is written, and where that is more than looks right."""
    found = {}
    for name, of in staged.items():
        found[name] = gone = await applier.find_gone(of, modes[name])
        brake = brake_of(name, terms.brake)
        if not gone or brake is None or (name == "roles" and not terms.same_version):
            continue
        active = await applier.count_active(of.target)
        if is_too_much(gone, active, brake):
            plan.over.append({"file": name, "ended": gone, "active": active, "rekeyed": 0})
    return found


async def _compare_roles(applier: Applier, before: int, terms: Terms, plan: Plan) -> None:
    """See how many roles are left where the other version of OneRoster names all of them anew."""
    ended = before - await applier.count_active(TARGETS["roles"])
    if is_too_much(ended, before, terms.brake):
        plan.over.append({"file": "roles", "ended": ended, "active": before, "rekeyed": 0})


async def _apply(
    applier: Applier, archive: Archive, staged: dict[str, Staged], outcome: Outcome, bar: _Bar, *, may_rekey: bool
) -> set[str]:
    """Apply file by file; give those that are settled."""
    rejecting: set[str] = set()
    settled: set[str] = set()
    for name in (name for name in TARGETS if name in staged):
        await bar.show(f"planning {name}.csv")
        of = staged[name]
        if name in GRADEBOOK:
            await hold_gradebook(applier.connection, applier.district_id)
        await rekeying.give_way(applier, of.target)
        await applier.diff(of)
        rekeyed = 0
        if name == "users" and may_rekey:
            rekeyed = await rekey(applier, has_derived_roles="roles" in staged and staged["roles"].is_derived)
        applied = await applier.apply(of)
        counts = applied.counts
        counts.rekeyed = rekeyed
        if rekeyed:
            await rekeying.bury(applier)
        if counts.rejected:
            rejecting.add(of.target.table)
        if counts.rejected or applied.is_doubtful:
            file = name if name in archive.modes else "users"
            outcome.errors.append(await applier.errors(of, file, frozenset(rejecting)))
        if (orphaned := await _follow(applier, of.target)) is not None:
            outcome.errors.append(orphaned)
            applied = replace(applied, is_settled=False)
        outcome.plan.entities[name] = EntityPlan(archive.modes.get(name, "derived"), counts)
        settled |= {name} if applied.is_settled else set()
        bar.step(name)
    if outcome.plan.rekeyed:
        await rekeying.touch_references(applier)
    await _sample(applier, staged, outcome)
    if "roles" in staged and staged["roles"].is_derived and "roles" not in settled:
        settled.discard("users")
    return settled


async def _follow(applier: Applier, target: Target) -> str | None:
    """Bring up to date what a file's rows say of other rows; give the warnings as JSON, if any."""
    if target.table in LINKS:
        await fold(applier, target)
    return await set_parents(applier, target) if target.has_parent else None


async def _sample(applier: Applier, staged: dict[str, Staged], outcome: Outcome) -> None:
    for name, entity in outcome.plan.entities.items():
        if entity.counts.moved or entity.counts.rejected:
            entity.samples = await find_samples(applier, staged[name].target)
        if entity.counts.rekeyed:
            entity.samples["rekeyed"] = await rekeying.samples(applier)
            outcome.plan.tell_rekeyed(name, entity.counts)


TOLD = {
    "academicSessions": ("terms", ""), "orgs": ("orgs", ""), "courses": ("courses", ""), "classes": ("classes", ""),
    "enrollments": ("enrollments", " and role <> 'student'"),
}  # fmt: skip


async def derive(connection: Connection, district_id: UUID, now: datetime, touched: set[str]) -> dict[str, list[UUID]]:
    """Bring up to date what follows from the roster, unless it is the same as before; give what changed by table.

    Nothing follows from the gradebook, and nobody is told of it.
    """
    touched = touched - set(GRADEBOOK)
    changed: dict[str, list[UUID]] = {}
    for name, (table, where) in TOLD.items():
        if name in touched:
            rows = await connection.fetch(
                f"select id from districts.{table} where district_id = $1 and updated_at = $2{where}", district_id, now
            )
            changed[table] = [row["id"] for row in rows]
    if touched:
        await naming.follow(connection, district_id, now)
    if touched & {"users", "roles", "userProfiles"}:
        changed["people"] = await mark_staff(connection, district_id, now)
        changed["relationships"] = await follow_roles(connection, district_id, now)
        await write_documents(connection, district_id, now)
    if touched:
        await count_up(connection, district_id)
    return changed
