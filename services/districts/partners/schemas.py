from typing import Annotated

from pydantic import Field

from services.districts.partners.rules import Kind
from shared.wire import Name, Partial, ResourceRead, Wire


class PartnerWrite(Wire):
    name: Name
    kind: Annotated[Kind, Field(strict=False, description="what it is to the district")]


class PartnerPatch(Partial, PartnerWrite):
    """A merge patch: what is left out stays."""


class PartnerRead(ResourceRead):
    name: str
    kind: Kind
