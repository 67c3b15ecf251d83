from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field

from services.districts.roster_imports.rules import Action, possible
from services.districts.tables import JSON, ResourceTable, Table
from shared.models import TIMESTAMP


class RosterImport(ResourceTable, table=True):
    """One upload of a roster and what became of it.

    `is_waiting`: it stands still until somebody applies or cancels it. `accepted_plan` is the plan that somebody said
    yes to. `settled` names the files, by fingerprint, that nobody has to read when they come again (settled.py).
    `same_as` is the applied import whose very bytes came again, `superseded_by` the one applied after it. `is_stale`:
    what it said is to be read again, so the same bytes are news.
    """

    __tablename__ = "roster_imports"

    state: str
    sha256: str
    size: int = Field(sa_type=BigInteger)
    oneroster_version: str | None = None
    files: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    ignored: list[str] = Field(default_factory=list, sa_type=JSON)
    warnings: list[str] = Field(default_factory=list, sa_type=JSON)
    settled: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    problem: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    is_dry_run: bool = False
    may_rekey: bool = True
    is_waiting: bool = False
    accepted_plan: str | None = None
    same_as: UUID | None = None
    superseded_by: UUID | None = None
    is_stale: bool = False
    job_id: UUID
    applied_at: datetime | None = Field(default=None, sa_type=TIMESTAMP)

    @property
    def possible(self) -> list[Action]:
        is_latest = self.superseded_by is None and self.same_as is None
        return possible(self.state, is_waiting=self.is_waiting, is_latest=is_latest)


class RosterPlan(Table, table=True):
    """What an import would do, or did. `digest` is its ETag: the roster's version and the counts are in it.

    The rows themselves are not kept: the upload is, and the same upload on the same roster comes to the same.
    """

    __tablename__ = "roster_plans"

    district_id: UUID = Field(primary_key=True)
    import_id: UUID = Field(primary_key=True)
    digest: str
    roster_version: int = Field(sa_type=BigInteger)
    made_at: datetime = Field(sa_type=TIMESTAMP)
    entities: dict[str, Any] = Field(sa_type=JSON)
    over: list[dict[str, Any]] = Field(sa_type=JSON)


class RosterImportError(Table, table=True):
    """A row that could not be kept, or only in part."""

    __tablename__ = "roster_import_errors"

    district_id: UUID = Field(primary_key=True)
    import_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    file: str
    line: int = Field(sa_type=BigInteger)
    sourced_id: str | None = None
    column: str | None = None
    value: str | None = None
    code: str
    message: str
    severity: str


class RosterHistory(Table, table=True):
    """How a row was before an import changed or ended it, so that the import can be reverted."""

    __tablename__ = "roster_history"

    district_id: UUID = Field(primary_key=True)
    import_id: UUID = Field(primary_key=True)
    table_name: str = Field(primary_key=True)
    row_id: UUID = Field(primary_key=True)
    old: dict[str, Any] = Field(sa_type=JSON)
