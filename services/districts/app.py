from fastapi import APIRouter, FastAPI

import services.districts as package
from services.districts.access.routes import router as access
from services.districts.calendars.routes import router as calendars
from services.districts.classes.routes import router as classes
from services.districts.clients.routes import router as clients
from services.districts.clients.secret_routes import router as client_secrets
from services.districts.courses.routes import router as courses
from services.districts.data_exports.routes import router as data_exports
from services.districts.data_share_agreements.routes import router as data_share_agreements
from services.districts.data_use_policies.routes import router as data_use_policies
from services.districts.districts.routes import router as settings
from services.districts.enrollments.routes import router as enrollments
from services.districts.erasures.routes import router as erasures
from services.districts.event_log.routes import router as events
from services.districts.gradebook.routes import router as gradebook
from services.districts.gradebook.v1p1_routes import router as gradebook_v1p1
from services.districts.identity_providers.routes import router as identity_providers
from services.districts.leaves.routes import router as leaves
from services.districts.legal_holds.routes import router as legal_holds
from services.districts.merges.routes import router as merges
from services.districts.oneroster.routes import router as oneroster
from services.districts.oneroster.v1p1_routes import router as oneroster_v1p1
from services.districts.orgs.routes import router as orgs
from services.districts.partners.routes import router as partners
from services.districts.people.routes import router as people
from services.districts.relationships.routes import router as relationships
from services.districts.retention.routes import router as retention
from services.districts.role_grants.routes import router as role_grants
from services.districts.roster_exports.routes import router as roster_exports
from services.districts.roster_imports.routes import router as roster_imports
from services.districts.roster_pulls.routes import router as roster_pulls
from services.districts.roster_sources.routes import router as roster_sources
from services.districts.schedules.routes import router as schedules
from services.districts.school_attributes.routes import router as school_attributes
from services.districts.settings import DistrictsSettings
from services.districts.staff_assignments.routes import router as staff_assignments
from services.districts.states.routes import router as states
from services.districts.telling import TELLS
from services.districts.terms.routes import router as terms
from services.districts.tokens.checking import oauth as checking
from services.districts.tokens.routes import for_peers, oauth, scopes, well_known
from services.districts.webhooks.routes import router as webhooks
from shared.app import service_app
from shared.peers import Peers

ROUTERS: tuple[APIRouter, ...] = (
    access,
    oauth, checking, well_known, scopes, for_peers, clients, client_secrets, identity_providers,
    partners, data_share_agreements, data_use_policies,
    events, webhooks, settings, schedules,
    staff_assignments, leaves, school_attributes, calendars,
    people, merges, orgs, terms, courses, classes, enrollments, relationships, role_grants, roster_imports,
    roster_exports, roster_sources, roster_pulls, states, gradebook, gradebook_v1p1, oneroster, oneroster_v1p1,
    data_exports, erasures, legal_holds, retention,
)  # fmt: skip


def create_app(settings: DistrictsSettings | None = None, *, peers: Peers | None = None) -> FastAPI:
    return service_app(
        "districts", settings or DistrictsSettings(), ROUTERS, description=package.__doc__ or "", peers=peers,
        tells=TELLS,
    )  # fmt: skip
