"""Write a service's migration from its tables: `python -m shared.testing.revise observations "learning walks"`.

With `--again` the service's migrations are thrown away and written as one, named by what it makes; only until the first
release. A database that was made by another one is then told as such, and not mistaken for this one's.
"""

import argparse
import asyncio
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from shared.catalogue import migrations_of
from shared.local.servers import EmbeddedServers
from shared.migrate import migrate, revision
from shared.settings import Settings
from shared.testing.servers import in_database, run_sql, settings_of, with_database


async def write(folder: Path, servers: EmbeddedServers, service: str, message: str) -> None:
    urls = in_database(servers.urls, "revise")
    await run_sql(with_database(urls.migration_database_url, "postgres"), "create database revise")
    settings = Settings(**settings_of(urls, folder))
    services = migrations_of((service,))
    if list(services[service][0].glob("*.py")):
        await migrate(settings, services)
    else:
        await run_sql(urls.migration_database_url, f"create schema {service}")
    await revision(settings, *services[service], message)


def name_by_content(folder: Path) -> None:
    (path,) = folder.glob("[0-9]*.py")
    text = path.read_text("utf-8")
    made = hashlib.sha256(text.encode()).hexdigest()[:8]
    path.write_text(text.replace('revision = "0001"', f'revision = "{made}"', 1), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("service")
    parser.add_argument("message")
    parser.add_argument("--again", action="store_true")
    given = parser.parse_args()
    folder = migrations_of((given.service,))[given.service][0]
    if given.again:
        for path in folder.glob("[0-9]*.py"):
            path.unlink()
    with tempfile.TemporaryDirectory(prefix="tl-revise-") as home:
        servers = EmbeddedServers(home, durable=False)
        servers.start()
        try:
            asyncio.run(write(Path(home), servers, given.service, given.message))
        finally:
            servers.stop()
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(folder)], check=False)
    if given.again:
        name_by_content(folder)


if __name__ == "__main__":
    main()
