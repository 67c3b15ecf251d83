from typing import Any

from sqlmodel import Field

from services.districts.tables import JSON, ResourceTable


class RetentionRules(ResourceTable, table=True):
    """How many years a district keeps what. One row for each district; its id is the district's."""

    __tablename__ = "retention_rules"

    years: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
