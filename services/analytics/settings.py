from typing import ClassVar

from shared.settings import Settings


class AnalyticsSettings(Settings):
    service: ClassVar[str] = "analytics"
