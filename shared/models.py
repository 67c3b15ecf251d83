"""Tables: what every resource row has, and the kernel's own tables, which stand in every service's schema."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

NAMING = {
    "pk": "pk_%(table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
TIMESTAMP: Any = DateTime(timezone=True)
APPEND_ONLY = "append-only: rows are added and read, never changed"
"""A table with this comment is one that the application's role may add to and read, no more (shared/migrate.py)."""

ADDED_TILL_ERASED = (
    "append-only until an erasure: rows are added and read, never changed, and deleted by an erasure alone"
)


class Resource(SQLModel):
    """The columns of every resource. `version` is what the ETag says."""

    district_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int = Field(default=1)
    created_at: datetime = Field(sa_type=TIMESTAMP)
    updated_at: datetime = Field(sa_type=TIMESTAMP)
    archived_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)


def service_metadata(schema: str) -> MetaData:
    """Make a service's metadata with the kernel's tables in it."""
    metadata = MetaData(schema=schema, naming_convention=NAMING)
    _feed(metadata)
    _books(metadata)
    _work(metadata)
    _copies(metadata)
    return metadata


def _district() -> Column[UUID]:
    return Column("district_id", Uuid, primary_key=True)


def _at(name: str, *, nullable: bool = True) -> Column[datetime]:
    return Column(name, TIMESTAMP, nullable=nullable)


def _feed(metadata: MetaData) -> None:
    outbox = Table(
        "outbox", metadata, _district(),
        Column("seq", BigInteger, Identity(always=True), primary_key=True),
        Column("position", BigInteger),
        Column("type", Text, nullable=False),
        Column("entity", Text, nullable=False),
        Column("entity_id", Uuid, nullable=False),
        Column("payload", Text, nullable=False),
        Column("created_at", TIMESTAMP, nullable=False, server_default=text("now()")),
    )  # fmt: skip
    Index("ix_outbox_unsequenced", outbox.c.seq, postgresql_where=outbox.c.position.is_(None))
    Index("ix_outbox_position", outbox.c.position, postgresql_where=outbox.c.position.is_not(None))
    Index("ix_outbox_entity", outbox.c.district_id, outbox.c.entity, outbox.c.entity_id, outbox.c.seq)
    Table(
        "feed_head", metadata,
        Column("id", SmallInteger, primary_key=True, autoincrement=False),
        Column("position", BigInteger, nullable=False),
    )  # fmt: skip
    Table(
        "feed_cursors", metadata,
        Column("publisher", Text, primary_key=True),
        Column("position", BigInteger, nullable=False),
        _at("updated_at", nullable=False),
    )  # fmt: skip


def _books(metadata: MetaData) -> None:
    audit = Table(
        "audit_events", metadata, _district(),
        Column("id", Uuid, primary_key=True),
        _at("at", nullable=False),
        Column("client_id", Text, nullable=False),
        Column("person_id", Uuid),
        Column("action", Text, nullable=False),
        Column("entity", Text, nullable=False),
        Column("entity_id", Uuid),
        Column("fields", JSONB, nullable=False),
        Column("request_id", Text),
        Column("source", Text, nullable=False),
        Column("position", BigInteger),
        Column("hash", Text),
    )  # fmt: skip
    Index(None, audit.c.district_id, audit.c.entity, audit.c.entity_id, audit.c.id)
    Index("ix_audit_events_unchained", audit.c.id, postgresql_where=audit.c.position.is_(None))
    Index(
        "uq_audit_events_position", audit.c.district_id, audit.c.position, unique=True,
        postgresql_where=audit.c.position.is_not(None),
    )  # fmt: skip
    Table(
        "audit_heads", metadata, _district(),
        Column("position", BigInteger, nullable=False),
        Column("hash", Text, nullable=False),
    )  # fmt: skip
    keys = Table(
        "idempotency_keys", metadata, _district(),
        Column("client_id", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("fingerprint", Text, nullable=False),
        Column("status", SmallInteger, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("body", LargeBinary, nullable=False),
        _at("created_at", nullable=False),
    )  # fmt: skip
    Index(None, keys.c.created_at)


def _work(metadata: MetaData) -> None:
    jobs = Table(
        "jobs", metadata, _district(),
        Column("id", Uuid, primary_key=True),
        Column("name", Text, nullable=False),
        Column("key", Text),
        Column("args", JSONB, nullable=False),
        Column("state", Text, nullable=False),
        Column("done", BigInteger, nullable=False),
        Column("total", BigInteger),
        Column("message", Text),
        Column("attempts", Integer, nullable=False),
        Column("cancel_requested", Boolean, nullable=False),
        _at("lease_until"),
        Column("leased_by", Text),
        _at("created_at", nullable=False),
        _at("started_at"),
        _at("finished_at"),
        Column("problem", JSONB),
        Column("result", JSONB),
        Column("client_id", Text, nullable=False),
        Column("person_id", Uuid),
        Column("request_id", Text),
        Column("traceparent", Text),
        Column("version", Integer, nullable=False),
    )  # fmt: skip
    Index(
        "ix_jobs_unfinished", jobs.c.state, jobs.c.lease_until, postgresql_where=text("state in ('queued', 'running')")
    )
    # Of jobs with the same key one is under way at a time, whoever asks for it and wherever.
    Index(
        "uq_jobs_key", jobs.c.district_id, jobs.c.key, unique=True,
        postgresql_where=text("key is not null and state in ('queued', 'running')"),
    )  # fmt: skip
    Index("ix_jobs_finished", jobs.c.finished_at, postgresql_where=jobs.c.finished_at.is_not(None))


def _copies(metadata: MetaData) -> None:
    archived = ("archived", Boolean)
    people = Table(
        "copied_people", metadata, _district(), Column("id", Uuid, primary_key=True),
        Column("given_name", Text, nullable=False), Column("family_name", Text, nullable=False), Column("email", Text),
        Column(*archived, nullable=False), Column("version", Integer, nullable=False), Column("merged_into", Uuid),
    )  # fmt: skip
    Index(
        "ix_copied_people_merged_into", people.c.district_id, people.c.merged_into,
        postgresql_where=people.c.merged_into.is_not(None),
    )  # fmt: skip
    orgs = Table(
        "copied_orgs", metadata, _district(), Column("id", Uuid, primary_key=True),
        Column("name", Text, nullable=False), Column("type", Text, nullable=False), Column("parent_id", Uuid),
        Column(*archived, nullable=False), Column("version", Integer, nullable=False),
    )  # fmt: skip
    Index(None, orgs.c.district_id, orgs.c.parent_id)
    relationships = Table(
        "copied_relationships", metadata, _district(), Column("id", Uuid, primary_key=True),
        Column("person_id", Uuid, nullable=False), Column("kind", Text, nullable=False), Column("org_id", Uuid),
        Column("target_person_id", Uuid), Column("begin_date", Date), Column("end_date", Date),
        Column(*archived, nullable=False), Column("version", Integer, nullable=False), Column("leader_class", Text),
    )  # fmt: skip
    Index(None, relationships.c.district_id, relationships.c.person_id)
    Index(None, relationships.c.district_id, relationships.c.org_id, relationships.c.kind)
    ended = Table(
        "ended_tokens", metadata, _district(), Column("subject", Text, primary_key=True),
        _at("ended_at", nullable=False),
    )  # fmt: skip
    Index(None, ended.c.ended_at)


def text_c(length: int | None = None) -> Any:
    """A text column in binary order, for keys and ids: keyset pages and OneRoster want Unicode order, no locale's."""
    return String(length, collation="C")
