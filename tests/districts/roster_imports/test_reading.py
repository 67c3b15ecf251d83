"""What is refused as a whole, and how single lines are read: no database needed."""

import zipfile
from io import BytesIO

import pytest

from services.districts.roster_imports.archive import Archive, Limits, open_archive
from services.districts.roster_imports.errors import RosterUnreadable
from services.districts.roster_imports.files import KEPT, columns_of
from services.districts.roster_imports.reading import Irregular, Regular, careful, read_header

MANIFEST = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\nfile.orgs,bulk\n"
HEADER = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId"


def archive(files: dict[str, str | bytes], limits: Limits | None = None) -> Archive:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return open_archive(target, limits or Limits())


def orgs(*lines: str, end: str = "\n") -> Archive:
    return archive({"manifest.csv": MANIFEST, "orgs.csv": end.join((HEADER, *lines, ""))})


def read(of: Archive) -> list[str]:
    header = read_header(of, "orgs")
    assert header is not None
    return b"".join(careful(of, "orgs", header)).decode().splitlines()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"readme.txt": "hello"}, "no OneRoster file"),
        ({"orgs.csv": HEADER, "sub/orgs.csv": HEADER}, "twice"),
        ({"manifest.csv": MANIFEST}, "not in the zip"),
        ({"manifest.csv": MANIFEST.replace("1.2", "2.0"), "orgs.csv": HEADER}, "OneRoster 2.0"),
        ({"manifest.csv": MANIFEST.replace("bulk", "some"), "orgs.csv": HEADER}, "bulk, delta or absent"),
        ({"orgs.csv": b"0," * 2_000_000}, "150 to 1"),
    ],
)
def test_what_is_no_roster_is_refused_with_a_reason(files: dict[str, str | bytes], words: str) -> None:
    with pytest.raises(RosterUnreadable, match=words):
        archive(files)


def test_limits_hold_before_anything_is_inflated() -> None:
    files = {"orgs.csv": HEADER}
    for limits, words in (
        (Limits(members=0), "at most 0"),
        (Limits(member_bytes=10), "larger"),
        (Limits(total_bytes=10), "larger"),
    ):
        with pytest.raises(RosterUnreadable, match=words):
            archive(files, limits)
    with pytest.raises(RosterUnreadable, match="not a zip"):
        open_archive(BytesIO(b"PK nothing"), Limits())


def test_a_line_without_end_is_refused() -> None:
    of = archive({"orgs.csv": HEADER + "\n" + "x" * 5000}, Limits(line_bytes=1000))
    with pytest.raises(RosterUnreadable, match="line of more than"):
        list(Regular(of, "orgs"))


def test_a_damaged_member_is_a_refusal() -> None:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("orgs.csv", HEADER + "\n" + "\n".join(f"{n},,,School {n},school,," for n in range(500)))
    damaged = bytearray(target.getvalue())
    damaged[200] ^= 0xFF
    of = open_archive(BytesIO(bytes(damaged)), Limits())
    with pytest.raises(RosterUnreadable, match="damaged"):
        list(Regular(of, "orgs"))


def test_a_file_without_rows_is_a_file_without_rows() -> None:
    assert read_header(archive({"orgs.csv": ""}), "orgs") is None
    assert read_header(archive({"orgs.csv": "\n\n"}), "orgs") is None


def test_a_missing_column_refuses_the_file() -> None:
    with pytest.raises(RosterUnreadable, match="no column name"):
        read_header(archive({"orgs.csv": "sourcedId,type\n"}), "orgs")


def test_headers_are_found_whatever_their_case_and_spelling() -> None:
    cells = ["SOURCEDID", "dataLastModified", "prefferedGivenName", "metadata.Bus", "whatever", "", "sourcedid"]
    assert columns_of(KEPT["users"], cells) == [
        "sourcedId", "dateLastModified", "preferredGivenName", "metadata.Bus", None, None, None,
    ]  # fmt: skip


def test_a_regular_file_is_handed_over_as_it_is() -> None:
    regular = Regular(orgs("1,,,One,school,,", '2,,,"Two, the",school,,', end="\r\n"), "orgs")
    assert b"".join(regular) == b'1,,,One,school,,\r\n2,,,"Two, the",school,,\r\n'
    assert regular.lines == 2


@pytest.mark.parametrize("line", ["\\.", "1,,,O\x00ne,school,,"])
def test_what_copy_would_misread_goes_the_careful_way(line: str) -> None:
    with pytest.raises(Irregular):
        list(Regular(orgs("0,,,Zero,school,,", line), "orgs"))


def test_one_bad_line_never_spoils_the_next() -> None:
    of = orgs(
        "1,,,One,school,,",
        '2,,,"Never closed,school,,',
        "3,,,Three,school,,",
        "4,,,Too few",
        "5,,,Too,many,,,,x",
        '6,,,"A line',
        'break",school,,',
        "",
        "7,,,Trailing,school,,,,",
        '8,,,The 5" pipe,school,,',
    )
    assert read(of) == [
        "2,,1,,,One,school,,",
        "3,broken_quotes,2,,,,,,",
        "4,,3,,,Three,school,,",
        "5,field_count,4,,,,,,",
        "6,field_count,5,,,,,,",
        "7,,6,,,A line break,school,,",
        "10,,7,,,Trailing,school,,",
        '11,,8,,,"The 5"" pipe",school,,',
    ]


def test_bytes_that_are_no_utf_8_reject_their_row_alone() -> None:
    of = archive({"orgs.csv": HEADER.encode() + b"\n1,,,Sch\xf6n,school,,\n2,,,Two,school,,\n"})
    assert read(of) == ["2,encoding,1,,,,,,", "3,,2,,,Two,school,,"]


def test_old_line_ends_are_read() -> None:
    assert read(orgs("1,,,One,school,,", "2,,,Two,school,,", end="\r")) == [
        "2,,1,,,One,school,,",
        "3,,2,,,Two,school,,",
    ]


def test_silent_manifests_take_the_mode_of_their_neighbours() -> None:
    users = "sourcedId,givenName,familyName\n"
    assert archive({"orgs.csv": HEADER, "users.csv": users}).modes == {"orgs": "bulk", "users": "bulk"}
    manifest = "propertyName,value\noneroster.version,1.2\nfile.orgs,delta\n"
    found = archive({"manifest.csv": manifest, "orgs.csv": HEADER, "users.csv": users})
    assert found.modes == {"orgs": "delta", "users": "delta"}
    assert "does not name users.csv" in found.warnings[0]
