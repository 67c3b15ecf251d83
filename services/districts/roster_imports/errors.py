from shared.errors import Conflict, Invalid


class RosterUnreadable(Invalid, title="This is not a OneRoster zip that can be read"):
    """The upload as a whole: single bad rows are reported one by one and never raise."""


class RosterImportNotHeld(Conflict, title="Only an import that is held can be approved or refused"):
    pass
