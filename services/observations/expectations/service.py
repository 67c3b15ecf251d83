from collections.abc import Sequence
from datetime import date
from uuid import UUID

import orjson
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
from shared.units import Unit
from shared.writes import load

METHOD = "expectations_met.v1"
_LEAVES = "leaves.read"


def day_of(unit: Unit, as_of: date | None) -> date:
    return as_of or unit.now.date()


async def get_expectation(unit: Unit, expectation_id: UUID) -> Expectation:
    return await load(unit, visible_to(unit.who).where(col(Expectation.id) == expectation_id))  # type: ignore[type-var]


def read(row: Expectation, day: date) -> ExpectationRead:
    said = day.isoformat()
    values = {name: getattr(row, name) for name in ExpectationRead.model_fields if hasattr(row, name)}
    return ExpectationRead(
        **values,
        as_of=day,
        state=rules.state_on(row, day),
        observations=sum(counted[0] <= said for counted in row.counted),
        of_observations=rules.part(row.asked["observations"], row.share),
    )


async def explain(unit: Unit, expectation_id: UUID, day: date) -> ExpectationExplained:
    """Say why somebody is expected: the rule, the facts, and what counts towards it by that day."""
    row = await get_expectation(unit, expectation_id)
    ask = Ask.model_validate_json(_json(row.asked))
    seen = await seen_of(unit.connection, unit.district_id, [row.teacher_id], row.begin_date, row.end_date)
    known = [one for one in seen[row.teacher_id] if one.purpose == row.purpose and one.day <= day]
    shown = await visible_among(unit, [one.id for one in known])
    counting = [one for one in known if rules.lacks(ask, one, row.begin_date, row.end_date) is None]
    return ExpectationExplained(
        **dict(read(row, day)),
        asked=ask,
        share=row.share,
        facts=ExpectationFacts.model_validate(row.facts),
        because=rules.because(row.facts, row.rule, row.days, row.days_at_work, row.excused),
        days=row.days,
        days_at_work=row.days_at_work,
        at_work=_at_work(unit, row),
        progress=rules.progress(ask, row.share, counting),
        counted=[_told(ask, one, row) for one in _in_order(known) if one.id in shown],
    )


async def sum_up(unit: Unit, query: ExpectationSummaryQuery) -> ExpectationSummaries:
    day = day_of(unit, query.as_of)
    data = []
    for row in await summed_up(unit, query, day):
        counts = row._mapping  # noqa: SLF001 - SQLAlchemy's own public name
        eligible = counts["met"] + counts["open"] + counts["overdue"]
        share = counts["met"] / eligible if eligible else None
        data.append(ExpectationSummary(**counts, eligible=eligible, met_share=share))
    return ExpectationSummaries(as_of=day, method_version=METHOD, data=data)


def _at_work(unit: Unit, row: Expectation) -> list[Stretch] | None:
    """Give the days to whom a leave is told as well: oneself, who administers the school, a machine with that scope."""
    person = unit.who.person
    may = unit.who.has(_LEAVES) if person is None else (
        unit.who.acts_as(row.teacher_id) or row.school_id in person.administered_orgs
    )  # fmt: skip
    return [Stretch(begin_date=begin, end_date=end) for begin, end in row.at_work] if may else None


def _told(ask: Ask, one: Seen, row: Expectation) -> CountedObservation:
    lacking: Lacks | None = rules.lacks(ask, one, row.begin_date, row.end_date)
    return CountedObservation(
        observation_id=one.id,
        day=one.day,
        type=one.type,
        minutes=one.minutes,
        domains=sorted(one.domains),
        announced=one.announced,
        observer_kinds=sorted(one.by),
        counts=lacking is None,
        lacks=lacking,
    )


def _in_order(seen: Sequence[Seen]) -> Sequence[Seen]:
    return sorted(seen, key=lambda one: (one.day, one.id))


def _json(value: object) -> bytes:
    return orjson.dumps(value)
