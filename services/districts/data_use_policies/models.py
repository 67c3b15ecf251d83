from sqlmodel import Field

from services.districts.tables import TEXTS, ResourceTable


class DataUsePolicy(ResourceTable, table=True):
    """For what a district's numbers may be asked, and how many must stand behind one. Its id is the district's."""

    __tablename__ = "data_use_policies"

    purposes: list[str] = Field(sa_type=TEXTS)
    n_min: int | None = None
