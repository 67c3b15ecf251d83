"""OneRoster 1.2 gradebook: the door through which an LMS or a SIS hands in students' results."""

from services.districts.auth import (
    CanDeleteGradebook,
    CanPostGradebook,
    CanPutGradebook,
    CanReadGradebook,
    CanReadGradebookWithin,
)
from services.districts.gradebook.collections import GRADEBOOK_COLLECTIONS, GRADEBOOK_RELATIONS
from services.districts.gradebook.nouns import CATEGORY, LINE_ITEM, RESULT, SCORE_SCALE, Noun, Reference
from services.districts.gradebook.objects import GRADEBOOK
from services.districts.gradebook.schemas import (
    CategoryPut,
    Given,
    LineItemPut,
    LineItemsPost,
    ResultPut,
    ResultsPost,
    ScoreScalePut,
)
from services.districts.gradebook.writing import add_post, add_writes
from services.districts.oneroster.discovery import add_discovery
from services.districts.oneroster.paths import sourced_id_router
from services.districts.oneroster.reading import add_all

PUTS: tuple[tuple[Noun, type[Given]], ...] = (
    (CATEGORY, CategoryPut),
    (LINE_ITEM, LineItemPut),
    (RESULT, ResultPut),
    (SCORE_SCALE, ScoreScalePut),
)
_CLASS = ("classSourcedId", LINE_ITEM.references["klass"])
_SCHOOL = ("schoolSourcedId", Reference("org_id", "orgs", "school", " and type = 'school'"))
_ITEM = ("lineItemSourcedId", RESULT.references["line_item"])
_SESSION = ("academicSessionSourcedId", Reference("id", "terms", "academicSession"))

router = sourced_id_router("OneRoster gradebook")
add_all(
    router, GRADEBOOK, GRADEBOOK_COLLECTIONS.values(), GRADEBOOK_RELATIONS.values(),
    core=CanReadGradebook, within=CanReadGradebookWithin,
)  # fmt: skip
for noun, body in PUTS:
    add_writes(router, GRADEBOOK, noun, body, puts=CanPutGradebook, deletes=CanDeleteGradebook)
POSTS: tuple[tuple[Noun, type[Given], str, dict[str, tuple[str, Reference]]], ...] = (
    (RESULT, ResultsPost, "classes/{classSourcedId}/academicSessions/{academicSessionSourcedId}/results",
     {"klass": _CLASS, "session": _SESSION}),
    (LINE_ITEM, LineItemsPost, "classes/{classSourcedId}/lineItems", {"klass": _CLASS}),
    (LINE_ITEM, LineItemsPost, "schools/{schoolSourcedId}/lineItems", {"school": _SCHOOL}),
    (RESULT, ResultsPost, "lineItems/{lineItemSourcedId}/results", {"line_item": _ITEM}),
)  # fmt: skip
for noun, body, path, above in POSTS:
    add_post(router, GRADEBOOK, noun, body, CanPostGradebook, path, above)
add_discovery(
    router, GRADEBOOK, "OneRoster 1.2 gradebook",
    "onerosterv1p2gradebookservice_openapi3_v1p0.json", "imsorv1p2_gradebook_openapi3_v1p0.json",
)  # fmt: skip
