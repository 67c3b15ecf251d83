"""What each kind of schedule needs, and what it does: as if somebody asked for it, in the job's transaction."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from services.districts.roster_exports.rules import scopes_of as export_scopes
from services.districts.roster_pulls.starting import start_pull
from services.districts.roster_sources.records import get_source
from services.districts.roster_sources.rules import PullMode
from shared.access.scopes import ONEROSTER
from shared.audit import verifying
from shared.errors import Forbidden
from shared.peers import checked
from shared.runtime import Runtime
from shared.units import Unit

Task = Mapping[str, Any]
Start = Callable[[Unit, Runtime, Task], Awaitable[str]]
"""Gives where that which was made is."""


def scopes_of(task: Task) -> tuple[str, ...]:
    """Give what it takes to do it by hand."""
    if task["kind"] == "roster_export":
        more = {name: bool(task.get(name)) for name in ("has_gradebook", "has_demographics")}
        return (f"{ONEROSTER}roster.readonly", *export_scopes(**more))
    return _SCOPES[task["kind"]]


_SCOPES = {
    "roster_pull": ("roster.write",),
    "retention": ("personal_data.erase",),
    "audit_verification": ("audit.read",),
}


def check_scopes(held: frozenset[str], task: Task, refusal: type[Forbidden] = Forbidden) -> None:
    if missing := [scope for scope in scopes_of(task) if scope not in held]:
        raise refusal(f"what is scheduled takes the scope {missing[0]}", scopes=missing)


async def _pull_roster(unit: Unit, runtime: Runtime, task: Task) -> str:
    source = await get_source(unit, UUID(task["source_id"]), lock=True)
    pull = await start_pull(unit, runtime.queue, source, PullMode(task["mode"]))
    return f"/v1/roster-pulls/{pull.id}"


async def _export_roster(unit: Unit, runtime: Runtime, task: Task) -> str:
    from services.districts.roster_exports.schemas import RosterExportAsk  # no other job needs what it brings along
    from services.districts.roster_exports.service import ask

    wishes = {name: value for name, value in task.items() if name != "kind"}
    return f"/v1/roster-exports/{(await ask(unit, runtime, RosterExportAsk(**wishes))).id}"


async def _plan_retention(unit: Unit, runtime: Runtime, _: Task) -> str:
    from services.districts.erasures.rules import ErasureReason, ErasureSubject  # as above
    from services.districts.erasures.schemas import ErasureAsk
    from services.districts.erasures.service import ask

    asked = ErasureAsk(subject=ErasureSubject.RETENTION, reason=ErasureReason.RETENTION)
    return f"/v1/erasures/{(await ask(unit, runtime, asked)).id}"


async def _verify_audit(unit: Unit, runtime: Runtime, _: Task) -> str:
    return f"/v1/jobs/districts/{(await verifying.start(unit, runtime.queue)).id}"


STARTS: Mapping[str, Start] = {
    "roster_pull": _pull_roster,
    "roster_export": _export_roster,
    "retention": _plan_retention,
    "audit_verification": _verify_audit,
}


async def verify_at_peer(runtime: Runtime, service: str, district_id: UUID, client_id: str) -> str:
    """Have another service verify its own log. Asked twice it is one job while that is under way."""
    asked = {"district_id": str(district_id), "client_id": client_id}
    answer = await runtime.peers[service].post(f"/internal/{service}/audit-verifications", json=asked)
    return str(checked(answer).json()["job"])
