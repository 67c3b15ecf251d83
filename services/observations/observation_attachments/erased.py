"""The bytes of erased files. A row says `erased` first; what is still there then goes, however often it is asked."""

from uuid import UUID

from services.observations.observation_attachments.schemas import AttachmentState
from shared.runtime import Runtime

_NONE = "0" * 64  # a hash that no file has: the row forgets what its bytes were

# The same bytes may be a file of somebody else's too, and are theirs to keep.
_LEFT = f"""
select distinct a.sha256 from observations.observation_attachments a
where a.district_id = $1 and a.state = '{AttachmentState.ERASED}' and a.sha256 <> '{_NONE}'
"""
_OTHERS = f"""
select exists (select from observations.observation_attachments
               where district_id = $1 and sha256 = $2 and state <> '{AttachmentState.ERASED}')
"""
_FORGET = f"""
update observations.observation_attachments set sha256 = '{_NONE}'
where district_id = $1 and sha256 = $2 and state = '{AttachmentState.ERASED}'
"""


async def delete_files(runtime: Runtime, district_id: UUID) -> None:
    for sha256 in await _left(runtime, district_id):
        async with runtime.database.transaction(district_id) as connection:
            if not await connection.fetchval(_OTHERS, district_id, sha256):
                await runtime.blobs.delete(district_id, sha256)
            await connection.execute(_FORGET, district_id, sha256)


async def _left(runtime: Runtime, district_id: UUID) -> list[str]:
    async with runtime.database.transaction(district_id) as connection:
        return [row["sha256"] for row in await connection.fetch(_LEFT, district_id)]
