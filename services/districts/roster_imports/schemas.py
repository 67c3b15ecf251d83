from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from services.districts.roster_imports.rules import Action, ImportState
from shared.paging import ListQuery
from shared.wire import Read, ResourceRead, Wire


class FileCounts(Read):
    """What became of one file's rows, or would."""

    mode: str = Field(description="bulk, delta or derived (the roles that 1.1 keeps in its users)")
    rows: int
    new: int
    changed: int
    ended: int
    unchanged: int
    rejected: int
    rekeyed: int = Field(default=0, description="of the changed: people whom the source has given another sourcedId")


class RosterImportRead(ResourceRead):
    """`received`, `validated` and `planned` are on their way; `held` waits for `apply`; the others are final."""

    state: ImportState
    possible: list[Action] = Field(description="what can be asked of it now")
    is_waiting: bool = Field(description="whether it stands still until somebody applies or cancels it")
    is_dry_run: bool
    oneroster_version: str | None
    sha256: str
    size: int
    same_as: UUID | None = Field(description="the applied import whose very bytes these are: nothing changes")
    superseded_by: UUID | None = Field(
        description="the import that was applied after it: only the last can be reverted"
    )
    files: dict[str, FileCounts]
    ignored: list[str] = Field(
        description="files of the standard that are not kept, or that this client may not hand in"
    )
    warnings: list[str]
    problem: dict[str, Any] | None = Field(description="why it ended as it did, or could not be reverted")
    applied_at: datetime | None
    job_id: UUID
    job: str = Field(description="where its progress is")
    plan: str | None = Field(description="where its plan is, once there is one")


class UploadQuery(Wire):
    dry_run: bool = Field(default=False, strict=False, description="stop when the plan is made")
    rekey: bool = Field(
        default=True, strict=False,
        description="take people under new sourcedIds, whom an identifier or e-mail address names alone, for the same",
    )  # fmt: skip


class RosterImportQuery(ListQuery):
    state: ImportState | None = None


class Sample(Read):
    sourced_id: str
    id: UUID | None = Field(description="null of a row that is new or rejected")
    name: str | None = Field(description="never of somebody who is not staff")
    fields: list[str] = Field(description="what changes in it")
    was: str | None = Field(default=None, description="the sourcedId until then, of somebody rekeyed")
    matched_by: list[str] = Field(default_factory=list, description="what says so, the strongest first")


class EntityPlanRead(FileCounts):
    samples: dict[Literal["new", "changed", "ended", "rejected", "rekeyed"], list[Sample]]


class TooMuch(Read):
    """A file that ends more rows than the brake lets pass."""

    file: str
    ended: int
    rekeyed: int = Field(description="who are the same under another sourcedId; they count for the brake")
    active: int


class RosterPlanRead(Read):
    """What an import would do, or did. Its ETag is what `apply` asks for."""

    import_id: UUID
    digest: str = Field(description="its ETag, without the quotes")
    roster_version: int = Field(description="of the roster that it was made on; another one makes it stale")
    made_at: datetime
    entities: dict[str, EntityPlanRead] = Field(description="by file of the standard")
    over: list[TooMuch] = Field(description="why it is held")


class RowErrorRead(Read):
    file: str
    line: int = Field(description="as a text editor counts; the header is line 1")
    sourced_id: str | None
    column: str | None
    value: str | None = Field(description="of a reference, a word or a date that cannot be understood")
    code: str = Field(description="`depends_on_rejected`: `value` is a row that was itself rejected")
    message: str = Field(description="a sentence")
    severity: Literal["error", "warning"] = Field(description="an error rejects the row, a warning only the field")


class RowErrorQuery(ListQuery):
    file: str | None = Field(default=None, max_length=100)
    code: str | None = Field(default=None, max_length=100)
