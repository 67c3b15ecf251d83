"""The published versions that observations are recorded with, remembered by this process: they never change."""

from collections import OrderedDict
from uuid import UUID

import orjson

from services.observations.frameworks.rules import Instrument
from shared.database import Connection

_REMEMBERED = 256
_known: OrderedDict[tuple[UUID, UUID], Instrument] = OrderedDict()


async def instrument_of(connection: Connection, district_id: UUID, version_id: UUID) -> Instrument | None:
    """Give what the version lets an observer record, or None for a draft or an unknown one."""
    key = (district_id, version_id)
    if key not in _known:
        content = await connection.fetchval(
            """select content::text from observations.published_contents
               where district_id = $1 and framework_version_id = $2""",
            *key,
        )
        if content is None:
            return None
        _known[key] = Instrument.of(orjson.loads(content))
        if len(_known) > _REMEMBERED:
            _known.popitem(last=False)
    return _known[key]
