from typing import ClassVar

from pydantic import Field

from shared.runtime import Runtime
from shared.settings import Settings


class ObservationsSettings(Settings):
    service: ClassVar[str] = "observations"

    feedback_due_hours: int = Field(default=48, ge=1, le=2000, description="Hours after which feedback is overdue.")
    staff_n_min: int = Field(default=5, ge=2, description="Fewest staff behind a number of a school that is shown.")
    attachment_max_bytes: int = Field(
        default=200 * 2**20, ge=1, description="Largest file of an observation, in bytes."
    )
    attachment_scanner: str = Field(
        default="", description="`command:...{}` or an address: looks through files before anybody gets them."
    )
    lock_unread_after_days: int = Field(
        default=14, ge=0, le=366, description="Days that a teacher has to read shared feedback before it may be locked."
    )


def settings_of(runtime: Runtime) -> ObservationsSettings:
    settings = runtime.settings
    if not isinstance(settings, ObservationsSettings):
        raise TypeError("this is the work of observations")
    return settings
