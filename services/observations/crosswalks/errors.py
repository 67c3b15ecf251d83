from shared.errors import Conflict


class CrosswalkPublished(Conflict, title="A published crosswalk never changes; draft another one"):
    pass


class CrosswalkMoveRefused(Conflict, title="The crosswalk is not in a state that allows this"):
    pass


class CrosswalkEmpty(Conflict, title="A crosswalk without correspondences cannot be published"):
    pass
