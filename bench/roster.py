"""Writes the OneRoster CSV of a synthetic district: any size, always the same for the same seed, memory flat.

Every row follows from its number alone, so nothing is kept: a million users stream into the zip. `kind="delta"` writes
a delta on the bulk of the same shape; `changed` renames that share of the users of a bulk, for re-import measurements.
Dirt, for consumers that must survive real exports, is named one by one (`DIRT`).

    python -m bench.roster --schools 3 --out district.zip --version 1.2 --kind bulk
"""

import argparse
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from bench.roster_columns import COLUMNS, COLUMNS_11, TYPOS, manifest

GIVEN = (
    "Ada", "Bela", "Chidi", "Dana", "Elif", "Femi", "Grace", "Hugo", "Inés", "Jun", "Kai", "Lena", "Mina",
    "Noor", "Omar", "Priya", "Quinn", "Rosa", "Sami", "Tariq", "Uma", "Vera", "Wen", "Ximena", "Yara", "Zoë",
)  # fmt: skip
FAMILY = (
    "Abara", "Bauer", "Castro", "Dubois", "Eriksen", "Fujita", "García", "Haddad", "Ivanova", "Jensen", "Kowalski",
    "Lopez", "Mbeki", "Nguyen", "O'Brien", "Papadakis", "Quist", "Rossi", "Silva", "Tanaka", "Usman", "Vega",
)  # fmt: skip
SUBJECTS = (
    ("Mathematics", "MAT"), ("English Language Arts", "ELA"), ("Science", "SCI"), ("Social Studies", "SOC"),
    ("Music", "MUS"), ("Art", "ART"), ("Health", "HLT"), ("Physical Education", "PHE"),
)  # fmt: skip
GRADES = ("KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12")
CHANGED_AT = "2026-12-01T00:00:00.000Z"
DIRT = ("bom", "lf", "nested", "header_case", "typos", "trailing_header", "shouting", "extra_columns", "loose_manifest",
        "bulk_status", "whitespace", "dangling", "duplicates", "bad_roles", "ragged", "us_dates", "stored")  # fmt: skip
EVERY = 50  # one row in so many carries the dirt that concerns single rows

Row = tuple[str, ...]


@dataclass(frozen=True)
class Shape:
    """What a district looks like; the defaults make about 450 people a school."""

    schools: int = 3
    students: int = 420  # a school
    teachers: int = 28  # a school
    classes: int = 84  # a school; each is taught by one teacher
    enrollments: int = 5  # a student
    year: int = 2027  # the school year's end
    seed: int = 1
    version: str = "1.2"
    kind: str = "bulk"
    changed: float = 0.0  # share of users that a bulk renames, or a delta carries
    moved: float = 0.0  # share of students' enrollments that a bulk ends earlier
    dropped: float = 0.0  # share of students that are not in the bulk
    demographics: bool = False
    dirt: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if unknown := self.dirt - set(DIRT):
            raise ValueError(f"unknown dirt: {', '.join(sorted(unknown))}")

    @classmethod
    def of(cls, people: int) -> "Shape":
        """Give the default shape with about so many people."""
        return cls(schools=max(1, round(people / (cls.students + cls.teachers + 2))))

    @property
    def people(self) -> int:
        return self.schools * (self.students + self.teachers + 2) + 1


@dataclass
class Summary:
    """What was written, so that a test knows what to expect without reading the zip."""

    rows: dict[str, int] = field(default_factory=dict)
    spoiled: dict[str, int] = field(default_factory=dict)  # rows that no importer can keep


def sourced_id(seed: int, kind: int, number: int) -> str:
    """Give an id that looks like a real one: unique by a bijection of 64 bits, and in no useful order."""
    mixed = ((number + 1) * 0x9E3779B97F4A7C15 + seed * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    mixed ^= mixed >> 31
    return f"{mixed >> 32:08x}-{mixed >> 16 & 0xFFFF:04x}-4{kind:03x}-8000-{seed & 0xFFFFFFFF:08x}{mixed & 0xFFFF:04x}"


ORG, SESSION, COURSE, CLASS, TEACHER, LEADER, STUDENT, ENROLLMENT = range(1, 9)


class District:
    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.district = self.id(ORG, 0)

    def id(self, kind: int, number: int) -> str:
        return sourced_id(self.shape.seed, kind, number)

    def school(self, school: int) -> str:
        return self.id(ORG, school + 1)

    def sessions(self) -> Iterator[Row]:
        end, start = self.shape.year, self.shape.year - 1
        year = self.id(SESSION, 0)
        yield year, "", "", f"{start}-{end}", "schoolYear", f"{start}-08-01", f"{end}-07-31", "", str(end)
        yield self.id(SESSION, 1), "", "", f"Fall {start}", "term", f"{start}-08-15", f"{start}-12-20", year, str(end)
        yield self.id(SESSION, 2), "", "", f"Spring {end}", "term", f"{end}-01-08", f"{end}-06-12", year, str(end)
        for quarter, (begin, finish) in enumerate((("08-15", "10-16"), ("10-19", "12-20"))):
            session = self.id(SESSION, 3 + quarter)
            dates = f"{start}-{begin}", f"{start}-{finish}"
            yield session, "", "", f"Quarter {quarter + 1}", "gradingPeriod", *dates, self.id(SESSION, 1), str(end)

    def orgs(self) -> Iterator[Row]:
        yield self.district, "", "", f"Synthetic District {self.shape.seed}", "district", f"D{self.shape.seed}", ""
        for school in range(self.shape.schools):
            name = f"{FAMILY[school % len(FAMILY)]} School {school + 1}"
            yield self.school(school), "", "", name, "school", f"S{school + 1:04d}", self.district

    def courses(self) -> Iterator[Row]:
        grades, year = ",".join(GRADES), self.id(SESSION, 0)
        for number, (title, code) in enumerate(SUBJECTS):
            ids = self.id(COURSE, number), "", "", year
            yield *ids, title, f"{code}-{number:03d}", grades, self.district, title, code

    def classes(self) -> Iterator[Row]:
        for school in range(self.shape.schools):
            for number in range(self.shape.classes):
                title, code = SUBJECTS[number % len(SUBJECTS)]
                grade, term = GRADES[number % len(GRADES)], self.id(SESSION, 1 + number % 2)
                yield (
                    self.id(CLASS, school * self.shape.classes + number), "", "", f"{title} {grade}", grade,
                    self.id(COURSE, number % len(SUBJECTS)), f"{code}-{grade}-{number}", "scheduled", f"Room {number}",
                    self.school(school), term, title, code, str(1 + number % 7),
                )  # fmt: skip

    def staff(self) -> Iterator[tuple[int, str, str, str, int]]:
        """Give (number, id, role, org, kind): a superintendent, then each school's leaders and teachers."""
        yield 0, self.id(LEADER, 0), "districtAdministrator", self.district, LEADER
        for school in range(self.shape.schools):
            base = 1 + school * (self.shape.teachers + 2)
            org = self.school(school)
            yield base, self.id(LEADER, base), "principal", org, LEADER
            yield base + 1, self.id(LEADER, base + 1), "siteAdministrator", org, LEADER
            for number in range(self.shape.teachers):
                yield base + 2 + number, self.teacher(school, number), "teacher", org, TEACHER

    def teacher(self, school: int, number: int) -> str:
        return self.id(TEACHER, school * self.shape.teachers + number)

    def student(self, number: int) -> str:
        return self.id(STUDENT, number)

    def is_dropped(self, student: int) -> bool:
        return bool(self.shape.dropped) and (student * 7919) % 1000 < self.shape.dropped * 1000

    def is_changed(self, number: int) -> bool:
        return bool(self.shape.changed) and (number * 7919) % 1000 < self.shape.changed * 1000

    def is_moved(self, number: int) -> bool:
        return bool(self.shape.moved) and (number * 7919) % 1000 < self.shape.moved * 1000

    def people(self) -> Iterator[tuple[int, str, str, str, int]]:
        yield from self.staff()
        first = 1 + self.shape.schools * (self.shape.teachers + 2)
        for number in range(self.shape.schools * self.shape.students):
            if not self.is_dropped(number):
                yield (
                    first + number,
                    self.student(number),
                    "student",
                    self.school(number // self.shape.students),
                    STUDENT,
                )

    def users(self) -> Iterator[Row]:
        for number, person, role, org, kind in self.people():
            given, family = GIVEN[number % len(GIVEN)], FAMILY[number // len(GIVEN) % len(FAMILY)]
            family += "-Renamed" if self.is_changed(number) else ""
            grade = GRADES[number % len(GRADES)] if kind == STUDENT else ""
            start, domain = (person, "", "", "true"), "students.example" if kind == STUDENT else "district.example"
            name = (
                f"u{number}",
                "",
                given,
                family,
                "",
                f"P{number:07d}",
                f"u{number}@{domain}",
                "",
                "555-0100",
                "",
                grade,
                "",
            )
            if self.shape.version == "1.1":
                old = role if role in {"teacher", "student"} else "administrator"
                yield *start, org, old, *name
            else:
                yield *start, *name, "", "", "", "", org, ""

    def roles(self) -> Iterator[Row]:
        for _, person, role, org, _ in self.people():
            yield f"{person}-r0", "", "", person, "primary", role, "", "", org, ""

    def enrollments(self) -> Iterator[Row]:
        shape, number = self.shape, 0
        dates, early = (f"{shape.year - 1}-08-15", f"{shape.year}-06-12"), f"{shape.year}-01-31"
        for school in range(shape.schools):
            org, first = self.school(school), school * shape.classes
            for taught in range(shape.classes):
                teacher = self.teacher(school, taught % shape.teachers)
                yield (
                    self.id(ENROLLMENT, number),
                    "",
                    "",
                    self.id(CLASS, first + taught),
                    org,
                    teacher,
                    "teacher",
                    "true",
                    *dates,
                )
                number += 1
            for student in range(school * shape.students, (school + 1) * shape.students):
                for seat in range(shape.enrollments):
                    attended = self.id(CLASS, first + (student + seat * 13) % shape.classes)
                    if not self.is_dropped(student):
                        ids = self.id(ENROLLMENT, number), "", "", attended, org, self.student(student)
                        yield *ids, "student", "false", dates[0], early if self.is_moved(number) else dates[1]
                    number += 1

    def demographics(self) -> Iterator[Row]:
        for number, person, _, _, kind in self.people():
            if kind == STUDENT:
                flags = ["false"] * 7
                flags[number % 7] = "true"
                yield person, "", "", f"{self.shape.year - 10}-03-1{number % 9}", "female", *flags, "US", "", "", ""

    def files(self) -> dict[str, Callable[[], Iterable[Row]]]:
        found: dict[str, Callable[[], Iterable[Row]]] = {
            "academicSessions": self.sessions, "orgs": self.orgs, "courses": self.courses, "classes": self.classes,
            "users": self.users, "enrollments": self.enrollments,
        }  # fmt: skip
        if self.shape.version != "1.1":
            found["roles"] = self.roles
        if self.shape.demographics:
            found["demographics"] = self.demographics
        return found


def delta(district: District) -> dict[str, Callable[[], Iterable[Row]]]:
    """Give a delta on that district: the changed users renamed, each tenth enrollment of the first thousand gone."""

    def users() -> Iterator[Row]:
        chosen = (
            row
            for row, person in zip(district.users(), district.people(), strict=True)
            if district.is_changed(person[0])
        )
        for row in chosen:
            yield row[0], "active", CHANGED_AT, *row[3:]

    def enrollments() -> Iterator[Row]:
        for number, row in enumerate(district.enrollments()):
            if number >= 1000:
                return
            if number % 10 == 0:
                yield row[0], "tobedeleted" if number % 20 == 0 else "active", CHANGED_AT, *row[3:]

    return {"users": users, "enrollments": enrollments}


FATAL = {"enrollments": ("dangling", "duplicates"), "roles": ("bad_roles",), "users": ("ragged",)}
LOOSE = {"true": "TRUE", "false": "False", "scheduled": "Scheduled"}


def loosen(row: list[str], columns: tuple[str, ...], shape: Shape) -> list[str]:
    """Put in what an importer is expected to understand all the same."""
    if "bulk_status" in shape.dirt and shape.kind == "bulk":
        row[1:3] = ["active", "2026-11-23"]
    if "shouting" in shape.dirt:
        row = [LOOSE.get(cell, cell) for cell in row]
    if "whitespace" in shape.dirt:
        row[0] = f" {row[0]} "
    if "us_dates" in shape.dirt and "beginDate" in columns:
        for at in (columns.index("beginDate"), columns.index("endDate")):
            row[at] = _us(row[at]) if row[at] else ""
    return row


def spoil(name: str, rows: Iterable[Row], shape: Shape, summary: Summary) -> Iterator[Row]:
    """Put in the dirt, and count the rows that no importer can keep."""
    columns = (COLUMNS_11 if shape.version == "1.1" else COLUMNS)[name]
    fatal = shape.dirt.intersection(FATAL.get(name, ()))
    for number, clean in enumerate(rows):
        row = loosen(list(clean), columns, shape) if shape.dirt else list(clean)
        bad = bool(fatal) and number % EVERY == EVERY - 1
        if bad and "dangling" in fatal:
            row[columns.index("classSourcedId")] = "no-such-class"
        if bad and "bad_roles" in fatal:
            row[columns.index("role")] = "wizard"
        yield tuple(row)
        if bad and "duplicates" in fatal:
            yield tuple(row)
        if bad and "ragged" in fatal:
            yield f"ragged-{number}", "short"
        if bad:
            summary.spoiled[name] = summary.spoiled.get(name, 0) + len(fatal)


def _us(day: str) -> str:
    year, month, number = day.split("-")
    return f"{int(month)}/{number}/{year}"


def heading(name: str, shape: Shape) -> list[str]:
    columns = list((COLUMNS_11 if shape.version == "1.1" else COLUMNS)[name])
    if "typos" in shape.dirt:
        columns = [TYPOS.get(column, column) for column in columns]
    if "header_case" in shape.dirt:
        columns = [column.upper() for column in columns]
    if "extra_columns" in shape.dirt:
        columns += ["metadata.bus", "Homeroom (local)"]
    if "trailing_header" in shape.dirt:
        columns += ["", ""]
    return columns


def lines(name: str, rows: Iterable[Row], shape: Shape, summary: Summary) -> Iterator[bytes]:
    """Give the file's bytes, some thousand rows a piece."""
    end = "\n" if "lf" in shape.dirt else "\r\n"
    tail = (",Bus 7,blue" if "extra_columns" in shape.dirt else "") + (",," if "trailing_header" in shape.dirt else "")
    text = io.StringIO()
    text.write(("\ufeff" if "bom" in shape.dirt else "") + ",".join(heading(name, shape)) + end)
    count = 0
    for count, row in enumerate(spoil(name, rows, shape, summary), 1):
        cells = ['"' + cell.replace('"', '""') + '"' if "," in cell or '"' in cell else cell for cell in row]
        text.write(",".join(cells) + (tail if len(row) > 2 else "") + end)
        if count % 5000 == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    summary.rows[name] = count
    yield text.getvalue().encode()


def write(target: Path | IO[bytes], shape: Shape) -> Summary:
    """Write the zip and say what is in it."""
    district, summary = District(shape), Summary()
    files = delta(district) if shape.kind == "delta" else district.files()
    folder = "export/oneroster/" if "nested" in shape.dirt else ""
    method = zipfile.ZIP_STORED if "stored" in shape.dirt else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(target, "w", method, compresslevel=1) as archive:
        stamp = (2026, 11, 23, 0, 0, 0)  # the same bytes for the same seed, whenever it runs

        def member(name: str) -> zipfile.ZipInfo:
            info = zipfile.ZipInfo(folder + name, stamp)
            info.compress_type = method
            return info

        text = manifest(shape.version, dict.fromkeys(files, shape.kind), loose="loose_manifest" in shape.dirt)
        archive.writestr(member("manifest.csv"), text)
        for name, rows in files.items():
            with archive.open(member(f"{name}.csv"), "w", force_zip64=True) as out:
                for piece in lines(name, rows(), shape, summary):
                    out.write(piece)
    return summary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", choices=("1.1", "1.2"), default="1.2")
    parser.add_argument("--kind", choices=("bulk", "delta"), default="bulk")
    for name in ("schools", "students", "teachers", "classes", "enrollments", "year", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Shape, name))
    parser.add_argument("--changed", type=float, default=0.0, help="share of users renamed (a delta: carried)")
    parser.add_argument("--dropped", type=float, default=0.0, help="share of students left out of a bulk")
    parser.add_argument("--demographics", action="store_true")
    parser.add_argument("--dirt", nargs="*", choices=DIRT, default=(), help="deviations of real exports, one by one")
    given = vars(parser.parse_args())
    out = given.pop("out")
    summary = write(out, Shape(**{**given, "dirt": frozenset(given["dirt"])}))
    for name, count in summary.rows.items():
        print(f"{name:18} {count:>10,} rows, {summary.spoiled.get(name, 0):,} spoiled")


if __name__ == "__main__":
    main()
