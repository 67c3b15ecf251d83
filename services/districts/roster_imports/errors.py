from shared.errors import Conflict, Invalid, PreconditionFailed


class RosterUnreadable(Invalid, title="This is not a OneRoster zip that can be read"):
    """The upload as a whole: single bad rows are reported one by one and never raise."""


class RosterImportMove(Conflict, title="This import is not in a state in which that can be done"):
    """`possible` is what can be done; of one that is applied, `last_applied` is the one that can be taken back."""


class RosterRevertBlocked(Conflict, title="Something later depends on this import"):
    """`blocked_by` names rows by entity and id, and why."""


class RosterMovedOn(PreconditionFailed, title="The roster has changed since this plan was made"):
    """The import is being planned again; its new plan has another ETag."""
