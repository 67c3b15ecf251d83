"""The policy that new observations are recorded under, remembered by this process.

Reading it would be a round trip of every POST. Instead the statement that records them compares the version that they
were made under with the one in the table, and records nothing if it moved on (recording.py): then it is read anew.
"""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

import orjson

from services.observations.calendars.queries import levels_of
from services.observations.observation_policies.rules import Policy
from services.observations.observation_policies.schemas import ClockUnit
from services.observations.settings import ObservationsSettings
from shared.database import Connection

_REMEMBERED = 1024
_known: OrderedDict[UUID, Policy] = OrderedDict()
_STORED = """select version, types::text, feedback_clock::text, read_within_days, remind_before_hours
             from observations.observation_policies where district_id = $1 and id = $1"""


async def policy_of(
    connection: Connection,
    district_id: UUID,
    settings: ObservationsSettings,
    schools: Collection[UUID] = (),
    *,
    anew: bool = False,
) -> Policy:
    """Give the district's policy, perhaps as of a moment ago; `anew` as it is now. With the calendars of these schools,
    where it counts in school days."""
    policy = _known.get(district_id)
    if policy is None or anew:
        policy = await _read(connection, district_id, settings)
    if policy.clock.unit is ClockUnit.SCHOOL_DAYS and schools:
        return replace(policy, calendars=await levels_of(connection, district_id, schools))
    return policy


async def _read(connection: Connection, district_id: UUID, settings: ObservationsSettings) -> Policy:
    found = await connection.fetchrow(_STORED, district_id)
    if found is None:
        policy = Policy.usual(settings)
    else:
        version, types, clock, days, hours = found
        policy = Policy.of(version, orjson.loads(types), orjson.loads(clock), days, hours)
    _known[district_id] = policy
    if len(_known) > _REMEMBERED:
        _known.popitem(last=False)
    return policy
