"""What a route of this service may ask for: each permission is a type."""

from typing import Annotated

from fastapi import Depends

from shared.routing import reads, writes
from shared.units import Unit

# Machines manage clients and follow the feed; what a person may do there, a role grant will have to say.
CanReadClients = Annotated[Unit, Depends(reads("clients.read", machines_only=True))]
CanWriteClients = Annotated[Unit, Depends(writes("clients.write", machines_only=True))]
CanReadEvents = Annotated[Unit, Depends(reads("events.read", machines_only=True, hot=True))]
