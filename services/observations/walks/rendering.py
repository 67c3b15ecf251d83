"""A walk as it is read. Whoever has the roster and the seed of a draw has the classes, so the seed is the team's.

So is what was asked of the roster: of one subject and period there may be one class.
"""

from collections.abc import Sequence

from sqlmodel import col

from services.observations.walks.models import LearningWalk
from services.observations.walks.queries import visible_to
from services.observations.walks.rules import OF_TEAM
from services.observations.walks.schemas import LearningWalkRead
from shared.access.policy import Action
from shared.units import Unit


async def read_one(unit: Unit, row: LearningWalk) -> LearningWalkRead:
    await unit.session.flush()
    return (await read_all(unit, [row]))[0]


async def read_all(unit: Unit, rows: Sequence[LearningWalk]) -> list[LearningWalkRead]:
    drawn = [row.id for row in rows if row.draw]
    readable = visible_to(unit.who, Action.READ).where(col(LearningWalk.id).in_(drawn))
    ids = set((await unit.session.execute(readable.with_only_columns(col(LearningWalk.id)))).scalars()) if drawn else ()
    found = []
    for row in rows:
        hidden = {} if row.draw is None or row.id in ids else {"draw": row.draw | OF_TEAM}
        found.append(LearningWalkRead.model_validate(row.model_dump() | hidden, strict=False))
    return found
