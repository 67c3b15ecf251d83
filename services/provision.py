"""What an operator does before anybody can call the API: schemas, districts, and their first clients."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from uuid import UUID

import asyncpg

from shared.catalogue import migrations_of
from shared.clock import now
from shared.database import Database
from shared.local.children import LocalError
from shared.settings import SERVICE_NAMES, Settings


def settings_of(service: str) -> Settings:
    """Give a service's own settings, from the environment."""
    found: type[Settings] = getattr(import_module(f"services.{service}.settings"), f"{service.capitalize()}Settings")
    return found()


async def migrate_all() -> None:
    from shared.migrate import StrangeSchemaError, migrate  # 3 MB, which no serving process needs

    for service in SERVICE_NAMES:  # each may have a database of its own
        try:
            await migrate(settings_of(service), migrations_of((service,)))
        except OSError as error:
            raise LocalError(f"the database does not answer: {error}") from error
        except StrangeSchemaError as error:
            raise LocalError(
                "the data were made by another build, from before the first release, and cannot be carried over: "
                f"take another data folder, or `make clean` ({error})"
            ) from error


@asynccontextmanager
async def districts_database() -> AsyncIterator[Database]:
    settings = settings_of("districts")
    database = await Database("districts", settings.database_url, settings.relay_database_url, pool_size=2).open()
    try:
        await database.pool.fetchval("select count(*) from districts.feed_cursors")
        yield database
    except (OSError, asyncpg.PostgresError) as error:
        raise LocalError(f"the database does not answer or was not migrated: is `up` running? ({error})") from error
    finally:
        await database.close()


async def new_district(name: str) -> UUID:
    from services.districts.districts.service import create_district

    async with districts_database() as database:
        created = await create_district(database, name)
    return created.district_id


async def new_client(district_id: UUID, name: str, scopes: list[str]) -> tuple[str, str]:
    """Give the client's id and its secret, which is stored only as a hash."""
    from services.districts.clients.service import create_client

    async with districts_database() as database:
        created = await create_client(database, district_id, name, tuple(scopes))
    return created.client_id, created.client_secret


async def signing_keys() -> dict[str, str]:
    """Give the keys that sign tokens, and what each does."""
    from services.districts.tokens import keys

    async with districts_database() as database:
        return await keys.known(database, now())


async def rotate_signing_key() -> dict[str, str]:
    from services.districts.tokens import keys

    async with districts_database() as database:
        await keys.rotate(database, now(), early=True)
        return await keys.known(database, now())


async def withdraw_signing_key(kid: str) -> None:
    from services.districts.tokens import keys

    async with districts_database() as database:
        if not await keys.withdraw(database, kid):
            raise LocalError(f"there is no signing key {kid}")
