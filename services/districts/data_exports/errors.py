from shared.errors import Conflict


class DataExportNotReady(Conflict, title="There is nothing to download yet, or no more"):
    pass
