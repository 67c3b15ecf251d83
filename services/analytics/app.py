from fastapi import APIRouter, FastAPI

import services.analytics as package
from services.analytics.measures import routes as measures
from services.analytics.settings import AnalyticsSettings
from shared.app import service_app
from shared.peers import Peers

ROUTERS: tuple[APIRouter, ...] = (measures.router,)


def create_app(settings: AnalyticsSettings | None = None, *, peers: Peers | None = None) -> FastAPI:
    return service_app(
        "analytics", settings or AnalyticsSettings(), ROUTERS, description=package.__doc__ or "", peers=peers
    )
