from typing import ClassVar

from shared.settings import Settings


class DistrictsSettings(Settings):
    service: ClassVar[str] = "districts"
