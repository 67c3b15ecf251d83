"""`throughline audit verify`: every chain of audit rows, against itself and against marks that were kept elsewhere."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from services.provision import settings_of
from shared.audit.chain import Mark
from shared.audit.verifying import districts_of, verify
from shared.database import Database
from shared.local.children import LocalError

Marks = dict[tuple[str, UUID], Mark]


async def verify_all(services: Sequence[str], district_id: UUID | None, expected: Marks) -> dict[str, Any]:
    """Give every chain's head and every fault, as `--json` prints it and `--expect` takes it again."""
    chains: list[dict[str, Any]] = []
    faults: list[dict[str, Any]] = []
    for service in services:
        async with database_of(service) as database:
            known = {given for name, given in expected if name == service} | set(await districts_of(database))
            for one in sorted(known if district_id is None else known & {district_id}):
                verdict = await verify(database, one, expected.get((service, one)))
                where = {"service": service, "district_id": str(one)}
                head = {"position": verdict.head.position, "hash": verdict.head.hash}
                chains.append(where | head | {"checked": verdict.checked, "waiting": verdict.waiting})
                faults += [where | fault for fault in verdict.told["faults"]]
    return {"chains": chains, "faults": faults}


@asynccontextmanager
async def database_of(service: str) -> AsyncIterator[Database]:
    settings = settings_of(service)
    database = await Database(service, settings.database_url, settings.relay_database_url, pool_size=2).open()
    try:
        yield database
    except (OSError, asyncpg.PostgresError) as error:
        raise LocalError(f"the database does not answer or was not migrated: is `up` running? ({error})") from error
    finally:
        await database.close()


def marks_in(path: Path) -> Marks:
    """Read what an earlier `--json` printed."""
    try:
        chains = orjson.loads(path.read_bytes())["chains"]
        return {
            (chain["service"], UUID(chain["district_id"])): Mark(int(chain["position"]), str(chain["hash"]))
            for chain in chains
        }
    except OSError as error:
        raise LocalError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise LocalError(f"{path} is not what `throughline audit verify --json` printed") from error


def lines_of(found: dict[str, Any]) -> list[str]:
    """Tell it to a person: a line for each chain, and one for each fault."""
    lines = [
        f"{chain['service']:<14} {chain['district_id']}  {chain['checked']:>9} rows  {chain['hash'] or '-'}"
        for chain in found["chains"]
    ]
    lines += [
        f"BROKEN {fault['service']} {fault['district_id']} at {fault['position']}: {fault['kind']}: {fault['message']}"
        for fault in found["faults"]
    ]
    return lines or ["there is no audit row yet"]
