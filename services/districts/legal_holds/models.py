from uuid import UUID

from sqlalchemy import Index

from services.districts.tables import ResourceTable


class LegalHold(ResourceTable, table=True):
    """Nothing about this person may be erased, until the hold is archived."""

    __tablename__ = "legal_holds"
    __table_args__ = (Index("ix_legal_holds_person", "district_id", "person_id"),)

    person_id: UUID
    reason: str
