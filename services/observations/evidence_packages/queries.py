from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Select, true
from sqlmodel import col, select

from services.observations.evidence_packages.models import EvidencePackage
from services.observations.evidence_packages.schemas import EvidencePackageQuery
from services.observations.observations.queries import parents_of
from shared.access.policies import EVIDENCE_PACKAGES
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered
from shared.units import Unit


def visible_to(who: Principal) -> Select[EvidencePackage]:
    """Whoever reads the observation's content reads what is claimed of it."""
    return select(EvidencePackage).where(
        col(EvidencePackage.district_id) == who.district_id,
        allowed(EVIDENCE_PACKAGES, who, Columns(EvidencePackage, parents=parents_of(who))),
    )


def found(who: Principal, query: EvidencePackageQuery) -> Select[EvidencePackage]:
    return filtered(visible_to(who), EvidencePackage, query).where(
        col(EvidencePackage.observation_id) == query.observation_id if query.observation_id else true(),
        col(EvidencePackage.indicator_id) == query.indicator_id if query.indicator_id else true(),
    )


async def published(unit: Unit, version_id: UUID) -> Mapping[str, Any]:
    """Give what a published version says; nothing for an unknown one."""
    text = await unit.connection.fetchval(
        """select content::text from observations.published_contents
           where district_id = $1 and framework_version_id = $2""",
        unit.district_id,
        version_id,
    )
    content: Mapping[str, Any] = orjson.loads(text) if text else {"domains": [], "look_fors": []}
    return content
