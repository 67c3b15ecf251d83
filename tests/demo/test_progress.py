from io import StringIO

from rich.console import Console

from demo.progress import PlainSteps, steps


def test_without_a_terminal_each_step_is_a_line_and_the_end_is_told_once() -> None:
    out = StringIO()
    with steps(Console(file=out, width=20)) as told:
        roster = told.add_task("Roster (OneRoster 1.2 zip)", total=None)
        told.update(roster, total=0, completed=0)
        told.update(roster, total=1, completed=1)
        told.update(roster, total=1, completed=1)
        visits = told.add_task("Visits", total=3)
        for _ in range(3):
            told.advance(visits)
    assert out.getvalue().splitlines() == [
        "Roster (OneRoster 1.2 zip) ...",
        "Roster (OneRoster 1.2 zip): done in 0 s",
        "Visits ...",
        "Visits: 3 done in 0 s",
    ]


def test_a_long_step_is_told_of_in_between() -> None:
    out = StringIO()
    told = PlainSteps(Console(file=out), every=0)
    visits = told.add_task("Visits", total=1200)
    told.advance(visits)
    told.update(visits, total=None, completed=1100)
    assert out.getvalue().splitlines() == ["Visits ...", "Visits: 1 of 1,200", "Visits: 1,100"]
