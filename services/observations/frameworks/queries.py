from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select

from services.observations.frameworks.models import Framework, FrameworkVersion, PublishedContent
from services.observations.frameworks.schemas import FrameworkVersionQuery
from shared.access.policies import FRAMEWORK_VERSIONS, FRAMEWORKS
from shared.access.policy import Columns, allowed
from shared.access.principals import Principal
from shared.paging import filtered
from shared.units import Unit


def visible_to(who: Principal) -> Select[Framework]:
    """Expectations are for everybody of the district to see."""
    return select(Framework).where(
        col(Framework.district_id) == who.district_id, allowed(FRAMEWORKS, who, Columns(Framework))
    )


def visible_versions(who: Principal) -> Select[FrameworkVersion]:
    return select(FrameworkVersion).where(
        col(FrameworkVersion.district_id) == who.district_id,
        allowed(FRAMEWORK_VERSIONS, who, Columns(FrameworkVersion)),
    )


def found_versions(who: Principal, query: FrameworkVersionQuery) -> Select[FrameworkVersion]:
    statement: Any = filtered(visible_versions(who), FrameworkVersion, query)
    if query.framework_id is not None:
        statement = statement.where(col(FrameworkVersion.framework_id) == query.framework_id)
    if query.state is not None:
        statement = statement.where(col(FrameworkVersion.state) == query.state)
    found: Select[FrameworkVersion] = statement
    return found


async def content_of(unit: Unit, version: FrameworkVersion) -> dict[str, Any]:
    """Give what the version says: the draft, or from its publication on what can no longer change."""
    if version.draft is not None:
        return version.draft
    published = await unit.session.get(PublishedContent, (unit.district_id, version.id))
    if published is None:
        raise LookupError(f"framework version {version.id} is neither draft nor published")
    return published.content


async def framework_exists(unit: Unit, framework_id: UUID) -> bool:
    return await unit.session.get(Framework, (unit.district_id, framework_id)) is not None


async def published_framework_of(unit: Unit, version_id: UUID) -> UUID | None:
    """Give the framework of a version that is published, or was until it was retired."""
    statement = visible_versions(unit.who).where(
        col(FrameworkVersion.id) == version_id, col(FrameworkVersion.published_at).is_not(None)
    )
    row: FrameworkVersion | None = (await unit.session.execute(statement)).scalar_one_or_none()
    return None if row is None else row.framework_id


async def indicators_of(unit: Unit, version_ids: Iterable[UUID]) -> dict[UUID, dict[UUID, Mapping[str, Any]]]:
    """Give the indicators of each of these versions by their ids; a version that was never published is left out."""
    its = PublishedContent
    statement = select(its).where(
        col(its.district_id) == unit.district_id, col(its.framework_version_id).in_(sorted(set(version_ids)))
    )
    return {
        row.framework_version_id: {
            UUID(indicator["id"]): indicator
            for domain in row.content["domains"]
            for component in domain["components"]
            for indicator in component["indicators"]
        }
        for row in (await unit.session.execute(statement)).scalars()
    }


async def published_before(unit: Unit, version: FrameworkVersion) -> FrameworkVersion | None:
    """Give the version of the same framework that was in force before this one, whether or not it was retired since."""
    its = FrameworkVersion
    statement = visible_versions(unit.who).where(
        col(its.framework_id) == version.framework_id, col(its.id) != version.id, col(its.published_at).is_not(None)
    )
    if version.published_at is not None:
        statement = statement.where(col(its.published_at) < version.published_at)
    statement = statement.order_by(col(its.published_at).desc(), col(its.id)).limit(1)
    found: FrameworkVersion | None = (await unit.session.execute(statement)).scalar_one_or_none()
    return found
