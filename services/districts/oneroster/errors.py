from shared.errors import BadRequest


class InvalidFilter(BadRequest):
    imsx_code = "invalid_filter_field"


class TooBroad(InvalidFilter, title="This takes too long: narrow the filter by a field that has an index"):
    """A 400, not a 429: to ask the same again later helps nobody."""


class InvalidSelection(BadRequest):
    imsx_code = "invalid_selection_field"


class BlankSelection(BadRequest):
    """OneRoster 1.1 has a word of its own for it."""

    imsx_code = "invalid_blank_selection_field"
