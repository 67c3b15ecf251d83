from services.observations.calendars.copying import CALENDARS
from services.observations.classes import copying as classes
from services.observations.expectations.following import VISITED
from services.observations.staff.copying import STAFF
from shared.access.copying import copies_of
from shared.feed.subscriber import Subscription

SUBSCRIPTIONS: tuple[Subscription, ...] = (
    copies_of("observations"),
    CALENDARS,
    STAFF,
    classes.CLASSES,
    classes.VISITED,
    VISITED,
)
