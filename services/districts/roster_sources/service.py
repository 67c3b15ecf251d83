from typing import Any

import orjson
from pydantic import SecretStr

from services.districts.roster_sources import rules
from services.districts.roster_sources.errors import RosterSourceArchived
from services.districts.roster_sources.models import RosterSource
from services.districts.roster_sources.schemas import RosterSourcePatch, RosterSourceWrite
from services.districts.schedules.records import archive_of_source
from services.districts.sealing import seal, unseal
from services.districts.settings import settings_of
from shared.clock import new_id
from shared.errors import FieldError, Invalid
from shared.runtime import Runtime
from shared.units import Unit
from shared.writes import announce, archive_row, change_row, patched, show

_GUARDED = {"secret", "headers"}


async def add_source(unit: Unit, runtime: Runtime, given: RosterSourceWrite) -> RosterSource:
    keys = settings_of(runtime).secrets_key
    if given.secret is None:
        raise Invalid(errors=[FieldError("#/secret", "missing", "a source needs one")])
    row = RosterSource(
        district_id=unit.district_id, id=new_id(), created_at=unit.now, updated_at=unit.now,
        **given.model_dump(mode="json", exclude=_GUARDED), **_sealed_headers(given.headers or {}, keys),
        secret=seal(given.secret, keys),
    )  # fmt: skip
    unit.session.add(row)
    await unit.session.flush()
    announce(unit, "roster_source.created", "roster-sources", row, _told(row), ("name", "base_url"))
    unit.answer.headers["Location"] = f"/v1/roster-sources/{row.id}"
    return show(unit, row, status=201)


async def change_source(unit: Unit, runtime: Runtime, row: RosterSource, patch: RosterSourcePatch) -> RosterSource:
    if row.archived_at is not None:
        raise RosterSourceArchived
    keys = settings_of(runtime).secrets_key
    stored = RosterSourceWrite.model_validate_json(orjson.dumps(_shape(row)))
    given = patched(RosterSourceWrite, stored, patch.model_dump(mode="json", exclude_unset=True))
    values: dict[str, Any] = given.model_dump(mode="json", exclude=_GUARDED)
    if given.secret is None and rules.moves(_shape(row), values):
        raise Invalid(errors=[FieldError("#/secret", "missing", "give it again: it would go to another host")])
    if given.secret is not None and given.secret != unseal(row.secret, keys):
        values["secret"] = seal(given.secret, keys)
    if given.headers is not None and given.headers != _open_headers(row, keys):
        values |= _sealed_headers(given.headers, keys)
    elif given.headers is None and row.header_names and rules.moves(_shape(row), values):
        raise Invalid(errors=[FieldError("#/headers", "missing", "give them again: they would go to another host")])
    changed = await change_row(unit, row, values)
    announce(unit, "roster_source.changed", "roster-sources", row, _told(row), changed)
    return row


async def archive_source(unit: Unit, row: RosterSource) -> RosterSource:
    """Ask it no more, also not on a schedule. What it brought stays."""
    changed = archive_row(unit, row)
    await archive_of_source(unit, row.id)
    announce(unit, "roster_source.archived", "roster-sources", row, _told(row), changed)
    return row


def _shape(row: RosterSource) -> dict[str, Any]:
    return row.model_dump(mode="json", include=set(RosterSourceWrite.model_fields) - _GUARDED)


def _sealed_headers(headers: dict[str, str], keys: SecretStr) -> dict[str, Any]:
    text = orjson.dumps(headers).decode()
    return {"sealed_headers": seal(text, keys) if headers else None, "header_names": sorted(headers)}


def _open_headers(row: RosterSource, keys: SecretStr) -> dict[str, str]:
    return dict(orjson.loads(unseal(row.sealed_headers, keys))) if row.sealed_headers else {}


def _told(row: RosterSource) -> dict[str, Any]:
    return {"id": row.id, "version": row.version, "archived": row.archived_at is not None, "name": row.name}
