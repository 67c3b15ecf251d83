from pydantic import BaseModel, ConfigDict, Field

from shared.access.purposes import DataUse
from shared.paging import ListQuery

PURPOSE = "for what; needed, and one that it allows, once the district has a data-use policy"


class PurposeQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    purpose: DataUse | None = Field(default=None, description=PURPOSE)


class PurposeListQuery(ListQuery, PurposeQuery):
    pass
