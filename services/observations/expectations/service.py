from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel import col

from services.observations.expectation_policies.schemas import Ask
from services.observations.expectations import rules
from services.observations.expectations.counting import seen_of
from services.observations.expectations.models import Expectation
from services.observations.expectations.queries import summed_up, visible_among, visible_to
from services.observations.expectations.rules import Lacks, Seen
from services.observations.expectations.schemas import (
    CountedObservation,
    ExpectationExplained,
    ExpectationFacts,
    ExpectationRead,
    ExpectationSummaries,
    ExpectationSummary,
    ExpectationSummaryQuery,
    Stretch,
)
from services.observations.staff.telling import told_of_leaves
from shared.access.policy import Action
from shared.units import Unit
from shared.writes import load

METHOD = "expectations_met_wilson.v2"


def day_of(unit: Unit, as_of: date | None) -> date:
    return as_of or unit.now.date()


async def get_expectation(unit: Unit, expectation_id: UUID) -> Expectation:
    return await load(unit, visible_to(unit.who).where(col(Expectation.id) == expectation_id))  # type: ignore[type-var]


async def read_all(unit: Unit, rows: Sequence[Expectation], day: date) -> list[ExpectationRead]:
    told = await told_of_leaves(unit, Expectation, rows)
    return [_read(row, day, tells_leaves=row.id in told) for row in rows]


def _read(row: Expectation, day: date, *, tells_leaves: bool) -> ExpectationRead:
    said = day.isoformat()
    standing = rules.standing_of(row, tells_leaves=tells_leaves)
    values = {name: getattr(row, name) for name in ExpectationRead.model_fields if hasattr(row, name)}
    moved = {"begin_date": standing.begin_date, "due_date": standing.due_date}
    return ExpectationRead(
        **values | moved | ({} if tells_leaves else {"made_at": None}),
        as_of=day,
        state=rules.state_on(standing, day),
        observations=sum(counted[0] <= said for counted in standing.counted),
        of_observations=rules.part(row.asked["observations"], standing.share),
    )


async def explain(unit: Unit, expectation_id: UUID, day: date) -> ExpectationExplained:
    """Say why somebody is expected: the rule, the facts, and what counts towards it by that day."""
    row = await get_expectation(unit, expectation_id)
    ask = Ask.model_validate(row.asked, strict=False)
    tells = row.id in await told_of_leaves(unit, Expectation, [row])
    standing = rules.standing_of(row, tells_leaves=tells)
    window = standing.begin_date, row.end_date
    seen = await seen_of(unit.connection, unit.district_id, [row.teacher_id], *window)
    known = [one for one in seen[row.teacher_id] if one.purpose == row.purpose and one.day <= day]
    ids = [one.id for one in known]
    shown = await visible_among(unit, ids, Action.SEE)
    content = await visible_among(unit, ids, Action.READ)
    counting = [one for one in known if rules.lacks(ask, one, *window) is None]
    progress = rules.progress(ask, standing.share, counting)
    if not content.issuperset(one.id for one in counting):
        progress = progress.model_copy(update={"domains": None})
    days_at_work = row.days_at_work if tells else None
    return ExpectationExplained(
        **dict(_read(row, day, tells_leaves=tells)),
        asked=ask,
        share=row.share if tells else None,
        facts=ExpectationFacts.model_validate(row.facts),
        because=rules.because(row.facts, row.rule, row.days, days_at_work, standing.excused),
        days=row.days,
        days_at_work=days_at_work,
        at_work=[Stretch(begin_date=begin, end_date=end) for begin, end in row.at_work] if tells else None,
        progress=progress,
        counted=[
            _told(one, rules.lacks(ask, one, *window), reads=one.id in content)
            for one in _in_order(known)
            if one.id in shown
        ],
    )


async def sum_up(unit: Unit, query: ExpectationSummaryQuery, n_min: int) -> ExpectationSummaries:
    day = day_of(unit, query.as_of)
    data = []
    for row in await summed_up(unit, query, day):
        counts = row._mapping  # noqa: SLF001 - SQLAlchemy's own public name
        eligible = counts["met"] + counts["open"] + counts["overdue"]
        share = rules.share_of(counts["met"], eligible, counts["people"], n_min)
        data.append(ExpectationSummary(**counts, eligible=eligible, **share))
    return ExpectationSummaries(as_of=day, method_version=METHOD, n_min=n_min, data=data)


def _told(one: Seen, lacking: Lacks | None, *, reads: bool) -> CountedObservation:
    return CountedObservation(
        observation_id=one.id,
        day=one.day,
        type=one.type,
        minutes=one.minutes,
        domains=sorted(one.domains) if reads else None,
        announced=one.announced,
        observer_kinds=sorted(one.by),
        counts=lacking is None,
        lacks=lacking,
    )


def _in_order(seen: Sequence[Seen]) -> Sequence[Seen]:
    return sorted(seen, key=lambda one: (one.day, one.id))
