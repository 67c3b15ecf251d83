from uuid import UUID

from sqlalchemy import Index

from services.districts.tables import Dated, unique_external_key


class RoleGrant(Dated, table=True):
    """A role of leadership that somebody was given, formally or not, for a term. No roster knows of it or changes it.

    `state` is what was decided; that the term is over ends it by itself (rules.state_on).
    """

    __tablename__ = "role_grants"
    __table_args__ = (
        unique_external_key("role_grants"),
        Index("ix_role_grants_person", "district_id", "person_id", "org_id", "role"),
        Index("ix_role_grants_org", "district_id", "org_id"),
    )

    person_id: UUID
    org_id: UUID
    role: str
    kind: str
    state: str
