"""School days, as districts' calendars say, kept here by the feed: a deadline in school days asks nobody."""
