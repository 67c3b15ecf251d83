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

from shared.errors import Invalid, NotFound, PreconditionFailed, PreconditionRequired
from shared.feed.events import Event
from shared.json_body import faults_of
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


async def stored_row(unit: Unit, model: type[R], visible: Select[R], row_id: UUID) -> R | None:
    """Load what a PUT meets, locked, so that what is decided by it still holds when it is written.

    None: the id is free, and of several first PUTs of it one goes on while the others wait to meet its row. A row that
    the caller does not see is NotFound: not even an equal PUT may tell that it is there.
    """
    mine: Any = model
    statement = visible.where(mine.id == row_id).with_for_update().execution_options(populate_existing=True)
    row = (await unit.session.execute(statement)).scalar_one_or_none()
    if row is not None:
        return row
    await unit.connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"{unit.schema}/{unit.district_id}/{row_id}"
    )
    row = (await unit.session.execute(statement)).scalar_one_or_none()
    if row is None and await unit.session.get(model, (unit.district_id, row_id)) is not None:
        raise NotFound
    return row


def repeated(unit: Unit, stored: R | None, said: Mapping[str, Any]) -> R | None:
    """Give the row, with its ETag, if a PUT says what is stored already.

    That is asked before all else: a tablet repeats its PUT after days, when the row may have moved on to where nothing
    can be written, or is no longer that person's to write. It is done all the same.
    """
    return None if stored is None or changes(stored, said) else show(unit, stored)


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
    unit: Unit, model: type[R], row_id: UUID, stored: R | None, values: Mapping[str, Any]
) -> tuple[R, tuple[str, ...]]:
    """Create the row of that id in this district, or replace what is `stored_row`. Give it, and the changed names.

    The caller has checked that the caller's caller may write there, and announces the change.
    """
    if stored is not None:
        return stored, await change_row(unit, stored, values)
    row = model(district_id=unit.district_id, id=row_id, created_at=unit.now, updated_at=unit.now, **values)
    unit.session.add(row)
    await unit.session.flush()
    return show(unit, row, status=201), tuple(values)


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
        raise Invalid(errors=faults_of(error)) from error


def announce(
    unit: Unit, kind: str, entity: str, row: Resource, state: Mapping[str, Any], changed: tuple[str, ...]
) -> None:
    """Emit an event with the row's state, unless nothing changed."""
    if changed:
        emit(unit, Event(type=kind, entity=entity, id=row.id, data=dict(state), changed=changed))
