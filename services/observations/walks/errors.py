from shared.errors import Conflict


class LearningWalkMoveRefused(Conflict, title="The walk is not in a state that allows this"):
    pass


class NothingToDebrief(Conflict, title="A walk without a stop has nothing to debrief"):
    pass
