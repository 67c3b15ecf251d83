"""What a route may ask for: permissions are types."""

from typing import Annotated

from fastapi import Depends

from shared.routing import reads, writes
from shared.units import Unit

CanReadGoals = Annotated[Unit, Depends(reads("goals.read"))]
CanWriteGoals = Annotated[Unit, Depends(writes("goals.write"))]
CanReadCoaching = Annotated[Unit, Depends(reads("coaching.read"))]
CanWriteCoaching = Annotated[Unit, Depends(writes("coaching.write"))]
CanReadPL = Annotated[Unit, Depends(reads("pl.read"))]
CanWritePL = Annotated[Unit, Depends(writes("pl.write"))]
