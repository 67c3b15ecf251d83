from collections import defaultdict
from collections.abc import Mapping

from services.analytics.measures.dose.rules import Cycle, people_behind
from services.analytics.measures.queries import Groups, Key, Question
from shared.units import Unit

_CYCLES = """
select {org} as school_id, p.place, c.coachee_id, c.state, c.sessions, c.minutes, c.first_session_on, c.last_session_on
from unnest($3::timestamptz[], $4::timestamptz[]) with ordinality as p (starts, ends, place)
join analytics.fact_coaching_cycles c
  on c.district_id = $1 and c.org_id = any ($2) and c.activated_at >= p.starts and c.activated_at < p.ends
     and c.activated_at <= $5 and not c.archived"""


async def count_dose(unit: Unit, question: Question) -> Mapping[Key, list[Cycle]]:
    """Give the cycles that began in each cell. A cycle was begun when it was activated."""
    rows = await unit.connection.fetch(
        _CYCLES.format(org="c.org_id" if question.by_school else "null::uuid"),
        unit.district_id,
        question.schools,
        [period.starts for period in question.periods],
        [period.ends for period in question.periods],
        question.as_of,
    )
    cells: defaultdict[Key, list[Cycle]] = defaultdict(list)
    for row in rows:
        cells[(row["school_id"], row["place"] - 1)].append(Cycle(*tuple(row.values())[2:]))
    return cells


async def dose_people(unit: Unit, question: Question) -> Mapping[Key, Groups]:
    return {key: people_behind(cycles) for key, cycles in (await count_dose(unit, question)).items()}
