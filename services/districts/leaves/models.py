from uuid import UUID

from sqlalchemy import Index

from services.districts.tables import Dated, unique_external_key


class Leave(Dated, table=True):
    """Days on which somebody is not at work. Why is that person's own affair: it leaves to nobody but by /v1/leaves."""

    __tablename__ = "leaves"
    __table_args__ = (unique_external_key("leaves"), Index("ix_leaves_person", "district_id", "person_id"))

    person_id: UUID
    kind: str
