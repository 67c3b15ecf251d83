from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from services.districts.roster_sources.rules import fault_of_url
from services.districts.webhooks.rules import DeliveryState
from shared.paging import ListQuery
from shared.wire import Instant, Name, Partial, Read, ResourceRead, Wire

Purpose = Literal["walk", "research", "coaching", "evaluation"]
_PATTERN = r"^[a-z_]+\.([a-z_]+|\*)$"


def _url(value: str) -> str:
    if fault := fault_of_url(value, query=True):
        raise ValueError(fault)
    return value


Types = Annotated[
    list[Annotated[str, Field(max_length=100, pattern=_PATTERN)]],
    Field(max_length=50, description="such as `observation.shared` or `observation.*`; none: all there are"),
]
Purposes = Annotated[
    list[Purpose],
    Field(max_length=4, description="of events that have a purpose only these; none: whatever the purpose"),
]


class WebhookWrite(Wire):
    name: Name
    url: Annotated[
        str,
        Field(min_length=8, max_length=2000, pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://[\x21-\x7e]+$"),
        AfterValidator(_url),
    ]
    types: Types = Field(default_factory=list)
    purposes: Purposes = Field(default_factory=list)


class WebhookPatch(Partial, WebhookWrite):
    """A merge patch: what is left out stays."""


class WebhookRead(ResourceRead):
    name: str
    url: str
    types: list[str]
    purposes: list[str]
    enabled: bool
    disabled_reason: str | None = Field(description="why it is told nothing: `gone` if it answered 410")


class WebhookWithSecret(WebhookRead):
    secret: str | None = Field(
        description="Shown only now; null when the answer is given again under its Idempotency-Key."
    )


class Replay(Wire):
    """From where in the log to tell again: an instant. What was delivered is sent again under the same webhook-id."""

    since: Instant


class DeliveriesQuery(ListQuery):
    webhook_id: UUID | None = None
    state: DeliveryState | None = Field(default=None, description="`dead` lists the dead letters")


class DeliveryRead(Read):
    id: UUID
    webhook_id: UUID
    event_id: UUID = Field(description="the webhook-id: the same over all attempts and replays")
    type: str
    state: DeliveryState
    attempts: int = Field(description="since it was made, or asked for again")
    created_at: datetime
    next_at: datetime | None = Field(description="when it is tried next, unless the endpoint rests; null when over")
    ended_at: datetime | None


class AttemptRead(Read):
    at: datetime
    milliseconds: int
    status: int | None = Field(description="what the endpoint answered; null if nothing came")
    problem: str | None = Field(description="why nothing came: `timeout`, `refused_address`, `connection` ...")


class DeliveryWithAttempts(DeliveryRead):
    body: dict[str, Any] = Field(description="what is sent")
    tried: list[AttemptRead]
