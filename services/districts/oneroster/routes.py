"""OneRoster 1.2 rostering, as a provider: all 41 operations, read only, in the standard's own tongue."""

from services.districts.auth import CanReadDemographics, CanReadOneRoster, CanReadOneRosterWithin
from services.districts.oneroster.discovery import add_discovery
from services.districts.oneroster.objects import OBJECTS
from services.districts.oneroster.paths import sourced_id_router
from services.districts.oneroster.presenting import Presentation
from services.districts.oneroster.reading import add_all
from services.districts.oneroster.relations import RELATIONS
from services.districts.oneroster.rostering import COLLECTIONS

ROSTERING = Presentation("/ims/oneroster/rostering/v1p2", OBJECTS)

router = sourced_id_router("OneRoster")
add_all(
    router, ROSTERING, COLLECTIONS.values(), RELATIONS.values(),
    core=CanReadOneRoster, within=CanReadOneRosterWithin, demographics=CanReadDemographics,
)  # fmt: skip
add_discovery(
    router, ROSTERING, "OneRoster 1.2 rostering",
    "onerosterv1p2rostersservice_openapi3_v1p0.json", "imsorv1p2_rostering_openapi3_v1p0.json",
)  # fmt: skip
