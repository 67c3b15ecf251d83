from services.districts.relationships import queries, rules, service
from services.districts.relationships.models import Relationship
from services.districts.relationships.schemas import RelationshipWrite
from services.districts.relationships.sets import SETS
from services.districts.tabular.table import Table

TABLE = Table(
    "relationships", Relationship, RelationshipWrite, service.values_of, service.put_relationship, queries.by_hand,
    key=(*rules.FIXED, "begin_date"), sets=SETS,
)  # fmt: skip
