from shared.errors import Conflict


class AgreementRatified(Conflict, title="What was ratified stays as it is: agree on another one that takes its place"):
    pass


class AgreementMoveRefused(Conflict, title="The agreement is not in a state that allows this"):
    pass


class AgreementReplaced(Conflict, title="The agreement that this one takes the place of no longer holds"):
    pass
