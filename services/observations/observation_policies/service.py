from datetime import timedelta
from typing import Any

from services.observations.observation_policies.models import ObservationPolicy
from services.observations.observation_policies.queries import visible_to
from services.observations.observation_policies.rules import Policy
from services.observations.observation_policies.schemas import ObservationPolicyRead, ObservationPolicyWrite
from services.observations.observations.rules import ObservationType
from services.observations.orgs import leads_district
from services.observations.settings import ObservationsSettings
from shared.contracts.observations import ObservationPolicyState
from shared.errors import Forbidden
from shared.units import Unit
from shared.writes import announce, etag, put_row, repeated, show, stored_row


async def put_policy(unit: Unit, body: ObservationPolicyWrite) -> ObservationPolicy:
    values = body.model_dump(mode="json")
    stored = await stored_row(unit, ObservationPolicy, visible_to(unit.who), unit.district_id)
    if done := repeated(unit, stored, values):
        return done
    if unit.who.person is not None and not await leads_district(unit, unit.who.person):
        raise Forbidden("only who leads the district says how it observes")
    row, changed = await put_row(unit, ObservationPolicy, unit.district_id, stored, values)
    announce(
        unit, "observation_policy.changed", "observation-policies", row, ObservationPolicyState.of(row), tuple(changed)
    )
    return show(unit, row)


async def get_policy(unit: Unit) -> ObservationPolicy | None:
    row: ObservationPolicy | None = (await unit.session.execute(visible_to(unit.who))).scalar_one_or_none()
    unit.answer.headers["ETag"] = etag(row.version if row else 0)
    return row


def read(unit: Unit, settings: ObservationsSettings, row: ObservationPolicy | None) -> ObservationPolicyRead:
    """Say what holds, of every type, whether the district said it or the deployment."""
    columns: dict[str, Any] = row.model_dump() if row else {}
    policy = (
        Policy.of(row.version, row.types, row.feedback_clock, row.read_within_days, row.remind_before_hours)
        if row
        else Policy.usual(settings)
    )
    return ObservationPolicyRead(
        id=unit.district_id,
        version=policy.version,
        created_at=columns.get("created_at"),
        updated_at=columns.get("updated_at"),
        types={kind: policy.for_type(kind) for kind in ObservationType},
        feedback_clock=policy.clock,
        read_within_days=policy.read_within // timedelta(days=1),
        remind_before_hours=policy.remind_before // timedelta(hours=1),
    )
