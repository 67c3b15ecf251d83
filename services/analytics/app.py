from fastapi import APIRouter, FastAPI

import services.analytics as package
from services.analytics.measures import routes as measures
from services.analytics.measures.application import routes as application
from services.analytics.measures.consistency import routes as consistency
from services.analytics.measures.informed import routes as informed
from services.analytics.measures.prevalence import routes as prevalence
from services.analytics.personal import PERSONAL
from services.analytics.settings import AnalyticsSettings
from services.analytics.throughlines import routes as throughlines
from shared.app import service_app
from shared.peers import Peers
from shared.privacy.routes import personal_router

ROUTERS: tuple[APIRouter, ...] = (
    application.router, prevalence.router, consistency.router, informed.router, measures.router, throughlines.router,
)  # fmt: skip


def create_app(settings: AnalyticsSettings | None = None, *, peers: Peers | None = None) -> FastAPI:
    routers = (*ROUTERS, personal_router("analytics", PERSONAL))
    return service_app(
        "analytics", settings or AnalyticsSettings(), routers, description=package.__doc__ or "", peers=peers
    )
