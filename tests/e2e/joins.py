"""Which member of which row leads to which other row: what a warehouse joins by."""

OBSERVATION = {"observation_id": "observations", "author_id": "people"}
REFERENCES: dict[str, dict[str, str]] = {
    "orgs": {"parent_id": "orgs"},
    "terms": {"parent_id": "terms"},
    "courses": {"org_id": "orgs", "school_year_id": "terms"},
    "classes": {"course_id": "courses", "org_id": "orgs", "term_ids": "terms"},
    "people": {"primary_org_id": "orgs", "merged_into": "people", "merged_ids": "people"},
    "enrollments": {"class_id": "classes", "org_id": "orgs", "person_id": "people"},
    "relationships": {"person_id": "people", "target_person_id": "people", "org_id": "orgs"},
    "role_grants": {"person_id": "people", "org_id": "orgs"},
    "staff_assignments": {"person_id": "people", "org_id": "orgs"},
    "leaves": {"person_id": "people"},
    "school_attributes": {"org_id": "orgs"},
    "calendars": {"org_id": "orgs"},
    "data_share_agreements": {"partner_id": "partners"},
    "framework_versions": {"framework_id": "frameworks"},
    "framework_enablements": {
        "framework_id": "frameworks", "framework_version_id": "framework_versions", "org_id": "orgs",
    },
    "crosswalks": {"from_version_id": "framework_versions", "to_version_id": "framework_versions"},
    "agreements": {
        "org_id": "orgs", "framework_version_id": "framework_versions", "look_for_ids": "look_fors",
        "supersedes_id": "agreements",
    },
    "acknowledgements": {"framework_version_id": "framework_versions", "person_id": "people"},
    "expectations": {"policy_id": "expectation_policies", "teacher_id": "people", "school_id": "orgs"},
    "feedback_targets": {"teacher_id": "people", "school_id": "orgs"},
    "prior_ratings": {"teacher_id": "people", "school_id": "orgs"},
    "visits": {
        "framework_version_id": "framework_versions", "observer_ids": "people", "teacher_id": "people",
        "school_id": "orgs",
    },
    "observations": {
        "framework_version_id": "framework_versions", "observer_id": "people", "teacher_id": "people",
        "school_id": "orgs", "class_id": "classes", "visit_id": "visits",
    },
    "feedback": {"observer_id": "people", "teacher_id": "people", "school_id": "orgs"},
    "evidence_items": OBSERVATION,
    "evidence_packages": OBSERVATION | {"evidence_ids": "evidence_items", "indicator_id": "indicators"},
    "observation_attachments": OBSERVATION,
    "observation_conflicts": {"observation_id": "observations", "person_id": "people"},
    "learning_walks": {
        "school_id": "orgs", "framework_version_id": "framework_versions", "team_ids": "people",
        "look_for_ids": "look_fors",
    },
    "walk_stops": {"walk_id": "learning_walks"},
    "evidence_links": {"source_id": "source_kind", "target_id": "target_kind", "walk_id": "learning_walks"},
    "visions": {"org_id": "orgs"},
    "goals": {"org_id": "orgs", "owner_id": "people", "vision_id": "visions", "parent_id": "goals"},
    "work_plans": {"org_id": "orgs"},
    "plan_actions": {"work_plan_id": "work_plans", "goal_id": "goals", "owner_id": "people"},
    "pl_activities": {
        "org_id": "orgs", "goal_id": "goals", "plan_action_id": "plan_actions",
        "framework_version_id": "framework_versions", "target_look_for_ids": "look_fors",
    },
    "pl_sessions": {"activity_id": "pl_activities", "facilitator_id": "people"},
    "credits": {"person_id": "people", "activity_id": "pl_activities", "session_id": "pl_sessions"},
    "coaching_cycles": {
        "model_id": "cycle_models", "coachee_id": "people", "coach_id": "people", "org_id": "orgs",
        "goal_id": "goals", "observation_id": "observations", "look_for_id": "look_fors",
    },
    "coaching_sessions": {"cycle_id": "coaching_cycles"},
    "action_steps": {"cycle_id": "coaching_cycles"},
}  # fmt: skip
"""The noun that a member leads to; `source_kind` and `target_kind` are members that name it."""

NOT_READ = {
    "districts": "the district itself, which the reader is a client of",
    "credits": "read as a list",
    "clients": "how it was set up",
    "roster_imports": "how it was set up",
    "action_steps": "what coach and teacher agreed on, which no machine reads: it is told that there is one",
}
SET_UP = {
    "clients", "data_exports", "erasures", "legal_holds", "roster_exports", "roster_imports", "roster_pulls",
    "roster_sources", "schedules", "webhook_deliveries", "webhooks", "events", "expectation_policies",
}  # fmt: skip
"""How a district is set up and exchanges data: nothing that is joined with what happens in classrooms."""
NOT_JOINED = {
    ("relationships", "role_id"): "the roster's own row that it follows from, which its person tells",
    ("evidence_items", "codes"): "look-fors and indicators of the observation's version, checked when written",
    ("evidence_items", "line_id"): "a line of the observation's own script",
}
