"""What a diff of two framework versions says: enough to make the new one out of the old, and nothing of what stayed."""

from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.observations.frameworks.differences import Difference, difference, parts_of

IDS = [str(UUID(int=n)) for n in range(16)]
WORDS = st.sampled_from(["Asks", "Listens", "Waits"])


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    """A small version over few ids, so that parts of two of them meet, move and change their kind."""
    left = draw(st.permutations(IDS))

    def part(**more: Any) -> dict[str, Any]:
        return {"id": left.pop(), "code": None, "title": draw(WORDS), "weight": draw(st.none() | st.just(1.0))} | more

    def level(ordinal: int) -> dict[str, Any]:
        attributes = draw(st.lists(WORDS, max_size=1))
        return {"ordinal": ordinal, "label": draw(WORDS), "descriptor": None, "critical_attributes": attributes}

    def times(most: int) -> range:
        return range(draw(st.integers(0, most)))

    def indicator() -> dict[str, Any]:
        return part(prompts=draw(st.lists(WORDS, max_size=1)), levels=[level(n) for n in times(2)])

    components = [[[indicator() for _ in times(2)] for _ in times(2)] for _ in times(2)]
    return {
        "domains": [part(components=[part(indicators=indicators) for indicators in domain]) for domain in components],
        "look_fors": [part(kind="seen", indicator_id=None, prompts=[], tags=draw(st.lists(WORDS))) for _ in times(2)],
    }


def applied(content: dict[str, Any], found: Difference) -> dict[Any, dict[str, Any]]:
    """Make the parts of the new version out of those of the old one and what the diff says."""
    parts = {key: dict(part.members) for key, part in parts_of(content).items()}
    for part in found.removed:
        del parts[part.kind, part.id]
    parts |= {(part.kind, part.id): dict(part.members) for part in found.added}
    for part, changes in found.changed:
        members = parts[part.kind, part.id]
        for change in changes:
            assert members.get(change.member) == change.old
            members[change.member] = change.new
    return parts


def known(parts: dict[Any, dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    return {key: {name: value for name, value in said.items() if value is not None} for key, said in parts.items()}


@given(contents())
def test_nothing_changed_from_a_version_to_itself(content: dict[str, Any]) -> None:
    assert difference(content, content) == Difference((), (), ())


@given(contents(), contents())
def test_the_diff_makes_the_new_version_out_of_the_old(old: dict[str, Any], new: dict[str, Any]) -> None:
    wanted = {key: dict(part.members) for key, part in parts_of(new).items()}
    assert known(applied(old, difference(old, new))) == known(wanted)


@given(contents(), contents())
def test_the_way_back_is_the_same_the_other_way_round(old: dict[str, Any], new: dict[str, Any]) -> None:
    there, back = difference(old, new), difference(new, old)
    assert set(map(_key, there.added)) == set(map(_key, back.removed))
    assert {(_key(p), c.member, str(c.old), str(c.new)) for p, changes in there.changed for c in changes} == {
        (_key(p), c.member, str(c.new), str(c.old)) for p, changes in back.changed for c in changes
    }


def _key(part: Any) -> tuple[Any, str]:
    return part.kind, part.id
