"""docs/security.md names all ten risks, and no test that is not there."""

import re

from tests.architecture.house import ROOT
from tests.architecture.test_coverage import TEST, is_a_test

ROW = re.compile(r"^\| (API\d+) ([^|]+)\|([^|]+)\|([^|]+)\|$", re.MULTILINE)


def rows() -> list[tuple[str, ...]]:
    return ROW.findall((ROOT / "docs" / "security.md").read_text("utf-8"))


def test_each_of_the_ten_risks_has_what_is_done_and_tests_that_exist() -> None:
    found = rows()
    assert [row[0] for row in found] == [f"API{number}" for number in range(1, 11)]
    for number, _, done, shown in found:
        names = TEST.findall(shown)
        assert names, f"{number} is shown by nothing"
        assert done.strip(), f"{number} says nothing"
        assert not TEST.sub("", shown).replace("<br>", "").strip(), f"{number} names something else than tests"
        assert [name for name in names if not is_a_test(name)] == [], number


def test_this_check_can_fail() -> None:
    assert not is_a_test("tests/architecture/test_security_page.py::test_gone")
    assert ROW.findall("| API3 Risk | done | shown |") == [("API3", "Risk ", " done ", " shown ")]
