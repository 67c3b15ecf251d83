from uuid import UUID

from services.districts.tables import ResourceTable


class District(ResourceTable, table=True):
    """A tenant. Its id is the district_id of every row that it has, this one included."""

    __tablename__ = "districts"

    name: str
    primary_source: str | None = (
        None  # the system of external ids by which OneRoster out is to call rows; null: the roster
    )
    shown_source: str | None = None  # the one by which it does
    renaming_job_id: UUID | None = None
    time_zone: str | None = None
