from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.observations.frameworks.references import check_not_retired, check_version_published
from services.observations.orgs import check_people
from services.observations.walks import rules
from services.observations.walks.errors import AlreadyWalking, LearningWalkMoveRefused, NothingToDebrief
from services.observations.walks.models import LearningWalk, WalkStop
from services.observations.walks.queries import visible_stops, visible_to
from services.observations.walks.references import (
    asked_of_roster,
    check_look_fors,
    check_stop,
    classes_of_roster,
)
from services.observations.walks.schemas import (
    At,
    ClassDraw,
    Debrief,
    DrawOrder,
    LearningWalkWrite,
    WalkStopWrite,
)
from shared.clock import new_id
from shared.contracts.observations import LearningWalkState
from shared.errors import FieldError, Forbidden, Invalid
from shared.routing import moment
from shared.units import Unit
from shared.writes import announce, archive_row, check_version, load, put_row, repeated, show, stored_row, touch


async def put_walk(unit: Unit, walk_id: UUID, body: LearningWalkWrite) -> LearningWalk:
    said = body.model_dump()
    stored = await stored_row(unit, LearningWalk, visible_to(unit.who), walk_id)
    if done := repeated(unit, stored, said):
        return done
    await check_version_published(unit, body.framework_version_id, body.look_for_ids)
    if stored is None or stored.framework_version_id != body.framework_version_id:
        past = body.scheduled_at if "backfill" in unit.who.scopes else None
        await check_not_retired(unit, body.framework_version_id, past)
    await check_people(unit, body.school_id, team_ids=body.team_ids)
    if stored is not None:
        _must_walk(unit, stored)
        if stored.state not in rules.PLANNED:
            raise LearningWalkMoveRefused(state=stored.state, possible=rules.moves_from(stored.state))
    _may_plan(unit, body)
    state = stored.state if stored else rules.State.DRAFT.value
    row, changed = await put_row(unit, LearningWalk, walk_id, stored, said | {"state": state})
    return await _announced(unit, row, "learning_walk.planned", changed)


async def get_walk(unit: Unit, walk_id: UUID, *, lock: bool = False) -> LearningWalk:
    return await load(unit, visible_to(unit.who).where(col(LearningWalk.id) == walk_id), lock=lock)


async def draw(unit: Unit, walk_id: UUID, body: DrawOrder) -> ClassDraw:
    """Draw classes at random. The walk keeps how, and how often; the classes go to the team alone, and are not kept."""
    row = await _team_walk(unit, walk_id)
    if row.state not in rules.PLANNED:
        raise AlreadyWalking(state=row.state)
    roster = body.roster and await asked_of_roster(unit, row, body.roster)
    population = body.class_ids or await classes_of_roster(unit, row, roster)
    before = row.draw or {"number": 0}
    seed = body.seed or before.get("seed") or new_id().hex
    classes = rules.drawn(population, seed, body.count)
    said = {
        "seed": seed, "population": len(population), "population_sha256": rules.digest_of(population),
        "roster": roster and roster.model_dump(mode="json"), "count": len(classes),
    }  # fmt: skip
    if said.items() <= before.items():
        show(unit, row)
    else:
        check_version(unit, row.version)
        record = said | {"number": before["number"] + 1, "drawn_at": unit.now.isoformat()}
        await _announced(unit, row, "learning_walk.drawn", touch(unit, row, {"draw": record}))
    return ClassDraw.model_validate((row.draw or {}) | {"walk_id": row.id, "class_ids": classes}, strict=False)


async def schedule(unit: Unit, walk_id: UUID) -> LearningWalk:
    row = await _team_walk(unit, walk_id)
    if row.scheduled_at is None:
        raise Invalid(errors=[FieldError("#/scheduled_at", "missing", "say when the walk is, then schedule it")])
    return await _moved(unit, row, "schedule")


async def start(unit: Unit, walk_id: UUID, body: At | None) -> LearningWalk:
    return await _moved(unit, await _team_walk(unit, walk_id), "start", started_at=moment(unit, body and body.at))


async def debrief(unit: Unit, walk_id: UUID, body: Debrief) -> LearningWalk:
    row = await _team_walk(unit, walk_id)
    check_look_fors(row, [pattern.look_for_id for pattern in body.patterns], "#/patterns/{}/look_for_id")
    if row.state == rules.State.IN_PROGRESS and not await stops_of(unit, walk_id):
        raise NothingToDebrief
    ids = rules.pattern_ids(walk_id, len(body.patterns))
    patterns = [
        {"id": str(id_)} | pattern.model_dump(mode="json") for id_, pattern in zip(ids, body.patterns, strict=True)
    ]
    said = {"patterns": patterns, "agreements": body.agreements}
    return await _moved(
        unit, row, "debrief", **said, debriefed_at=moment(unit, body.debriefed_at, after=[row.started_at])
    )


async def share(unit: Unit, walk_id: UUID, body: At | None) -> LearningWalk:
    row = await _team_walk(unit, walk_id)
    return await _moved(unit, row, "share", shared_at=moment(unit, body and body.at, after=[row.debriefed_at]))


async def archive_walk(unit: Unit, walk_id: UUID) -> LearningWalk:
    row = await _team_walk(unit, walk_id)
    return await _announced(unit, row, "learning_walk.archived", archive_row(unit, row))


async def put_stop(unit: Unit, stop_id: UUID, body: WalkStopWrite) -> WalkStop:
    """Record a stop while the walk goes on; a tablet may send it late, as long as the debrief has not been."""
    walk = await _team_walk(unit, body.walk_id)
    values = body.model_dump() | body.model_dump(mode="json", include={"marks", "evidence"})
    stored = await stored_row(unit, WalkStop, visible_stops(unit.who), stop_id)
    if done := repeated(unit, stored, values):
        return done
    if body.at > unit.now + rules.LEEWAY:
        raise Invalid(errors=[FieldError("#/at", "future", "must not lie in the future")])
    _must_be_walking(walk)
    await check_stop(unit, walk, body)
    if stored is not None and stored.walk_id != body.walk_id:
        raise Invalid(errors=[FieldError("#/walk_id", "fixed", "a stop stays with its walk")])
    row, changed = await put_row(unit, WalkStop, stop_id, stored, values)
    await _counted(unit, walk, changed)
    return row


async def archive_stop(unit: Unit, stop_id: UUID) -> WalkStop:
    """Take back a stop that was none, such as one that two tablets recorded: it leaves every count."""
    walk = await _team_walk(unit, (await get_stop(unit, stop_id)).walk_id)
    row = await get_stop(unit, stop_id, lock=True)
    if row.archived_at is None:
        _must_be_walking(walk)
    await _counted(unit, walk, archive_row(unit, row))
    return row


async def get_stop(unit: Unit, stop_id: UUID, *, lock: bool = False) -> WalkStop:
    return await load(unit, visible_stops(unit.who).where(col(WalkStop.id) == stop_id), lock=lock)


def _may_plan(unit: Unit, body: LearningWalkWrite) -> None:
    person = unit.who.person
    if person is not None and not person.is_one_of(*body.team_ids):
        raise Invalid(errors=[FieldError("#/team_ids", "self", "whoever plans a walk walks with the team")])
    if person is not None and body.school_id not in person.led_orgs | person.orgs:
        raise Forbidden("a walk is planned by the school's own staff or its leaders")


def _must_walk(unit: Unit, row: LearningWalk) -> None:
    if unit.who.person is not None and not unit.who.person.is_one_of(*row.team_ids):
        raise Forbidden("only the walk's team may do this")


def _must_be_walking(walk: LearningWalk) -> None:
    if walk.state != rules.State.IN_PROGRESS:
        raise LearningWalkMoveRefused(
            "stops belong to a walk in progress", state=walk.state, possible=rules.moves_from(walk.state)
        )


async def _counted(unit: Unit, walk: LearningWalk, changed: tuple[str, ...]) -> None:
    """Tell of a changed stop as a change of its walk; the answer keeps the ETag of the stop."""
    if changed:
        headers = dict(unit.answer.headers)
        walk.version += 1
        walk.updated_at = unit.now
        await _announced(unit, walk, "learning_walk.stopped", ("stops",))
        unit.answer.headers.update(headers)


async def _team_walk(unit: Unit, walk_id: UUID) -> LearningWalk:
    row = await get_walk(unit, walk_id, lock=True)
    _must_walk(unit, row)
    return row


async def stops_of(unit: Unit, walk_id: UUID) -> list[WalkStop]:
    """Load all stops of a walk that is visible: what leaves is counts over them."""
    statement = select(WalkStop).where(
        col(WalkStop.district_id) == unit.district_id,
        col(WalkStop.walk_id) == walk_id,
        col(WalkStop.archived_at).is_(None),
    )
    return list((await unit.session.execute(statement)).scalars())


async def _moved(unit: Unit, row: LearningWalk, verb: str, **values: Any) -> LearningWalk:
    source, target = rules.MOVES[verb]
    if row.state != source:
        raise LearningWalkMoveRefused(state=row.state, possible=rules.moves_from(row.state))
    check_version(unit, row.version)
    stops = [stop.at for stop in await stops_of(unit, row.id)]
    if late := rules.order_fault({name: getattr(row, name) for name in rules.TIMES} | values, max(stops, default=None)):
        member = "at" if verb != "debrief" else late
        raise Invalid(errors=[FieldError(f"#/{member}", "order", "lies before what it follows from")])
    changed = touch(unit, row, values | {"state": target.value, "source": unit.source})
    return await _announced(unit, row, f"learning_walk.{_PAST[verb]}", changed)


_PAST = {"schedule": "scheduled", "start": "started", "debrief": "debriefed", "share": "shared"}


async def _announced(unit: Unit, row: LearningWalk, kind: str, changed: tuple[str, ...]) -> LearningWalk:
    if changed:
        await unit.session.flush()
        await announce_walk(unit, row, kind, changed)
    return show(unit, row, status=unit.answer.status)


async def announce_walk(unit: Unit, row: LearningWalk, kind: str, changed: tuple[str, ...]) -> None:
    stops = [{"id": s.id, "at": s.at, "marks": s.marks} for s in await stops_of(unit, row.id)]
    announce(unit, kind, "learning-walks", row, LearningWalkState.of(row, stops=stops), changed)
