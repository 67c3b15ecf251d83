"""The nouns that go in as CSV, for the worker: it imports no routes."""

from typing import Any

from services.districts.calendars.table import TABLE as CALENDARS
from services.districts.leaves.table import TABLE as LEAVES
from services.districts.relationships.table import TABLE as RELATIONSHIPS
from services.districts.role_grants.table import TABLE as ROLE_GRANTS
from services.districts.school_attributes.table import TABLE as SCHOOL_ATTRIBUTES
from services.districts.staff_assignments.table import TABLE as STAFF_ASSIGNMENTS
from services.districts.tabular.table import Table

_ALL: tuple[Table[Any, Any], ...] = (
    CALENDARS, LEAVES, RELATIONSHIPS, ROLE_GRANTS, SCHOOL_ATTRIBUTES, STAFF_ASSIGNMENTS,
)  # fmt: skip
TABLES = {table.noun: table for table in _ALL}
