from sqlmodel import col, select

from services.districts.retention.models import RetentionRules
from services.districts.retention.schemas import RetentionWrite
from shared.errors import NotFound
from shared.units import Unit
from shared.writes import load, put_row, repeated, show, stored_row


async def put_rules(unit: Unit, body: RetentionWrite) -> RetentionRules:
    said = {"years": {kind.value: years for kind, years in sorted(body.years.items())}}
    visible = select(RetentionRules).where(col(RetentionRules.district_id) == unit.district_id)
    stored = await stored_row(unit, RetentionRules, visible, unit.district_id)
    if done := repeated(unit, stored, said):
        return done
    row, changed = await put_row(unit, RetentionRules, unit.district_id, stored, said)
    unit.audit("retention_rules.changed", "retention-rules", row.id, changed=changed)
    return show(unit, row)


async def get_rules(unit: Unit) -> RetentionRules:
    visible = select(RetentionRules).where(col(RetentionRules.district_id) == unit.district_id)
    try:
        return show(unit, await load(unit, visible))
    except NotFound:
        raise NotFound("nobody has said how long what is kept: PUT /v1/settings/retention does") from None
