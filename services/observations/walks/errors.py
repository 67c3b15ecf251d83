from shared.errors import Conflict


class LearningWalkMoveRefused(Conflict, title="The walk is not in a state that allows this"):
    pass


class AlreadyWalking(Conflict, title="Classes are drawn before the walk starts"):
    pass


class NothingToDebrief(Conflict, title="A walk without a stop has nothing to debrief"):
    pass
