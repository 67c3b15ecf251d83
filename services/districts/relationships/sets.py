"""Relationships of a CSV file, put together: what service.py asks of one, asked of all."""

from collections.abc import Collection, Sequence

from sqlmodel import col

from services.districts.changing import relationships_follow
from services.districts.orgs.service import check_orgs
from services.districts.references import check_staff
from services.districts.relationships import queries, rules
from services.districts.relationships.deriving import lock
from services.districts.relationships.errors import RelationshipOverlaps
from services.districts.relationships.models import Relationship
from services.districts.relationships.service import state_of
from services.districts.tables import MANUAL, ROSTER
from services.districts.tabular.sets import Proposal, Sets, joined, unknown
from shared.errors import FieldError
from shared.units import Unit
from shared.writes import announce


async def _check(unit: Unit, proposals: Sequence[Proposal[Relationship]]) -> list[list[FieldError]]:
    own = [rules.faults(proposal.values) or _moved(proposal) for proposal in proposals]
    orgs = await unknown(unit, check_orgs, proposals, "org_id")
    people = await unknown(unit, check_staff, proposals, "person_id", "target_person_id")
    named = {p.values[name] for p in proposals for name in ("person_id", "target_person_id")} - {None}
    times = await queries.times_of(unit, named)
    outside = [
        [] if known or p.values["kind"] in rules.TO_ORGS else rules.outside(p.values, times)
        for p, known in zip(proposals, people, strict=True)
    ]
    return joined(own, orgs, people, outside)


def _moved(proposal: Proposal[Relationship]) -> list[FieldError]:
    stored = proposal.stored
    return rules.moved(stored.model_dump(), proposal.values) if stored and stored.role_id is not None else []


async def _lock(unit: Unit) -> None:
    await lock(unit.connection, unit.district_id)


def _announce(unit: Unit, row: Relationship, changed: tuple[str, ...]) -> None:
    announce(unit, "relationship.changed", "relationships", row, state_of(row).model_dump(), changed)


async def _follow(unit: Unit, rows: Collection[Relationship]) -> None:
    """Let what roles give to these people make room, or come back."""
    await relationships_follow(unit, {row.person_id for row in rows})


SETS = Sets(
    Relationship, rules.FIXED, RelationshipOverlaps, _lock, _check, _announce, own={"source": MANUAL},
    among=(col(Relationship.source) != ROSTER,), follow=_follow,
)  # fmt: skip
