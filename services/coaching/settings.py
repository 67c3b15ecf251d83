from typing import ClassVar

from shared.settings import Settings


class CoachingSettings(Settings):
    service: ClassVar[str] = "coaching"
