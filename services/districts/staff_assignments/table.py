from services.districts.staff_assignments import queries, service
from services.districts.staff_assignments.models import StaffAssignment
from services.districts.staff_assignments.schemas import StaffAssignmentWrite
from services.districts.tabular.table import Table

TABLE = Table(
    "staff-assignments", StaffAssignment, StaffAssignmentWrite, service.values_of, service.put_staff_assignment,
    queries.visible_to, key=(*service.SERIES, "begin_date"), sets=service.SETS,
)  # fmt: skip
