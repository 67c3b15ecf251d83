"""CASE 1.1 (1EdTech): a version as a CFPackage. The standard's names, not ours; members that we do not model pass by.

`identifier` is the id of our part. What CASE has no member for travels under `extensions`, which the standard leaves to
its users, with a key of our own.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.wire import Count, Id, Instant, Text, Wire

MINE = "throughline"
Uri = Annotated[str, Field(min_length=1, max_length=1000)]


class Case(Wire):
    model_config = ConfigDict(
        strict=True, extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True,
        json_schema_mode_override="validation",
    )  # fmt: skip


class LinkUri(Case):
    title: str = Field(max_length=10_000)
    identifier: Id
    uri: Uri


class CFDocument(Case):
    identifier: Id
    uri: Uri
    creator: str = Field(max_length=200)
    title: Text
    last_change_date_time: Instant
    official_source_url: str | None = Field(default=None, alias="officialSourceURL", max_length=1000)
    version: str | None = Field(default=None, max_length=200)
    description: Text | None = None
    case_version: Literal["1.1"] = "1.1"
    framework_type: str | None = Field(default=None, max_length=200)
    adoption_status: str | None = Field(default=None, max_length=100)
    extensions: dict[str, Any] = Field(default_factory=dict)


class CFItem(Case):
    identifier: Id
    uri: Uri
    full_statement: Text
    last_change_date_time: Instant
    human_coding_scheme: str | None = Field(default=None, max_length=200)
    cf_item_type: str | None = Field(default=None, alias="CFItemType", max_length=200)
    notes: Text | None = None
    extensions: dict[str, Any] = Field(default_factory=dict)


class CFAssociation(Case):
    identifier: Id
    uri: Uri
    association_type: str = Field(max_length=100)
    sequence_number: Count | None = None
    origin_node_uri: LinkUri = Field(alias="originNodeURI")
    destination_node_uri: LinkUri = Field(alias="destinationNodeURI")
    last_change_date_time: Instant
    extensions: dict[str, Any] | None = None


class CFRubricCriterionLevel(Case):
    identifier: Id
    uri: Uri
    quality: Text | None = None
    score: float | None = Field(default=None, allow_inf_nan=False)
    description: Text | None = None
    position: Count | None = None
    last_change_date_time: Instant
    extensions: dict[str, Any] = Field(default_factory=dict)


class CFRubricCriterion(Case):
    identifier: Id
    uri: Uri
    category: str | None = Field(default=None, max_length=200)
    description: Text | None = None
    cf_item_uri: LinkUri | None = Field(default=None, alias="CFItemURI")
    weight: float | None = Field(default=None, allow_inf_nan=False)
    position: Count | None = None
    rubric_id: Id | None = None
    last_change_date_time: Instant
    levels: list[CFRubricCriterionLevel] = Field(default_factory=list, alias="CFRubricCriterionLevels", max_length=10)


class CFRubric(Case):
    identifier: Id
    uri: Uri
    title: Text | None = None
    last_change_date_time: Instant
    criteria: list[CFRubricCriterion] = Field(default_factory=list, alias="CFRubricCriteria", max_length=500)


class CFPackage(Case):
    document: CFDocument = Field(alias="CFDocument")
    items: list[CFItem] = Field(default_factory=list, alias="CFItems", max_length=2000)
    associations: list[CFAssociation] = Field(default_factory=list, alias="CFAssociations", max_length=4000)
    rubrics: list[CFRubric] = Field(default_factory=list, alias="CFRubrics", max_length=5)
