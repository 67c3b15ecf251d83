"""A link as it is read: that there is one by whoever sees what it starts from, its note by those who read that."""

from collections.abc import Sequence

from sqlmodel import col

from services.observations.evidence_links.models import EvidenceLink
from services.observations.evidence_links.queries import visible_to
from services.observations.evidence_links.schemas import EvidenceLinkRead
from shared.access.policy import Action
from shared.units import Unit


async def read_one(unit: Unit, row: EvidenceLink) -> EvidenceLinkRead:
    await unit.session.flush()
    return (await read_all(unit, [row]))[0]


async def read_all(unit: Unit, rows: Sequence[EvidenceLink]) -> list[EvidenceLinkRead]:
    readable = visible_to(unit.who, Action.READ).where(col(EvidenceLink.id).in_([row.id for row in rows]))
    ids = set((await unit.session.execute(readable.with_only_columns(col(EvidenceLink.id)))).scalars())
    return [
        EvidenceLinkRead.model_validate(row.model_dump() | ({} if row.id in ids else {"note": None})) for row in rows
    ]
