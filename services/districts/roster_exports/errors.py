from shared.errors import Conflict


class RosterExportNotReady(Conflict, title="There is nothing to download yet, or no more"):
    pass
