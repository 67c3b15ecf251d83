"""The registry of this service's tables, and what every rostered row has."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.models import Resource, service_metadata, text_c

METADATA = service_metadata("districts")
REGISTRY = registry(metadata=METADATA)
TEXTS: Any = ARRAY(Text)
JSON: Any = JSONB(none_as_null=True)  # nothing is NULL, not the null of JSON
ROSTER, MANUAL = "roster", "manual"
FORMER = "former"  # a tombstone of an id: oneroster/tombstones.py


class Table(SQLModel, registry=REGISTRY):
    """A table that is no resource of its own."""


class ResourceTable(Resource, registry=REGISTRY):
    pass


class Rostered(ResourceTable, registry=REGISTRY):
    """A row that a roster import may bring. `source` says who owns it; an import leaves manual rows alone.

    `row_hash` stands for the row of the CSV that it was made from: an import changes what differs from that, so what
    was corrected by hand stays until the source itself says something new. Null where the source withdrew the row.
    """

    sourced_id: str = Field(sa_type=text_c())
    source: str = Field(default=MANUAL)
    row_hash: int | None = Field(default=None, sa_type=BigInteger)
    extension: dict[str, Any] | None = Field(default=None, sa_type=JSON)  # OneRoster's metadata


class Shown(Rostered, registry=REGISTRY):
    """A rostered row that OneRoster out may show under another id than that of the roster's source."""

    shown_id: str | None = Field(default=None, sa_type=text_c())  # kept by oneroster/naming.py


class Dated(ResourceTable, registry=REGISTRY):
    """A row that holds from its first day to its last, both included; without a last day it is open.

    `external_key` is what the system that it comes from calls it, so that a CSV file can name the row.
    """

    external_key: str | None = Field(default=None, sa_type=text_c())
    begin_date: date
    end_date: date | None = None


def unique_external_key(table: str) -> Index:
    return Index(f"uq_{table}_external_key", "district_id", "external_key", unique=True)


def unique_sourced_id(table: str) -> Index:
    return Index(f"uq_{table}_sourced_id", "district_id", "sourced_id", unique=True)


def unique_shown_id(table: str) -> Index:
    return Index(
        f"uq_{table}_shown_id", "district_id", "shown_id", unique=True, postgresql_where=text("shown_id is not null")
    )


def external_id_index(table: str) -> Index:
    """Index external ids, which most rows do not have: the queries repeat the condition."""
    return Index(
        f"ix_{table}_external_ids",
        "external_ids",
        postgresql_using="gin",
        postgresql_where=text("external_ids <> '{}'::jsonb"),
    )
