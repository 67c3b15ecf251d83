from uuid import UUID

from sqlalchemy import Index

from services.districts.tables import Rostered, unique_sourced_id


class UserProfile(Rostered, table=True):
    """A person's account at some vendor's application. Its password, if a roster sends one, is never taken in."""

    __tablename__ = "user_profiles"
    __table_args__ = (
        unique_sourced_id("user_profiles"),
        Index("ix_user_profiles_person", "district_id", "person_id"),
    )

    person_id: UUID
    profile_type: str
    vendor_id: str
    application_id: str | None = None
    description: str | None = None
    credential_type: str | None = None
    username: str | None = None
