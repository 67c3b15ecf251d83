"""What interop.md says of OneRoster's services, as one table, and the strictest reader of their answers we can be.

Nothing here looks at the product: the table is written from the standard, so that a mistake there is no mistake here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

SCOPE = "https://purl.imsglobal.org/spec/or/v1p2/scope/"
BASE = "sourcedId* status*:status dateLastModified*:instant metadata:open"
ROLES = (
    "aide|counselor|districtAdministrator|guardian|parent|principal|proctor|relative|siteAdministrator|student"
    "|systemAdministrator|teacher"
)
WORDS = {
    "status": "active|tobedeleted", "flag": "true|false", "roleType": "primary|secondary", "role": f"{ROLES}|ext:.*",
    "session": "gradingPeriod|semester|schoolYear|term|ext:.*", "class": "homeroom|scheduled|ext:.*",
    "org": "department|district|local|national|school|state|ext:.*", "sex": "male|female|unspecified|other",
    "seat": "administrator|proctor|student|teacher|ext:.*", "year": r"\d{4}", "date": r"\d{4}-\d\d-\d\d",
    "instant": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "uri": r"[a-z][a-z0-9+.-]*:\S+",
}  # fmt: skip
SHAPES = {
    "academicSession": "title* startDate*:date endDate*:date type*:session parent:>academicSession"
    " children:>academicSession[] schoolYear*:year",
    "org": "name* type*:org identifier* parent:>org children:>org[]",
    "course": "title* schoolYear:>academicSession courseCode* grades:[] subjects:[] org:>org subjectCodes:[]"
    " resources:>resource[]",
    "class": "title* classCode classType:class location grades:[] subjects:[] course*:>course school*:>org"
    " terms*:>academicSession[] subjectCodes:[] periods:[] resources:>resource[]",
    "user": "userMasterIdentifier username userIds:{userId}[] enabledUser*:flag givenName* familyName* middleName"
    " preferredFirstName preferredMiddleName preferredLastName pronouns roles*:{role}[] userProfiles:{userProfile}[]"
    " primaryOrg:>org identifier email sms phone agents:>user[] grades:[] password resources:>resource[]",
    "enrollment": "user*:>user class*:>class school*:>org role*:seat primary:flag beginDate:date endDate:date",
    "demographics": "birthDate:date sex:sex americanIndianOrAlaskaNative:flag asian:flag blackOrAfricanAmerican:flag"
    " nativeHawaiianOrOtherPacificIslander:flag white:flag demographicRaceTwoOrMoreRaces:flag"
    " hispanicOrLatinoEthnicity:flag countryOfBirthCode stateOfBirthAbbreviation cityOfBirth"
    " publicSchoolResidenceStatus",
}
PARTS = {
    "userId": "type* identifier*",
    "role": "roleType*:roleType role*:role org*:>org userProfile:uri beginDate:date endDate:date",
    "userProfile": "profileId*:uri profileType* vendorId* applicationId description credentials:{credential}[]",
    "credential": "type* username* password",
}


@dataclass(frozen=True)
class Operation:
    path: str
    many: str
    one: str
    kind: str  # collection, relation
    scopes: tuple[str, ...]

    @property
    def parents(self) -> tuple[str, ...]:
        """The collections in which the parents are found."""
        return tuple(re.findall(r"(\w+)/{}", self.path))

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True)
class Service:
    prefix: str
    operations: tuple[Operation, ...]
    shapes: Mapping[str, str]
    parts: Mapping[str, str]
    words: Mapping[str, str]
    base: str = BASE
    homes: Mapping[str, str] = field(default_factory=dict)  # the prefixes of parents that another service serves
    is_unknown_404: bool = False  # what lies within nobody is no empty list
    is_lenient: bool = False  # what `fields` does not know selects everything

    def __str__(self) -> str:
        return self.prefix.removeprefix("/ims/oneroster/")


ENVELOPES = {
    "academicSessions": "academicSession", "orgs": "org", "courses": "course", "classes": "class", "users": "user",
    "enrollments": "enrollment", "demographics": "demographics",
}  # fmt: skip
SERVED_AS = {
    "terms": "academicSessions", "gradingPeriods": "academicSessions", "schools": "orgs", "students": "users",
    "teachers": "users",
}  # fmt: skip
COLLECTIONS = (
    "academicSessions", "terms", "gradingPeriods", "orgs", "schools", "courses", "classes", "users", "students",
    "teachers", "enrollments", "demographics",
)  # fmt: skip
RELATIONS = (
    *(f"schools/{{}}/{child}" for child in ("classes", "courses", "enrollments", "students", "teachers", "terms")),
    *(f"schools/{{}}/classes/{{}}/{child}" for child in ("enrollments", "students", "teachers")),
    *(f"classes/{{}}/{child}" for child in ("students", "teachers")),
    "courses/{}/classes", "terms/{}/classes", "terms/{}/gradingPeriods", "students/{}/classes", "teachers/{}/classes",
    "users/{}/classes",
)  # fmt: skip


def operations(*scopes: str) -> Iterator[Operation]:
    """Give what is asked of rostering under these scope prefixes; each collection stands for its single read too."""
    for path in (*COLLECTIONS, *RELATIONS):
        last = path.rpartition("/")[2]
        many = SERVED_AS.get(last, last)
        kind = "relation" if "/" in path else "collection"
        names = ["roster.readonly"] if kind == "relation" else ["roster.readonly", "roster-core.readonly"]
        if many == "demographics":
            names = ["roster-demographics.readonly"]
        yield Operation(path, many, ENVELOPES[many], kind, tuple(f"{p}{n}" for p in scopes for n in names))


ROSTERING = Service("/ims/oneroster/rostering/v1p2", tuple(operations(SCOPE)), SHAPES, PARTS, WORDS)

# 1.1 knows fewer words and has no way to add to them; its users have one role and a list of organisations.
V1P1_SHAPES = SHAPES | {
    "user": "username userIds:{userId}[] enabledUser*:flag givenName* familyName* middleName role*:role identifier"
    " email sms phone agents:>user[] orgs*:>org[] grades:[] password",
}
V1P1_WORDS = WORDS | {
    "role": "administrator|aide|guardian|parent|proctor|relative|student|teacher",
    "session": "gradingPeriod|semester|schoolYear|term", "class": "homeroom|scheduled", "sex": "male|female",
    "org": "department|district|local|national|school|state", "seat": "administrator|proctor|student|teacher",
}  # fmt: skip
V1P1 = Service(
    "/ims/oneroster/v1p1", tuple(operations(SCOPE, SCOPE.replace("v1p2", "v1p1"))), V1P1_SHAPES, PARTS, V1P1_WORDS,
    is_lenient=True,
)  # fmt: skip

GRADEBOOK_SHAPES = {
    "category": "title* weight:number",
    "scoreScale": "title* type* course:>course class*:>class scoreScaleValue*:{scaleValue}[]",
    "lineItem": "title* description assignDate*:instant dueDate*:instant class*:>class school*:>org category*:>category"
    " gradingPeriod:>academicSession academicSession:>academicSession scoreScale:>scoreScale resultValueMin:number"
    " resultValueMax:number learningObjectiveSet:{objective}[]",
    "result": "lineItem*:>lineItem student*:>user class:>class scoreScale:>scoreScale scoreStatus*:scoreStatus"
    " score:number textScore scoreDate*:date comment learningObjectiveSet:{objectiveScores}[] inProgress:flag"
    " incomplete:flag late:flag missing:flag",
}
GRADEBOOK_PARTS = {
    "scaleValue": "itemValueLHS* itemValueRHS*", "objective": "source*:source learningObjectiveIds*:[]",
    "objectiveScores": "source*:source learningObjectiveResults*:{objectiveResult}[]",
    "objectiveResult": "learningObjectiveId* score:number textScore",
}  # fmt: skip
GRADEBOOK_WORDS = WORDS | {
    "scoreStatus": "exempt|fully graded|not submitted|partially graded|submitted", "source": "case|unknown",
}  # fmt: skip
GRADEBOOK_ENVELOPES = {
    "categories": "category", "lineItems": "lineItem", "results": "result", "scoreScales": "scoreScale",
}  # fmt: skip
GRADEBOOK_RELATIONS = (
    *(f"classes/{{}}/{child}" for child in GRADEBOOK_ENVELOPES),
    "classes/{}/lineItems/{}/results", "classes/{}/students/{}/results", "schools/{}/scoreScales",
)  # fmt: skip


def gradebook_operations(paths: Sequence[str], *scopes: str) -> Iterator[Operation]:
    for path in paths:
        many = path.rpartition("/")[2]
        kind = "relation" if "/" in path else "collection"
        names = ["gradebook.readonly"] if kind == "relation" else ["gradebook.readonly", "gradebook-core.readonly"]
        yield Operation(path, many, GRADEBOOK_ENVELOPES[many], kind, tuple(f"{p}{n}" for p in scopes for n in names))


GRADEBOOK = Service(
    "/ims/oneroster/gradebook/v1p2",
    tuple(gradebook_operations((*GRADEBOOK_ENVELOPES, *GRADEBOOK_RELATIONS), SCOPE)),
    GRADEBOOK_SHAPES, GRADEBOOK_PARTS, GRADEBOOK_WORDS,
    homes=dict.fromkeys(("classes", "schools", "students"), ROSTERING.prefix), is_unknown_404=True,
)  # fmt: skip
V1P1_GRADEBOOK = Service(
    "/ims/oneroster/v1p1",
    tuple(
        gradebook_operations(
            [path for path in (*GRADEBOOK_ENVELOPES, *GRADEBOOK_RELATIONS) if not path.endswith("scoreScales")],
            SCOPE, SCOPE.replace("v1p2", "v1p1"),
        )
    ),
    {
        "category": "title*",
        "lineItem": "title* description assignDate*:instant dueDate*:instant class*:>class category*:>category"
        " gradingPeriod:>academicSession resultValueMin:number resultValueMax:number",
        "result": "lineItem*:>lineItem student*:>user scoreStatus*:scoreStatus score:number scoreDate*:date comment",
    },
    {}, GRADEBOOK_WORDS, is_unknown_404=True, is_lenient=True,
)  # fmt: skip


def faults(service: Service, one: str, value: Any) -> list[str]:
    """Say what a strict reader finds wrong with an object."""
    return _object(service, f"{service.base} {service.shapes[one]}", value, one)


def _object(service: Service, shape: str, value: Any, at: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{at} is no object"]
    known = dict(word.partition(":")[::2] for word in shape.split())
    required = {name.rstrip("*") for name in known if name.endswith("*")}
    kinds = {name.rstrip("*"): kind for name, kind in known.items()}
    found = [f"{at} has no {name}" for name in sorted(required - set(value))]
    found += [f"{at} has {name}, which the standard does not know" for name in sorted(set(value) - set(kinds))]
    for name in sorted(set(value) & set(kinds)):
        found += _value(service, kinds[name], value[name], f"{at}.{name}")
        if value[name] in ("", []) and name not in required:
            found.append(f"{at}.{name} is empty and not left out")
    return found


def _value(service: Service, kind: str, value: Any, at: str) -> list[str]:
    if kind.endswith("[]"):
        if not isinstance(value, list):
            return [f"{at} is no list"]
        return [fault for n, v in enumerate(value) for fault in _value(service, kind[:-2], v, f"{at}[{n}]")]
    if kind.startswith(">"):
        return _reference(kind[1:], value, at)
    if kind.startswith("{"):
        return _object(service, service.parts[kind[1:-1]], value, at)
    if kind == "open":
        return [] if isinstance(value, dict) else [f"{at} is no object"]
    if kind == "number":
        return [] if isinstance(value, int | float) and not isinstance(value, bool) else [f"{at} is no number"]
    if not isinstance(value, str):
        return [f"{at} is no string: {value!r}"]
    if kind in service.words and not re.fullmatch(service.words[kind], value):
        return [f"{at} is no {kind}: {value!r}"]
    if kind == "date":
        date.fromisoformat(value)
    if kind == "instant":
        datetime.fromisoformat(value)
    return []


def _reference(kind: str, value: Any, at: str) -> list[str]:
    if not isinstance(value, dict) or set(value) != {"href", "sourcedId", "type"}:
        return [f"{at} is not exactly href, sourcedId and type: {value!r}"]
    parts = urlsplit(value["href"])
    found = [] if parts.scheme in {"http", "https"} and parts.netloc else [f"{at}.href is not absolute"]
    return found + ([] if value["type"] == kind else [f"{at}.type is {value['type']}, not {kind}"])


def references(value: Any) -> Iterator[dict[str, str]]:
    if isinstance(value, dict):
        if "href" in value:
            yield value
        for name, member in value.items():
            if name != "metadata":
                yield from references(member)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)
