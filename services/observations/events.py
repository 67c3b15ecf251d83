from services.observations.calendars.copying import CALENDARS
from shared.access.copying import copies_of
from shared.feed.subscriber import Subscription

SUBSCRIPTIONS: tuple[Subscription, ...] = (copies_of("observations"), CALENDARS)
