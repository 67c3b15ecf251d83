from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints

from shared.wire import Id, Name, Partial, ResourceRead, Wire, whole

Scope = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21\x23-\x5b\x5d-\x7e]+$")]
Scopes = Annotated[
    list[Scope],
    Field(min_length=1, max_length=100, description="what it may do; `all` stands for every scope there is"),
]
PerMinute = Annotated[
    int,
    Field(ge=1, le=1_000_000, description="requests a minute; null: what this installation gives everybody"),
    BeforeValidator(whole),
]


class ClientWrite(Wire):
    name: Name
    scopes: Scopes
    requests_per_minute: PerMinute | None = None
    partner_id: Id | None = Field(
        default=None,
        description="of an external partner: it may no more than the partner's data-share agreements of the day",
    )


class ClientPatch(Partial, ClientWrite):
    """A merge patch: what is left out stays."""


class ClientRead(ResourceRead):
    client_id: str
    name: str
    scopes: list[str]
    requests_per_minute: int | None
    partner_id: UUID | None
    revoked_at: datetime | None


class ClientCreated(ClientRead):
    client_secret: str | None = Field(
        description="Shown only now; null when the answer is given again under its Idempotency-Key."
    )


class ClientSecretRead(ResourceRead):
    starts_with: str = Field(description="how it starts, so that people can tell which it is")
    revoked_at: datetime | None


class ClientSecretCreated(ClientSecretRead):
    client_secret: str | None = Field(
        description="Shown only now; null when the answer is given again under its Idempotency-Key."
    )
