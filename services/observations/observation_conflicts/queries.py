from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, true
from sqlmodel import col, select

from services.observations.observation_conflicts.models import ObservationConflict
from services.observations.observation_conflicts.schemas import ObservationConflictQuery
from services.observations.observations.queries import parents_of
from shared.access.policies import OBSERVATION_CONFLICTS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered
from shared.units import Unit


def visible_to(who: Principal) -> Select[ObservationConflict]:
    """A conflict is about a draft: it is its observer's, and a machine's where it may read the content."""
    return select(ObservationConflict).where(
        col(ObservationConflict.district_id) == who.district_id,
        allowed(OBSERVATION_CONFLICTS, who, Columns(ObservationConflict, parents=parents_of(who))),
    )


def found(who: Principal, query: ObservationConflictQuery) -> Select[ObservationConflict]:
    return filtered(visible_to(who), ObservationConflict, query).where(
        col(ObservationConflict.observation_id) == query.observation_id if query.observation_id else true(),
        col(ObservationConflict.state) == query.state.value if query.state else true(),
    )


Marks = dict[tuple[UUID, str], tuple[int, int]]


async def marks_of(unit: Unit, ids: Sequence[UUID]) -> Marks:
    """Give of each of these observations and each device the latest save that was taken, and its version."""
    rows = await unit.connection.fetch(
        """select observation_id, device, revision, version from observations.observation_saves
           where district_id = $1 and observation_id = any ($2)""",
        unit.district_id,
        list(ids),
    )
    return {(row["observation_id"], row["device"]): (row["revision"], row["version"]) for row in rows}


async def note_saves(unit: Unit, saves: Sequence[tuple[UUID, str, int, int]]) -> None:
    """Note which save of which device is in, and the version that it made."""
    await unit.connection.execute(
        """insert into observations.observation_saves as s (district_id, observation_id, device, revision, version)
           select $1, * from unnest($2::uuid[], $3::text[], $4::int[], $5::int[])
           on conflict (district_id, observation_id, device) do update
             set revision = excluded.revision, version = excluded.version where s.revision < excluded.revision""",
        unit.district_id,
        *([save[n] for save in saves] for n in range(4)),
    )
