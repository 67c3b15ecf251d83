"""The files of the gradebook, for an export that was asked to hold it."""

from services.districts.oneroster.documents import shown
from services.districts.roster_exports.rules import V11, V12
from services.districts.roster_exports.selects import Select, instant, known, line, needed, texts

_CLASS = needed("classes", "c", "class_id") + needed("courses", "cc", "course_id", of="c")
_PAIRS = """(select string_agg('{' || (v ->> 'itemValueLHS') || ':' || (v ->> 'itemValueRHS') || '}', ',' order by n)
    from jsonb_array_elements(x.score_scale_value) with ordinality t (v, n))"""
# The standard asks for a session of every line item: without one it is the first term of the class.
_FIRST_TERM = """(select f.sourced_id from districts.terms f where f.district_id = x.district_id
    and f.id = any(c.term_ids) and f.archived_at is null order by f.start_date, f.sourced_id limit 1)"""
_SESSION = f"coalesce(g.sourced_id, t.sourced_id, {_FIRST_TERM})"
_START = {
    **texts(title="title", description="description"), "assignDate": instant("x.assign_date"),
    "dueDate": instant("x.due_date"), "classSourcedId": shown("c"), "categorySourcedId": "k.sourced_id",
}  # fmt: skip
_RANGE = {"resultValueMin": "x.result_value_min::text", "resultValueMax": "x.result_value_max::text"}
_ITEM_OF = (
    _CLASS + needed("categories", "k", "category_id") + known("terms", "g", "grading_period_id")
    + known("terms", "t", "academic_session_id")
)  # fmt: skip
_ITEM_NEEDS = ("c", "cc", "k")
_GIVEN = {
    "lineItemSourcedId": "i.sourced_id", "studentSourcedId": shown("p"), "scoreStatus": "x.score_status",
    "score": "x.score::text", "scoreDate": "x.score_date", **texts(comment="comment"),
}  # fmt: skip
# A result stays with the id under which it came; whoever was merged into another is told as that one.
_RESULT_OF = (
    needed("line_items", "i", "line_item_id") + needed("classes", "c", "class_id", of="i")
    + needed("courses", "cc", "course_id", of="c") + needed("categories", "k", "category_id", of="i")
    + needed("people", "q", "person_id")
    + " join districts.people p on p.district_id = x.district_id and p.id = coalesce(q.merged_into, q.id)"
)  # fmt: skip
_RESULT_NEEDS = ("i", "c", "cc", "k", "p")
_FLAGS = {"inProgress": "in_progress", "incomplete": "incomplete", "late": "late", "missing": "missing"}

GRADED: dict[str, dict[str, Select]] = {
    V11: {
        "categories": Select("categories", texts(title="title")),
        "lineItems": Select(
            "line_items", {**_START, "gradingPeriodSourcedId": _SESSION, **_RANGE}, _ITEM_OF, _ITEM_NEEDS
        ),
        "results": Select("results", _GIVEN, _RESULT_OF, _RESULT_NEEDS),
    },
    V12: {
        "categories": Select("categories", {**texts(title="title"), "weight": "x.weight::text"}),
        "lineItems": Select(
            "line_items",
            {**_START, "academicSessionSourcedId": _SESSION, **_RANGE, "schoolSourcedId": shown("o")},
            _ITEM_OF + needed("orgs", "o", "org_id"), (*_ITEM_NEEDS, "o"),
        ),
        "results": Select(
            "results",
            {
                **_GIVEN, **texts(textScore="text_score"), "classSourcedId": shown("r"),
                **{name: f"x.{column}::text" for name, column in _FLAGS.items()},
            },
            _RESULT_OF + known("classes", "r", "class_id"), _RESULT_NEEDS,
        ),
        "scoreScales": Select(
            "score_scales",
            {
                **texts(title="title", type="type"), "orgSourcedId": shown("o"),
                "courseSourcedId": "coalesce(w.sourced_id, cc.sourced_id)", "classSourcedId": shown("c"),
                "scoreScaleValue": line(_PAIRS),
            },
            _CLASS + needed("orgs", "o", "org_id", of="c") + known("courses", "w", "course_id"), ("c", "cc", "o"),
        ),
    },
}  # fmt: skip
