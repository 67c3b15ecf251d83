from shared.errors import Conflict


class FrameworkVersionPublished(Conflict, title="A published framework version never changes; draft another one"):
    pass


class FrameworkVersionMoveRefused(Conflict, title="The framework version is not in a state that allows this"):
    pass


class FrameworkVersionEmpty(Conflict, title="A framework version without indicators and look-fors cannot be published"):
    pass


class FrameworkVersionRetired(Conflict, title="The framework version was retired before this"):
    pass


class ScoresForbidden(Conflict, title="This framework version forbids scores; record evidence and look-fors"):
    pass
