"""OneRoster 1.2 rostering, as a provider: all 41 operations, read only, in the standard's own tongue."""

import re
from typing import Any

from services.districts.auth import CanReadDemographics, CanReadOneRoster, CanReadOneRosterWithin
from services.districts.oneroster.collections import Collection
from services.districts.oneroster.objects import OBJECTS
from services.districts.oneroster.paths import sourced_id_router
from services.districts.oneroster.presenting import Presentation
from services.districts.oneroster.reading import add_object, add_page
from services.districts.oneroster.relations import RELATIONS
from services.districts.oneroster.rostering import COLLECTIONS

ROSTERING = Presentation("/ims/oneroster/rostering/v1p2", OBJECTS)

router = sourced_id_router("OneRoster")


def named(path: str) -> str:
    """Name an operation by its path: `schools/{schoolSourcedId}/classes` is schools_classes."""
    return re.sub(r"/{\w+}/", "_", path)


def _permission(collection: Collection) -> Any:
    return CanReadDemographics if collection.one == "demographics" else CanReadOneRoster


# Whole collections first, which are asked most; relations before objects, whose id takes the rest of the path.
for _collection in COLLECTIONS.values():
    add_page(router, ROSTERING, _collection, _permission(_collection), _collection.path)
for _collection in RELATIONS.values():
    add_page(router, ROSTERING, _collection, CanReadOneRosterWithin, named(_collection.path))
for _collection in COLLECTIONS.values():
    add_object(router, ROSTERING, _collection, _permission(_collection), f"{_collection.path}_by_id")
