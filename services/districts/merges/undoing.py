"""Gives back what a merge moved, row by row, unless something that happened since stands in the way."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select

from services.districts.merges import queries
from services.districts.merges.errors import UnmergeBlocked
from services.districts.merges.models import PersonMerge
from services.districts.merges.moving import BY_TABLE, Noun, change, entity_of, written
from services.districts.relationships.models import Relationship
from services.districts.relationships.queries import times_of
from services.districts.relationships.rules import TO_ORGS, outside
from services.districts.tables import ROSTER
from shared.units import Unit

_ROSTERED = ("roles", "enrollments", "user_profiles")


async def give_back(unit: Unit, merge: PersonMerge) -> None:
    """Undo it as a whole, or say what stands in the way and undo nothing."""
    blockers = [_blocker("people", person, "was merged into the same person later: unmerge it first")
                for person in await queries.later_into(unit, merge)]  # fmt: skip
    by_table: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for move in merge.moves:
        by_table[move["table"]].append(move)
    for table, moves in by_table.items():
        blockers += await _return(unit, BY_TABLE[table], moves)
    await unit.session.flush()
    blockers += await _out_of_their_time(unit, merge)
    if blockers:
        raise UnmergeBlocked(blocked_by=blockers)
    await _read_again(unit, merge)


async def _return(unit: Unit, noun: Noun, moves: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    statement = (
        select(noun.model)
        .where(col(noun.model.district_id) == unit.district_id)
        .where(col(noun.model.id).in_([UUID(move["id"]) for move in moves]))
        .order_by(col(noun.model.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    rows = {str(row.id): row for row in (await unit.session.execute(statement)).scalars()}
    blockers = []
    for move in moves:
        row = rows[move["id"]]
        if written({name: getattr(row, name) for name in move["new"]}) == move["new"]:
            change(unit, noun, row, {name: _read(name, value) for name, value in move["old"].items()})
        else:
            blockers.append(_blocker(entity_of(noun.table), row.id, f"its {' and '.join(move['new'])} changed since"))
    return blockers


def _read(name: str, value: str | None) -> Any:
    if value is None:
        return None
    return datetime.fromisoformat(value) if name.endswith("_at") else UUID(value)


async def _out_of_their_time(unit: Unit, merge: PersonMerge) -> list[dict[str, str]]:
    """Find what was said of the two since they were one, and holds only while they are: it exceeds the time of each."""
    its = Relationship
    statement = select(its).where(
        col(its.district_id) == unit.district_id,
        or_(col(its.person_id) == merge.into_id, col(its.target_person_id) == merge.into_id),
        col(its.archived_at).is_(None),
        col(its.source) != ROSTER,
        col(its.kind).not_in(TO_ORGS),
        col(its.updated_at) > merge.created_at,
    )
    rows = (await unit.session.execute(statement)).scalars().all()
    people = {person for row in rows for person in (row.person_id, row.target_person_id) if person is not None}
    times = await times_of(unit, people) if people else {}
    why = "said since, and not within the time of the two apart"
    return [_blocker("relationships", row.id, why) for row in rows if outside(row.model_dump(), times)]


async def _read_again(unit: Unit, merge: PersonMerge) -> None:
    """Let the next roster say anew whose the rows are that came since: it brought them while both were one.

    And let it read every file, also one that comes again as it was.
    """
    mine = [move["id"] for move in merge.moves]
    for table in _ROSTERED:
        await unit.connection.execute(
            f"""update districts.{table} set row_hash = null
                where district_id = $1 and person_id = $2 and source = 'roster' and updated_at > $3
                  and id <> all($4::uuid[])""",
            unit.district_id,
            merge.into_id,
            merge.created_at,
            mine,
        )
    await unit.connection.execute(
        """update districts.roster_imports set settled = '{}', is_stale = true
           where district_id = $1 and applied_at is not null and not is_stale""",
        unit.district_id,
    )


def _blocker(entity: str, row_id: UUID, why: str) -> dict[str, str]:
    return {"entity": entity, "id": str(row_id), "why": why}
