"""Versions out and in as CASE packages."""

from typing import Any
from uuid import UUID, uuid5

import orjson
from pydantic import ValidationError

from services.observations.frameworks import case, service
from services.observations.frameworks.case_schemas import MINE, CFPackage
from services.observations.frameworks.models import FrameworkVersion
from services.observations.frameworks.queries import framework_exists
from services.observations.frameworks.schemas import FrameworkVersionWrite, FrameworkWrite
from shared.errors import Invalid
from shared.json_body import faults_of
from shared.units import Unit


async def export(unit: Unit, version_id: UUID, public_url: str) -> dict[str, Any]:
    row, content = await service.get_version(unit, version_id)
    framework = await service.get_framework(unit, row.framework_id)
    about = case.Titled(row.id, row.framework_id, framework.name, row.label, row.state, row.updated_at)
    return case.package_of(about, content, f"{public_url}/v1/framework-versions/{row.id}/case#")


async def take_in(unit: Unit, package: CFPackage) -> tuple[FrameworkVersion, service.Content]:
    """Draft the version that a package says, under the ids that it has. The framework is made if it is new."""
    service.must_lead(unit)
    if faults := case.faults_of(package):
        raise Invalid(errors=faults[:20])
    document = package.document
    framework_id = _framework_of(package)
    said = {"framework_id": str(framework_id), "label": document.version or document.title[:200]}
    try:
        body = FrameworkVersionWrite.model_validate_json(orjson.dumps(said | case.content_of(package)))
        framework = FrameworkWrite(name=document.title, description=document.description, external_ids={})
    except ValidationError as error:
        raise Invalid("the package makes no version", errors=faults_of(error)) from error
    if not await framework_exists(unit, framework_id):
        await service.put_framework(unit, framework_id, framework)
        unit.answer.status = None
    return await service.put_version(unit, document.identifier, body)


def _framework_of(package: CFPackage) -> UUID:
    """Give the framework that we wrote into the package, or for somebody else's one that follows from its id."""
    said = package.document.extensions.get(MINE)
    try:
        return UUID(str(said["framework_id"])) if isinstance(said, dict) else _new(package)
    except (KeyError, ValueError):
        return _new(package)


def _new(package: CFPackage) -> UUID:
    return uuid5(package.document.identifier, "framework")
