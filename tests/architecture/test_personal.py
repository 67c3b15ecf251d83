"""Every table that may keep something about a person says how it leaves with a download, and what erasing makes of it.

Whether it may is not asked by name: each column of ids is taken to name people until it is said here that it does not.
"""

from importlib import import_module

import pytest
from sqlalchemy import ARRAY, Column, MetaData, Table, Uuid

from shared.catalogue import import_tables
from shared.privacy.rules import Personal, Rules
from shared.settings import SERVICE_NAMES

PERSONAL = {
    "given_name", "family_name", "middle_name", "email", "username", "phone", "sms", "birth_date", "identifier",
}  # fmt: skip
NOT_PEOPLE = {
    "the row itself, and the district": {"id", "district_id", "entity_id", "row_id", "ids"},
    "organisations, classes, terms": {
        "org_id", "school_id", "class_id", "course_id", "parent_id", "primary_org_id", "term_ids", "school_year_id",
        "grading_period_id", "academic_session_id", "owner_org_id",
    },
    "what was planned, measured, taught": {
        "framework_id", "framework_version_id", "from_version_id", "to_version_id", "indicator_id",
        "from_indicator_id", "to_indicator_id", "crosswalk_id", "look_for_id", "look_for_ids", "target_look_for_ids",
        "goal_id", "vision_id", "work_plan_id", "plan_action_id", "activity_id", "session_id", "model_id",
        "category_id", "line_item_id", "score_scale_id", "agreement_id", "expectation_id", "decision_id", "term_id",
        "window_id",
    },
    "what it belongs to": {
        "observation_id", "cycle_id", "walk_id", "stop_id", "source_id", "target_id", "import_id", "superseded_by",
        "supersedes_id",
        "same_as", "job_id", "schedule_job_id", "role_id", "webhook_id", "event_id", "endpoint_id", "feedback_id",
        "link_id", "version_id", "key_id", "delivery_id", "provider_id", "identity_provider_id",
        "partner_id", "merge_id", "batch_id", "renaming_job_id",
    },
}  # fmt: skip
KNOWN = frozenset().union(*NOT_PEOPLE.values())
EXCUSED = {
    "audit_events": "who did what, as ids: it is what must not be changed, and machines read it by person",
    "jobs": "who asked, as an id; dropped after JOB_DAYS",
    "copied_people": "a copy that follows the feed of districts",
    "copied_relationships": "a copy that follows the feed of districts",
    "copied_staff_assignments": "a copy that follows the feed of districts",
    "copied_leaves": "a copy that follows the feed of districts",
    "copied_role_grants": "a copy that follows the feed of districts",
    "clients": "a client's identifiers are a program's",
    "client_secrets": "its owner is a program",
    "roster_sources": "a SIS's identifiers are a program's",
    "orgs": "its identifier is the organisation's",
}


def may_name_people(column: Column[object]) -> bool:
    kind = column.type.item_type if isinstance(column.type, ARRAY) else column.type
    return column.name in PERSONAL or (isinstance(kind, Uuid) and column.name not in KNOWN)


def faults(metadata: MetaData, rules: Rules) -> list[str]:
    tables = {table.name: table for table in metadata.sorted_tables}
    found = [f"{name} has a rule and is no table" for name in rules if name not in tables]
    for name, table in tables.items():
        naming = sorted(column.name for column in table.columns if may_name_people(column))
        if name in rules:
            found += faults_of(table, rules[name])
        elif naming and name not in EXCUSED:
            found.append(f"{name} may name people by {', '.join(naming)}: say in personal.py what becomes of it")
    return found


def faults_of(table: Table, rule: Personal) -> list[str]:
    columns = {column.name for column in table.columns}
    named = {*rule.hidden, *rule.private, *rule.erased, rule.key}
    found = [f"{table.name} has no column {name}" for name in sorted(named - columns)]
    if sum(map(bool, (rule.erased, rule.deleted, rule.kept))) != 1:
        found.append(f"{table.name}: erasing changes it, deletes it, or keeps it and says why")
    if rule.versioned and (rule.erased) and not {"version", "updated_at"} <= columns:
        found.append(f"{table.name} has no version: say versioned=False")
    if bool(rule.kind) != bool(rule.since):
        found.append(f"{table.name}: a kind of retention says since when its years run")
    if rule.deleted and rule.told:
        found.append(f"{table.name}: what is deleted has no state to tell")
    return found


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_every_table_with_people_in_it_leaves_with_a_download_and_is_erased_or_says_why_not(service: str) -> None:
    found = faults(import_tables(service), import_module(f"services.{service}.personal").PERSONAL)
    assert not found, "\n".join(found)


def test_an_excuse_is_of_a_table_that_is_there() -> None:
    there = {table.name for service in SERVICE_NAMES for table in import_tables(service).sorted_tables}
    assert set(EXCUSED) <= there


def test_every_kind_of_retention_has_rows() -> None:
    kinds = {rule.kind for service in SERVICE_NAMES
             for rule in import_module(f"services.{service}.personal").PERSONAL.values()} - {""}  # fmt: skip
    known = {kind.value for kind in import_module("services.districts.retention.rules").RetentionKind}
    assert kinds == known - {"former_people"}, "former people are erased whole"


def test_these_checks_can_fail() -> None:
    metadata = MetaData()
    Table("mentors", metadata, Column("id", Uuid), Column("mentor_id", Uuid))
    Table("plans", metadata, Column("id", Uuid), Column("org_id", Uuid))
    Table("notes", metadata, Column("id", Uuid), Column("person_ids", ARRAY(Uuid)))
    rule = Personal(mine="true", erased={"words": "null"}, kind="x")
    assert faults(metadata, {"notes": rule, "gone": rule}) == [
        "gone has a rule and is no table",
        "mentors may name people by mentor_id: say in personal.py what becomes of it",
        "notes has no column words",
        "notes has no version: say versioned=False",
        "notes: a kind of retention says since when its years run",
    ]
