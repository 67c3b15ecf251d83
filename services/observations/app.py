from fastapi import APIRouter, FastAPI

import services.observations as package
from services.observations.evidence_links.routes import router as evidence_links
from services.observations.feedback.routes import router as feedback
from services.observations.frameworks.routes import router as frameworks
from services.observations.observations.routes import router as observations
from services.observations.settings import ObservationsSettings
from services.observations.walks.routes import router as walks
from shared.app import service_app
from shared.peers import Peers

ROUTERS: tuple[APIRouter, ...] = (observations, frameworks, feedback, walks, evidence_links)


def create_app(settings: ObservationsSettings | None = None, *, peers: Peers | None = None) -> FastAPI:
    return service_app(
        "observations", settings or ObservationsSettings(), ROUTERS, description=package.__doc__ or "", peers=peers
    )
