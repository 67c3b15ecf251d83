from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlmodel import col

from services.districts.identity_providers import rules
from services.districts.identity_providers.errors import IssuerTaken
from services.districts.identity_providers.models import IdentityProvider
from services.districts.identity_providers.queries import visible_to
from services.districts.identity_providers.schemas import IdentityProviderPatch, IdentityProviderWrite
from shared.clock import now
from shared.contracts.districts import TokensState
from shared.errors import Invalid
from shared.units import Unit
from shared.writes import announce, archive_row, change_row, changes, load, patched, put_row, repeated, show, stored_row


async def put_provider(unit: Unit, provider_id: UUID, body: IdentityProviderWrite) -> IdentityProvider:
    values = body.model_dump(mode="json")
    stored = await stored_row(unit, IdentityProvider, visible_to(unit.who), provider_id)
    if done := repeated(unit, stored, values):
        return done
    await _check(unit, provider_id, values)
    ended = _ending(stored, values) if stored is not None else {}
    row, changed = await put_row(unit, IdentityProvider, provider_id, stored, values | ended)
    return _announced(unit, row, changed)


async def get_provider(unit: Unit, provider_id: UUID, *, lock: bool = False) -> IdentityProvider:
    return await load(unit, visible_to(unit.who).where(col(IdentityProvider.id) == provider_id), lock=lock)


async def patch_provider(unit: Unit, provider_id: UUID, patch: IdentityProviderPatch) -> IdentityProvider:
    row = await get_provider(unit, provider_id, lock=True)
    stored = IdentityProviderWrite.model_validate(row.model_dump(include=set(IdentityProviderWrite.model_fields)))
    given = patched(IdentityProviderWrite, stored, patch.model_dump(mode="json", exclude_unset=True))
    values = given.model_dump(mode="json")
    if changes(row, values):
        await _check(unit, provider_id, values)
    return _announced(unit, row, await change_row(unit, row, values | _ending(row, values)))


async def archive_provider(unit: Unit, provider_id: UUID) -> IdentityProvider:
    """Trust it no more: it vouches for nobody, and whom it vouched for is let in no longer, within seconds."""
    row = await get_provider(unit, provider_id, lock=True)
    changed = archive_row(unit, row)
    if changed:
        row.tokens_ended_at = now()  # after the lock, as of a client
    return _announced(unit, row, changed)


def _ending(row: IdentityProvider, values: Mapping[str, Any]) -> dict[str, Any]:
    """Let what it vouched for end whenever it is trusted otherwise than before; another name is no matter."""
    return {"tokens_ended_at": now()} if set(changes(row, values)) - {"name"} else {}


async def _check(unit: Unit, provider_id: UUID, values: Mapping[str, Any]) -> None:
    if errors := rules.faults(values):
        raise Invalid(errors=errors)
    same = visible_to(unit.who).where(
        col(IdentityProvider.issuer) == values["issuer"],
        col(IdentityProvider.id) != provider_id,
        col(IdentityProvider.archived_at).is_(None),
    )
    # Two who name the same issuer at once wait for each other here.
    await unit.connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"issuer/{unit.district_id}/{values['issuer']}"
    )
    if (await unit.session.execute(same)).first() is not None:
        raise IssuerTaken


def _announced(unit: Unit, row: IdentityProvider, changed: tuple[str, ...]) -> IdentityProvider:
    state = TokensState.of(row, subject=str(row.id))
    announce(unit, "identity_provider.changed", "identity-providers", row, state, changed)
    return show(unit, row)
