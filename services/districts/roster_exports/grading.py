"""The files of the gradebook, for an export that was asked to hold it."""

from services.districts.oneroster.documents import shown
from services.districts.roster_exports.rules import V11, V12
from services.districts.roster_exports.selects import Select, instant, known, line, needed, texts


def _class_of(alias: str) -> str:
    return needed("classes", "c", "class_id", of=alias) + needed("courses", "cc", "course_id", of="c")


def _parts_of(line_item: str) -> str:
    return _class_of(line_item) + needed("categories", "k", "category_id", of=line_item)


def _parts_of_result(result: str) -> str:
    """Whoever was merged into another is told as that one."""
    return (
        needed("line_items", "i", "line_item_id", of=result) + _parts_of("i")
        + needed("people", "q", "person_id", of=result)
        + " join districts.people p on p.district_id = x.district_id and p.id = coalesce(q.merged_into, q.id)"
    )  # fmt: skip


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
_ITEM_OF = _parts_of("x") + known("terms", "g", "grading_period_id") + known("terms", "t", "academic_session_id")
_ITEM_NEEDS = ("c", "cc", "k")
_GIVEN = {
    "lineItemSourcedId": "i.sourced_id", "studentSourcedId": shown("p"), "scoreStatus": "x.score_status",
    "score": "x.score::text", "scoreDate": "x.score_date", **texts(comment="comment"),
}  # fmt: skip
_RESULT_OF = _parts_of_result("x")  # it stays with the id under which it came
_RESULT_NEEDS = ("i", "c", "cc", "k", "p")
# What is linked to a line item or to a result, and is not told without it.
_OF_ITEM = (needed("line_items", "i", "line_item_id") + _parts_of("i"), ("i", *_ITEM_NEEDS))
_OF_RESULT = (needed("results", "r", "result_id") + _parts_of_result("r"), ("r", *_RESULT_NEEDS))
_OBJECTIVE = texts(source="objective_source", learningObjectiveId="learning_objective_id")
_FLAGS = {"inProgress": "in_progress", "incomplete": "incomplete", "late": "late", "missing": "missing"}


def _scale_of(table: str, owner: dict[str, str], joins: str, needs: tuple[str, ...]) -> Select:
    return Select(
        table, {**texts(title="title"), **owner, "scoreScaleSourcedId": "v.sourced_id"},
        joins + needed("score_scales", "v", "score_scale_id"), (*needs, "v"),
    )  # fmt: skip


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
            _class_of("x") + needed("orgs", "o", "org_id", of="c") + known("courses", "w", "course_id"),
            ("c", "cc", "o"),
        ),
        "lineItemScoreScales": _scale_of("line_item_score_scales", {"lineItemSourcedId": "i.sourced_id"}, *_OF_ITEM),
        "resultScoreScales": _scale_of("result_score_scales", {"resultSourcedId": "r.sourced_id"}, *_OF_RESULT),
        "lineItemLearningObjectiveIds": Select(
            "line_item_objectives", {"lineItemSourcedId": "i.sourced_id", **_OBJECTIVE}, *_OF_ITEM
        ),
        "resultLearningObjectiveIds": Select(
            "result_objectives",
            {
                "resultSourcedId": "r.sourced_id", **_OBJECTIVE, "score": "x.score::text",
                **texts(textScore="text_score"),
            },
            *_OF_RESULT,
        ),
    },
}  # fmt: skip
