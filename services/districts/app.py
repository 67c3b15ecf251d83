from fastapi import APIRouter, FastAPI

import services.districts as package
from services.districts.clients.routes import router as clients
from services.districts.settings import DistrictsSettings
from services.districts.tokens.routes import oauth, well_known
from shared.app import service_app
from shared.peers import Peers

ROUTERS: tuple[APIRouter, ...] = (oauth, well_known, clients)


def create_app(settings: DistrictsSettings | None = None, *, peers: Peers | None = None) -> FastAPI:
    return service_app(
        "districts", settings or DistrictsSettings(), ROUTERS, description=package.__doc__ or "", peers=peers
    )
