from shared.errors import Conflict


class WorkPlanMoveRefused(Conflict, title="The work plan is not in a state that allows this"):
    pass


class NothingToAdopt(Conflict, title="A work plan needs an action before it is adopted"):
    pass
