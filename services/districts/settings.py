from typing import ClassVar

from pydantic import Field

from shared.settings import Settings


class DistrictsSettings(Settings):
    service: ClassVar[str] = "districts"

    token_requests_per_minute: int = Field(default=300, ge=1, description="Token requests from one address.")
