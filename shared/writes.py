"""Writing a resource: PUT, PATCH, actions and the version check, the same for every noun.

PUT of a new id creates (201). PUT equal to what is stored is done already (200, whatever the If-Match). Every other
change needs the If-Match of the version that it was made from: 428 without, 412 when stale. No update is ever lost.
"""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

import orjson
from pydantic import ValidationError
from sqlalchemy import Select
from sqlmodel import SQLModel

from shared.errors import FieldError, Invalid, NotFound, PreconditionFailed, PreconditionRequired
from shared.feed.events import Event
from shared.models import Resource
from shared.units import Unit, emit
from shared.wire import Wire

R = TypeVar("R", bound=Resource)
W = TypeVar("W", bound=Wire)


def etag(version: int) -> str:
    return f'"{version}"'


def show(unit: Unit, row: R, *, status: int | None = None) -> R:
    """Put the row's ETag on the answer."""
    unit.answer.headers["ETag"] = etag(row.version)
    if status is not None:
        unit.answer.status = status
    return row


def check_version(unit: Unit, version: int) -> None:
    """Hold the request's If-Match against the stored version (RFC 9110, 13.1.1; `*` is any version)."""
    if unit.if_match is None:
        raise PreconditionRequired(current=etag(version))
    given = {tag.strip().removeprefix("W/") for tag in unit.if_match.split(",")}
    if not given & {etag(version), "*"}:
        raise PreconditionFailed(
            f"you changed version {unit.if_match}, now it is {etag(version)}", current=etag(version)
        )


async def load(unit: Unit, statement: Select[R], *, lock: bool = False) -> R:
    """Load the one row of `statement` (already within `visible_to`), or say NotFound."""
    if lock:
        # What the session knows already is from before the lock.
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row = (await unit.session.execute(statement)).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


async def stored_row(unit: Unit, model: type[R], row_id: UUID) -> R | None:
    """Load what a PUT meets, locked, so that what is decided by it still holds when it is written.

    This asks nobody's rights: the caller does, before it says anything of the row.
    """
    return await unit.session.get(model, (unit.district_id, row_id), with_for_update=True, populate_existing=True)


def changes(row: SQLModel, values: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name, value in values.items() if getattr(row, name) != value)


def touch(unit: Unit, row: Resource, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Set what differs and count the version up; give the changed names."""
    changed = changes(row, values)
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.version += 1
        row.updated_at = unit.now
    return changed


async def put_row(
    unit: Unit, model: type[R], row_id: UUID, values: Mapping[str, Any]
) -> tuple[R, tuple[str, ...], bool]:
    """Create or replace the row of that id in this district. Give it, the changed names, and whether it is new.

    The caller has checked that the caller's caller may write there, and announces the change.
    """
    row = await stored_row(unit, model, row_id)
    if row is None:
        row = model(district_id=unit.district_id, id=row_id, created_at=unit.now, updated_at=unit.now, **values)
        unit.session.add(row)
        await unit.session.flush()
        unit.answer.headers["ETag"] = etag(row.version)
        unit.answer.status = 201
        return row, tuple(values), True
    if changes(row, values):
        check_version(unit, row.version)
    changed = touch(unit, row, values)
    show(unit, row)
    return row, changed, False


async def change_row(unit: Unit, row: R, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Change a loaded, locked row under If-Match; equal values are done already."""
    if changes(row, values):
        check_version(unit, row.version)
    changed = touch(unit, row, values)
    show(unit, row)
    return changed


def archive_row(unit: Unit, row: Resource) -> tuple[str, ...]:
    """Archive under If-Match; doing so twice is the same as once."""
    if row.archived_at is not None:
        unit.answer.headers["ETag"] = etag(row.version)
        return ()
    check_version(unit, row.version)
    changed = touch(unit, row, {"archived_at": unit.now})
    unit.answer.headers["ETag"] = etag(row.version)
    return changed


def merge_patch(stored: Any, patch: Any) -> Any:
    """JSON Merge Patch (RFC 7396, section 2): null removes, objects merge, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(stored) if isinstance(stored, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def patched(shape: type[W], stored: W, patch: Mapping[str, Any]) -> W:
    """Apply a merge patch to the writable shape of what is stored and validate the result as a whole."""
    try:
        return shape.model_validate_json(orjson.dumps(merge_patch(stored.model_dump(mode="json"), dict(patch))))
    except ValidationError as error:
        raise Invalid(errors=field_errors(error.errors(), "#")) from error


def field_errors(errors: Any, start: str) -> list[FieldError]:
    return [FieldError("/".join([start, *map(str, e["loc"])]), str(e["type"]), str(e["msg"])) for e in errors]


def announce(
    unit: Unit, kind: str, entity: str, row: Resource, state: Mapping[str, Any], changed: tuple[str, ...]
) -> None:
    """Emit an event with the row's state, unless nothing changed."""
    if changed:
        emit(unit, Event(type=kind, entity=entity, id=row.id, data=dict(state), changed=changed))
