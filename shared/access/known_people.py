"""Acting people whom this process has looked up, each good for as long as nothing has come along the feed.

Who a person leads, coaches or evaluates takes a recursive query, the dearest part of a hot write to PostgreSQL. All
that it reads are the copies of the roster, which change only when the worker applies a batch of districts' feed, in the
transaction that moves the feed's cursor. So what was looked up holds exactly while the cursor stands where it stood. A
hot operation says that place in the trip that opens its transaction, and PostgreSQL refuses the trip if the cursor has
moved on; then the person is looked up anew. Rights are no older than without this: there is no time to wait for, and no
message that could be lost. Roles that end on a day end with it, since the day is part of the key. See
docs/decisions/0018.

Hence nothing may become a part of `ActingPerson` that the feed of districts does not bring.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from shared.access.copies import load_person
from shared.access.principals import ActingPerson
from shared.clock import now
from shared.database import Connection, Place

_REMEMBERED = 1000
Key = tuple[UUID, UUID, date]


@dataclass(frozen=True, slots=True)
class Known:
    person: ActingPerson
    as_of: Place  # where the cursor of districts' feed stood before the person was looked up


@dataclass(slots=True)
class KnownPeople:
    known: "OrderedDict[Key, Known]" = field(default_factory=OrderedDict)

    def find(self, district_id: UUID, person_id: UUID) -> Known | None:
        return self.known.get((district_id, person_id, now().date()))

    async def look_up(
        self, connection: Connection, schema: str, district_id: UUID, person_id: UUID
    ) -> ActingPerson | None:
        """Load the person and remember her with the place of the cursor, which is read first: it is never too new."""
        place = await connection.fetchrow(
            f"select position, updated_at from {schema}.feed_cursors where publisher = 'districts'"
        )
        person = await load_person(connection, schema, district_id, person_id)
        if person is not None and place is not None:
            key = (district_id, person_id, now().date())
            self.known[key] = Known(person, (place[0], place[1]))
            self.known.move_to_end(key)
            if len(self.known) > _REMEMBERED:
                self.known.popitem(last=False)
        return person
