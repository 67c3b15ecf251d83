"""Who is whom after a SIS renumbered everybody: the rules, and that the statements say the same."""

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.districts.rekeys import queries
from services.districts.rekeys.rules import EMAIL, IDENTIFIER, MASTER, Known, Proposal, propose
from shared.clock import new_id
from shared.testing.stack import District

OLD = Known("1", "Ana", "Ruiz", "M-1", "77", "ana@d.example")


def known(sourced_id: str, **more: Any) -> Known:
    return Known(sourced_id, **more)


@pytest.mark.parametrize(
    ("new", "keys"),
    [
        (Known("900", "Ana", "Ruiz", "M-1", "77", "ana@d.example"), (MASTER, IDENTIFIER, EMAIL)),
        (Known("900", "Ana", "Silva", None, " 77 ", "ana.silva@d.example"), (IDENTIFIER,)),  # she married
        (Known("900", "Ana", "Ruiz", None, None, "ANA@d.example"), (EMAIL,)),
        (Known("900", "Otto", "Beck", None, None, "ana@d.example"), None),  # the address was handed on
        (Known("900", "Ana", "Ruiz", "M-2", "77", "ana@d.example"), None),  # the master identifier says another one
        (Known("900", "Ana", "Ruiz", None, "78", "ana@d.example"), None),
        (Known("900", "Ana", "Ruiz", None, None, None), None),  # a name alone says nothing
    ],
)
def test_what_did_not_change_says_who_it_is(new: Known, keys: tuple[str, ...] | None) -> None:
    assert propose([OLD], [new]) == ([] if keys is None else [Proposal("1", "900", keys)])


def test_what_is_ambiguous_is_not_proposed() -> None:
    twins = [known("1", identifier="7"), known("2", identifier="7")]
    assert propose(twins, [known("900", identifier="7")]) == []
    assert propose([known("900", identifier="7")], twins) == []
    # One key says this one, another key says that one.
    torn = known("1", user_master_identifier="M", identifier="7")
    assert propose([torn], [known("8", user_master_identifier="M"), known("9", identifier="7")]) == []
    assert propose([known("8", user_master_identifier="M"), known("9", identifier="7")], [torn]) == []


def few(*values: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from([None, "", *values])


def crowds(prefix: str) -> st.SearchStrategy[list[Known]]:
    person = st.builds(
        lambda given, family, master, identifier, email: Known(
            "", given or "", family or "", master, identifier, email
        ),
        few("Ana", "ana ", "Otto"), few("Ruiz", "Beck"), few("M1", "M2", "M3"), few("1", " 1", "2", "3"),
        few("a@x", "A@x", "b@x"),
    )  # fmt: skip
    return st.lists(person, max_size=6).map(
        lambda people: [
            Known(f"{prefix}{n}", p.given_name, p.family_name, p.user_master_identifier, p.identifier, p.email)
            for n, p in enumerate(people)
        ]
    )


@given(crowds("old"), crowds("new"))
def test_nobody_is_proposed_twice_and_order_says_nothing(gone: list[Known], new: list[Known]) -> None:
    found = propose(gone, new)
    assert len({p.old for p in found}) == len(found) == len({p.new for p in found})
    assert found == propose(gone[::-1], new[::-1])
    assert [(p.new, p.old, p.keys) for p in found] == sorted(
        ((p.old, p.new, p.keys) for p in propose(new, gone)), key=lambda row: row[1]
    )


@given(crowds("old"), crowds("new"))
def test_a_proposal_has_a_key_that_names_both_alone(gone: list[Known], new: list[Known]) -> None:
    before, after = ({p.sourced_id: p for p in people} for people in (gone, new))
    for found in propose(gone, new):
        assert found.keys
        for key in found.keys:
            value = before[found.old].value(key)
            assert value is not None
            assert [p.sourced_id for p in gone if p.value(key) == value] == [found.old]
            assert [p.sourced_id for p in new if p.value(key) == value] == [found.new]
        assert after[found.new].value(found.keys[0]) == before[found.old].value(found.keys[0])


@given(st.lists(st.integers(0, 10_000), unique=True, max_size=30))
def test_a_sis_that_renumbers_everybody_loses_nobody(numbers: list[int]) -> None:
    gone = [known(f"old-{n}", identifier=str(n)) for n in numbers]
    new = [known(f"new-{n}", identifier=str(n)) for n in reversed(numbers)]
    assert {(p.old, p.new) for p in propose(gone, new)} == {(f"old-{n}", f"new-{n}") for n in numbers}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gone=crowds("old"), new=crowds("new"))
async def test_the_statements_say_the_same(district: District, gone: list[Known], new: list[Known]) -> None:
    ids = {person.sourced_id: new_id() for person in gone}
    database = district.stack.runtimes["districts"].database
    async with database.transaction(district.id) as connection:
        for name, people in (("went", gone), ("came_in", new)):
            await connection.execute(
                f"""create temporary table {name} (id uuid, sourced_id text, given_name text, family_name text,
                    user_master_identifier text, identifier text, email text) on commit drop"""
            )
            rows = [
                {"id": ids.get(p.sourced_id), **{c: getattr(p, c) for c in ("sourced_id", *queries._COLUMNS)}}
                for p in people
            ]
            await connection.execute(
                f"insert into {name} select * from json_populate_recordset(null::{name}, $1::json)",
                orjson.dumps(rows, default=str).decode(),
            )
        count = await queries.propose(connection, "select * from went", "select * from came_in", district.id)
        found = await connection.fetch("select id, old, new, keys from rekeyed_people order by old")
    expected = propose(gone, new)
    assert count == len(expected)
    assert [(r["id"], r["old"], r["new"], tuple(r["keys"])) for r in found] == [
        (ids[p.old], p.old, p.new, p.keys) for p in expected
    ]
