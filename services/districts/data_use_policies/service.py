from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.data_use_policies.models import DataUsePolicy
from services.districts.data_use_policies.schemas import DataUsePolicyWrite
from shared.contracts.districts import DataUsePolicyState
from shared.units import Unit
from shared.writes import announce, load, put_row, repeated, show, stored_row


async def get_policy(unit: Unit) -> DataUsePolicy:
    return show(unit, await load(unit, _of_the_district(unit)))


async def put_policy(unit: Unit, body: DataUsePolicyWrite) -> DataUsePolicy:
    values = body.model_dump(mode="json")
    stored = await stored_row(unit, DataUsePolicy, _of_the_district(unit), unit.district_id)
    if done := repeated(unit, stored, values):
        return done
    row, changed = await put_row(unit, DataUsePolicy, unit.district_id, stored, values)
    state = DataUsePolicyState.of(row)
    announce(unit, "data_use_policy.changed", "data-use-policies", row, state, changed)
    return show(unit, row)


def _of_the_district(unit: Unit) -> Select[DataUsePolicy]:
    return select(DataUsePolicy).where(
        col(DataUsePolicy.district_id) == unit.district_id, col(DataUsePolicy.id) == unit.district_id
    )
