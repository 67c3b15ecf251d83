"""The files of a OneRoster CSV set as we read them: one canonical set of columns for 1.1 and 1.2, and their aliases.

The order of `KEPT` is the order of work: whatever a file refers to has been applied before it.
"""

import re
from dataclasses import dataclass, field

BULK, DELTA, ABSENT = "bulk", "delta", "absent"


@dataclass(frozen=True, slots=True)
class FileShape:
    """`columns` follow sourcedId, status and dateLastModified; without the `essential` ones no row can be kept."""

    name: str
    columns: tuple[str, ...]
    essential: frozenset[str] = field(default_factory=frozenset)

    @property
    def table(self) -> str:
        return snake(self.name)


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _shape(name: str, columns: str, essential: str) -> FileShape:
    return FileShape(name, tuple(columns.split()), frozenset(essential.split()))


START = ("sourcedId", "status", "dateLastModified")
KEPT: dict[str, FileShape] = {
    shape.name: shape
    for shape in (
        _shape("orgs", "name type identifier parentSourcedId", "name type"),
        _shape("academicSessions", "title type startDate endDate parentSourcedId schoolYear",
               "title startDate endDate"),
        _shape("courses", "schoolYearSourcedId title courseCode grades orgSourcedId subjects subjectCodes", "title"),
        _shape(
            "classes",
            "title grades courseSourcedId classCode classType location schoolSourcedId termSourcedIds subjects"
            " subjectCodes periods",
            "courseSourcedId schoolSourcedId",
        ),
        # orgSourcedIds and role are 1.1's; 1.2 has them in roles. A password is never taken in.
        _shape(
            "users",
            "enabledUser username userIds givenName familyName middleName identifier email sms phone agentSourcedIds"
            " grades userMasterIdentifier preferredGivenName preferredMiddleName preferredFamilyName"
            " primaryOrgSourcedId pronouns orgSourcedIds role",
            "givenName familyName",
        ),
        _shape("userProfiles", "userSourcedId profileType vendorId applicationId description credentialType username",
               "userSourcedId profileType vendorId"),
        _shape("roles", "userSourcedId roleType role beginDate endDate orgSourcedId userProfileSourcedId",
               "userSourcedId role orgSourcedId"),
        _shape("enrollments", "classSourcedId schoolSourcedId userSourcedId role primary beginDate endDate",
               "classSourcedId userSourcedId role"),
        # A row's sourcedId is the user's.
        _shape(
            "demographics",
            "birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican"
            " nativeHawaiianOrOtherPacificIslander white demographicRaceTwoOrMoreRaces hispanicOrLatinoEthnicity"
            " countryOfBirthCode stateOfBirthAbbreviation cityOfBirth publicSchoolResidenceStatus",
            "",
        ),
        _shape("categories", "title weight", "title"),
        _shape("scoreScales", "title type orgSourcedId courseSourcedId classSourcedId scoreScaleValue",
               "classSourcedId scoreScaleValue"),
        # 1.1 names a grading period where 1.2 names an academic session.
        _shape(
            "lineItems",
            "title description assignDate dueDate classSourcedId categorySourcedId academicSessionSourcedId"
            " gradingPeriodSourcedId resultValueMin resultValueMax schoolSourcedId",
            "title classSourcedId categorySourcedId",
        ),
        _shape(
            "results",
            "lineItemSourcedId studentSourcedId scoreStatus score scoreDate comment textScore classSourcedId inProgress"
            " incomplete late missing",
            "lineItemSourcedId studentSourcedId",
        ),
        _shape("lineItemScoreScales", "title lineItemSourcedId scoreScaleSourcedId",
               "lineItemSourcedId scoreScaleSourcedId"),
        _shape("resultScoreScales", "title resultSourcedId scoreScaleSourcedId", "resultSourcedId scoreScaleSourcedId"),
        _shape("lineItemLearningObjectiveIds", "lineItemSourcedId source learningObjectiveId",
               "lineItemSourcedId learningObjectiveId"),
        _shape("resultLearningObjectiveIds", "resultSourcedId source learningObjectiveId score textScore",
               "resultSourcedId learningObjectiveId"),
    )
}  # fmt: skip
# Students' results: who may not hand them in by the gradebook does not by a file either.
GRADEBOOK = (
    "categories", "scoreScales", "lineItems", "results", "lineItemScoreScales", "resultScoreScales",
    "lineItemLearningObjectiveIds", "resultLearningObjectiveIds",
)  # fmt: skip

# Files that the standard knows and that we do not keep yet; they are named in the import, never an error.
LATER = ("classResources", "courseResources", "resources", "userResources")
BY_LOWER = {name.lower(): name for name in (*KEPT, *LATER, "manifest")}

# Headers seen in real exports, and REST's names for what CSV calls otherwise.
ALIASES = {
    "datalastmodified": "dateLastModified",
    "datelastmodifed": "dateLastModified",
    "lastmodified": "dateLastModified",
    "preferedgivenname": "preferredGivenName",
    "prefferedgivenname": "preferredGivenName",
    "preferredfirstname": "preferredGivenName",
    "preferedmiddlename": "preferredMiddleName",
    "prefferedmiddlename": "preferredMiddleName",
    "preferedfamilyname": "preferredFamilyName",
    "prefferedfamilyname": "preferredFamilyName",
    "preferredlastname": "preferredFamilyName",
    "firstname": "givenName",
    "lastname": "familyName",
    "coursesourceid": "courseSourcedId",
    "schoolsourceid": "schoolSourcedId",
    "classsourceid": "classSourcedId",
    "usersourceid": "userSourcedId",
    "usersourcedid": "sourcedId",  # of 1.0's demographics; where there is a column of that very name, it is that
    "orgsourceid": "orgSourcedId",
    "sourceid": "sourcedId",
    "termsourcedid": "termSourcedIds",
    "orgsourcedid": "orgSourcedIds",  # looked up only where the file has no column of that very name
}
METADATA = "metadata."


def columns_of(shape: FileShape, cells: list[str]) -> list[str | None]:
    """Say for each header cell what it holds: a canonical column, `metadata.<name>`, or None for what is not kept.

    A column that comes twice counts once, the first time.
    """
    known = {name.lower(): name for name in (*START, *shape.columns)}
    found: list[str | None] = []
    for cell in cells:
        key = re.sub(r"[\s_]", "", cell).lower()
        name = known.get(key)
        if name is None and ALIASES.get(key) in known.values():
            name = ALIASES[key]
        if name is None and key.startswith(METADATA) and len(key) > len(METADATA):
            name = METADATA + cell.strip()[len(METADATA) :]
        found.append(name if name not in found else None)
    return found
