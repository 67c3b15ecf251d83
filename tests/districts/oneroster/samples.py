"""A small roster that fills every member once, leaves what may be left out once, and has ids as strange as allowed."""

import csv
import io
import zipfile

ODD = "994/1001@a.b-c_d"  # every sign that the standard allows in a sourcedId
FILES = {
    "orgs": """
        sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId,metadata.county
        d1,,,District,district,D-1,,Kings
        S/1,,,"Élan ""North"" School",school,S-1,d1,
        s2,,,Zuid,school,,d1,
        x1,,,Annex,ext:annex,,S/1,""",
    "academicSessions": """
        sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear
        y27,,,2026-27,schoolYear,2026-08-01,2027-06-30,,2027
        t/1,,,Autumn,term,2026-08-01,2026-12-31,y27,2027
        t2,,,Spring,term,2027-01-01,2027-06-30,y27,2027
        g1,,,Quarter 1,gradingPeriod,2026-08-01,2026-10-15,t/1,2027""",
    "courses": """
        sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes
        c/1,,,y27,Algebra,ALG,"09,10",d1,"Mathematics,Algebra","MAT,ALG"
        c2,,,,Art,,,s2,,""",
    "classes": """
        sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods
        k/1,,,Algebra 1,"09,10",c/1,A-1,scheduled,Room 7,S/1,"t/1,t2",Mathematics,MAT,"1,2"
        k2,,,Art 1,,c2,,homeroom,,s2,t2,,,""",
    "users": f"""
        sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns
        {ODD},,,true,odd,{{SIS:1}},Zoë,O'Brien,M,I-1,zoe@x.example,1,2,p1,"09,10",secret,UM-1,Zo,Em,Brien,S/1,she
        u2,,,false,,,Ann,abara,,,,,,,,,,,,,,
        u3,,,true,,,Ben,Zulu,,,,,,,,,,,,,s2,
        t1,,,true,teach,,Tess,Ärmel,,,tess@x.example,,,,,,,,,,S/1,
        h1,,,true,,,Hal,Head,,,,,,,,,,,,,d1,
        p1,,,true,,,Pia,O'Brien,,,,,,,,,,,,,,""",
    "userProfiles": f"""
        sourcedId,status,dateLastModified,userSourcedId,profileType,vendorId,applicationId,description,credentialType,username,password
        prof 1,,,{ODD},reader,urn:vendor,app,Reader,basic,odd.reader,secret
        urn:prof:2,,,{ODD},lab,urn:vendor,,,,,""",
    "roles": f"""
        sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId
        r1,,,{ODD},primary,student,2026-08-01,2027-06-30,S/1,prof 1
        r2,,,u2,primary,student,,,s2,
        r3,,,u3,primary,student,,,s2,
        r4,,,t1,primary,teacher,,,S/1,
        r5,,,t1,secondary,counselor,,,s2,
        r6,,,h1,primary,principal,,,S/1,
        r7,,,p1,primary,parent,,,S/1,""",
    "enrollments": f"""
        sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate
        e/1,,,k/1,S/1,{ODD},student,false,2026-08-01,2026-12-31
        e2,,,k2,s2,u2,student,,,
        e3,,,k2,s2,u3,student,,,
        e4,,,k/1,S/1,t1,teacher,true,,
        e5,,,k2,s2,t1,teacher,,,""",
    "demographics": f"""
        sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus
        {ODD},,,2012-02-29,female,false,true,false,false,true,true,false,US,NY,New York,01652
        u2,,,,,,,,,,,,,,,
        u3,,,2011-01-01,other,,,,,,,,,,,""",
}
ABSENT = (
    "categories", "classResources", "courseResources", "lineItemLearningObjectiveIds", "lineItems",
    "lineItemScoreScales", "resources", "resultLearningObjectiveIds", "results", "resultScoreScales", "scoreScales",
    "userResources",
)  # fmt: skip


def sample() -> bytes:
    return _zipped("bulk", {name: _rows(text) for name, text in FILES.items()})


def without(*sourced_ids: str) -> bytes:
    """Give a delta that withdraws these rows."""
    gone = {}
    for name, text in FILES.items():
        header, *rows = _rows(text)
        named = [[row[0], "tobedeleted", *row[2:]] for row in rows if row[0] in sourced_ids]
        if named:
            gone[name] = [header, *named]
    return _zipped("delta", gone)


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(line.strip() for line in text.strip().splitlines()))


def _zipped(mode: str, files: dict[str, list[list[str]]]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        manifest = ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.2"]
        manifest += [f"file.{name},{mode if name in files else 'absent'}" for name in (*FILES, *ABSENT)]
        archive.writestr("manifest.csv", "\r\n".join(manifest) + "\r\n")
        for name, rows in files.items():
            out = io.StringIO()
            csv.writer(out).writerows(rows)
            archive.writestr(f"{name}.csv", out.getvalue())
    return target.getvalue()
