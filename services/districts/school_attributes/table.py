from services.districts.school_attributes import queries, service
from services.districts.school_attributes.models import SchoolAttributes
from services.districts.school_attributes.schemas import SchoolAttributesWrite
from services.districts.tabular.table import Table

TABLE = Table(
    "school-attributes", SchoolAttributes, SchoolAttributesWrite, service.values_of, service.put_school_attributes,
    queries.visible_to, key=(*service.SERIES, "begin_date"), sets=service.SETS,
)  # fmt: skip
