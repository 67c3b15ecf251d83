from datetime import UTC, tzinfo
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from shared.settings import Settings


def zone_of(name: str) -> tzinfo:
    """UTC needs no time-zone database, which a slim image may lack."""
    return UTC if name == "UTC" else ZoneInfo(name)


def is_known(name: str) -> bool:
    try:
        zone_of(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _known(name: str) -> str:
    if not is_known(name):
        raise ValueError(f"{name!r} is not in this machine's time-zone database")
    return name


class AnalyticsSettings(Settings):
    service: ClassVar[str] = "analytics"

    n_min: int = Field(default=5, ge=1, description="Fewest teachers behind a published value; no request lowers it.")
    time_zone: Annotated[str, AfterValidator(_known)] = Field(
        default="UTC", description="IANA time zone of the months of districts that told none."
    )
