"""One PostgreSQL and one Redis for the whole test run; each xdist worker clones the migrated template database."""

import asyncio
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import structlog

from shared.catalogue import migrations_of
from shared.local.servers import EmbeddedServers, Urls
from shared.migrate import migrate
from shared.settings import Settings

TEMPLATE = "throughline_template"
_KEY = "throughline_urls"


def with_database(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


def in_database(urls: Urls, name: str, redis_db: int = 0) -> Urls:
    redis = re.sub(r"([?&])db=\d+", "", urls.redis_url)
    redis += ("&" if "?" in redis else "?") + f"db={redis_db}"
    return replace(
        urls,
        database_url=with_database(urls.database_url, name),
        migration_database_url=with_database(urls.migration_database_url, name),
        relay_database_url=with_database(urls.relay_database_url, name),
        redis_url=redis,
    )


async def run_sql(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def settings_of(urls: Urls, data_dir: Path, **more: Any) -> dict[str, Any]:
    return asdict(urls) | {"data_dir": data_dir, "service_key": "test-service-key", **more}


class ServersPlugin:
    """Runs in the controlling process: starts the servers, migrates the template, stops the servers."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tl-test-"))
        self.servers = EmbeddedServers(self.folder, durable=False, postgres_settings={"max_connections": "400"})
        self.urls: Urls | None = None

    def start(self) -> Urls:
        if self.urls is None:
            self.servers.start()
            template = in_database(self.servers.urls, TEMPLATE)
            asyncio.run(self._migrate(template))
            self.urls = self.servers.urls
        return self.urls

    async def _migrate(self, urls: Urls) -> None:
        await run_sql(with_database(urls.migration_database_url, "postgres"), f"create database {TEMPLATE}")
        await migrate(Settings(**settings_of(urls, self.folder)), migrations_of())

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[_KEY] = asdict(self.start())

    def pytest_unconfigure(self) -> None:
        self.servers.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def pytest_configure(config: pytest.Config) -> None:
    # By itself structlog draws each exception with all its variables, which takes seconds.
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.stdlib.add_log_level, plain])
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(ServersPlugin(), "throughline-servers")


@pytest.fixture(scope="session")
def urls(request: pytest.FixtureRequest, worker_id: str) -> Iterator[Urls]:
    """The addresses of this worker's own database, a clone of the template, and of its own Redis database."""
    given = getattr(request.config, "workerinput", {}).get(_KEY)
    plugin = request.config.pluginmanager.get_plugin("throughline-servers")
    base = Urls(**given) if given else plugin.start()  # type: ignore[union-attr]
    name = f"test_{worker_id}"
    number = int(re.sub(r"\D", "", worker_id) or 0)
    owner = with_database(base.migration_database_url, "postgres")
    asyncio.run(
        run_sql(owner, f"drop database if exists {name} with (force)", f"create database {name} template {TEMPLATE}")
    )
    yield in_database(base, name, number % 16)
    asyncio.run(run_sql(owner, f"drop database if exists {name} with (force)"))


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    os.environ.pop("THROUGHLINE_DATA_DIR", None)
    return folder
