from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from fastapi import Request
from sqlmodel import col

from services.observations.classes.queries import snapshots_of
from services.observations.evidence_items.queries import shared_by
from services.observations.history.rules import plain
from services.observations.observations.access import withheld
from services.observations.observations.models import Observation
from services.observations.observations.queries import visible_to as visible_observations
from services.observations.reports.models import ObservationReport
from services.observations.reports.queries import last_number, reports_of
from services.observations.reports.rules import content_of, sha256_of
from services.observations.reports.schemas import ReportHeader, ReportQuery, ReportRead
from shared.errors import NotFound
from shared.paging import Page, page_of
from shared.units import Unit
from shared.writes import load

_FREEZE = """
    insert into observations.observation_reports
      (district_id, observation_id, number, made_at, observation_version, sha256, content)
    select $1, g.id, 1 + (select count(*) from observations.observation_reports r
                          where r.district_id = $1 and r.observation_id = g.id),
           $2, g.version, g.sha256, g.content::jsonb
    from unnest($3::uuid[], $4::int[], $5::text[], $6::text[]) as g (id, version, sha256, content)"""


async def freeze(unit: Unit, records: Sequence[Mapping[str, Any]]) -> None:
    """Keep what these locked records say, each as its next report. Also on a unit without a session.

    With the class as the roster has it for the day of the visit: the feed may not have brought it to the record yet.
    And with the shared evidence, which may change once the record is unlocked.
    """
    ids = [record["id"] for record in records]
    evidence: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for item in await shared_by(unit.connection, unit.district_id, ids):
        evidence[item["observation_id"]].append(dict(item))
    in_class = [record["id"] for record in records if record["class_id"] is not None]
    known = await snapshots_of(unit.connection, unit.district_id, unit.now, in_class) if in_class else {}
    beside = [{"class_snapshot": known.get(id_), "evidence_items": evidence[id_]} for id_ in ids]
    contents = [content_of(plain(dict(one) | more)) for one, more in zip(records, beside, strict=True)]
    await unit.connection.execute(
        _FREEZE,
        unit.district_id,
        unit.now,
        ids,
        [record["version"] for record in records],
        [sha256_of(content) for content in contents],
        [orjson.dumps(content).decode() for content in contents],
    )


async def freeze_row(unit: Unit, row: Observation) -> None:
    """Keep what a row says that was locked in this unit's session."""
    await unit.session.flush()
    await freeze(unit, [row.model_dump()])
    await unit.session.refresh(row, ["class_snapshot", "updated_at"])


async def list_reports(unit: Unit, request: Request, query: ReportQuery, observation_id: UUID) -> Page[ReportHeader]:
    row = await _readable(unit, observation_id)
    last = await last_number(unit, row)
    rows, following, total = await page_of(unit, request, query, reports_of(unit.who, row), ObservationReport.number)
    data = [ReportHeader.model_validate(one.model_dump() | _superseded(one, last)) for one in rows]
    return Page(data=data, next=following, total=total)


async def get_report(unit: Unit, observation_id: UUID, number: int) -> ReportRead:
    row = await _readable(unit, observation_id)
    report = await load(unit, reports_of(unit.who, row).where(col(ObservationReport.number) == number))  # type: ignore[type-var]
    return ReportRead.model_validate(report.model_dump() | _superseded(report, await last_number(unit, row)))


async def _readable(unit: Unit, observation_id: UUID) -> Observation:
    """Load the observation, if its content is the caller's; a report is nothing but content."""
    row = await load(unit, visible_observations(unit.who).where(col(Observation.id) == observation_id))
    if withheld(unit.who, row) is not None:
        raise NotFound
    return row


def _superseded(report: ObservationReport, last: int) -> dict[str, int | None]:
    return {"superseded_by": last if last > report.number else None}
