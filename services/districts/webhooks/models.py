from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Integer, text
from sqlmodel import Field

from services.districts.tables import JSON, TEXTS, ResourceTable, Table
from shared.models import TIMESTAMP


class Webhook(ResourceTable, table=True):
    """An endpoint of an integrator. `secrets` are as sealing.py left them and go out once, when they are made."""

    __tablename__ = "webhooks"

    name: str
    url: str
    types: list[str] = Field(sa_type=TEXTS)
    purposes: list[str] = Field(sa_type=TEXTS)
    enabled: bool = True
    disabled_reason: str | None = None
    secrets: list[dict[str, Any]] = Field(sa_type=JSON)


class WebhookPlace(Table, table=True):
    """How far an endpoint is in the log and when it is due: ids and times, which the relay role sees for all districts.

    `due_at` is null while there is nothing to send. `failures` counts the failed attempts since the last good one.
    """

    __tablename__ = "webhook_places"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "webhook_id"], ["districts.webhooks.district_id", "districts.webhooks.id"]
        ),
        Index("ix_webhook_places_due", "due_at", postgresql_where=text("due_at is not null")),
    )

    district_id: UUID = Field(primary_key=True)
    webhook_id: UUID = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)
    due_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    paused_until: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    failures: int = Field(default=0, sa_type=Integer)
    lease_until: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    leased_by: str | None = None  # a worker's seat and turn (shared/jobs/leases.py)


class WebhookDelivery(Table, table=True):
    """One message for one endpoint. `event_id` is the webhook-id, the same over all attempts and replays."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "webhook_id"], ["districts.webhooks.district_id", "districts.webhooks.id"]
        ),
        Index("uq_webhook_deliveries_event", "district_id", "webhook_id", "event_id", unique=True),
        Index(
            "ix_webhook_deliveries_pending", "district_id", "webhook_id", "next_at",
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_webhook_deliveries_over", "district_id", "ended_at", postgresql_where=text("state <> 'pending'")),
    )  # fmt: skip

    district_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    webhook_id: UUID
    event_id: UUID
    type: str
    body: str
    state: str
    attempts: int = 0
    created_at: datetime = Field(sa_type=TIMESTAMP)
    next_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    ended_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class WebhookAttempt(Table, table=True):
    """What came of one try: a status, or why there was none. What the endpoint wrote back is not kept."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "delivery_id"],
            ["districts.webhook_deliveries.district_id", "districts.webhook_deliveries.id"],
            ondelete="CASCADE",
        ),
        Index("ix_webhook_attempts_delivery", "district_id", "delivery_id", "id"),
    )

    district_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    delivery_id: UUID
    at: datetime = Field(sa_type=TIMESTAMP)
    milliseconds: int
    status: int | None = None
    problem: str | None = None
