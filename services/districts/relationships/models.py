from datetime import date
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from services.districts.tables import MANUAL, ResourceTable

# What may hold once at a time, as numbers: ranges of numbers have a GiST operator class of PostgreSQL's own, while ids
# and words would need the extension btree_gist, which the embedded server does not bring.
_WHAT = "district_id::text || person_id::text || kind || coalesce(org_id, target_person_id)::text"
_NUMBERS = [f"(hashtextextended({_WHAT}, {seed}) >> 1)" for seed in (0, 1)]


class Relationship(ResourceTable, table=True):
    """What somebody is to an organisation or to another person, from when to when: what rights derive from.

    Those of the source `roster` follow from a role or a role grant (`role_id`) and end with it; manual ones are the
    API's alone.
    `leader_class`: what somebody said of who leads; else a role makes an administrative leader, a hand a school leader.
    `denied`: withdrawn by hand though roles give it, so that no roster brings it back.

    Two that people made never overlap: PostgreSQL itself refuses. Those that follow from roles cannot among themselves
    (deriving.py joins what overlaps), nor with the others, since writers of both kinds take the same locks.
    """

    __tablename__ = "relationships"
    __table_args__ = (
        Index("ix_relationships_role", "district_id", "role_id"),
        Index("ix_relationships_person", "district_id", "person_id"),
        Index("ix_relationships_org", "district_id", "org_id"),
        Index("ix_relationships_target", "district_id", "target_person_id"),
        ExcludeConstraint(
            *((text(f"int8range({number}, {number}, '[]')"), "&&") for number in _NUMBERS),
            (text("daterange(begin_date, end_date, '[]')"), "&&"),
            name="relationships_overlap",
            where=text("archived_at is null and source <> 'roster'"),
            deferrable=True,
            initially="IMMEDIATE",
        ),
    )

    person_id: UUID
    kind: str
    org_id: UUID | None = None
    target_person_id: UUID | None = None
    begin_date: date | None = None
    end_date: date | None = None
    source: str = Field(default=MANUAL)
    role_id: UUID | None = None
    denied: bool = False
    leader_class: str | None = None
