from services.districts.tables import ResourceTable


class District(ResourceTable, table=True):
    """A tenant. Its id is the district_id of every row that it has, this one included."""

    __tablename__ = "districts"

    name: str
