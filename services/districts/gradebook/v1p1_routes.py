"""OneRoster 1.1's gradebook, on the one base path of that release, which knows no POST and no score scales."""

from services.districts.auth import (
    CanDeleteGradebookV1P1,
    CanPutGradebookV1P1,
    CanReadGradebookV1P1,
    CanReadGradebookWithinV1P1,
)
from services.districts.gradebook.nouns import CATEGORY, LINE_ITEM, RESULT
from services.districts.gradebook.schemas import CategoryPut, LineItemPut, ResultPut
from services.districts.gradebook.v1p1 import GRADEBOOK_V1P1, V1P1_COLLECTIONS, V1P1_RELATIONS
from services.districts.gradebook.writing import add_writes
from services.districts.oneroster.paths import sourced_id_router
from services.districts.oneroster.reading import add_all

router = sourced_id_router("OneRoster 1.1 gradebook")
add_all(
    router, GRADEBOOK_V1P1, V1P1_COLLECTIONS.values(), V1P1_RELATIONS.values(),
    core=CanReadGradebookV1P1, within=CanReadGradebookWithinV1P1,
)  # fmt: skip
for noun, body in ((CATEGORY, CategoryPut), (LINE_ITEM, LineItemPut), (RESULT, ResultPut)):
    add_writes(router, GRADEBOOK_V1P1, noun, body, puts=CanPutGradebookV1P1, deletes=CanDeleteGradebookV1P1)
