"""The four nouns of the gradebook, as data: their rows, what they refer to, and what holds of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.districts.gradebook import rules
from services.districts.gradebook.collections import CATEGORIES, LINE_ITEMS, RESULTS, SCORE_SCALES
from services.districts.gradebook.rules import Rule
from services.districts.oneroster.collections import Collection


@dataclass(frozen=True, slots=True)
class Reference:
    column: str
    table: str
    name: str  # the member's, for whoever sent a wrong one
    condition: str = ""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Noun:
    collection: Collection
    columns: Mapping[str, str]  # and their types
    rule: Rule
    references: Mapping[str, Reference] = field(default_factory=dict)
    users: tuple[tuple[str, str], ...] = ()  # tables and columns that refer to it and keep it from being deleted
    parts: tuple[tuple[str, str], ...] = ()  # tables and columns of what goes with it

    @property
    def typed(self) -> dict[str, str]:
        """All columns that are handed in, those of references too."""
        references = {reference.column: "uuid" for reference in self.references.values()}
        return {"extension": "jsonb", **self.columns, **references}


_LIVING = " and archived_at is null"
_CLASS = Reference("class_id", "classes", "class", is_required=True)
_SCALE = Reference("score_scale_id", "score_scales", "scoreScale", _LIVING)
_SCALE_USERS = (("line_items", "score_scale_id"), ("results", "score_scale_id"))
CATEGORY = Noun(
    CATEGORIES, {"title": "text", "weight": "float8"}, rules.as_given, users=(("line_items", "category_id"),)
)
SCORE_SCALE = Noun(
    SCORE_SCALES, {"title": "text", "type": "text", "score_scale_value": "jsonb"}, rules.complete_scale,
    {"course": Reference("course_id", "courses", "course"), "klass": _CLASS}, users=_SCALE_USERS,
)  # fmt: skip
LINE_ITEM = Noun(
    LINE_ITEMS,
    {
        "title": "text", "description": "text", "assign_date": "timestamptz", "due_date": "timestamptz",
        "result_value_min": "float8", "result_value_max": "float8", "learning_objective_set": "jsonb",
    },
    rules.complete_line_item,
    {
        "klass": _CLASS,
        "school": Reference("org_id", "orgs", "school"),
        "category": Reference("category_id", "categories", "category", _LIVING),
        "grading_period": Reference("grading_period_id", "terms", "gradingPeriod"),
        "academic_session": Reference("academic_session_id", "terms", "academicSession"),
        "score_scale": _SCALE,
    },
    parts=(("results", "line_item_id"),),
)  # fmt: skip
RESULT = Noun(
    RESULTS,
    {
        "score_status": "text", "score": "float8", "text_score": "text", "score_date": "date", "comment": "text",
        "learning_objective_set": "jsonb", "in_progress": "boolean", "incomplete": "boolean", "late": "boolean",
        "missing": "boolean",
    },
    rules.complete_result,
    {
        "line_item": Reference("line_item_id", "line_items", "lineItem", _LIVING, is_required=True),
        "student": Reference("person_id", "people", "student", is_required=True),
        "klass": Reference("class_id", "classes", "class"),
        "score_scale": _SCALE,
    },
)  # fmt: skip
