"""What a route may ask for: permissions are types."""

from typing import Annotated

from fastapi import Depends

from shared.routing import reads
from shared.units import Unit

CanReadMeasures = Annotated[Unit, Depends(reads("measures.read", hot=True))]
