from typing import Annotated, cast

import orjson
from fastapi import Depends, Query, Request

from services.districts.auth import CanReadWebhooks, CanWriteWebhooks
from services.districts.webhooks import queries, records, service
from services.districts.webhooks.models import Webhook, WebhookDelivery
from services.districts.webhooks.schemas import (
    AttemptRead,
    DeliveriesQuery,
    DeliveryRead,
    DeliveryWithAttempts,
    Replay,
    WebhookPatch,
    WebhookRead,
    WebhookWithSecret,
    WebhookWrite,
)  # fmt: skip
from shared.paging import Page, ResourceQuery, filtered, page_of
from shared.routing import resource_router
from shared.runtime import Runtime
from shared.wire import Id
from shared.writes import show

router = resource_router("webhooks")


async def find(webhook_id: Id, unit: CanReadWebhooks) -> Webhook:
    return await records.get_webhook(unit, webhook_id)


async def find_to_write(webhook_id: Id, unit: CanWriteWebhooks) -> Webhook:
    return await records.get_webhook(unit, webhook_id, lock=True)


Found = Annotated[Webhook, Depends(find)]
FoundToWrite = Annotated[Webhook, Depends(find_to_write)]


def _runtime(request: Request) -> Runtime:
    return cast("Runtime", request.app.state.runtime)


def _read(row: Webhook) -> WebhookRead:
    return WebhookRead.model_validate(row)


def _with_secret(row: Webhook, secret: str) -> WebhookWithSecret:
    return WebhookWithSecret(**_read(row).model_dump(), secret=secret)


@router.get("/v1/webhooks")
async def list_webhooks(
    request: Request, query: Annotated[ResourceQuery, Query()], unit: CanReadWebhooks
) -> Page[WebhookRead]:
    statement = filtered(records.visible_to(unit.who), Webhook, query)
    rows, following, total = await page_of(unit, request, query, statement, Webhook.id)
    return Page(data=[_read(row) for row in rows], next=following, total=total)


@router.post("/v1/webhooks", status_code=201)
async def create_webhook(request: Request, given: WebhookWrite, unit: CanWriteWebhooks) -> WebhookWithSecret:
    """Name an endpoint that is told what happens from now on. Its secret is in this answer and nowhere else."""
    row, secret = await service.add(unit, _runtime(request), given)
    unit.answer.once = ("secret",)
    return _with_secret(row, secret)


@router.get("/v1/webhooks/{webhook_id}")
async def get_webhook(found: Found, unit: CanReadWebhooks) -> WebhookRead:
    return _read(show(unit, found))


@router.patch("/v1/webhooks/{webhook_id}")
async def change_webhook(patch: WebhookPatch, found: FoundToWrite, unit: CanWriteWebhooks) -> WebhookRead:
    return _read(await service.change(unit, found, patch))


@router.post("/v1/webhooks/{webhook_id}/rotate")
async def rotate_webhook_secret(request: Request, found: FoundToWrite, unit: CanWriteWebhooks) -> WebhookWithSecret:
    """Give it a new secret. For a day both sign, so that the receiver may change over when it likes."""
    row, secret = await service.rotate(unit, _runtime(request), found)
    unit.answer.once = ("secret",)
    return _with_secret(row, secret)


@router.post("/v1/webhooks/{webhook_id}/enable")
async def enable_webhook(found: FoundToWrite, unit: CanWriteWebhooks) -> WebhookRead:
    """Tell it again, from where it was when it was disabled."""
    return _read(await service.switch(unit, found, on=True))


@router.post("/v1/webhooks/{webhook_id}/disable")
async def disable_webhook(found: FoundToWrite, unit: CanWriteWebhooks) -> WebhookRead:
    return _read(await service.switch(unit, found, on=False))


@router.post("/v1/webhooks/{webhook_id}/archive")
async def archive_webhook(found: FoundToWrite, unit: CanWriteWebhooks) -> WebhookRead:
    return _read(await service.archive(unit, found))


@router.post("/v1/webhooks/{webhook_id}/ping", status_code=202)
async def ping_webhook(found: FoundToWrite, unit: CanWriteWebhooks) -> DeliveryRead:
    """Send a `webhook_ping.sent`. What came of it is in the delivery."""
    return DeliveryRead.model_validate(await service.ping(unit, found))


@router.post("/v1/webhooks/{webhook_id}/replay", status_code=202)
async def replay_webhook(asked: Replay, found: FoundToWrite, unit: CanWriteWebhooks) -> WebhookRead:
    """Tell everything again since an instant, under the same webhook-ids: who has kept them notices."""
    return _read(await service.replay(unit, found, asked))


@router.get("/v1/webhook-deliveries")
async def list_webhook_deliveries(
    request: Request, query: Annotated[DeliveriesQuery, Query()], unit: CanReadWebhooks
) -> Page[DeliveryRead]:
    statement = queries.found(unit.who, query)
    rows, following, total = await page_of(unit, request, query, statement, WebhookDelivery.id)
    return Page(data=[DeliveryRead.model_validate(row) for row in rows], next=following, total=total)


@router.get("/v1/webhook-deliveries/{delivery_id}")
async def get_webhook_delivery(delivery_id: Id, unit: CanReadWebhooks) -> DeliveryWithAttempts:
    row = await queries.delivery(unit, delivery_id)
    tried = [AttemptRead.model_validate(it) for it in await queries.attempts_of(unit, delivery_id)]
    return DeliveryWithAttempts(
        **DeliveryRead.model_validate(row).model_dump(), body=orjson.loads(row.body), tried=tried
    )


@router.post("/v1/webhook-deliveries/{delivery_id}/retry", status_code=202)
async def retry_webhook_delivery(delivery_id: Id, unit: CanWriteWebhooks) -> DeliveryRead:
    """Send a message that is over once more: a dead letter, or one that the receiver has lost."""
    row = await queries.delivery(unit, delivery_id, lock=True)
    webhook = await records.get_webhook(unit, row.webhook_id)
    return DeliveryRead.model_validate(await service.retry(unit, webhook, row))
