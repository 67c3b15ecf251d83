from shared.errors import BadRequest


class InvalidFilter(BadRequest):
    imsx_code = "invalid_filter_field"


class InvalidSelection(BadRequest):
    imsx_code = "invalid_selection_field"
