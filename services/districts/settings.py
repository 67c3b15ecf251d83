from typing import ClassVar

from pydantic import Field, SecretStr

from shared.runtime import Runtime
from shared.settings import Settings


class DistrictsSettings(Settings):
    service: ClassVar[str] = "districts"

    token_requests_per_minute: int = Field(default=300, ge=1, description="Token requests from one address.")
    token_failures_per_minute: int = Field(default=20, ge=1, description="Wrong secrets shown for one client.")
    roster_max_bytes: int = Field(default=2**30, ge=1024, description="Largest roster zip that is taken.")
    roster_max_unpacked_bytes: int = Field(default=16 * 2**30, ge=1024, description="Largest roster, unpacked.")
    roster_brake_percent: int = Field(
        default=10, ge=1, le=100, description="An import that ends more people, roles or enrollments waits for a yes."
    )
    roster_errors_kept: int = Field(default=10_000, ge=1, description="Row errors kept of each file of an import.")
    roster_export_days: int = Field(default=7, ge=1, description="Days that an export of the roster is kept.")
    data_export_days: int = Field(
        default=7, ge=1, description="Days that a download of everything about a person is kept."
    )
    oneroster_query_seconds: float = Field(
        default=10, gt=0, le=30, description="A OneRoster filter or sort that takes longer is refused as too broad."
    )
    students_n_min: int = Field(default=10, ge=2, description="Fewest students behind a number that is shown.")
    secrets_key: SecretStr = Field(
        default=SecretStr(""),
        description="Seals the secrets of roster sources and webhooks; several parted by commas, newest first.",
    )


def settings_of(runtime: Runtime) -> DistrictsSettings:
    settings = runtime.settings
    if not isinstance(settings, DistrictsSettings):
        raise TypeError("this is the work of districts")
    return settings
