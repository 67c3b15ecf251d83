from shared.errors import Conflict


class PersonHasMerged(Conflict, title="Others were merged into this person"):
    """`merged_ids` says who: merge the other way round, or unmerge them first."""


class PersonNotMerged(Conflict, title="This person was not merged, so there is nothing to take back"):
    pass


class PersonArchived(Conflict, title="One of the two is archived"):
    """`archived` says who: who has left is not merged with who is there."""


class UnmergeBlocked(Conflict, title="What happened since does not let the merge be taken back"):
    """`blocked_by` names each row and why: mend those, and try again."""


class RosterImportRunning(Conflict, title="A roster import is running"):
    pass
