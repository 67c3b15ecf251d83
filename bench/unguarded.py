"""The API process without the checks of access and the audit rows, which line 14 holds ours against.

The same code, but: a token that was verified once is let in unseen, a person who was looked up once is not asked for
again, and no audit row is written. Row-level security cannot be left out and stays. Only ever started by the bench.

python -m bench.unguarded PORT             without
python -m bench.unguarded PORT guarded     with all of it, started the same way: what the other is held against
"""

import logging
import sys
from collections.abc import Iterable

import uvloop

from shared import units
from shared.access import known_people
from shared.access.tokens import Claims, TokenVerifier
from shared.read_audits import ReadAudit, ReadAudits


async def note_nothing(_self: ReadAudits, _rows: Iterable[ReadAudit]) -> None:
    """Leave out the audit rows of reads."""


def leave_out_access() -> None:
    verify, find = TokenVerifier.verify, known_people.KnownPeople.find
    known: dict[str, Claims] = {}

    async def verify_once(self: TokenVerifier, token: str) -> Claims:
        if token not in known:
            known[token] = await verify(self, token)
        return known[token]

    TokenVerifier.verify = verify_once  # type: ignore[method-assign]
    known_people.KnownPeople.find = lambda *given: _unasked(find(*given))  # type: ignore[method-assign]


def _unasked(known: known_people.Known | None) -> known_people.Known | None:
    return known and known_people.Known(known.person, None)  # type: ignore[arg-type]  # no place: do not ask


def leave_out_audit() -> None:
    with_books = units.with_books

    def with_events_alone(*given: str, **named: object) -> str:
        statement = with_books(*given, **named)  # type: ignore[arg-type]
        head, _, rest = statement.partition("insert into " + str(named["schema"]) + ".audit_events")
        return head + rest[rest.index("select") :]  # the values are given all the same, and go nowhere

    ReadAudits.note = note_nothing  # type: ignore[method-assign, assignment]
    units.with_books = with_events_alone


def main() -> None:
    if sys.argv[2:] != ["guarded"]:
        leave_out_access()
        leave_out_audit()
    # What they replace is taken over by whoever is imported from here on.
    from services.all_in_one import serve
    from shared.local.listening import listen_public
    from shared.logs import configure
    from shared.settings import Settings

    settings = Settings()
    configure(settings.log_level, json=settings.log_json)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    uvloop.run(serve(listen_public("127.0.0.1", int(sys.argv[1])), None, settings))


if __name__ == "__main__":
    main()
