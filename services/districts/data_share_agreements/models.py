from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.districts.tables import TEXTS, ResourceTable
from shared.models import TIMESTAMP


class DataShareAgreement(ResourceTable, table=True):
    """What a partner's clients may do, from its first day to its last. It was signed, so it never changes.

    `tokens_ended_at`: what was given under it before holds no more, because it was revoked.
    """

    __tablename__ = "data_share_agreements"
    __table_args__ = (Index("ix_data_share_agreements_partner", "district_id", "partner_id"),)

    partner_id: UUID
    begin_date: date
    end_date: date
    scopes: list[str] = Field(sa_type=TEXTS)
    signed_by: str
    revoked_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
    tokens_ended_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)
