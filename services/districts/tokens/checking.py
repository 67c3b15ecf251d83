"""What a client does with a token that it has: give it back, or ask whether it still holds."""

from typing import cast

from fastapi import Request, Response

from services.districts.tokens import service
from services.districts.tokens.errors import NO_STORE
from services.districts.tokens.routes import read
from services.districts.tokens.rules import question
from services.districts.tokens.schemas import Introspection, TokenQuestion, request_body
from shared.clock import now
from shared.routing import PUBLIC, oauth_router
from shared.runtime import Runtime

oauth = oauth_router("tokens")
ASKED = PUBLIC | {"requestBody": request_body(TokenQuestion)}
REVOKE_PATH, INTROSPECT_PATH = "/oauth2/revoke", "/oauth2/introspect"


@oauth.post(REVOKE_PATH, openapi_extra=ASKED, response_class=Response)
async def revoke_token(request: Request) -> Response:
    """Give a token back (RFC 7009): it ends within seconds in every service. Twice is once."""
    runtime = cast("Runtime", request.app.state.runtime)
    asked, asker = await read(request, runtime)
    await service.revoke(runtime, asker, question(asked), now())
    return Response(status_code=200, headers=NO_STORE)


@oauth.post(INTROSPECT_PATH, openapi_extra=ASKED, response_model_exclude_none=True)
async def introspect_token(request: Request, response: Response) -> Introspection:
    """Say whether a token of the district holds now, and what it says (RFC 7662)."""
    runtime = cast("Runtime", request.app.state.runtime)
    asked, asker = await read(request, runtime)
    claims = await service.introspect(runtime, asker, question(asked))
    response.headers.update(NO_STORE)
    return Introspection.of(claims, runtime.settings.public_url)
