from fastapi import APIRouter, FastAPI

import services.observations as package
from services.observations.settings import ObservationsSettings
from shared.app import service_app
from shared.peers import Peers

ROUTERS: tuple[APIRouter, ...] = ()


def create_app(settings: ObservationsSettings | None = None, *, peers: Peers | None = None) -> FastAPI:
    return service_app(
        "observations", settings or ObservationsSettings(), ROUTERS, description=package.__doc__ or "", peers=peers
    )
