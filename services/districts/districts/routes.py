from typing import cast

from fastapi import Request

from services.districts.auth import CanReadSettings, CanWriteSettings
from services.districts.districts import service
from services.districts.districts.schemas import SettingsPatch, SettingsRead, read_settings
from shared.routing import resource_router
from shared.runtime import Runtime
from shared.writes import show

router = resource_router("settings")


@router.get("/v1/settings")
async def get_settings(unit: CanReadSettings) -> SettingsRead:
    return read_settings(show(unit, await service.require_district(unit)))


@router.patch("/v1/settings")
async def change_settings(request: Request, patch: SettingsPatch, unit: CanWriteSettings) -> SettingsRead:
    """Change the district's settings.

    Another `primary_source` is a new roster to whoever reads OneRoster here: a job gives everything its new ids and a
    new date, and leaves the old ids of people as `tobedeleted`. Until it is done the old ids are shown.
    """
    queue = cast("Runtime", request.app.state.runtime).queue
    return read_settings(await service.change_settings(unit, queue, patch))
