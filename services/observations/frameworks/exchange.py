"""Versions out and in, as CASE packages and as CSV. What comes in is a draft under the ids that it has."""

from typing import Any
from uuid import UUID, uuid5

import orjson
from pydantic import ValidationError

from services.observations.frameworks import case, csv_rows, service
from services.observations.frameworks.case_schemas import MINE, CFPackage
from services.observations.frameworks.csv_rows import Document, written
from services.observations.frameworks.csv_schemas import MEDIA
from services.observations.frameworks.models import FrameworkVersion
from services.observations.frameworks.queries import framework_exists
from services.observations.frameworks.schemas import FrameworkVersionWrite, FrameworkWrite
from shared.errors import Invalid, UnsupportedMedia
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
    label = document.version or document.title[:200]
    framework = {"name": document.title, "description": document.description}
    content = case.content_of(package)
    return await _drafted(unit, Document(framework_id, framework, document.identifier, label, content))


async def export_csv(unit: Unit, version_id: UUID) -> str:
    row, content = await service.get_version(unit, version_id)
    framework = await service.get_framework(unit, row.framework_id)
    said = {"name": framework.name, "description": framework.description}
    return written(Document(framework.id, said, row.id, row.label, content))


async def take_in_csv(unit: Unit, media: str, file: bytes) -> tuple[FrameworkVersion, service.Content]:
    service.must_lead(unit)
    if media.partition(";")[0].strip().lower() != MEDIA:
        raise UnsupportedMedia(f"send {MEDIA}")
    return await _drafted(unit, csv_rows.read(file))


async def _drafted(unit: Unit, document: Document) -> tuple[FrameworkVersion, service.Content]:
    """Draft what a document says. The framework is made if it is new; one that is there keeps its name."""
    said = {"framework_id": str(document.framework_id), "label": document.label}
    try:
        body = FrameworkVersionWrite.model_validate_json(orjson.dumps(said | dict(document.content)))
        framework = FrameworkWrite.model_validate(dict(document.framework) | {"external_ids": {}})
    except ValidationError as error:
        raise Invalid("it makes no version", errors=faults_of(error)) from error
    if not await framework_exists(unit, document.framework_id):
        await service.put_framework(unit, document.framework_id, framework)
        unit.answer.status = None
    return await service.put_version(unit, document.version_id, body)


def _framework_of(package: CFPackage) -> UUID:
    """Give the framework that we wrote into the package, or for somebody else's one that follows from its id."""
    said = package.document.extensions.get(MINE)
    try:
        return UUID(str(said["framework_id"])) if isinstance(said, dict) else _new(package)
    except (KeyError, ValueError):
        return _new(package)


def _new(package: CFPackage) -> UUID:
    return uuid5(package.document.identifier, "framework")
