"""The chain as NDJSON: a row a line, in the order of their places, so that each hash follows from the line before."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import orjson
from fastapi.responses import StreamingResponse

from shared.audit.chain import COLUMNS, FIELDS, content_of
from shared.database import Database
from shared.units import Unit

MEDIA = "application/x-ndjson"
ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"description": "One audit event a line.", "content": {MEDIA: {"schema": {"type": "string"}}}}
}
_PAGE = 2000


def export(unit: Unit, after: int) -> StreamingResponse:
    """Give all rows behind a place. Each page is read in a transaction of its own: a slow reader holds nothing."""
    headers = {"Content-Disposition": f'attachment; filename="audit-{unit.schema}.ndjson"', "Cache-Control": "no-store"}
    return StreamingResponse(_lines(unit.database, unit.district_id, after), media_type=MEDIA, headers=headers)


async def _lines(database: Database, district_id: UUID, after: int) -> AsyncIterator[bytes]:
    while True:
        async with database.transaction(district_id) as connection:
            rows = await connection.fetch(
                f"""select position, hash, {COLUMNS} from {database.schema}.audit_events
                    where district_id = $1 and position > $2 order by position limit {_PAGE}""",
                district_id,
                after,
            )
        said = (dict(zip(FIELDS, content_of(row), strict=True)) | {"position": row["position"], "hash": row["hash"]}
                for row in rows)  # fmt: skip
        yield b"".join(
            orjson.dumps(row, default=str, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z) for row in said
        )
        if len(rows) < _PAGE:
            return
        after = rows[-1]["position"]
