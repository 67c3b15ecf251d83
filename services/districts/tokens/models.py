from datetime import datetime
from typing import Any

from sqlmodel import Field

from services.districts.tables import JSON, Table
from shared.models import TIMESTAMP


class SigningKey(Table, table=True):
    """Signs the tokens of every district, hence without one. The newest signs; the older ones still verify."""

    __tablename__ = "signing_keys"

    kid: str = Field(primary_key=True)
    private_pem: str
    public_jwk: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=TIMESTAMP)
