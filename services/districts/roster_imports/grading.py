"""How the files of a gradebook become its rows, beside those that an LMS hands in: the same rules, row by row.

A result stays with the id under which the source brought it, as through the gradebook itself.
"""

from services.districts.gradebook.links import LINKS
from services.districts.roster_imports.mapping import (
    DANGLING,
    DATE,
    VOCABULARY,
    Check,
    Target,
    day,
    doubts,
    flag,
    key,
    needs,
    refers,
    required,
    target,
    text,
    texts,
    word,
)

NUMBER, SCALE, REPEATED_MARK, TURNED = "bad_number", "bad_scale", "repeated_mark", "minimum_above_maximum"
_STATUSES = ("exempt", "fully graded", "not submitted", "partially graded", "submitted")
_PAIRS = (
    "case when s.raw_score_scale_value like '%{%' then (select jsonb_agg(jsonb_build_object("
    r"'itemValueLHS', btrim(m[1]), 'itemValueRHS', btrim(m[2]))) from regexp_matches(s.raw_score_scale_value,"
    r" '\{([^{}:]+):([^{}]+)\}', 'g') m) end"
)
_MARKS = "select v ->> 'itemValueLHS' as mark from jsonb_array_elements(x.score_scale_value) v"
_SESSION = f"coalesce({text('academicSessionSourcedId')}, {text('gradingPeriodSourcedId')})"
_STATUS = f"case when {text('scoreStatus')} like 'ext:%' then null else {word('scoreStatus', *_STATUSES)} end"
_SCORED = f"case when {text('score')} is null and {text('textScore')} is null"


def number(name: str) -> str:
    """Read a number of at most twelve digits before the point; null for all else."""
    plain = rf"{text(name)} ~ '^[-+]?(\d{{1,12}}(\.\d{{0,20}})?|\.\d{{1,20}})$'"
    return f"case when {plain} then {text(name)}::float8 end"


def instant(name: str) -> str:
    """Read an instant, or a day as its midnight UTC; null for all else and for years past any use."""
    valid = f"left({text(name)}, 1) between '0' and '9' and pg_input_is_valid({text(name)}, 'timestamptz')"
    sane = f"{text(name)}::timestamptz between '1900-01-01Z' and '9998-12-31Z'"
    return f"case when {valid} then case when {sane} then {text(name)}::timestamptz end end"


def _unread(name: str, read: str) -> Check:
    return Check(name, NUMBER, f"x.{read} is null and {text(name, 'x')} is not null", "warning")


def _date(name: str, read: str) -> tuple[Check, ...]:
    """Say that there is no date, which only the other one of the two can make up for."""
    empty = Check(name, "required", f"x.{read} is null and {text(name, 'x')} is null")
    return (empty, Check(name, DATE, f"x.{read} is null"))


def _scale_of(file: str, owner: str, owner_id: str) -> Target:
    """Make the target of a file that says by which scale the rows of the table `owner` are marked."""
    link = next(link for link in LINKS.values() if link.owner == owner and link.column == "score_scale_id")
    return target(
        file, link.table, {**texts("title"), link.key: "i.id", "score_scale_id": "v.id"},
        (*needs(owner_id, link.key, DANGLING, owner),
         *needs("scoreScaleSourcedId", "score_scale_id", DANGLING, "score_scales")),
        joins=refers(owner, "i", key(owner_id)) + refers("score_scales", "v", key("scoreScaleSourcedId")),
    )  # fmt: skip


def _objective_of(file: str, owner: str, owner_id: str) -> Target:
    """Make the target of a file that says which learning objectives the rows of the table `owner` have."""
    link = next(link for link in LINKS.values() if link.owner == owner and link.column == "learning_objective_set")
    is_scored = "score" in link.values
    scores = {"score": number("score"), **texts("textScore")} if is_scored else {}
    return target(
        file, link.table,
        {link.key: "i.id", "objective_source": f"coalesce({word('source', 'case', 'unknown')}, 'unknown')",
         **texts("learningObjectiveId"), **scores},
        (*needs(owner_id, link.key, DANGLING, owner), *required("learningObjectiveId"),
         *((_unread("score", "score"),) if is_scored else ())),
        joins=refers(owner, "i", key(owner_id)),
    )  # fmt: skip


GRADED: tuple[Target, ...] = (
    target("categories", "categories", {**texts("title"), "weight": number("weight")},
           (*required("title"), _unread("weight", "weight"))),
    target(
        "scoreScales", "score_scales",
        {
            # CSV asks for neither of the two, and whoever reads the gradebook expects both.
            "title": f"coalesce({text('title')}, {key('sourcedId')})",
            "type": f"coalesce({text('type')}, 'unspecified')",
            "course_id": "c.id", "class_id": "k.id", "score_scale_value": _PAIRS,
        },
        (
            *needs("classSourcedId", "class_id", DANGLING, "classes"),
            *needs("scoreScaleValue", "score_scale_value", SCALE),
            Check("scoreScaleValue", REPEATED_MARK,
                  f"(select count(*) <> count(distinct m.mark) from ({_MARKS}) m)"),
            doubts("courseSourcedId", "course_id", DANGLING, "courses"),
        ),
        joins=refers("courses", "c", key("courseSourcedId")) + refers("classes", "k", key("classSourcedId")),
    ),
    target(
        "lineItems", "line_items",
        {
            **texts("title", "description"),
            "assign_date": f"coalesce({instant('assignDate')}, {instant('dueDate')})",
            "due_date": f"coalesce({instant('dueDate')}, {instant('assignDate')})",
            "class_id": "k.id", "category_id": "g.id",
            "org_id": f"case when {text('schoolSourcedId')} is null then k.org_id else o.id end",
            "grading_period_id": "case t.type when 'gradingPeriod' then t.id end",
            "academic_session_id": "case when t.type <> 'gradingPeriod' then t.id end",
            "result_value_min": number("resultValueMin"), "result_value_max": number("resultValueMax"),
        },
        (
            *required("title"), *needs("classSourcedId", "class_id", DANGLING, "classes"),
            *needs("categorySourcedId", "category_id", DANGLING, "categories"), *_date("dueDate", "due_date"),
            Check("schoolSourcedId", DANGLING, "x.org_id is null", refers_to="orgs"),
            Check("resultValueMin", TURNED, "x.result_value_min > x.result_value_max"),
            *(
                Check(name, DANGLING, "x.grading_period_id is null and x.academic_session_id is null"
                      f" and {text(name, 'x')} is not null", "warning", "terms")
                for name in ("academicSessionSourcedId", "gradingPeriodSourcedId")
            ),
            _unread("resultValueMin", "result_value_min"), _unread("resultValueMax", "result_value_max"),
        ),
        joins=refers("classes", "k", key("classSourcedId")) + refers("categories", "g", key("categorySourcedId"))
        + refers("orgs", "o", key("schoolSourcedId")) + refers("terms", "t", _SESSION),
    ),
    target(
        "results", "results",
        {
            "line_item_id": "i.id", "person_id": "p.id", "class_id": "k.id",
            "score_status": f"case when {text('scoreStatus')} is not null then {_STATUS}"
            f" else {_SCORED} then 'not submitted' else 'fully graded' end end",
            "score": number("score"), **texts("textScore", "comment"),
            "score_date": f"case when {text('scoreDate')} is null then (i.due_date at time zone 'UTC')::date"
            f" else {day('scoreDate')} end",
            **{column: flag(name) for name, column in (
                ("inProgress", "in_progress"), ("incomplete", "incomplete"), ("late", "late"), ("missing", "missing"),
            )},
        },
        (
            *needs("lineItemSourcedId", "line_item_id", DANGLING, "line_items"),
            *needs("studentSourcedId", "person_id", DANGLING, "people"),
            Check("scoreStatus", VOCABULARY, "x.score_status is null"),
            Check("scoreDate", DATE, "x.score_date is null"),
            doubts("classSourcedId", "class_id", DANGLING, "classes"), _unread("score", "score"),
        ),
        joins=refers("line_items", "i", key("lineItemSourcedId")) + refers("people", "p", key("studentSourcedId"))
        + refers("classes", "k", key("classSourcedId")),
    ),
    _scale_of("lineItemScoreScales", "line_items", "lineItemSourcedId"),
    _scale_of("resultScoreScales", "results", "resultSourcedId"),
    _objective_of("lineItemLearningObjectiveIds", "line_items", "lineItemSourcedId"),
    _objective_of("resultLearningObjectiveIds", "results", "resultSourcedId"),
)  # fmt: skip
