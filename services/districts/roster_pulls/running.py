"""The job of a pull: ask the source, keep what came as a zip, and start the import of it as of any upload."""

import asyncio
import tempfile
from datetime import datetime
from typing import IO, Any
from uuid import UUID

import httpx
import orjson

from services.districts.roster_exports.writing import pieces_of
from services.districts.roster_pulls.authorizing import Authorizer, Credentials
from services.districts.roster_pulls.client import TIMEOUT, Provider
from services.districts.roster_pulls.models import RosterPull
from services.districts.roster_pulls.packing import pack
from services.districts.roster_pulls.pulling import OVERLAP, Besides, Manner, Pull
from services.districts.roster_pulls.records import besides, get_pull, known_until
from services.districts.roster_pulls.rules import UNDER_WAY, PullState
from services.districts.roster_pulls.starting import told
from services.districts.roster_sources.models import RosterSource
from services.districts.roster_sources.records import get_source
from services.districts.roster_sources.rules import PullMode
from services.districts.sealing import unseal
from services.districts.settings import DistrictsSettings, settings_of
from shared.jobs.running import JobContext
from shared.networks import networks_of
from shared.outbound import GuardedTransport
from shared.units import Unit
from shared.writes import announce, touch


async def run(job: JobContext) -> dict[str, Any] | None:
    pull_id = UUID(job.args["pull_id"])
    settings = settings_of(job.runtime)
    async with job.unit() as unit:
        row = await get_pull(unit, pull_id, lock=True)
        if row.state in {PullState.IMPORTED, PullState.UNCHANGED}:
            return None
        source = await get_source(unit, row.source_id)
        since = await _since(unit, row, source)
        mode = PullMode.FULL if since is None else PullMode.INCREMENTAL
        began = {"state": PullState.RUNNING.value, "mode": mode.value, "since": since, "began_at": unit.now}
        touch(unit, row, {**began, "problem": None})
        manner = Manner(
            frozenset(source.missing), since and since - OVERLAP, unit.now, source.supports_filter, source.trusts_total
        )
    async with _client(settings) as http:
        pull = Pull(_provider(job, source, settings, http), manner, job.progress, _besides(job))
        try:
            await pull.run()
            with tempfile.TemporaryFile(prefix="throughline-") as file:
                files = await asyncio.to_thread(pack, list(pull.spools.values()), file, str(source.id))
                await _conclude(job, pull_id, pull, files, file)
        finally:
            pull.close()
    return None


async def _since(unit: Unit, row: RosterPull, source: RosterSource) -> datetime | None:
    if row.mode != PullMode.INCREMENTAL or not source.supports_delta:
        return None
    return await known_until(unit, source.id)


def _client(settings: DistrictsSettings) -> httpx.AsyncClient:
    transport = GuardedTransport(networks_of(settings.outbound_networks))
    agent = {"User-Agent": "Throughline OneRoster consumer", "Accept": "application/json"}
    return httpx.AsyncClient(transport=transport, timeout=TIMEOUT, headers=agent, trust_env=False)


def _provider(job: JobContext, source: RosterSource, settings: DistrictsSettings, http: httpx.AsyncClient) -> Provider:
    keys = settings.secrets_key
    credentials = Credentials(
        kind=source.auth_kind, secret=unseal(source.secret, keys), client_id=source.client_id or "",
        token_url=source.token_url or "", token_style=source.token_style, scopes=tuple(source.scopes or ()),
        signature_method=source.signature_method,
    )  # fmt: skip
    headers = orjson.loads(unseal(source.sealed_headers, keys)) if source.sealed_headers else {}

    async def wait(seconds: float, why: str) -> None:
        """Wait, a second at a time, so that whoever cancels need not wait too."""
        ends_at = asyncio.get_running_loop().time() + seconds
        while (left := ends_at - asyncio.get_running_loop().time()) > 0:
            await job.progress(0, None, f"waiting: {why}"[:500])
            await asyncio.sleep(min(1.0, left))

    return Provider(
        http,
        Authorizer(credentials),
        source.base_url,
        headers=headers,
        page_size=source.page_size,
        wait=wait,
        look=job.look,
    )


def _besides(job: JobContext) -> Besides:
    async def found(file: str, users: list[str], kept: list[str]) -> list[str]:
        async with job.runtime.database.transaction(job.district_id) as connection:
            return await besides(connection, job.district_id, file, users, kept)

    return found


async def _conclude(job: JobContext, pull_id: UUID, pull: Pull, files: dict[str, Any], file: IO[bytes]) -> None:
    """Hand what came over. The import is begun in the transaction that says so."""
    from services.districts.roster_imports.service import start_import  # no other job needs what it brings along

    values: dict[str, Any] = {"files": files, "warnings": pull.warnings, "problem": None}
    if not files:
        await _unchanged(job, pull_id, values)
        return
    largest = settings_of(job.runtime).roster_max_bytes
    blob = await job.runtime.blobs.put(job.district_id, pieces_of(file), largest)
    async with job.unit() as unit:
        row = await get_pull(unit, pull_id, lock=True)
        imported = await start_import(unit, job.runtime, blob)
        values |= {"sha256": blob.sha256, "size": blob.size, "import_id": imported.id}
        _tell(unit, row, PullState.IMPORTED, values)
        await unit.session.flush()
        await job.succeed(unit, {"roster_pull_id": str(pull_id), "roster_import_id": str(imported.id)})


async def _unchanged(job: JobContext, pull_id: UUID, values: dict[str, Any]) -> None:
    async with job.unit() as unit:
        row = await get_pull(unit, pull_id, lock=True)
        if row.state in UNDER_WAY:
            _tell(unit, row, PullState.UNCHANGED, values)


def _tell(unit: Unit, row: RosterPull, state: PullState, values: dict[str, Any]) -> None:
    changed = touch(unit, row, {**values, "state": state.value})
    announce(unit, f"roster_pull.{state}", "roster-pulls", row, told(row), changed)
