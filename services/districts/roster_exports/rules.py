"""What a set of OneRoster CSV is made of: the files of each version, their exact headers, and the manifest."""

from collections.abc import Mapping
from enum import StrEnum

from shared.access.scopes import READS_DEMOGRAPHICS, READS_RESULTS


class ExportState(StrEnum):
    """`ready` can be downloaded; `expired` could be."""

    QUEUED = "queued"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


V11, V12 = "1.1", "1.2"


def scopes_of(*, has_gradebook: bool, has_demographics: bool) -> tuple[str, ...]:
    """Give what it takes to have these in an export, beside what the rest of it takes."""
    return (READS_RESULTS,) * has_gradebook + (READS_DEMOGRAPHICS,) * has_demographics


BULK, DELTA, ABSENT = "bulk", "delta", "absent"
START = ("sourcedId", "status", "dateLastModified")
# Every file has a row in the manifest, whether we have anything for it or not: a missing one is an error.
FILES = {
    V11: (
        "academicSessions", "categories", "classes", "classResources", "courses", "courseResources", "demographics",
        "enrollments", "lineItems", "orgs", "resources", "results", "users",
    ),
    V12: (
        "academicSessions", "categories", "classes", "classResources", "courses", "courseResources", "demographics",
        "enrollments", "lineItemLearningObjectiveIds", "lineItems", "lineItemScoreScales", "orgs", "resources",
        "resultLearningObjectiveIds", "results", "resultScoreScales", "roles", "scoreScales", "userProfiles",
        "userResources", "users",
    ),
}  # fmt: skip


def manifest(version: str, modes: Mapping[str, str], system: str) -> bytes:
    rows = [("propertyName", "value"), ("manifest.version", "1.0"), ("oneroster.version", version)]
    rows += [(f"file.{name}", modes.get(name, ABSENT)) for name in FILES[version]]
    rows += [("source.systemName", "Throughline"), ("source.systemCode", system)]
    return "".join(f"{name},{value}\r\n" for name, value in rows).encode()


def header(columns: tuple[str, ...], extension: list[str]) -> bytes:
    """Write the header row: the standard's columns in its order, then the district's own."""
    cells = [*START, *columns, *(f"metadata.{name}" for name in extension)]
    return (",".join(map(cell, cells)) + "\r\n").encode()


def cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\r\n') else text
