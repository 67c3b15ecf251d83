from fastapi import APIRouter, FastAPI

import services.coaching as package
from services.coaching.coaching_cycles import routes as coaching_cycles
from services.coaching.coaching_cycles import work_routes
from services.coaching.credits import routes as credit_ledger
from services.coaching.goals import routes as goals
from services.coaching.personal import PERSONAL
from services.coaching.pl_activities import routes as pl_activities
from services.coaching.pl_sessions import routes as pl_sessions
from services.coaching.settings import CoachingSettings
from services.coaching.visions import routes as visions
from services.coaching.work_plans import routes as work_plans
from shared.app import service_app
from shared.peers import Peers
from shared.privacy.routes import personal_router

ROUTERS: tuple[APIRouter, ...] = (
    visions.router,
    goals.router,
    work_plans.router,
    pl_activities.router,
    pl_sessions.router,
    credit_ledger.router,
    coaching_cycles.router,
    work_routes.router,
)


def create_app(settings: CoachingSettings | None = None, *, peers: Peers | None = None) -> FastAPI:
    routers = (*ROUTERS, personal_router("coaching", PERSONAL))
    return service_app(
        "coaching", settings or CoachingSettings(), routers, description=package.__doc__ or "", peers=peers
    )
