from typing import Annotated

from fastapi import Query, Request

from services.districts.auth import CanReadClients, CanWriteClients
from services.districts.clients import queries, secrets
from services.districts.clients.models import ClientSecret
from services.districts.clients.routes import Found, FoundToWrite
from services.districts.clients.schemas import ClientSecretCreated, ClientSecretRead
from shared.paging import Page, ResourceQuery, filtered, page_of
from shared.routing import resource_router
from shared.wire import Id

router = resource_router("clients")


@router.get("/v1/clients/{client}/secrets")
async def list_client_secrets(
    request: Request, query: Annotated[ResourceQuery, Query()], found: Found, unit: CanReadClients
) -> Page[ClientSecretRead]:
    """List when a client's secrets were made and how they start; revoked ones with `archived=include`."""
    statement = filtered(queries.secrets_visible_to(unit.who, found), ClientSecret, query)
    rows, following, total = await page_of(unit, request, query, statement, ClientSecret.id)
    return Page(data=[ClientSecretRead.model_validate(row) for row in rows], next=following, total=total)


@router.post("/v1/clients/{client}/secrets", status_code=201)
async def create_client_secret(found: FoundToWrite, unit: CanWriteClients) -> ClientSecretCreated:
    """Make a second secret, to put it in place of the first one. It is in this answer and nowhere else.

    Whoever has a secret may do what its client may: ask with all of that client's scopes.
    """
    made, secret = await secrets.add_secret(unit, found)
    unit.answer.once = ("client_secret",)
    return ClientSecretCreated(**ClientSecretRead.model_validate(made).model_dump(), client_secret=secret)


@router.post("/v1/clients/{client}/secrets/{secret_id}/revoke")
async def revoke_client_secret(secret_id: Id, found: FoundToWrite, unit: CanWriteClients) -> ClientSecretRead:
    """Revoke one secret for good. The tokens that it was given end within seconds; those of the other one go on."""
    return ClientSecretRead.model_validate(await secrets.revoke_secret(unit, found, secret_id))
