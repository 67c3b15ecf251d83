from uuid import UUID

from sqlmodel import col

from services.observations.expectation_policies.models import ExpectationPolicy
from services.observations.expectation_policies.queries import visible_to
from services.observations.expectation_policies.rules import faults_of
from services.observations.expectation_policies.schemas import ExpectationPolicyWrite
from services.observations.orgs import leads_district
from shared.contracts.state import State
from shared.errors import Forbidden, Invalid
from shared.jobs.starting import start_job
from shared.runtime import Runtime
from shared.units import Unit
from shared.writes import announce, archive_row, load, put_row, repeated, show, stored_row

FOLLOW_JOB = "follow_expectation_policy"


async def put_policy(unit: Unit, runtime: Runtime, policy_id: UUID, body: ExpectationPolicyWrite) -> ExpectationPolicy:
    if faults := faults_of(body):
        raise Invalid(errors=faults)
    values = body.model_dump() | body.model_dump(mode="json", include={"windows", "rules"})
    stored = await stored_row(unit, ExpectationPolicy, visible_to(unit.who), policy_id)
    if done := repeated(unit, stored, values):
        return done
    await _may_declare(unit)
    row, changed = await put_row(unit, ExpectationPolicy, policy_id, stored, values)
    return await _followed(unit, runtime, row, changed)


async def get_policy(unit: Unit, policy_id: UUID, *, lock: bool = False) -> ExpectationPolicy:
    return await load(unit, visible_to(unit.who).where(col(ExpectationPolicy.id) == policy_id), lock=lock)


async def archive_policy(unit: Unit, runtime: Runtime, policy_id: UUID) -> ExpectationPolicy:
    """Take it back, and its rows with it. One that is over needs no archiving."""
    await _may_declare(unit)
    row = await get_policy(unit, policy_id, lock=True)
    return await _followed(unit, runtime, row, archive_row(unit, row))


async def _may_declare(unit: Unit) -> None:
    if unit.who.person is not None and not await leads_district(unit, unit.who.person):
        raise Forbidden("only who leads the district says what it expects")


async def _followed(
    unit: Unit, runtime: Runtime, row: ExpectationPolicy, changed: tuple[str, ...]
) -> ExpectationPolicy:
    """Tell of it, and have the rows follow: of a large district they are too many for a request."""
    announce(unit, "expectation_policy.changed", "expectation-policies", row, State.of(row), changed)
    if changed:
        job = await start_job(unit, runtime.queue, FOLLOW_JOB, {"policy_id": str(row.id)})
        row.job_id = job.id
    return show(unit, row)
