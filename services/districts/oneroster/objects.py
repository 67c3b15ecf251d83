"""What the objects of OneRoster 1.2 hold, as the standard lists them, and the JSON Schemas that follow.

A member is a string unless a kind stands behind the colon; `*` is one that the standard requires. Nothing else is ever
in an object: strict consumers refuse what they do not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

Schema = dict[str, Any]
PREFIX = "OneRoster"
REFERENCE_TYPES = (
    "academicSession", "class", "course", "org", "user", "resource", "category", "lineItem", "scoreScale",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    kind: str
    is_required: bool


def parts(text: str) -> dict[str, Part]:
    found = {}
    for word in text.split():
        name, _, kind = word.partition(":")
        found[name.rstrip("*")] = Part(kind or "text", name.endswith("*"))
    return found


BASE = "sourcedId* status*:status dateLastModified*:instant metadata:open"
OBJECTS: Mapping[str, Mapping[str, Part]] = {
    name: parts(f"{BASE} {members}")
    for name, members in {
        "academicSession": "title* startDate*:date endDate*:date type*:session parent:ref children:refs"
        " schoolYear*:year",
        "org": "name* type*:org identifier* parent:ref children:refs",
        "course": "title* schoolYear:ref courseCode* grades:texts subjects:texts org:ref subjectCodes:texts"
        " resources:refs",
        "class": "title* classCode classType:class location grades:texts subjects:texts course*:ref school*:ref"
        " terms*:refs subjectCodes:texts periods:texts resources:refs",
        "user": "userMasterIdentifier username userIds:userIds enabledUser*:flag givenName* familyName* middleName"
        " preferredFirstName preferredMiddleName preferredLastName pronouns roles*:roles userProfiles:profiles"
        " primaryOrg:ref identifier email sms phone agents:refs grades:texts password resources:refs",
        "enrollment": "user*:ref class*:ref school*:ref role*:seat primary:flag beginDate:date endDate:date",
        "demographics": "birthDate:date sex:sex americanIndianOrAlaskaNative:flag asian:flag"
        " blackOrAfricanAmerican:flag nativeHawaiianOrOtherPacificIslander:flag white:flag"
        " demographicRaceTwoOrMoreRaces:flag hispanicOrLatinoEthnicity:flag countryOfBirthCode"
        " stateOfBirthAbbreviation cityOfBirth publicSchoolResidenceStatus",
    }.items()
}
_NESTED = {
    "roles": parts("roleType*:roleType role*:role org*:ref userProfile:uri beginDate:date endDate:date"),
    "profiles": parts("profileId*:uri profileType* vendorId* applicationId description credentials:credentials"),
    "credentials": parts("type* username* password"),
    "userIds": parts("type* identifier*"),
    "objectives": parts("source*:source learningObjectiveIds*:texts"),
    "objectiveScores": parts("source*:source learningObjectiveResults*:objectiveResults"),
    "objectiveResults": parts("learningObjectiveId* score:number textScore"),
    "scaleValues": parts("itemValueLHS* itemValueRHS*"),
}
_WORDS = {
    "session": ("gradingPeriod", "semester", "schoolYear", "term"),
    "org": ("department", "district", "local", "national", "school", "state"),
    "class": ("homeroom", "scheduled"),
    "seat": ("administrator", "proctor", "student", "teacher"),
    "sex": ("male", "female", "unspecified", "other"),
    "role": (
        "aide", "counselor", "districtAdministrator", "guardian", "parent", "principal", "proctor", "relative",
        "siteAdministrator", "student", "systemAdministrator", "teacher", "administrator",
    ),
    "source": ("case", "unknown"),
    "scoreStatus": ("exempt", "fully graded", "not submitted", "partially graded", "submitted"),
}  # fmt: skip
_TEXT: Schema = {"type": "string"}
_REFERENCE: Schema = {
    "type": "object",
    "required": ["href", "sourcedId", "type"],
    "additionalProperties": False,
    "properties": {
        "href": {"type": "string", "format": "uri"},
        "sourcedId": _TEXT,
        "type": {"enum": [*REFERENCE_TYPES]},
    },
}


def _closed(members: Mapping[str, Part], *, strict: bool) -> Schema:
    schema: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _kind(part.kind) for name, part in members.items()},
    }
    required = [name for name, part in members.items() if part.is_required]
    return schema | ({"required": required} if strict else {})


@cache
def _kind(kind: str) -> Schema:
    if kind in _WORDS:
        words = "|".join(_WORDS[kind])
        return {"type": "string", "pattern": f"^(?:{words}|ext:.*)$"}
    simple: dict[str, Schema] = {
        "text": _TEXT,
        "number": {"type": "number"},
        "date": {"type": "string", "format": "date"},
        "instant": {"type": "string", "format": "date-time"},
        "uri": {"type": "string", "format": "uri"},
        "year": {"type": "string", "pattern": r"^\d{4}$"},
        "flag": {"enum": ["true", "false"]},
        "status": {"enum": ["active", "tobedeleted"]},
        "roleType": {"enum": ["primary", "secondary"]},
        "open": {"type": "object", "additionalProperties": True},
        "texts": {"type": "array", "items": _TEXT},
        "ref": {"$ref": f"#/components/schemas/{PREFIX}Reference"},
    }
    return simple.get(kind) or _nested(kind)


def _nested(kind: str) -> Schema:
    if kind == "refs":
        return {"type": "array", "items": _kind("ref")}
    return {"type": "array", "items": _closed(_NESTED[kind], strict=True)}


def schemas(objects: Mapping[str, Mapping[str, Part]], *, strict: bool, prefix: str = PREFIX) -> dict[str, Schema]:
    """Give the schema of each object. Not strict: `fields` may leave out what the standard requires."""
    found = {
        f"{prefix}{name[0].upper()}{name[1:]}": _closed(members, strict=strict) for name, members in objects.items()
    }
    return {f"{PREFIX}Reference": _REFERENCE, **found}


def envelope(name: str, one: str, *, many: bool, prefix: str = PREFIX) -> Schema:
    item: Schema = {"$ref": f"#/components/schemas/{prefix}{one[0].upper()}{one[1:]}"}
    content: Schema = {"type": "array", "items": item} if many else item
    return {"type": "object", "required": [name], "additionalProperties": False, "properties": {name: content}}
