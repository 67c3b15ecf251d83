from fastapi import APIRouter, FastAPI

import services.observations as package
from services.observations.acknowledgements.routes import router as acknowledgements
from services.observations.agreements.routes import router as agreements
from services.observations.crosswalks.routes import router as crosswalks
from services.observations.evidence_items.routes import router as evidence_items
from services.observations.evidence_links.routes import router as evidence_links
from services.observations.evidence_packages.routes import router as evidence_packages
from services.observations.expectation_policies.routes import router as expectation_policies
from services.observations.expectations.routes import router as expectations
from services.observations.feedback.routes import router as feedback
from services.observations.feedback_rates.routes import router as feedback_rates
from services.observations.feedback_targets.routes import router as feedback_targets
from services.observations.framework_enablements.routes import router as framework_enablements
from services.observations.frameworks.case_routes import router as case
from services.observations.frameworks.csv_routes import router as csv
from services.observations.frameworks.routes import router as frameworks
from services.observations.history.routes import router as history
from services.observations.lane_balances.routes import router as lane_balances
from services.observations.observation_attachments.erased import delete_files
from services.observations.observation_attachments.routes import router as observation_attachments
from services.observations.observation_conflicts.routes import router as observation_conflicts
from services.observations.observation_policies.routes import router as observation_policies
from services.observations.observations.action_routes import router as observation_actions
from services.observations.observations.routes import router as observations
from services.observations.personal import PERSONAL
from services.observations.prior_ratings.routes import router as prior_ratings
from services.observations.reports.routes import router as reports
from services.observations.self_gaps.routes import router as self_gaps
from services.observations.settings import ObservationsSettings
from services.observations.totals.routes import router as totals
from services.observations.visits.routes import router as visits
from services.observations.walks.routes import router as walks
from shared.app import service_app
from shared.peers import Peers
from shared.privacy.routes import personal_router

ROUTERS: tuple[APIRouter, ...] = (
    observation_policies, observations, observation_actions, observation_conflicts, evidence_items, evidence_packages,
    totals, self_gaps, visits, history, reports, case, csv, frameworks, framework_enablements, crosswalks,
    acknowledgements, agreements, feedback, walks, evidence_links, observation_attachments, lane_balances,
    prior_ratings, expectation_policies, expectations, feedback_targets, feedback_rates,
)  # fmt: skip


def create_app(settings: ObservationsSettings | None = None, *, peers: Peers | None = None) -> FastAPI:
    routers = (*ROUTERS, personal_router("observations", PERSONAL, delete_files))
    return service_app(
        "observations", settings or ObservationsSettings(), routers, description=package.__doc__ or "", peers=peers
    )
