"""Which member of which row leads to which other row: what a warehouse joins by."""

REFERENCES: dict[str, dict[str, str]] = {
    "orgs": {"parent_id": "orgs"},
    "terms": {"parent_id": "terms"},
    "courses": {"org_id": "orgs", "school_year_id": "terms"},
    "classes": {"course_id": "courses", "org_id": "orgs", "term_ids": "terms"},
    "people": {"primary_org_id": "orgs"},
    "enrollments": {"class_id": "classes", "org_id": "orgs", "person_id": "people"},
    "relationships": {"person_id": "people", "target_person_id": "people", "org_id": "orgs"},
    "framework_versions": {"framework_id": "frameworks"},
    "observations": {
        "framework_version_id": "framework_versions", "observer_id": "people", "teacher_id": "people",
        "school_id": "orgs", "class_id": "classes",
    },
    "learning_walks": {"school_id": "orgs", "framework_version_id": "framework_versions", "team_ids": "people"},
    "visions": {"org_id": "orgs"},
    "goals": {"org_id": "orgs", "owner_id": "people", "vision_id": "visions", "parent_id": "goals"},
    "work_plans": {"org_id": "orgs"},
    "plan_actions": {"work_plan_id": "work_plans", "goal_id": "goals", "owner_id": "people"},
    "coaching_cycles": {
        "model_id": "cycle_models", "coachee_id": "people", "coach_id": "people", "org_id": "orgs",
        "goal_id": "goals", "observation_id": "observations",
    },
}  # fmt: skip
NOT_READ = {
    "districts": "the district itself, which the reader is a client of",
    "credits": "read as a list",
    "clients": "how it was set up",
    "roster_imports": "how it was set up",
    "action_steps": "what coach and teacher agreed on, which no machine reads: it is told that there is one",
}
