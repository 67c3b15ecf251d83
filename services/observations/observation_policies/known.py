"""The policy that new observations are recorded under, remembered by this process.

Reading it would be a round trip of every POST. Instead the statement that records them compares the version that they
were made under with the one in the table, and records nothing if it moved on (recording.py): then it is read anew.
"""

from collections import OrderedDict
from uuid import UUID

import orjson

from services.observations.observation_policies.rules import Policy
from services.observations.settings import ObservationsSettings
from shared.database import Connection

_REMEMBERED = 1024
_known: OrderedDict[UUID, Policy] = OrderedDict()
_READ = """select version, types::text, feedback_clock::text, read_within_days, remind_before_hours
           from observations.observation_policies where district_id = $1 and id = $1"""


async def policy_of(
    connection: Connection, district_id: UUID, settings: ObservationsSettings, *, anew: bool = False
) -> Policy:
    """Give the district's policy, perhaps as of a moment ago; `anew` as it is now."""
    known = _known.get(district_id)
    if known is not None and not anew:
        return known
    found = await connection.fetchrow(_READ, district_id)
    if found is None:
        policy = Policy.usual(settings)
    else:
        version, types, clock, days, hours = found
        policy = Policy.of(version, orjson.loads(types), orjson.loads(clock), days, hours)
    _known[district_id] = policy
    if len(_known) > _REMEMBERED:
        _known.popitem(last=False)
    return policy
