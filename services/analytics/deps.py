"""What a route may ask for besides permissions."""

from typing import Annotated, cast

from fastapi import Depends, Request

from services.analytics.settings import AnalyticsSettings


async def settings_of(request: Request) -> AnalyticsSettings:
    return cast("AnalyticsSettings", request.app.state.runtime.settings)


OwnSettings = Annotated[AnalyticsSettings, Depends(settings_of)]
