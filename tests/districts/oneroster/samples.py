"""A small roster that fills every member once, leaves what may be left out once, and has ids as strange as allowed."""

import csv
import io
import zipfile
from typing import Any

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


def _to(sourced_id: str) -> dict[str, str]:
    return {"href": "https://lms.example/x", "sourcedId": sourced_id, "type": "whatever the LMS calls it"}


# The gradebook, in the order in which it can be handed in: by path, what is put there.
GRADES: dict[str, dict[str, Any]] = {
    "categories/home%2Fwork": {"category": {"title": "Homework", "weight": 0.25, "metadata": {"colour": "red"}}},
    "categories/c2": {"category": {"title": "Tests"}},
    "scoreScales/A-F": {
        "scoreScale": {
            "title": "Letters", "type": "letters", "class": _to("k/1"), "course": _to("c/1"),
            "scoreScaleValue": [{"itemValueLHS": "A", "itemValueRHS": "90-100"},
                                {"itemValueLHS": "B", "itemValueRHS": "80-89"}],
        }
    },
    "scoreScales/s2": {
        "scoreScale": {
            "title": "Passed", "type": "pass", "class": _to("k2"),
            "scoreScaleValue": [{"itemValueLHS": "yes", "itemValueRHS": "1"}],
        }
    },
    "lineItems/i%2F1": {
        "lineItem": {
            "sourcedId": "i/1", "title": "Zeno's paradox", "description": "Read it", "class": _to("k/1"),
            "assignDate": "2026-09-01T08:00:00Z", "dueDate": "2026-09-08T08:00:00.000Z", "school": _to("S/1"),
            "category": _to("home/work"), "gradingPeriod": _to("g1"), "academicSession": _to("t/1"),
            "scoreScale": _to("A-F"), "resultValueMin": 0, "resultValueMax": 100.5,
            "learningObjectiveSet": [{"source": "case", "learningObjectiveIds": ["std-1", "std-2"]}],
        }
    },
    "lineItems/i2": {
        "lineItem": {"title": "abacus", "class": _to("k2"), "category": _to("c2"), "dueDate": "2026-10-01",
                     "assignDate": "2026-09-30"},
    },
    "results/r%2F1": {
        "result": {
            "lineItem": _to("i/1"), "student": _to(ODD), "class": _to("k/1"), "scoreScale": _to("A-F"),
            "scoreStatus": "fully graded", "score": 93.5, "textScore": "A", "scoreDate": "2026-09-09",
            "comment": "Élan", "inProgress": "false", "incomplete": "false", "late": "true", "missing": "false",
            "learningObjectiveSet": [
                {
                    "source": "unknown",
                    "learningObjectiveResults": [
                        {"learningObjectiveId": "std-1", "score": 3.5, "textScore": "met"},
                        {"learningObjectiveId": "std-2"},
                    ],
                }
            ],
        }
    },
    "results/r2": {
        "result": {"lineItem": _to("i2"), "student": _to("u2"), "scoreStatus": "exempt", "scoreDate": "2026-10-02"},
    },
    "results/r3": {
        "result": {"lineItem": _to("i2"), "student": _to("u3"), "scoreStatus": "submitted", "scoreDate": "2026-10-02"},
    },
}  # fmt: skip


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
