from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.districts.tables import TEXTS, ResourceTable
from shared.models import TIMESTAMP, text_c


class Client(ResourceTable, table=True):
    """A program that may call the API. Its secrets are known to itself alone.

    `tokens_ended_at`: what it was given before holds no more, because it was revoked or may do less now.
    """

    __tablename__ = "clients"
    __table_args__ = (Index("uq_clients_client_id", "district_id", "client_id", unique=True),)

    client_id: str = Field(sa_type=text_c())
    name: str
    scopes: list[str] = Field(sa_type=TEXTS)
    partner_id: UUID | None = None  # whose agreements bound it
    requests_per_minute: int | None = None
    revoked_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    tokens_ended_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


class ClientSecret(ResourceTable, table=True):
    """One of the at most two secrets that a client has at a time: only its hash, and how it starts, to tell them apart.

    `tokens_ended_at`: it was revoked, and with it what it was given.
    """

    __tablename__ = "client_secrets"
    __table_args__ = (Index("ix_client_secrets_owner", "district_id", "owner_id"),)

    owner_id: UUID
    starts_with: str = Field(sa_type=text_c())
    secret_hash: str
    revoked_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    tokens_ended_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
