from datetime import date
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from services.districts.tables import MANUAL, ResourceTable


class Relationship(ResourceTable, table=True):
    """What somebody is to an organisation or to another person, from when to when: what rights derive from.

    Those of the source `roster` follow from a role (`role_id`) and end with it; manual ones are nobody's but the API's.
    """

    __tablename__ = "relationships"
    __table_args__ = (
        Index("uq_relationships_role", "district_id", "role_id", unique=True),
        Index("ix_relationships_person", "district_id", "person_id"),
        Index("ix_relationships_org", "district_id", "org_id"),
        Index("ix_relationships_target", "district_id", "target_person_id"),
    )

    person_id: UUID
    kind: str
    org_id: UUID | None = None
    target_person_id: UUID | None = None
    begin_date: date | None = None
    end_date: date | None = None
    source: str = Field(default=MANUAL)
    role_id: UUID | None = None
