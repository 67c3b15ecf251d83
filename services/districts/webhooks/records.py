"""What the worker reads of endpoints; apart from the lists, so that no worker loads HTTP."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.webhooks.models import Webhook
from shared.access.policies import WEBHOOKS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.units import Unit
from shared.writes import load


def visible_to(who: Principal) -> Select[Webhook]:
    return select(Webhook).where(col(Webhook.district_id) == who.district_id, allowed(WEBHOOKS, who, Columns(Webhook)))


async def get_webhook(unit: Unit, webhook_id: UUID, *, lock: bool = False) -> Webhook:
    return await load(unit, visible_to(unit.who).where(col(Webhook.id) == webhook_id), lock=lock)


def told(row: Webhook) -> dict[str, Any]:
    return {"id": row.id, "version": row.version, "archived": row.archived_at is not None, "name": row.name}
