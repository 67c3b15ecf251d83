from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from services.districts.tables import (
    JSON,
    TEXTS,
    Rostered,
    Shown,
    Table,
    external_id_index,
    unique_shown_id,
    unique_sourced_id,
)
from shared.models import TIMESTAMP, text_c


class Person(Shown, table=True):
    """A person of the roster. Students are here too, and leave only through OneRoster: see `is_staff`.

    There is no password: what a roster sends as one is never taken in. Who was merged into another (`merged_into`) is
    archived, and keeps what the source says of that id: imports go on to write it, and nothing else does.
    """

    __tablename__ = "people"
    __table_args__ = (
        unique_sourced_id("people"),
        unique_shown_id("people"),
        external_id_index("people"),
        Index("ix_people_merged_into", "district_id", "merged_into", postgresql_where=text("merged_into is not null")),
        Index("ix_people_staff", "district_id", "id", postgresql_where=text("is_staff")),
        Index("ix_people_former_of", "district_id", "former_of", postgresql_where=text("former_of is not null")),
    )

    given_name: str
    family_name: str
    middle_name: str | None = None
    preferred_given_name: str | None = None
    preferred_middle_name: str | None = None
    preferred_family_name: str | None = None
    pronouns: str | None = None
    username: str | None = None
    email: str | None = None
    phone: str | None = None
    sms: str | None = None
    identifier: str | None = None
    user_master_identifier: str | None = None
    user_ids: list[dict[str, str]] | None = Field(default=None, sa_type=JSON)
    grades: list[str] = Field(default_factory=list, sa_type=TEXTS)
    enabled: bool = True
    primary_org_id: UUID | None = None
    agent_sourced_ids: list[str] = Field(default_factory=list, sa_type=TEXTS)
    is_staff: bool = False
    former_of: UUID | None = None  # this row is the tombstone of an id that the person had
    merged_into: UUID | None = None
    external_ids: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs={"server_default": "{}"})


class FormerSourcedId(Table, table=True):
    """An id by which the roster's source called somebody until it gave out another one. It goes on to resolve."""

    __tablename__ = "former_sourced_ids"
    __table_args__ = (Index("ix_former_sourced_ids_person", "district_id", "person_id"),)

    district_id: UUID = Field(primary_key=True)
    sourced_id: str = Field(primary_key=True, sa_type=text_c())
    person_id: UUID
    until: datetime = Field(sa_type=TIMESTAMP)


class Role(Rostered, table=True):
    """What a person is at an organisation, and from when to when."""

    __tablename__ = "roles"
    __table_args__ = (
        unique_sourced_id("roles"),
        Index("ix_roles_person", "person_id", postgresql_using="hash"),  # as that of enrollments by class
        Index("ix_roles_org", "district_id", "org_id", "person_id", postgresql_where=text("role <> 'student'")),
        Index("ix_roles_role", "district_id", "role", "person_id", postgresql_where=text("role <> 'student'")),
    )

    person_id: UUID
    role: str
    role_type: str
    org_id: UUID
    begin_date: date | None = None
    end_date: date | None = None
    user_profile: str | None = None
