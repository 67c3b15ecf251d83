from shared.errors import Forbidden


class NotTheAuthor(Forbidden, title="Only its author may change it"):
    pass
