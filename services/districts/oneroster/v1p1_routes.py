"""OneRoster 1.1 rostering, on its own base path."""

from services.districts.auth import CanReadDemographicsV1P1, CanReadOneRosterV1P1, CanReadOneRosterWithinV1P1
from services.districts.oneroster.paths import sourced_id_router
from services.districts.oneroster.reading import add_all
from services.districts.oneroster.v1p1 import V1P1, V1P1_COLLECTIONS, V1P1_RELATIONS

router = sourced_id_router("OneRoster 1.1")
add_all(
    router, V1P1, V1P1_COLLECTIONS.values(), V1P1_RELATIONS.values(),
    core=CanReadOneRosterV1P1, within=CanReadOneRosterWithinV1P1, demographics=CanReadDemographicsV1P1,
)  # fmt: skip
