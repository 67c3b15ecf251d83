from shared.errors import Conflict


class PersonIsNoStaff(Conflict, title="Somebody of that id is in the roster and is not staff"):
    pass


class PersonMerged(Conflict, title="This person was merged into another one"):
    """`merged_into` says into whom: read, write and merge that one."""
