from shared.errors import Conflict


class CoachingCycleMoveRefused(Conflict, title="The cycle is not in a state that allows this"):
    pass


class PhaseRefused(Conflict, title="The cycle's model does not lead from this phase to that one"):
    pass
