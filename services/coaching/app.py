from fastapi import APIRouter, FastAPI

import services.coaching as package
from services.coaching.settings import CoachingSettings
from shared.app import service_app
from shared.peers import Peers

ROUTERS: tuple[APIRouter, ...] = ()


def create_app(settings: CoachingSettings | None = None, *, peers: Peers | None = None) -> FastAPI:
    return service_app(
        "coaching", settings or CoachingSettings(), ROUTERS, description=package.__doc__ or "", peers=peers
    )
