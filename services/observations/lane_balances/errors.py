from shared.errors import Forbidden


class WindowNotYours(
    Forbidden, title="Within a window balances are read by the teacher herself and by administrative leaders"
):
    pass
