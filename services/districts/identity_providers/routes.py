from typing import Annotated

from fastapi import Query, Request

from services.districts.auth import CanReadIdentityProviders, CanWriteIdentityProviders
from services.districts.identity_providers import queries, service
from services.districts.identity_providers.models import IdentityProvider
from services.districts.identity_providers.schemas import (
    IdentityProviderPatch,
    IdentityProviderRead,
    IdentityProviderWrite,
)
from shared.paging import Page, ResourceQuery, filtered, page_of
from shared.routing import created, resource_router
from shared.wire import Id
from shared.writes import show

router = resource_router("identity providers")


@router.get("/v1/identity-providers")
async def list_identity_providers(
    request: Request, query: Annotated[ResourceQuery, Query()], unit: CanReadIdentityProviders
) -> Page[IdentityProviderRead]:
    statement = filtered(queries.visible_to(unit.who), IdentityProvider, query)
    rows, following, total = await page_of(unit, request, query, statement, IdentityProvider.id)
    return Page(data=[IdentityProviderRead.model_validate(row) for row in rows], next=following, total=total)


@router.put("/v1/identity-providers/{provider_id}", responses=created(IdentityProviderRead))
async def put_identity_provider(
    provider_id: Id, body: IdentityProviderWrite, unit: CanWriteIdentityProviders
) -> IdentityProviderRead:
    """Name an OIDC provider whose ID tokens are exchanged for ours at `/oauth2/token`.

    Whoever may do this decides who counts as whom. A change of anything but the name ends the tokens that are out.
    """
    return IdentityProviderRead.model_validate(await service.put_provider(unit, provider_id, body))


@router.get("/v1/identity-providers/{provider_id}")
async def get_identity_provider(provider_id: Id, unit: CanReadIdentityProviders) -> IdentityProviderRead:
    return IdentityProviderRead.model_validate(show(unit, await service.get_provider(unit, provider_id)))


@router.patch("/v1/identity-providers/{provider_id}")
async def patch_identity_provider(
    provider_id: Id, body: IdentityProviderPatch, unit: CanWriteIdentityProviders
) -> IdentityProviderRead:
    return IdentityProviderRead.model_validate(await service.patch_provider(unit, provider_id, body))


@router.post("/v1/identity-providers/{provider_id}/archive")
async def archive_identity_provider(provider_id: Id, unit: CanWriteIdentityProviders) -> IdentityProviderRead:
    """Trust it no more. The tokens that came by it end within seconds."""
    return IdentityProviderRead.model_validate(await service.archive_provider(unit, provider_id))
