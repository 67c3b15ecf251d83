from services.districts.leaves import queries, service
from services.districts.leaves.models import Leave
from services.districts.leaves.schemas import LeaveWrite
from services.districts.tabular.table import Table

TABLE = Table(
    "leaves", Leave, LeaveWrite, service.values_of, service.put_leave, queries.visible_to,
    key=(*service.SERIES, "begin_date"), sets=service.SETS,
)  # fmt: skip
