from typing import Annotated

from fastapi import Depends, Query, Request

from services.districts.auth import CanReadClients, CanWriteClients
from services.districts.clients import queries, service
from services.districts.clients.granting import check_grant
from services.districts.clients.models import Client
from services.districts.clients.schemas import ClientCreated, ClientPatch, ClientRead, ClientWrite
from shared.paging import Page, ResourceQuery, filtered, page_of
from shared.routing import resource_router
from shared.wire import Id
from shared.writes import load, patched, show

router = resource_router("clients")


async def find(client: Id, unit: CanReadClients) -> Client:
    return await load(unit, queries.visible_to(unit.who).where(Client.id == client))  # type: ignore[arg-type]


async def find_to_write(client: Id, unit: CanWriteClients) -> Client:
    statement = queries.visible_to(unit.who).where(Client.id == client)  # type: ignore[arg-type]
    return await load(unit, statement, lock=True)


Found = Annotated[Client, Depends(find)]
FoundToWrite = Annotated[Client, Depends(find_to_write)]


@router.get("/v1/clients")
async def list_clients(
    request: Request, query: Annotated[ResourceQuery, Query()], unit: CanReadClients
) -> Page[ClientRead]:
    statement = filtered(queries.visible_to(unit.who), Client, query)
    rows, following, total = await page_of(unit, request, query, statement, Client.id)
    return Page(data=[ClientRead.model_validate(row) for row in rows], next=following, total=total)


@router.post("/v1/clients", status_code=201)
async def create_client(given: ClientWrite, unit: CanWriteClients) -> ClientCreated:
    """Make a client with any of the scopes that you have yourself. Its secret is in this answer and nowhere else."""
    check_grant(unit, given.scopes)
    made, secret = await service.add_client(unit, given)
    unit.answer.headers["Location"] = f"/v1/clients/{made.id}"
    unit.answer.once = ("client_secret",)
    return ClientCreated(**ClientRead.model_validate(made).model_dump(), client_secret=secret)


@router.get("/v1/clients/{client}")
async def get_client(found: Found, unit: CanReadClients) -> ClientRead:
    return ClientRead.model_validate(show(unit, found))


@router.patch("/v1/clients/{client}")
async def change_client(patch: ClientPatch, found: FoundToWrite, unit: CanWriteClients) -> ClientRead:
    """Change what it is called, may do and whose it is. Tokens that are out end if it may less, or is another's."""
    stored = ClientWrite.model_validate(found.model_dump(include=set(ClientWrite.model_fields)))
    given = patched(ClientWrite, stored, patch.model_dump(exclude_unset=True))
    return ClientRead.model_validate(await service.change_client(unit, found, given))


@router.post("/v1/clients/{client}/revoke")
async def revoke_client(found: FoundToWrite, unit: CanWriteClients) -> ClientRead:
    """Revoke for good: no new token, and those that are out end within seconds."""
    return ClientRead.model_validate(service.revoke_client(unit, found))
