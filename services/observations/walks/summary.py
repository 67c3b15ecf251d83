"""What a walk found, as numbers over its stops: all of them for its team, and for the staff none that names a room."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col

from services.observations.calendars.queries import levels_of
from services.observations.calendars.rules import school_days_between
from services.observations.walks import rules
from services.observations.walks.models import LearningWalk, WalkStop
from services.observations.walks.queries import visible_to
from services.observations.walks.schemas import (
    DrawRecord,
    PatternRead,
    PrevalenceRead,
    SummaryBy,
    SummaryPart,
    WalkSummary,
)
from services.observations.walks.service import get_walk, stops_of
from services.observations.wire import wilson_interval
from shared.access.policy import Action
from shared.units import Unit


async def summarize(unit: Unit, walk_id: UUID, by: SummaryBy | None, n_min: int) -> WalkSummary:
    walk = await get_walk(unit, walk_id)
    stops = await stops_of(unit, walk_id)
    fewest = 0 if await _reads_stops(unit, walk) else n_min
    kinds = [item["kind"] for stop in stops for item in stop.evidence] if len(stops) >= fewest else None
    totals = rules.prevalence(walk.look_for_ids, [stop.marks for stop in stops])
    return WalkSummary(
        walk_id=walk.id,
        method_version=rules.METHOD,
        as_of=unit.now,
        n_min=fewest or None,
        stops=len(stops),
        strengths=None if kinds is None else kinds.count(rules.EvidenceTag.STRENGTH),
        wonders=None if kinds is None else kinds.count(rules.EvidenceTag.WONDER),
        prevalence=[_cell(one, shown=one.stops == 0 or one.stops >= fewest) for one in totals],
        parts=_parts(walk, stops, totals, by, fewest) if by else [],
        patterns=[PatternRead.model_validate(pattern, strict=False) for pattern in walk.patterns],
        agreements=walk.agreements,
        draw=_record(walk, shown=not fewest),
        school_days_to_debrief=await _days_to_debrief(unit, walk),
    )


async def _reads_stops(unit: Unit, walk: LearningWalk) -> bool:
    """Ask whether the caller reads the stops themselves, so that nothing is to be hidden."""
    readable = visible_to(unit.who, Action.READ).where(col(LearningWalk.id) == walk.id)
    return (await unit.session.execute(readable.with_only_columns(col(LearningWalk.id)))).first() is not None


def _parts(
    walk: LearningWalk,
    stops: Sequence[WalkStop],
    totals: Sequence[rules.Prevalence],
    by: SummaryBy,
    fewest: int,
) -> list[SummaryPart]:
    keyed: list[tuple[str | None, list[Mapping[str, Any]]]] = [(getattr(stop, by), [*stop.marks]) for stop in stops]
    parts = rules.divided(walk.look_for_ids, keyed)
    shown = rules.disclosed(parts, totals, fewest)
    return [
        SummaryPart(value=key, prevalence=[_cell(one, shown=may) for one, may in zip(cells, shown[key], strict=True)])
        for key, cells in parts.items()
    ]


def _record(walk: LearningWalk, *, shown: bool) -> DrawRecord | None:
    if walk.draw is None:
        return None
    return DrawRecord.model_validate(walk.draw | ({} if shown else rules.OF_TEAM), strict=False)


def _cell(one: rules.Prevalence, *, shown: bool) -> PrevalenceRead:
    interval = wilson_interval(one.seen, one.stops) if shown else None
    return PrevalenceRead(
        look_for_id=one.look_for_id,
        value=one.seen / one.stops if interval else None,
        interval=interval,
        seen=one.seen if shown else None,
        stops=one.stops if shown else None,
        suppressed=not shown,
    )


async def _days_to_debrief(unit: Unit, walk: LearningWalk) -> int | None:
    if walk.started_at is None or walk.debriefed_at is None:
        return None
    levels = await levels_of(unit.connection, unit.district_id, [walk.school_id])
    return school_days_between(levels.get(walk.school_id, ()), walk.started_at, walk.debriefed_at)
