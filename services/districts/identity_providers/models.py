from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field

from services.districts.tables import JSON, TEXTS, ResourceTable
from shared.models import TIMESTAMP, text_c


class IdentityProvider(ResourceTable, table=True):
    """An OIDC provider, and which claim of its ID tokens names whom of the staff.

    `tokens_ended_at`: whom it vouched for before is to be asked anew, because it is trusted otherwise now.
    """

    __tablename__ = "identity_providers"
    __table_args__ = (
        Index(
            "uq_identity_providers_issuer",
            "district_id",
            "issuer",
            unique=True,
            postgresql_where=text("archived_at is null"),
        ),
    )

    name: str
    issuer: str = Field(sa_type=text_c())
    audiences: list[str] = Field(sa_type=TEXTS)
    jwks_url: str | None = None
    algorithms: list[str] = Field(sa_type=TEXTS)
    person_by: str
    person_claim: str
    external_system: str | None = None
    required_claims: dict[str, str] = Field(sa_type=JSON)
    enabled: bool
    tokens_ended_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
