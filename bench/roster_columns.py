"""The headers of OneRoster CSV 1.1 and 1.2.1, as far as the generator writes them, and its manifest."""

START = ("sourcedId", "status", "dateLastModified")
COLUMNS: dict[str, tuple[str, ...]] = {
    name: START + tuple(columns.split(","))
    for name, columns in {
        "academicSessions": "title,type,startDate,endDate,parentSourcedId,schoolYear",
        "orgs": "name,type,identifier,parentSourcedId",
        "courses": "schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes",
        "classes": "title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,"
        "subjects,subjectCodes,periods",
        "users": "enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,"
        "agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,"
        "preferredFamilyName,primaryOrgSourcedId,pronouns",
        "roles": "userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId",
        "enrollments": "classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate",
        "demographics": "birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,"
        "nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,"
        "countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus",
    }.items()
}
_USER_11 = (
    "enabledUser", "orgSourcedIds", "role", "username", "userIds", "givenName", "familyName", "middleName",
    "identifier", "email", "sms", "phone", "agentSourcedIds", "grades", "password",
)  # fmt: skip
COLUMNS_11 = {**COLUMNS, "users": START + _USER_11}
TYPOS = {"dateLastModified": "dataLastModified", "preferredGivenName": "prefferedGivenName"}
FILES_11 = (
    "academicSessions", "categories", "classes", "classResources", "courses", "courseResources", "demographics",
    "enrollments", "lineItems", "orgs", "resources", "results", "users",
)  # fmt: skip
FILES = (
    "academicSessions", "categories", "classes", "classResources", "courses", "courseResources", "demographics",
    "enrollments", "lineItemLearningObjectiveIds", "lineItems", "lineItemScoreScales", "orgs", "resources",
    "resultLearningObjectiveIds", "results", "resultScoreScales", "roles", "scoreScales", "userProfiles",
    "userResources", "users",
)  # fmt: skip


def manifest(version: str, present: dict[str, str], *, loose: bool) -> str:
    """Write manifest.csv; the loose one is what a spreadsheet leaves: rows for some files only, "1" for "1.0"."""
    names = FILES_11 if version == "1.1" else FILES
    rows = [("propertyName", "propertyValue" if loose else "value"), ("manifest.version", "1" if loose else "1.0")]
    rows.append(("oneroster.version", version))
    rows += [(f"file.{name}", present.get(name, "absent")) for name in names if not loose or name in present]
    rows += [] if loose else [("source.systemName", "throughline.bench.roster"), ("source.systemCode", "synthetic")]
    return "".join(f"{name},{value}\r\n" for name, value in rows)
