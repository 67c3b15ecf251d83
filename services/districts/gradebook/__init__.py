"""Students' results, handed in by an LMS or a SIS and read back through OneRoster's gradebook service, 1.2 and 1.1.

They are the students', so they stay here: no event, no feed, no copy and none of our own endpoints carries them, and
only machines with the standard's own scopes read or write them. What other services need of them will be aggregates.
"""
