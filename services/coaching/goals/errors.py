from shared.errors import Conflict


class GoalMoveRefused(Conflict, title="The goal's state does not allow this"):
    pass


class GoalLevelFixed(Conflict, title="A goal keeps its level, because others hang on it"):
    pass
