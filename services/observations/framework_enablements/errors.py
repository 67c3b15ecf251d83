from shared.errors import Conflict


class FrameworkEnablementOverlaps(
    Conflict, title="A version of this framework is enabled for the same place and role on some of these days"
):
    pass


class FrameworkVersionNotEnabled(Conflict, title="The framework version is not enabled there on that day"):
    """`day` is the school's. `enabled` is the version of the same framework that is, or null: none."""
