from shared.errors import Conflict


class PLActivityClosed(Conflict, title="The activity is completed or cancelled"):
    pass


class NothingDelivered(Conflict, title="No session of the activity was delivered yet"):
    pass
