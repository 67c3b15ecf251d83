from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlmodel import col

from services.observations.frameworks import rules
from services.observations.frameworks.differences import difference
from services.observations.frameworks.errors import (
    FrameworkVersionEmpty,
    FrameworkVersionMoveRefused,
    FrameworkVersionPublished,
)
from services.observations.frameworks.models import Framework, FrameworkVersion, PublishedContent
from services.observations.frameworks.queries import (
    content_of,
    framework_exists,
    published_before,
    visible_to,
    visible_versions,
)  # fmt: skip
from services.observations.frameworks.schemas import (
    FrameworkPatch,
    FrameworkVersionDiff,
    FrameworkVersionPatch,
    FrameworkVersionWrite,
    FrameworkWrite,
    MemberChange,
    PartChanged,
    PartNamed,
    VersionState,
)  # fmt: skip
from shared.contracts.observations import FrameworkState, FrameworkVersionState
from shared.errors import FieldError, Forbidden, Invalid
from shared.units import Unit
from shared.writes import (
    announce,
    archive_row,
    change_row,
    check_version,
    load,
    patched,
    put_row,
    repeated,
    show,
    stored_row,
    touch,
)  # fmt: skip

Content = Mapping[str, Any]
NOTHING: Content = {"domains": [], "look_fors": []}


async def put_framework(unit: Unit, framework_id: UUID, body: FrameworkWrite) -> Framework:
    values = body.model_dump()
    stored = await stored_row(unit, Framework, visible_to(unit.who), framework_id)
    if done := repeated(unit, stored, values):
        return done
    must_lead(unit)
    row, changed = await put_row(unit, Framework, framework_id, stored, values)
    return _announced(unit, row, changed)


async def get_framework(unit: Unit, framework_id: UUID, *, lock: bool = False) -> Framework:
    return await load(unit, visible_to(unit.who).where(col(Framework.id) == framework_id), lock=lock)


async def patch_framework(unit: Unit, framework_id: UUID, patch: FrameworkPatch) -> Framework:
    must_lead(unit)
    row = await get_framework(unit, framework_id, lock=True)
    stored = FrameworkWrite(name=row.name, description=row.description, external_ids=row.external_ids)
    body = patched(FrameworkWrite, stored, patch.model_dump(mode="json", exclude_unset=True))
    return _announced(unit, row, await change_row(unit, row, body.model_dump()))


async def archive_framework(unit: Unit, framework_id: UUID) -> Framework:
    must_lead(unit)
    row = await get_framework(unit, framework_id, lock=True)
    return _announced(unit, row, archive_row(unit, row))


def _announced(unit: Unit, row: Framework, changed: tuple[str, ...]) -> Framework:
    announce(unit, "framework.changed", "frameworks", row, FrameworkState.of(row), changed)
    return show(unit, row)


async def put_version(unit: Unit, version_id: UUID, body: FrameworkVersionWrite) -> tuple[FrameworkVersion, Content]:
    """Create or replace a draft. A published version takes only what it says already."""
    stored = await stored_row(unit, FrameworkVersion, visible_versions(unit.who), version_id)
    if stored is not None:
        return await _replace_version(unit, stored, body)
    must_lead(unit)
    await _check(unit, body)
    values = {"framework_id": body.framework_id, "label": body.label, "draft": body.content()}
    row, changed = await put_row(unit, FrameworkVersion, version_id, None, values | {"state": VersionState.DRAFT.value})
    _tell(unit, "framework_version.changed", row, body.content(), changed)
    return row, body.content()


async def get_version(unit: Unit, version_id: UUID, *, lock: bool = False) -> tuple[FrameworkVersion, Content]:
    row = await load(unit, visible_versions(unit.who).where(col(FrameworkVersion.id) == version_id), lock=lock)
    return row, await content_of(unit, row)


async def compare(unit: Unit, version_id: UUID, from_id: UUID | None) -> FrameworkVersionDiff:
    """Say what changed since another version; without one named, since the one that was published before."""
    row, content = await get_version(unit, version_id)
    if from_id is None:
        before = await published_before(unit, row)
    else:
        named = visible_versions(unit.who).where(col(FrameworkVersion.id) == from_id)
        before = (await unit.session.execute(named)).scalar_one_or_none()
        if before is None:
            raise Invalid(errors=[FieldError("#/query/from", "unknown", "is no framework version of this district")])
    old: Content = await content_of(unit, before) if before else NOTHING
    found = difference(old, content)
    scoring = None
    if before is not None and old["scoring"] != content["scoring"]:
        scoring = MemberChange(member="scoring", old=old["scoring"], new=content["scoring"])
    return FrameworkVersionDiff(
        framework_version_id=row.id,
        from_id=before.id if before else None,
        scoring=scoring,
        added=[PartNamed.model_validate(part.named) for part in found.added],
        removed=[PartNamed.model_validate(part.named) for part in found.removed],
        changed=[
            PartChanged.model_validate(part.named | {"members": [asdict(one) for one in changes]})
            for part, changes in found.changed
        ],
    )


async def patch_version(unit: Unit, version_id: UUID, patch: FrameworkVersionPatch) -> tuple[FrameworkVersion, Content]:
    must_lead(unit)
    row, content = await get_version(unit, version_id, lock=True)
    stored = FrameworkVersionWrite.model_validate(
        {"framework_id": row.framework_id, "label": row.label} | dict(content)
    )
    body = patched(FrameworkVersionWrite, stored, patch.model_dump(mode="json", exclude_unset=True))
    return await _replace_version(unit, row, body)


async def publish(unit: Unit, version_id: UUID) -> tuple[FrameworkVersion, Content]:
    """Fix for ever what the version says: from the draft, which may change, to a row that nobody may change."""
    row, content = await _moved(unit, version_id, "publish")
    if not content["domains"] and not content["look_fors"]:
        raise FrameworkVersionEmpty
    changed = touch(unit, row, {"state": VersionState.PUBLISHED.value, "published_at": unit.now, "draft": None})
    unit.session.add(PublishedContent(district_id=unit.district_id, framework_version_id=row.id, content=dict(content)))
    _tell(unit, "framework_version.published", row, content, changed)
    return show(unit, row), content


async def retire(unit: Unit, version_id: UUID) -> tuple[FrameworkVersion, Content]:
    """Take the version out of use from now on. What was recorded with it stays readable."""
    row, content = await _moved(unit, version_id, "retire")
    changed = touch(unit, row, {"state": VersionState.RETIRED.value, "retired_at": unit.now})
    _tell(unit, "framework_version.retired", row, content, changed)
    return show(unit, row), content


async def archive_version(unit: Unit, version_id: UUID) -> tuple[FrameworkVersion, Content]:
    must_lead(unit)
    row, content = await get_version(unit, version_id, lock=True)
    _tell(unit, "framework_version.changed", row, content, archive_row(unit, row))
    return row, content


async def _moved(unit: Unit, version_id: UUID, verb: str) -> tuple[FrameworkVersion, Content]:
    must_lead(unit)
    row, content = await get_version(unit, version_id, lock=True)
    if verb not in rules.moves_from(row.state):
        raise FrameworkVersionMoveRefused(state=row.state, possible=rules.moves_from(row.state))
    check_version(unit, row.version)
    return row, content


async def _replace_version(
    unit: Unit, row: FrameworkVersion, body: FrameworkVersionWrite
) -> tuple[FrameworkVersion, Content]:
    content = await content_of(unit, row)
    if (body.framework_id, body.label, body.content()) == (row.framework_id, row.label, content):
        return show(unit, row), content
    must_lead(unit)
    if row.state != VersionState.DRAFT:
        raise FrameworkVersionPublished(state=row.state, possible=rules.moves_from(row.state))
    if body.framework_id != row.framework_id:
        raise Invalid(errors=[FieldError("#/framework_id", "fixed", "a version stays with its framework")])
    await _check(unit, body)
    changed = await change_row(unit, row, {"label": body.label, "draft": body.content()})
    _tell(unit, "framework_version.changed", row, body.content(), changed)
    return row, body.content()


async def _check(unit: Unit, body: FrameworkVersionWrite) -> None:
    faults = rules.faults_of(body)
    if not await framework_exists(unit, body.framework_id):
        faults.append(FieldError("#/framework_id", "unknown", "refers to no framework of this district"))
    if faults:
        raise Invalid(errors=faults[:20])


def must_lead(unit: Unit) -> None:
    if unit.who.person is not None and not unit.who.person.led_orgs:
        raise Forbidden("only a leader of a school or of the district may change what is expected")


def _tell(unit: Unit, kind: str, row: FrameworkVersion, content: Content, changed: tuple[str, ...]) -> None:
    indicators = [
        indicator | {"component_id": component["id"], "domain_id": domain["id"]}
        for domain in content["domains"]
        for component in domain["components"]
        for indicator in component["indicators"]
    ]
    state = FrameworkVersionState.of(row, indicators=indicators, look_fors=content["look_fors"])
    announce(unit, kind, "framework-versions", row, state, changed)
