"""Rows hold ids only: no name, no address, no word of what was said, so erasing a person changes none."""

from shared.testing.promises import loose_words


def test_what_is_no_id_number_or_name_of_a_field_is_told() -> None:
    fine = {
        "changed": ["given_name", "scores"], "ids": ["01a22266-34d4-71b6-8d99-624873967d56"], "rows": 3,
        "as_of": "2026-01-31", "content": True, "within": [], "sha256": "0" * 64, "sourced_id": "Ada/7",
        "at": "2026-01-31T12:00:00Z", "filter": ["dateLastModified", "user.sourcedId"], "none": None,
    }  # fmt: skip
    assert loose_words("x.viewed", fine) == []
    assert loose_words("x.viewed", {"q": "Ada"}) == ["x.viewed tells q: 'Ada'"]
    assert loose_words("x.viewed", {"of": [{"mail": "a@b.c"}]}) == ["x.viewed tells of: 'a@b.c'"]
    assert loose_words("x.viewed", {"note": "she did well"}) == ["x.viewed tells note: 'she did well'"]
