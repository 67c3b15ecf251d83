"""What a route may ask for: permissions are types."""

from typing import Annotated

from fastapi import Depends

from shared.routing import reads, writes
from shared.units import Unit

CanReadFrameworks = Annotated[Unit, Depends(reads("frameworks.read"))]
CanWriteFrameworks = Annotated[Unit, Depends(writes("frameworks.write"))]
CanReadAcknowledgements = Annotated[Unit, Depends(reads("acknowledgements.read"))]
CanAcknowledge = Annotated[Unit, Depends(writes("acknowledgements.write"))]
CanReadObservations = Annotated[Unit, Depends(reads("observations.read"))]
CanWriteObservations = Annotated[Unit, Depends(writes("observations.write"))]
CanSendAttachments = Annotated[Unit, Depends(writes("observations.write", streamed=True))]
CanRecordObservations = Annotated[Unit, Depends(writes("observations.write", hot=True))]
"""The same right without an SQLModel session: one observation in one statement."""
CanReadWalks = Annotated[Unit, Depends(reads("walks.read"))]
CanWriteWalks = Annotated[Unit, Depends(writes("walks.write"))]
