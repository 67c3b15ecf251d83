from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.districts.webhooks.models import WebhookAttempt, WebhookDelivery
from services.districts.webhooks.schemas import DeliveriesQuery
from shared.access.policies import WEBHOOK_DELIVERIES
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.errors import NotFound
from shared.units import Unit


def visible_to(who: Principal) -> Select[WebhookDelivery]:
    return select(WebhookDelivery).where(
        col(WebhookDelivery.district_id) == who.district_id, allowed(WEBHOOK_DELIVERIES, who, Columns(WebhookDelivery))
    )


def found(who: Principal, query: DeliveriesQuery) -> Select[WebhookDelivery]:
    statement = visible_to(who)
    if query.webhook_id is not None:
        statement = statement.where(col(WebhookDelivery.webhook_id) == query.webhook_id)
    return statement if query.state is None else statement.where(col(WebhookDelivery.state) == query.state.value)


async def delivery(unit: Unit, delivery_id: UUID, *, lock: bool = False) -> WebhookDelivery:
    statement = visible_to(unit.who).where(col(WebhookDelivery.id) == delivery_id)
    if lock:
        statement = statement.with_for_update()
    row = (await unit.session.execute(statement)).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


async def attempts_of(unit: Unit, delivery_id: UUID) -> list[WebhookAttempt]:
    mine = col(WebhookAttempt.district_id) == unit.district_id
    statement = select(WebhookAttempt).where(mine, col(WebhookAttempt.delivery_id) == delivery_id)
    return list((await unit.session.execute(statement.order_by(col(WebhookAttempt.id)))).scalars())
