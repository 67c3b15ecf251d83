from typing import ClassVar

from shared.settings import Settings


class ObservationsSettings(Settings):
    service: ClassVar[str] = "observations"
