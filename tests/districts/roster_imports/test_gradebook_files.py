"""A roster's package may bring the gradebook: taken in like the rest of it, beside what an LMS hands in."""

from typing import Any

from shared.access.scopes import HANDS_IN_RESULTS
from shared.testing.stack import District, token_of
from tests.districts.oneroster.samples import ODD, sample
from tests.districts.rosters import csv_zip, read_all, upload

GRADEBOOK = "/ims/oneroster/gradebook/v1p2"
FILES = {
    "categories": "sourcedId,status,dateLastModified,title,weight\nw,,,Homework,0.25\nt,,,Tests,\n",
    "scoreScales": "sourcedId,status,dateLastModified,title,type,orgSourcedId,courseSourcedId,classSourcedId,"
    'scoreScaleValue\nletters,,,Letters,letter,S/1,c/1,k/1,"{A:90-100},{B:80-89}"\n',
    "lineItems": "sourcedId,status,dateLastModified,title,description,assignDate,dueDate,classSourcedId,"
    "categorySourcedId,academicSessionSourcedId,resultValueMin,resultValueMax,schoolSourcedId\n"
    'i1,,,"Zeno, read",All of it,2026-09-01T08:00:00.000Z,2026-09-08T08:00:00Z,k/1,w,g1,0,100.5,S/1\n'
    "i2,,,Abacus,,,2026-10-01,k2,t,t2,,,\n",
    "results": "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,"
    "comment,textScore,classSourcedId,inProgress,incomplete,late,missing\n"
    f"r1,,,i1,{ODD},fully graded,93.5,2026-09-09,Well done,A,k/1,false,false,true,false\n"
    "r2,,,i2,u2,exempt,,2026-10-02,,,,,,,\n"
    "r3,,,i2,u3,,7,,,,,,,,\n",
}

# What says something of line items and results in files of its own.
LINKS = {
    "lineItemScoreScales": "sourcedId,status,dateLastModified,title,lineItemSourcedId,scoreScaleSourcedId\n"
    "ls1,,,Of Zeno,i1,letters\n",
    "resultScoreScales": "sourcedId,status,dateLastModified,title,resultSourcedId,scoreScaleSourcedId\n"
    "rs1,,,,r1,letters\n",
    "lineItemLearningObjectiveIds": "sourcedId,status,dateLastModified,lineItemSourcedId,source,learningObjectiveId\n"
    "o1,,,i1,case,std-1\no2,,,i1,case,std-2\no3,,,i2,unknown,own\n",
    "resultLearningObjectiveIds": "sourcedId,status,dateLastModified,resultSourcedId,source,learningObjectiveId,score,"
    "textScore\nro1,,,r1,case,std-1,3.5,met\nro2,,,r1,unknown,own,,\n",
}

_HEAD = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\n"


def package(**changed: str) -> bytes:
    return csv_zip(_HEAD + "".join(f"file.{name},bulk\n" for name in FILES), **{**FILES, **changed})


def linked(**changed: str) -> bytes:
    """Give the files of the links beside the others, or in their place (`""`: the file is absent)."""
    files = {**FILES, **LINKS, **changed}
    files = {name: text for name, text in files.items() if text}
    return csv_zip(_HEAD + "".join(f"file.{name},bulk\n" for name in files), **files)


async def shown(district: District, path: str) -> dict[str, dict[str, Any]]:
    """Give what the gradebook shows as active, by id, without when it was written."""
    async with district.client() as http:
        answer = await http.get(f"{GRADEBOOK}/{path}", params={"limit": 1000})
        assert answer.status_code == 200, answer.text
    (rows,) = answer.json().values()
    return {
        row["sourcedId"]: {name: value for name, value in row.items() if name != "dateLastModified"}
        for row in rows if row["status"] == "active"
    }  # fmt: skip


async def gradebook(district: District) -> dict[str, dict[str, dict[str, Any]]]:
    return {path: await shown(district, path) for path in FILES}


def moved(done: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Give how many rows of each file are new, changed, ended, rejected."""
    kinds = ("new", "changed", "ended", "rejected")
    return {name: tuple(file[kind] for kind in kinds) for name, file in done["files"].items() if name in FILES}


async def test_what_the_files_say_is_what_the_gradebook_shows(district: District) -> None:
    await upload(district, sample())
    done = await upload(district, package())
    assert done["ignored"] == []
    assert moved(done) == {"categories": (2, 0, 0, 0), "scoreScales": (1, 0, 0, 0), "lineItems": (2, 0, 0, 0),
                           "results": (3, 0, 0, 0)}  # fmt: skip
    rows = await gradebook(district)
    assert (rows["categories"]["w"]["weight"], "weight" in rows["categories"]["t"]) == (0.25, False)
    scale = rows["scoreScales"]["letters"]
    assert scale["scoreScaleValue"] == [
        {"itemValueLHS": "A", "itemValueRHS": "90-100"}, {"itemValueLHS": "B", "itemValueRHS": "80-89"},
    ]  # fmt: skip
    assert (scale["class"]["sourcedId"], scale["course"]["sourcedId"]) == ("k/1", "c/1")
    read, abacus = rows["lineItems"]["i1"], rows["lineItems"]["i2"]
    assert (read["title"], read["assignDate"], read["dueDate"], read["resultValueMin"], read["resultValueMax"]) == (
        "Zeno, read", "2026-09-01T08:00:00.000Z", "2026-09-08T08:00:00.000Z", 0, 100.5,
    )  # fmt: skip
    assert {name: read[name]["sourcedId"] for name in ("class", "school", "category", "gradingPeriod")} == {
        "class": "k/1", "school": "S/1", "category": "w", "gradingPeriod": "g1",
    }  # fmt: skip
    # What is left out is filled in as it is for an LMS.
    assert (abacus["school"]["sourcedId"], abacus["academicSession"]["sourcedId"]) == ("s2", "t2")
    assert abacus["assignDate"] == abacus["dueDate"] == "2026-10-01T00:00:00.000Z"
    first, third = rows["results"]["r1"], rows["results"]["r3"]
    assert (first["score"], first["textScore"], first["comment"], first["late"]) == (93.5, "A", "Well done", "true")
    assert (first["student"]["sourcedId"], first["class"]["sourcedId"]) == (ODD, "k/1")
    assert (third["scoreStatus"], third["score"], third["scoreDate"]) == ("fully graded", 7, "2026-10-01")
    again = await upload(district, package(results=FILES["results"] + "\n"))
    assert again["files"]["results"]["unchanged"] == 3


async def test_a_bulk_ends_what_it_no_longer_has_and_leaves_an_lmss_rows_alone(district: District) -> None:
    await upload(district, sample())
    await upload(district, package())
    async with district.client() as http:
        body = {"result": {"lineItem": {"sourcedId": "i1"}, "student": {"sourcedId": ODD}, "score": 1}}
        assert (await http.put(f"{GRADEBOOK}/results/lms", json=body)).status_code == 201
    fewer = FILES["results"].replace("r3,,,i2,u3,,7,,,,,,,,\n", "").replace("93.5", "95")
    done = await upload(district, package(results=fewer))
    assert moved(done)["results"] == (0, 1, 1, 0)
    rows = await shown(district, "results")
    assert (set(rows), rows["r1"]["score"]) == ({"r1", "r2", "lms"}, 95)
    async with district.client() as http:
        gone = await http.get(f"{GRADEBOOK}/results", params={"filter": "status='tobedeleted'"})
    assert [row["sourcedId"] for row in gone.json()["results"]] == ["r3"]


async def test_a_delta_changes_what_it_names(district: District) -> None:
    await upload(district, sample())
    await upload(district, package())
    delta = (
        "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate\n"
        "r2,tobedeleted,2026-10-05T00:00:00.000Z,i2,u2,exempt,,2026-10-02\n"
        "r4,active,2026-10-05T00:00:00.000Z,i1,u2,submitted,,2026-10-05\n"
    )
    done = await upload(district, csv_zip(_HEAD + "file.results,delta\n", results=delta))
    assert moved(done) == {"results": (1, 0, 1, 0)}
    assert set(await shown(district, "results")) == {"r1", "r3", "r4"}


async def test_a_bad_row_says_where_and_spoils_no_other(district: District) -> None:
    await upload(district, sample())
    wrong = {
        "categories": FILES["categories"] + "x,,,,1\n",
        "scoreScales": FILES["scoreScales"] + "s2,,,,,S/1,,k/1,A to B\ns3,,,,,S/1,,k2,{A:1}{A:2}\n",
        "lineItems": FILES["lineItems"]
        + "i3,,,Lost,,,2026-10-01,k2,x,t2,,,\ni4,,,Soon,,,soon,k2,t,t2,,,\n"
        + "i5,,,Odd,,,2026-10-01,k2,t,nowhere,9,1,\ni6,,,Kept,,,2026-10-01,k2,t,nowhere,few,,\n",
        "results": FILES["results"]
        + "r4,,,i3,u2,exempt,,2026-10-02,,,,,,,\nr5,,,i2,u2,lost,,2026-10-02,,,,,,,\n"
        + "r6,,,i2,u2,submitted,secret,2026-10-02,,,,,,,\nr7,,,i2,nobody,submitted,,2026-10-02,,,,,,,\n",
    }
    done = await upload(district, package(**wrong))
    rows = await read_all(district, f"/v1/roster-imports/{done['id']}/errors")
    told = {(row["file"], row["sourced_id"]): (row["line"], row["column"], row["code"], row["value"]) for row in rows}
    assert told == {
        ("categories", "x"): (4, "title", "required", None),
        ("scoreScales", "s2"): (3, "scoreScaleValue", "bad_scale", "A to B"),
        ("scoreScales", "s3"): (4, "scoreScaleValue", "repeated_mark", "{A:1}{A:2}"),
        ("lineItems", "i3"): (4, "categorySourcedId", "depends_on_rejected", "x"),
        ("lineItems", "i4"): (5, "dueDate", "bad_date", "soon"),
        ("lineItems", "i5"): (6, "resultValueMin", "minimum_above_maximum", "9"),
        ("lineItems", "i6"): (7, "academicSessionSourcedId", "dangling_reference", "nowhere"),
        ("results", "r4"): (5, "lineItemSourcedId", "depends_on_rejected", "i3"),
        ("results", "r5"): (6, "scoreStatus", "unknown_value", "lost"),
        ("results", "r6"): (7, "score", "bad_number", None),
        ("results", "r7"): (8, "studentSourcedId", "dangling_reference", "nobody"),
    }
    assert "secret" not in str(rows)
    assert {row["severity"] for row in rows if row["sourced_id"] in {"i6", "r6"}} == {"warning"}
    assert set(await shown(district, "results")) == {"r1", "r2", "r3", "r6"}
    assert set(await shown(district, "lineItems")) == {"i1", "i2", "i6"}


async def test_a_revert_brings_the_gradebook_back_unless_an_lms_went_on(district: District) -> None:
    await upload(district, sample())
    await upload(district, package())
    before = await gradebook(district)
    done = await upload(
        district,
        package(
            categories=FILES["categories"].replace("Homework", "Work"),
            lineItems=FILES["lineItems"] + "i3,,,Third,,,2026-10-01,k2,t,t2,,,\n",
            results=FILES["results"].replace("93.5", "10"),
        ),
    )
    async with district.client() as http:
        body = {"result": {"lineItem": {"sourcedId": "i3"}, "student": {"sourcedId": "u2"}, "score": 1}}
        assert (await http.put(f"{GRADEBOOK}/results/lms", json=body)).status_code == 201
        address = f"/v1/roster-imports/{done['id']}"
        assert (await http.post(f"{address}/revert", headers={"If-Match": "*"})).status_code == 202
        await district.stack.settle()
        blocked = (await http.get(address)).json()
        assert (blocked["state"], [b["entity"] for b in blocked["problem"]["blocked_by"]]) == ("applied", ["results"])
        assert (await http.delete(f"{GRADEBOOK}/results/lms")).status_code == 204
        assert (await http.post(f"{address}/revert", headers={"If-Match": "*"})).status_code == 202
        await district.stack.settle()
        assert (await http.get(address)).json()["state"] == "reverted"
    assert await gradebook(district) == before


async def test_without_the_scope_of_the_gradebook_its_files_are_left_alone(district: District) -> None:
    await upload(district, sample())
    stack = district.stack
    token = await token_of(stack, district.client_id, district.client_secret, "roster.read roster.write")
    async with district.client(token=token) as http:
        headers = {"Content-Type": "application/zip"}
        answer = await http.post("/v1/roster-imports", content=package(), headers=headers)
        assert answer.status_code == 202, answer.text
        await stack.settle()
        done = (await http.get(answer.headers["Location"])).json()
    assert (done["state"], done["files"], set(done["ignored"])) == ("applied", {}, set(FILES))
    assert any(HANDS_IN_RESULTS in warning for warning in done["warnings"])
    assert await shown(district, "results") == {}
    # The same bytes from somebody who may are no repetition.
    done = await upload(district, package())
    assert (done["same_as"], set(await shown(district, "results"))) == (None, {"r1", "r2", "r3"})


async def test_no_event_carries_a_result(district: District) -> None:
    await upload(district, sample())
    async with district.client() as http:
        before = (await http.get("/v1/events", params={"limit": 500})).json()
        await upload(district, package())
        told = (await http.get("/v1/events", params={"limit": 500, "after": before["next"]})).json()["data"]
    assert told
    assert {event["type"].partition(".")[0] for event in told} == {"roster_import"}


ZENO = {
    "learningObjectiveSet": [{"source": "case", "learningObjectiveIds": ["std-1", "std-2"]}],
    "scoreScale": "letters",
}
OWN = {"learningObjectiveSet": [{"source": "unknown", "learningObjectiveIds": ["own"]}]}


async def links_of(district: District, path: str, sourced_id: str) -> dict[str, Any]:
    row = (await shown(district, path))[sourced_id]
    found = {name: row[name] for name in ("learningObjectiveSet", "scoreScale") if name in row}
    return found | ({"scoreScale": found["scoreScale"]["sourcedId"]} if "scoreScale" in found else {})


async def test_scales_and_objectives_come_in_files_of_their_own(district: District) -> None:
    await upload(district, sample())
    done = await upload(district, linked())
    assert done["ignored"] == []
    assert {name: done["files"][name]["new"] for name in LINKS} == {
        "lineItemScoreScales": 1, "resultScoreScales": 1, "lineItemLearningObjectiveIds": 3,
        "resultLearningObjectiveIds": 2,
    }  # fmt: skip
    assert await links_of(district, "lineItems", "i1") == ZENO
    assert await links_of(district, "lineItems", "i2") == OWN
    assert await links_of(district, "results", "r1") == {
        "scoreScale": "letters",
        "learningObjectiveSet": [
            {"source": "case", "learningObjectiveResults": [
                {"learningObjectiveId": "std-1", "score": 3.5, "textScore": "met"}]},
            {"source": "unknown", "learningObjectiveResults": [{"learningObjectiveId": "own"}]},
        ],
    }  # fmt: skip
    assert await links_of(district, "results", "r2") == {}
    before = await gradebook(district)
    again = await upload(district, linked(results=FILES["results"] + "\n"))
    assert {again["files"][name]["unchanged"] for name in LINKS} == {1, 2, 3}
    assert await gradebook(district) == before


async def test_a_link_moves_ends_and_comes_back(district: District) -> None:
    await upload(district, sample())
    await upload(district, linked())
    before = await gradebook(district)
    moved_to_i2 = LINKS["lineItemLearningObjectiveIds"].replace("o2,,,i1", "o2,,,i2")
    no_scale = LINKS["lineItemScoreScales"].replace("ls1,,,Of Zeno,i1,letters\n", "")
    only = dict.fromkeys(FILES, "")
    done = await upload(
        district, linked(**only, lineItemLearningObjectiveIds=moved_to_i2, lineItemScoreScales=no_scale)
    )
    assert done["files"]["lineItemScoreScales"]["ended"] == 1
    assert done["files"]["lineItemLearningObjectiveIds"]["changed"] == 1
    case = {"source": "case", "learningObjectiveIds": ["std-1"]}
    assert await links_of(district, "lineItems", "i1") == {"learningObjectiveSet": [case]}
    assert await links_of(district, "lineItems", "i2") == {
        "learningObjectiveSet": [case | {"learningObjectiveIds": ["std-2"]}, *OWN["learningObjectiveSet"]]
    }
    async with district.client() as http:
        address = f"/v1/roster-imports/{done['id']}"
        assert (await http.post(f"{address}/revert", headers={"If-Match": "*"})).status_code == 202
        await district.stack.settle()
        assert (await http.get(address)).json()["state"] == "reverted"
    assert await gradebook(district) == before


async def test_what_an_lms_says_of_links_stays_until_the_file_says_something_new(district: District) -> None:
    await upload(district, sample())
    await upload(district, linked())
    item = {"title": "Zeno", "class": {"sourcedId": "k/1"}, "category": {"sourcedId": "w"}, "dueDate": "2026-10-01"}
    own = item | OWN
    async with district.client() as http:
        assert (await http.put(f"{GRADEBOOK}/lineItems/i1", json={"lineItem": own})).status_code == 201
    assert await links_of(district, "lineItems", "i1") == OWN
    await upload(district, linked(results=FILES["results"] + "\n"))
    assert await links_of(district, "lineItems", "i1") == OWN
    more = LINKS["lineItemLearningObjectiveIds"] + "o4,,,i1,case,std-4\n"
    await upload(district, linked(lineItemLearningObjectiveIds=more))
    case = {"source": "case", "learningObjectiveIds": ["std-4"]}
    assert await links_of(district, "lineItems", "i1") == {"learningObjectiveSet": [case]}


async def test_a_link_to_nowhere_is_told(district: District) -> None:
    await upload(district, sample())
    done = await upload(
        district,
        linked(
            lineItemScoreScales=LINKS["lineItemScoreScales"] + "ls2,,,,i9,letters\nls3,,,,i2,nowhere\n",
            resultLearningObjectiveIds=LINKS["resultLearningObjectiveIds"] + "ro3,,,r1,case,,1,\nro4,,,r2,case,s,x,\n",
        ),
    )
    rows = await read_all(district, f"/v1/roster-imports/{done['id']}/errors")
    told = {row["sourced_id"]: (row["column"], row["code"], row["severity"]) for row in rows}
    assert told == {
        "ls2": ("lineItemSourcedId", "dangling_reference", "error"),
        "ls3": ("scoreScaleSourcedId", "dangling_reference", "error"),
        "ro3": ("learningObjectiveId", "required", "error"),
        "ro4": ("score", "bad_number", "warning"),
    }
