"""The collections of the gradebook, read by the same machinery as those of the roster."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from services.districts.oneroster.collections import Collection, Kind, Member, base_asked, column, days, join, texts
from services.districts.oneroster.documents import base_members, instant, json_object, json_of, plain, reference, shown
from services.districts.oneroster.relations import id_of, within

_FLAGS = {"inProgress": "in_progress", "incomplete": "incomplete", "late": "late", "missing": "missing"}
_CLASS = reference("classes", "class", shown("c"))
_SCALE = reference("scoreScales", "scoreScale", "s.sourced_id")
_OBJECTIVES = "x.learning_objective_set::text"
_SCORE_SCALE = {
    "title": column("title"),
    "type": column("type"),
    "course": reference("courses", "course", "cr.sourced_id"),
    "class": _CLASS,
    "scoreScaleValue": "x.score_scale_value::text",
}
_LINE_ITEM = {
    "title": column("title"),
    "description": column("description"),
    "assignDate": instant("x.assign_date"),
    "dueDate": instant("x.due_date"),
    "class": _CLASS,
    "school": reference("orgs", "org", shown("o")),
    "category": reference("categories", "category", "g.sourced_id"),
    "gradingPeriod": reference("academicSessions", "academicSession", "p.sourced_id"),
    "academicSession": reference("academicSessions", "academicSession", "a.sourced_id"),
    "scoreScale": _SCALE,
    "resultValueMin": json_of("x.result_value_min"),
    "resultValueMax": json_of("x.result_value_max"),
    "learningObjectiveSet": _OBJECTIVES,
}
_RESULT = {
    "lineItem": reference("lineItems", "lineItem", "i.sourced_id"),
    "student": reference("users", "user", shown("u")),
    "class": _CLASS,
    "scoreScale": _SCALE,
    "scoreStatus": column("score_status"),
    "score": json_of("x.score"),
    "textScore": column("text_score"),
    "scoreDate": plain("x.score_date"),
    "comment": column("comment"),
    "learningObjectiveSet": _OBJECTIVES,
    **{name: plain(f"x.{flag}::text") for name, flag in _FLAGS.items()},
}


def _numbers(**columns: str) -> dict[str, Member]:
    return {name: Member(f"x.{sql}", Kind.NUMBER) for name, sql in columns.items()}


def _ids(**aliases: str) -> dict[str, Member]:
    """Members by the aliases of their tables: `c` is a class, `o` an organisation, `u` a user."""
    return {
        f"{name}.sourcedId": Member(shown(alias) if alias in {"c", "o", "u"} else f"{alias}.sourced_id")
        for name, alias in aliases.items()
    }


def _collection(
    path: str, one: str, table: str, document: Mapping[str, str], members: Mapping[str, Member], joins: Iterable[str]
) -> Collection:
    return Collection(
        path, path, one, table, json_object({**base_members(table), **document}), {**base_asked(table), **members},
        "".join(joins),
        versions=("roster_versions", "gradebook_versions"), is_forgetful=True,
    )  # fmt: skip


CATEGORIES = _collection(
    "categories", "category", "categories", {"title": column("title"), "weight": json_of("x.weight")},
    {**texts(title="title"), **_numbers(weight="weight")}, (),
)  # fmt: skip
SCORE_SCALES = _collection(
    "scoreScales", "scoreScale", "score_scales", _SCORE_SCALE,
    {**texts(title="title", type="type"), **_ids(course="cr", **{"class": "c"})},
    (join("courses", "cr", "x.course_id"), join("classes", "c", "x.class_id")),
)  # fmt: skip
LINE_ITEMS = _collection(
    "lineItems", "lineItem", "line_items", _LINE_ITEM,
    {
        **texts(title="title", description="description"),
        "assignDate": Member("x.assign_date", Kind.INSTANT), "dueDate": Member("x.due_date", Kind.INSTANT),
        **_numbers(resultValueMin="result_value_min", resultValueMax="result_value_max"),
        **_ids(school="o", category="g", gradingPeriod="p", academicSession="a", scoreScale="s", **{"class": "c"}),
    },
    (
        join("classes", "c", "x.class_id"), join("orgs", "o", "x.org_id"), join("categories", "g", "x.category_id"),
        join("terms", "p", "x.grading_period_id"), join("terms", "a", "x.academic_session_id"),
        join("score_scales", "s", "x.score_scale_id"),
    ),
)  # fmt: skip
RESULTS = _collection(
    "results", "result", "results", _RESULT,
    {
        **texts(scoreStatus="score_status", textScore="text_score", comment="comment"), **_numbers(score="score"),
        **days(scoreDate="score_date"), **{name: Member(f"x.{flag}::text") for name, flag in _FLAGS.items()},
        **_ids(lineItem="i", student="u", scoreScale="s", **{"class": "c"}),
    },
    (
        join("line_items", "i", "x.line_item_id"), join("people", "u", "x.person_id"),
        join("classes", "c", "x.class_id"), join("score_scales", "s", "x.score_scale_id"),
    ),
)  # fmt: skip
GRADEBOOK_COLLECTIONS: Mapping[str, Collection] = {c.path: c for c in (CATEGORIES, LINE_ITEMS, RESULTS, SCORE_SCALES)}

_A_CLASS, _A_SCHOOL = ("classes", "classSourcedId"), ("schools", "schoolSourcedId")
_THE_CLASS, _THE_SCHOOL = id_of("classes", "{0}"), id_of("orgs", "{0}", " and i.type = 'school'")
_THE_ITEM = id_of("line_items", "{1}", f" and i.class_id = {_THE_CLASS} and i.archived_at is null")
_THE_STUDENT = id_of("people", "{1}")
_ITEMS_OF_CLASS = f"""(select l.{{column}} from districts.line_items l
    where l.district_id = $1 and l.class_id = {_THE_CLASS} and l.archived_at is null)"""


def _items_of_class(name: str) -> str:
    return _ITEMS_OF_CLASS.replace("{column}", name)


def _known(found: Iterable[Collection], *ids: str) -> list[Collection]:
    """The gradebook says 404 where a parent is nobody's, unlike rostering."""
    return [replace(c, known=" and ".join(f"{i} is not null" for i in ids)) for c in found]


GRADEBOOK_RELATIONS: Mapping[str, Collection] = {
    collection.path: collection
    for collection in (
        *_known(
            within(
                GRADEBOOK_COLLECTIONS, _A_CLASS, ("lineItems", "lineItemSourcedId"),
                results=("results", f"x.line_item_id = {_THE_ITEM}"),
            ),
            _THE_CLASS, _THE_ITEM,
        ),
        *_known(
            within(
                GRADEBOOK_COLLECTIONS, _A_CLASS, ("students", "studentSourcedId"),
                results=("results", f"x.person_id = {_THE_STUDENT} and x.line_item_id in {_items_of_class('id')}"),
            ),
            _THE_CLASS, _THE_STUDENT,
        ),
        *_known(
            within(
                GRADEBOOK_COLLECTIONS, _A_CLASS,
                categories=("categories", f"x.id in {_items_of_class('category_id')}"),
                lineItems=("lineItems", f"x.class_id = {_THE_CLASS}"),
                results=("results", f"x.line_item_id in {_items_of_class('id')}"),
                scoreScales=("scoreScales", f"x.class_id = {_THE_CLASS}"),
            ),
            _THE_CLASS,
        ),
        *_known(
            within(
                GRADEBOOK_COLLECTIONS, _A_SCHOOL,
                scoreScales=(
                    "scoreScales",
                    f"""x.class_id in (select k.id from districts.classes k
                        where k.district_id = $1 and k.org_id = {_THE_SCHOOL})""",
                ),
            ),
            _THE_SCHOOL,
        ),
    )
}  # fmt: skip
