from services.districts.role_grants import queries, service
from services.districts.role_grants.models import RoleGrant
from services.districts.role_grants.schemas import RoleGrantWrite
from services.districts.tabular.table import Table

TABLE = Table(
    "role-grants", RoleGrant, RoleGrantWrite, service.values_of, service.put_role_grant, queries.visible_to,
    key=(*service.SERIES, "begin_date"),
)  # fmt: skip
