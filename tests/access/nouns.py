"""Every noun that has a `visible_to`, with its policy and how a random row of it is filled."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from shared.access import policies
from shared.access.policy import Policy

PERSON, PERSON_OR_NONE, ORG, TEAM, MOMENT, DAY = "person", "person?", "org", "people", "moment?", "day?"
PURPOSES = ("walk", "research", "coaching", "evaluation")
TYPES = ("informal", "formal", "peer", "self")
OBSERVATION = {
    "purpose": PURPOSES, "type": TYPES, "observer_id": PERSON, "teacher_id": PERSON, "school_id": ORG,
    "shared_at": MOMENT, "submitted_at": MOMENT, "blind": (True, False),
    "feedback": (None, {"body": "x", "evidence": [], "next_steps": []}),
}  # fmt: skip


@dataclass(frozen=True)
class Noun:
    """`fields` are what its policy asks of a row, and which of the random things stand there.

    A field that names another noun refers to one of its rows; `parents` are those by the name that conditions use.
    """

    where: str
    function: str
    model: str
    policy: Policy
    fields: Mapping[str, Any] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    table_of: str = ""  # a view of another noun's rows

    @property
    def service(self) -> str:
        return self.where.split(".", maxsplit=1)[0]

    @property
    def name(self) -> str:
        return f"{self.where}.{self.function}"

    def visible(self) -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(import_module(f"services.{self.where}"), self.function)
        return found

    def table(self) -> Any:
        noun = self.where.rpartition(".")[0]
        module = f"services.{self.table_of or noun}.models"
        return getattr(import_module(module), self.model)


def _open(where: str, model: str, policy: Policy, function: str = "visible_to", **fields: Any) -> Noun:
    return Noun(where, function, model, policy, fields)


def _with_observation(noun: str, model: str, policy: Policy, **fields: Any) -> Noun:
    """Say of a noun that hangs on an observation, and has an author or a sender."""
    whose = {"person_id": PERSON_OR_NONE} if noun == "observation_conflicts" else {"author_id": PERSON}
    hangs = {"observation_id": "observations.observations.queries.visible_to"}
    where = f"observations.{noun}.queries"
    return Noun(where, "visible_to", model, policy, whose | hangs | fields, {"observation": "observation_id"})


NOUNS: tuple[Noun, ...] = (
    _open("districts.orgs.queries", "Org", policies.ORGS),
    _open("districts.terms.queries", "Term", policies.TERMS),
    _open("districts.courses.queries", "Course", policies.COURSES),
    _open("districts.classes.queries", "Class", policies.CLASSES),
    _open("districts.calendars.queries", "Calendar", policies.CALENDARS),
    _open("districts.school_attributes.queries", "SchoolAttributes", policies.SCHOOL_ATTRIBUTES),
    _open("districts.clients.queries", "Client", policies.CLIENTS),
    _open("districts.partners.queries", "PartnerOrg", policies.PARTNERS),
    _open("districts.data_share_agreements.queries", "DataShareAgreement", policies.DATA_SHARE_AGREEMENTS),
    _open("districts.merges.queries", "PersonMerge", policies.PERSON_MERGES),
    _open("districts.role_grants.queries", "RoleGrant", policies.ROLE_GRANTS, person_id=PERSON, org_id=ORG),
    _open("districts.identity_providers.queries", "IdentityProvider", policies.IDENTITY_PROVIDERS),
    _open("districts.webhooks.records", "Webhook", policies.WEBHOOKS),
    _open(
        "districts.webhooks.queries", "WebhookDelivery", policies.WEBHOOK_DELIVERIES,
        webhook_id="districts.webhooks.records.visible_to",
    ),
    _open("districts.data_exports.records", "DataExport", policies.DATA_EXPORTS, person_id=PERSON),
    _open("districts.erasures.records", "Erasure", policies.ERASURES, person_id=PERSON_OR_NONE),
    _open("districts.legal_holds.queries", "LegalHold", policies.LEGAL_HOLDS, person_id=PERSON),
    _open("districts.roster_imports.records", "RosterImport", policies.ROSTER_IMPORTS),
    _open("districts.schedules.records", "Schedule", policies.SCHEDULES),
    _open("districts.roster_exports.records", "RosterExport", policies.ROSTER_EXPORTS),
    _open("districts.roster_sources.records", "RosterSource", policies.ROSTER_SOURCES),
    _open("districts.roster_pulls.records", "RosterPull", policies.ROSTER_PULLS),
    _open("districts.people.queries", "Person", policies.PEOPLE, is_staff=(True, False)),
    Noun(
        "districts.enrollments.queries", "visible_to", "Enrollment", policies.ENROLLMENTS,
        {"role": ("student", "teacher"), "person_id": "districts.people.queries.visible_to"},
        {"person": "person_id"},
    ),
    _open(
        "districts.relationships.queries", "Relationship", policies.RELATIONSHIPS,
        person_id=PERSON, target_person_id=PERSON_OR_NONE, org_id=ORG, begin_date=DAY, end_date=DAY,
        archived_at=MOMENT, source=("roster",),
    ),
    _open(
        "districts.staff_assignments.queries", "StaffAssignment", policies.STAFF_ASSIGNMENTS,
        person_id=PERSON, org_id=ORG, end_date=DAY, archived_at=MOMENT,
    ),
    _open("districts.leaves.queries", "Leave", policies.LEAVES, person_id=PERSON),
    _open("observations.frameworks.queries", "Framework", policies.FRAMEWORKS),
    _open(
        "observations.frameworks.queries", "FrameworkVersion", policies.FRAMEWORK_VERSIONS, "visible_versions",
        framework_id="observations.frameworks.queries.visible_to",
    ),
    _open(
        "observations.framework_enablements.queries", "FrameworkEnablement", policies.FRAMEWORK_ENABLEMENTS,
        framework_version_id="observations.frameworks.queries.visible_versions",
    ),
    _open(
        "observations.crosswalks.queries", "Crosswalk", policies.CROSSWALKS,
        from_version_id="observations.frameworks.queries.visible_versions",
        to_version_id="observations.frameworks.queries.visible_versions",
    ),
    _open(
        "observations.agreements.queries", "Agreement", policies.AGREEMENTS, org_id=ORG, state=("draft", "ratified"),
        framework_version_id="observations.frameworks.queries.visible_versions",
    ),
    _open(
        "observations.acknowledgements.queries", "Acknowledgement", policies.ACKNOWLEDGEMENTS,
        person_id=PERSON, framework_version_id="observations.frameworks.queries.visible_versions",
    ),
    Noun("observations.observations.queries", "visible_to", "Observation", policies.OBSERVATIONS, OBSERVATION),
    Noun(
        "observations.feedback.queries", "visible_to", "Observation", policies.FEEDBACK, OBSERVATION,
        table_of="observations.observations",
    ),
    _open("observations.observation_policies.queries", "ObservationPolicy", policies.OBSERVATION_POLICY),
    _open("observations.expectation_policies.queries", "ExpectationPolicy", policies.EXPECTATION_POLICIES),
    _open(
        "observations.expectations.queries", "Expectation", policies.EXPECTATIONS,
        teacher_id=PERSON, school_id=ORG, purpose=PURPOSES,
    ),
    _open(
        "observations.feedback_targets.queries", "FeedbackTarget", policies.FEEDBACK_TARGETS,
        teacher_id=PERSON, school_id=ORG,
    ),
    _open(
        "observations.prior_ratings.queries", "PriorRating", policies.PRIOR_RATINGS, teacher_id=PERSON, school_id=ORG
    ),
    _with_observation("evidence_items", "EvidenceItem", policies.EVIDENCE_ITEMS, visibility=("private", "shared")),
    _with_observation("evidence_packages", "EvidencePackage", policies.EVIDENCE_PACKAGES),
    _with_observation("observation_attachments", "ObservationAttachment", policies.OBSERVATION_ATTACHMENTS),
    _with_observation("observation_conflicts", "ObservationConflict", policies.OBSERVATION_CONFLICTS),
    _open(
        "observations.visits.queries", "Visit", policies.VISITS,
        observer_ids=TEAM, school_id=ORG, teacher_id=PERSON, purpose=PURPOSES,
    ),
    _open(
        "observations.walks.queries", "LearningWalk", policies.WALKS,
        team_ids=TEAM, school_id=ORG, state=("draft", "in_progress", "shared"),
    ),
    Noun(
        "observations.walks.queries", "visible_stops", "WalkStop", policies.STOPS,
        {"walk_id": "observations.walks.queries.visible_to"}, {"walk": "walk_id"},
    ),
    Noun(
        "observations.evidence_links.queries", "visible_to", "EvidenceLink", policies.EVIDENCE_LINKS,
        {
            "source_kind": ("learning_walk", "pattern", "observation"),
            "target_kind": ("coaching_cycle", "pl_activity"),
            "source_id": "observations.observations.queries.visible_to",
            "walk_id": "observations.walks.queries.visible_to",
        },
        {"walk": "walk_id", "observation": "source_id"},
    ),
    _open("coaching.visions.queries", "Vision", policies.VISIONS),
    _open("coaching.work_plans.queries", "WorkPlan", policies.WORK_PLANS),
    _open(
        "coaching.work_plans.queries", "PlanAction", policies.PLAN_ACTIONS, "visible_actions",
        work_plan_id="coaching.work_plans.queries.visible_to",
    ),
    _open("coaching.pl_activities.queries", "PLActivity", policies.PL_ACTIVITIES),
    _open(
        "coaching.pl_sessions.queries", "PLSession", policies.PL_SESSIONS,
        activity_id="coaching.pl_activities.queries.visible_to",
    ),
    _open(
        "coaching.credits.queries", "Credit", policies.CREDITS,
        person_id=PERSON, activity_id="coaching.pl_activities.queries.visible_to",
    ),
    _open(
        "coaching.goals.queries", "Goal", policies.GOALS,
        level=("district", "school", "individual"), org_id=ORG, owner_id=PERSON_OR_NONE,
    ),
    _open("coaching.coaching_cycles.queries", "CycleModel", policies.CYCLE_MODELS, "visible_models"),
    _open(
        "coaching.coaching_cycles.queries", "CoachingCycle", policies.CYCLES,
        coach_id=PERSON_OR_NONE, coachee_id=PERSON, org_id=ORG,
        model_id="coaching.coaching_cycles.queries.visible_models",
    ),
    Noun(
        "coaching.coaching_cycles.queries", "visible_sessions", "CoachingSession", policies.SESSIONS,
        {"cycle_id": "coaching.coaching_cycles.queries.visible_to"}, {"cycle": "cycle_id"},
    ),
    Noun(
        "coaching.coaching_cycles.queries", "visible_steps", "ActionStep", policies.STEPS,
        {"cycle_id": "coaching.coaching_cycles.queries.visible_to"}, {"cycle": "cycle_id"},
    ),
)  # fmt: skip
PARENTS = {
    "person": "districts.people.queries.visible_to",
    "walk": "observations.walks.queries.visible_to",
    "observation": "observations.observations.queries.visible_to",
    "cycle": "coaching.coaching_cycles.queries.visible_to",
}
# Not rows but the organisations of which numbers may be read.
OF_ORGS = {"analytics.measures.queries.visible_to": policies.MEASURES}
