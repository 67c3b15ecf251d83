"""The zip of a download: a JSON file for each table of each service, and a CSV file where rows are flat. No I/O."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import orjson

Parts = Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]
_STAMP = (1980, 1, 1, 0, 0, 0)


class DataExportState(StrEnum):
    """`ready` can be downloaded; `expired` could be."""

    QUEUED = "queued"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


def files_of(parts: Parts) -> dict[str, bytes]:
    """Give the files by name. A table of which there is nothing is there all the same, as an empty list."""
    files = {}
    for service, tables in sorted(parts.items()):
        for table, rows in sorted(tables.items()):
            name = f"{service}/{table}"
            files[f"{name}.json"] = orjson.dumps(rows, option=orjson.OPT_INDENT_2)
            if rows and all(_is_flat(row) for row in rows):
                files[f"{name}.csv"] = _csv(rows)
    return files


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """Pack them; the same files always give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return out.getvalue()


def counted(parts: Parts) -> dict[str, int]:
    return {f"{service}/{table}": len(rows) for service, tables in parts.items() for table, rows in tables.items()}


def _is_flat(row: Mapping[str, Any]) -> bool:
    return not any(isinstance(value, dict | list) for value in row.values())


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
