"""A client's secrets: two may be live, so that one takes the place of the other and at no moment none works."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col

from services.districts.clients.errors import ClientRevoked, LastSecret, TwoSecretsLive
from services.districts.clients.granting import check_grant
from services.districts.clients.hashing import hash_secret, is_secret, new_secret, start_of
from services.districts.clients.models import Client, ClientSecret
from services.districts.clients.queries import Credentials, secrets_visible_to
from shared.clock import new_id, now
from shared.contracts.districts import TokensState
from shared.units import Unit
from shared.writes import announce, archive_row, load, show

MOST_LIVE = 2


async def new_secret_of(unit: Unit, client: Client) -> tuple[ClientSecret, str]:
    """Make a secret, which nobody can read again."""
    secret = new_secret()
    row = ClientSecret(
        district_id=unit.district_id, id=new_id(), created_at=unit.now, updated_at=unit.now, owner_id=client.id,
        starts_with=start_of(secret), secret_hash=await hash_secret(secret),
    )  # fmt: skip
    unit.session.add(row)
    return row, secret


async def add_secret(unit: Unit, client: Client) -> tuple[ClientSecret, str]:
    """Make another secret, for whoever may do all that the client may: that is what it opens.

    The client's row is locked, so two who ask at once make no third.
    """
    check_grant(unit, client.scopes)
    if client.revoked_at is not None:
        raise ClientRevoked
    if len(await _live(unit, client)) >= MOST_LIVE:
        raise TwoSecretsLive
    row, secret = await new_secret_of(unit, client)
    _announce(unit, "client_secret.created", row, ("starts_with",))
    return show(unit, row, status=201), secret


async def revoke_secret(unit: Unit, client: Client, secret_id: UUID) -> ClientSecret:
    """Revoke one secret for good; what it was given ends within seconds, what the other was given does not."""
    found = secrets_visible_to(unit.who, client).where(col(ClientSecret.id) == secret_id)
    row = await load(unit, found, lock=True)
    if row.revoked_at is None and len(await _live(unit, client)) == 1:
        raise LastSecret
    changed = archive_row(unit, row)
    if changed:
        row.revoked_at, row.tokens_ended_at = unit.now, now()  # after the lock, as of a client
    _announce(unit, "client_secret.revoked", row, ("revoked_at",) if changed else ())
    return show(unit, row)


async def matching(client: Credentials, shown: str) -> UUID | None:
    """Give which of its secrets somebody has shown."""
    for secret_id, starts_with, stored in client.secrets:
        if shown.startswith(starts_with) and await is_secret(shown, stored):
            return secret_id
    return None


async def _live(unit: Unit, client: Client) -> Sequence[ClientSecret]:
    live = secrets_visible_to(unit.who, client).where(col(ClientSecret.revoked_at).is_(None))
    return (await unit.session.execute(live)).scalars().all()


def _announce(unit: Unit, kind: str, row: ClientSecret, changed: tuple[str, ...]) -> None:
    state = TokensState.of(row, subject=str(row.id))
    announce(unit, kind, "client-secrets", row, state, changed)
