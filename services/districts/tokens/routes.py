from collections.abc import Collection
from typing import cast

from fastapi import APIRouter, Request, Response

from services.districts.settings import settings_of
from services.districts.tokens import keys, rules, service
from services.districts.tokens.errors import NO_STORE
from services.districts.tokens.schemas import (
    Jwks,
    Scope,
    ScopeCatalogue,
    ServerMetadata,
    Token,
    TokenRequest,
    request_body,
)
from shared.access.scopes import SCOPES
from shared.clock import now
from shared.document import TOKEN_PATH
from shared.internal import ForPeers
from shared.limits import address_key
from shared.routing import PUBLIC, oauth_router, resource_router
from shared.runtime import Runtime, limiter_of

oauth = oauth_router("tokens")
well_known = resource_router("tokens")
scopes = resource_router("clients")
for_peers = APIRouter(include_in_schema=False)
JWKS_PATH = "/.well-known/jwks.json"


@oauth.post(
    TOKEN_PATH, openapi_extra=PUBLIC | {"requestBody": request_body(TokenRequest)}, response_model_exclude_none=True
)
async def issue_token(request: Request, response: Response) -> Token:
    """Give an access token for a client's id and secret: its own, or in exchange for a person's ID token (RFC 8693)."""
    runtime = cast("Runtime", request.app.state.runtime)
    # Before anything is looked at. A secret takes long to check: who is revoked meanwhile ends this token too.
    moment = now()
    asked, asker = await read(request, runtime, rules.GRANTS)
    issued = await service.issue(runtime, asker, asked, moment)
    response.headers.update(NO_STORE)
    return Token.model_validate(issued)


async def read(request: Request, runtime: Runtime, grants: Collection[str] = ()) -> tuple[rules.Shown, service.Asker]:
    """Read who asks and what for. Guessing is held back first of all by the address that it comes from."""
    settings, address = settings_of(runtime), address_key(request.scope)
    await limiter_of(settings.redis_url, settings.token_requests_per_minute, "tokens").admit(f"tokens:{address}")
    headers, query = request.headers, request.query_params.keys()
    media, authorization = headers.get("Content-Type", ""), headers.get("Authorization")
    asked = rules.read_request(media, await request.body(), authorization, query, grants=grants)
    return asked, await service.authenticate_slowly(runtime, asked, address)


@well_known.get(JWKS_PATH, openapi_extra=PUBLIC)
async def read_jwks(request: Request, response: Response) -> Jwks:
    """The public keys that our tokens verify with."""
    response.headers["Cache-Control"] = "public, max-age=60"
    runtime = cast("Runtime", request.app.state.runtime)
    return Jwks.model_validate(await keys.published(runtime.database))


@for_peers.get("/internal/districts/jwks")
async def read_jwks_as_peer(peer: ForPeers) -> Jwks:
    """The same for our services, whose way to each other may lead to nothing but /internal."""
    return Jwks.model_validate(await keys.published(peer.database))


@well_known.get("/.well-known/oauth-authorization-server", openapi_extra=PUBLIC)
async def read_server_metadata(request: Request) -> ServerMetadata:
    url = cast("Runtime", request.app.state.runtime).settings.public_url
    return ServerMetadata(
        issuer=url,
        token_endpoint=url + TOKEN_PATH,
        jwks_uri=url + JWKS_PATH,
        revocation_endpoint=f"{url}/oauth2/revoke",
        introspection_endpoint=f"{url}/oauth2/introspect",
        scopes_supported=sorted(SCOPES),
        service_documentation=f"{url}/docs",
    )


@scopes.get("/v1/scopes", openapi_extra=PUBLIC)
async def list_scopes() -> ScopeCatalogue:
    """Every scope there is, and what it allows."""
    return ScopeCatalogue(data=[Scope(scope=name, description=allows) for name, allows in SCOPES.items()])
