from shared.errors import Invalid


class Dangling(Invalid, title="It refers to something that is not there"):
    """A 422: what was sent is well formed, and means nothing here."""


class StillUsed(Invalid, title="Something that is there refers to it"):
    imsx_code = "deletefailure"
