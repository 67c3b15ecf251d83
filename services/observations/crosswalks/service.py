from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col

from services.observations.crosswalks import queries, rules
from services.observations.crosswalks.errors import CrosswalkEmpty, CrosswalkMoveRefused, CrosswalkPublished
from services.observations.crosswalks.models import Crosswalk, PublishedCorrespondence
from services.observations.crosswalks.queries import lines_of, visible_to
from services.observations.crosswalks.schemas import (
    CorrespondenceQuery,
    CorrespondenceRead,
    CrosswalkWrite,
    IndicatorNamed,
    Relation,
)
from services.observations.frameworks.case import STATUS
from services.observations.frameworks.queries import indicators_of
from services.observations.frameworks.schemas import VersionState
from services.observations.frameworks.service import get_version, must_lead
from shared.contracts.observations import CrosswalkState
from shared.errors import FieldError, Invalid
from shared.paging import Page, decode, encode
from shared.units import Unit
from shared.writes import announce, archive_row, check_version, load, put_row, repeated, show, stored_row, touch

Lines = Sequence[Mapping[str, Any]]


async def put_crosswalk(unit: Unit, crosswalk_id: UUID, body: CrosswalkWrite) -> tuple[Crosswalk, Lines]:
    """Create or replace a draft. A published crosswalk takes only what it says already."""
    columns = body.model_dump(exclude={"correspondences"})
    lines = [one.model_dump(mode="json") for one in body.correspondences]
    stored = await stored_row(unit, Crosswalk, visible_to(unit.who), crosswalk_id)
    if stored is not None and await lines_of(unit, stored) == lines and (done := repeated(unit, stored, columns)):
        return done, lines
    must_lead(unit)
    if stored is not None and stored.state != VersionState.DRAFT:
        raise CrosswalkPublished(state=stored.state, possible=rules.moves_from(stored.state))
    await _check(unit, stored, body)
    values = columns | {"draft": lines, "state": VersionState.DRAFT.value}
    row, changed = await put_row(unit, Crosswalk, crosswalk_id, stored, values)
    return _announced(unit, row, "crosswalk.changed", changed), lines


async def get_crosswalk(unit: Unit, crosswalk_id: UUID, *, lock: bool = False) -> tuple[Crosswalk, Lines]:
    row = await load(unit, visible_to(unit.who).where(col(Crosswalk.id) == crosswalk_id), lock=lock)
    return row, await lines_of(unit, row)


async def publish(unit: Unit, crosswalk_id: UUID) -> tuple[Crosswalk, Lines]:
    """Fix for ever what it says: from the draft, which may change, to rows that nobody may change."""
    row, lines = await _moved(unit, crosswalk_id, "publish")
    if not lines:
        raise CrosswalkEmpty
    changed = touch(unit, row, {"state": VersionState.PUBLISHED.value, "published_at": unit.now, "draft": None})
    for place, line in enumerate(lines):
        ids = {name: UUID(line[name]) for name in ("from_indicator_id", "to_indicator_id")}
        unit.session.add(
            PublishedCorrespondence(
                district_id=unit.district_id, crosswalk_id=row.id, place=place, relation=line["relation"],
                note=line["note"], **ids,
            )
        )  # fmt: skip
    return _announced(unit, row, "crosswalk.published", changed), lines


async def retire(unit: Unit, crosswalk_id: UUID) -> tuple[Crosswalk, Lines]:
    """Take it out of what corresponds to what. It stays readable by its id."""
    row, lines = await _moved(unit, crosswalk_id, "retire")
    changed = touch(unit, row, {"state": VersionState.RETIRED.value, "retired_at": unit.now})
    return _announced(unit, row, "crosswalk.retired", changed), lines


async def archive_crosswalk(unit: Unit, crosswalk_id: UUID) -> tuple[Crosswalk, Lines]:
    must_lead(unit)
    row, lines = await get_crosswalk(unit, crosswalk_id, lock=True)
    return _announced(unit, row, "crosswalk.changed", archive_row(unit, row)), lines


async def correspondences(unit: Unit, version_id: UUID, query: CorrespondenceQuery) -> Page[CorrespondenceRead]:
    """Say what the indicators of a version correspond to, in crosswalks from it and in those to it, read backwards."""
    await get_version(unit, version_id)
    found = await queries.correspondences(unit, version_id, query, decode(unit, query, (UUID, int)), query.limit + 1)
    rows = found[: query.limit]
    named = await indicators_of(unit, {version_id, *(row["other_version_id"] for row in rows)})
    last = rows[-1] if len(found) > len(rows) else None
    return Page(
        data=[_read(row, named[version_id], named[row["other_version_id"]]) for row in rows],
        next=encode(unit, query, [last["crosswalk_id"], last["place"]]) if last else None,
        total=await queries.count(unit, version_id, query) if query.count else None,
    )


async def export(unit: Unit, crosswalk_id: UUID, public_url: str) -> dict[str, Any]:
    row, lines = await get_crosswalk(unit, crosswalk_id)
    named = await indicators_of(unit, {row.from_version_id, row.to_version_id})
    titles = {id_: part["title"] for parts in named.values() for id_, part in parts.items()}
    header = row.model_dump() | {"titles": titles, "status": STATUS[row.state], "changed_at": row.updated_at}
    ids = ("from_indicator_id", "to_indicator_id")
    plain = [dict(line) | {name: UUID(line[name]) for name in ids} for line in lines]
    return rules.package_of(header, plain, public_url)


def _read(
    row: Mapping[str, Any], own: Mapping[UUID, Mapping[str, Any]], others: Mapping[UUID, Mapping[str, Any]]
) -> CorrespondenceRead:
    relation = Relation(row["relation"])
    return CorrespondenceRead(
        crosswalk_id=row["crosswalk_id"],
        indicator=IndicatorNamed.model_validate(own[row["indicator_id"]]),
        relation=rules.turned(relation) if row["turned"] else relation,
        other_version_id=row["other_version_id"],
        other=IndicatorNamed.model_validate(others[row["other_id"]]),
        note=row["note"],
    )


async def _check(unit: Unit, stored: Crosswalk | None, body: CrosswalkWrite) -> None:
    ends = ("from_version_id", "to_version_id")
    if stored is not None and any(getattr(stored, end) != getattr(body, end) for end in ends):
        raise Invalid(errors=[FieldError("#/from_version_id", "fixed", "a crosswalk stays between its two versions")])
    known = await indicators_of(unit, {body.from_version_id, body.to_version_id})
    faults = [
        FieldError(f"#/{end}", "unknown", "names no published framework version")
        for end in ends
        if getattr(body, end) not in known
    ]
    if not faults:
        faults = list(rules.faults_of(body.correspondences, known[body.from_version_id], known[body.to_version_id]))
    if faults:
        raise Invalid(errors=faults[:20])


async def _moved(unit: Unit, crosswalk_id: UUID, verb: str) -> tuple[Crosswalk, Lines]:
    must_lead(unit)
    row, lines = await get_crosswalk(unit, crosswalk_id, lock=True)
    if verb not in rules.moves_from(row.state):
        raise CrosswalkMoveRefused(state=row.state, possible=rules.moves_from(row.state))
    check_version(unit, row.version)
    return row, lines


def _announced(unit: Unit, row: Crosswalk, kind: str, changed: tuple[str, ...]) -> Crosswalk:
    announce(unit, kind, "crosswalks", row, CrosswalkState.of(row), changed)
    return show(unit, row)
