"""What only our own services may ask: routes under /internal, behind the service key."""

import hmac
from typing import Annotated, cast

from fastapi import Depends, Request

from shared.errors import Unauthenticated
from shared.peers import KEY_HEADER
from shared.runtime import Runtime


async def from_peer(request: Request) -> Runtime:
    """Let a peer in and hand the runtime over; without a configured key nobody is a peer."""
    runtime = cast("Runtime", request.app.state.runtime)
    key = runtime.settings.service_key.get_secret_value()
    if not key or not hmac.compare_digest(key, request.headers.get(KEY_HEADER, "")):
        raise Unauthenticated("only services of Throughline ask here")
    return runtime


ForPeers = Annotated[Runtime, Depends(from_peer)]
