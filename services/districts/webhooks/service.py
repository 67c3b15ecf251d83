import orjson

from services.districts.settings import settings_of
from services.districts.webhooks import places, signing
from services.districts.webhooks.errors import DeliveryNotOver, WebhookArchived, WebhookDisabled
from services.districts.webhooks.models import Webhook, WebhookDelivery
from services.districts.webhooks.records import told
from services.districts.webhooks.rules import PING, DeliveryState
from services.districts.webhooks.schemas import Replay, WebhookPatch, WebhookWrite
from shared.clock import new_id
from shared.runtime import Runtime
from shared.units import Unit
from shared.writes import announce, archive_row, change_row, check_version, patched, show, touch


async def add(unit: Unit, runtime: Runtime, given: WebhookWrite) -> tuple[Webhook, str]:
    secret = signing.new_secret()
    row = Webhook(
        district_id=unit.district_id, id=new_id(), created_at=unit.now, updated_at=unit.now,
        **given.model_dump(mode="json"), secrets=[signing.sealed(secret, settings_of(runtime).secrets_key)],
    )  # fmt: skip
    unit.session.add(row)
    await unit.session.flush()
    await places.open_at_end(unit.connection, unit.district_id, row.id)
    _tell(unit, row, "created", ("name", "url", "types", "purposes"))
    unit.answer.headers["Location"] = f"/v1/webhooks/{row.id}"
    return show(unit, row, status=201), secret


async def change(unit: Unit, row: Webhook, patch: WebhookPatch) -> Webhook:
    if row.archived_at is not None:
        raise WebhookArchived
    stored = WebhookWrite.model_validate_json(orjson.dumps(row.model_dump(include=set(WebhookWrite.model_fields))))
    given = patched(WebhookWrite, stored, patch.model_dump(mode="json", exclude_unset=True))
    changed = await change_row(unit, row, given.model_dump(mode="json"))
    _tell(unit, row, "changed", changed)
    return row


async def rotate(unit: Unit, runtime: Runtime, row: Webhook) -> tuple[Webhook, str]:
    """Make a new secret. The one before signs beside it for a day."""
    if row.archived_at is not None:
        raise WebhookArchived
    check_version(unit, row.version)
    secret = signing.new_secret()
    keys = settings_of(runtime).secrets_key
    changed = touch(unit, row, {"secrets": signing.rotated(row.secrets, secret, keys, unit.now)})
    _tell(unit, row, "changed", changed)
    return show(unit, row), secret


async def switch(unit: Unit, row: Webhook, *, on: bool) -> Webhook:
    """Stop telling it, or go on from where it was: what happened meanwhile is in the log."""
    if row.archived_at is not None:
        raise WebhookArchived
    if row.enabled is not on:
        check_version(unit, row.version)
    changed = touch(unit, row, {"enabled": on, "disabled_reason": None if on else "by_request"})
    if on:
        await places.wake(unit.connection, unit.district_id, row.id, unit.now)
    else:
        await places.rest(unit.connection, unit.district_id, row.id)
    _tell(unit, row, "enabled" if on else "disabled", changed)
    return show(unit, row)


async def archive(unit: Unit, row: Webhook) -> Webhook:
    changed = archive_row(unit, row)
    await places.rest(unit.connection, unit.district_id, row.id)
    _tell(unit, row, "archived", changed)
    return row


async def ping(unit: Unit, row: Webhook) -> WebhookDelivery:
    """Send it something harmless, through all that a real message goes through."""
    _check_open(row)
    event_id = new_id()
    body = {"type": PING, "timestamp": unit.now, "data": {"webhook_id": str(row.id)}}
    made = WebhookDelivery(
        district_id=unit.district_id, id=new_id(), webhook_id=row.id, event_id=event_id, type=PING,
        body=orjson.dumps(body, option=orjson.OPT_UTC_Z).decode(), state=DeliveryState.PENDING.value,
        created_at=unit.now, next_at=unit.now,
    )  # fmt: skip
    unit.session.add(made)
    await unit.session.flush()
    await places.wake(unit.connection, unit.district_id, row.id, unit.now)
    unit.audit("webhook_ping.requested", "webhooks", row.id)
    unit.answer.headers["Location"] = f"/v1/webhook-deliveries/{made.id}"
    return made


async def replay(unit: Unit, row: Webhook, asked: Replay) -> Webhook:
    _check_open(row)
    check_version(unit, row.version)
    await places.go_back(unit.connection, unit.district_id, row.id, asked.since)
    await places.wake(unit.connection, unit.district_id, row.id, unit.now)
    unit.audit("webhook_replay.requested", "webhooks", row.id, since=asked.since)
    return show(unit, row)


async def retry(unit: Unit, row: Webhook, delivery: WebhookDelivery) -> WebhookDelivery:
    """Send one message again, a dead letter or one that arrived."""
    _check_open(row)
    if delivery.state == DeliveryState.PENDING.value:
        raise DeliveryNotOver
    delivery.state, delivery.next_at = DeliveryState.PENDING.value, unit.now
    delivery.attempts, delivery.ended_at = 0, None
    await unit.session.flush()
    await places.wake(unit.connection, unit.district_id, row.id, unit.now)
    unit.audit("webhook_delivery.retried", "webhook_deliveries", delivery.id)
    return delivery


def _check_open(row: Webhook) -> None:
    if row.archived_at is not None:
        raise WebhookArchived
    if not row.enabled:
        raise WebhookDisabled


def _tell(unit: Unit, row: Webhook, what: str, changed: tuple[str, ...]) -> None:
    announce(unit, f"webhook.{what}", "webhooks", row, told(row), changed)
