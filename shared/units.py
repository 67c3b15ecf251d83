"""The unit of work: one transaction of one district, with whoever asked for it.

Events, audit rows and the stored answer of an Idempotency-Key are collected and written by one statement at commit, in
the same transaction as the change. An event leaves its audit row by itself, so no write can forget to be attributable.
A read writes nothing: its audit rows are handed on when its transaction has ended (shared/read_audits.py).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from shared.access.principals import Principal
from shared.clock import new_id, now
from shared.database import Connection, Database, Place, Record, begin_session
from shared.feed.events import Event, render
from shared.read_audits import ReadAudit
from shared.tracing import current_request_id

log = structlog.get_logger(__name__)

AfterCommit = Callable[[], Awaitable[None]]
AskAgain = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Audit:
    action: str
    entity: str
    entity_id: UUID | None
    fields: Mapping[str, Any]


@dataclass(slots=True)
class StoredAnswer:
    """What an Idempotency-Key will give again (shared/idempotency.py)."""

    key: str
    fingerprint: str
    is_settled: bool = False
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(slots=True)
class Answer:
    """What a verb wants said with the body: the route class puts it on the response."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    once: tuple[str, ...] = ()  # members of the body that are shown only now: what an Idempotency-Key keeps has null


async def _still_ourselves() -> None:
    """Of a unit that no request opened: nobody's right can end (a request's asks in shared/routing.py)."""


class Unit:
    def __init__(
        self, database: Database, who: Principal, connection: Connection, session: AsyncSession | None
    ) -> None:
        self.database = database
        self.who = who
        self.connection = connection
        self._session = session
        self.now: datetime = now()
        self.request_id = current_request_id()
        self.if_match: str | None = None
        self.path = ""  # of the request: the list that a cursor belongs to
        self.source = "live"
        self.answer = Answer()
        self.idempotency: StoredAnswer | None = None
        self.may_write = True
        self.ask_again: AskAgain = _still_ourselves
        self._events: list[Event] = []
        self._audits: list[Audit] = []
        self._after_commit: list[AfterCommit] = []
        self._open = True

    @property
    def session(self) -> AsyncSession:
        if self._session is None:
            raise RuntimeError("this unit is hot: it has a connection and no session")
        return self._session

    @property
    def district_id(self) -> UUID:
        return self.who.district_id

    @property
    def schema(self) -> str:
        return self.database.schema

    def audit(self, action: str, entity: str, entity_id: UUID | None = None, **fields: Any) -> None:
        """Note a read of personal data, or a write that tells nobody."""
        self._audits.append(Audit(action, entity, entity_id, fields))

    def after_commit(self, call: AfterCommit) -> None:
        """Register what may only happen once the transaction is durable, and may be lost then: a nudge, a wake."""
        self._after_commit.append(call)

    async def commit(self) -> None:
        if not self._open:
            return
        if self._session is not None:
            await self._session.flush()
        await self._write_books()
        self._open = False
        if self._session is not None:
            try:
                await self._session.commit()
            finally:
                await self._session.close()
        else:
            await self.database.commit(self.connection)
        if self._audits and not self.may_write:
            await self._note_reads()
        for call in self._after_commit:
            try:
                await call()
            except Exception:
                log.exception("after_commit_failed")

    async def rollback(self) -> None:
        if not self._open:
            return
        self._open = False
        if self._session is not None:
            await self._session.close()
        else:
            await self.database.pool.clean(self.connection)

    async def _write_books(self) -> None:
        if not self.may_write:
            if self._events:
                raise RuntimeError("a read may not announce a change: ask for the writing permission type")
            return  # who looked is noted once nothing is held any more
        if self._events or self._audits or self.idempotency:
            await self._write_rows()

    async def _note_reads(self) -> None:
        await self.database.read_audits.note(
            ReadAudit(
                self.district_id, self.now, self.who.client_id, self.who.person_id, self.request_id, self.source,
                audit.action, audit.entity, audit.entity_id, _json(audit.fields),
            )
            for audit in self._audits
        )  # fmt: skip

    async def tell_with(self, statement: str, given: Sequence[Any], event: Event) -> list[Record]:
        """Run the one statement of a hot write with its event and audit row in it: one trip for all three.

        `statement` was made by `with_books`, `given` begins with the district and this unit's time.
        """
        return await self.connection.fetch(statement, *given, *self._books_of(event))

    def _books_of(self, event: Event) -> tuple[Any, ...]:
        event_id = new_id()
        return (
            event.type, event.entity, event.id, render(self.schema, event, self.district_id, self.now, event_id),
            new_id(), _json(_audited(event)), self.who.client_id, self.who.person_id, self.request_id, self.source,
        )  # fmt: skip

    async def _write_rows(self) -> None:
        """Write events, audit rows and the kept answer in one trip."""
        if len(self._events) == 1 and not (self._audits or self.idempotency) and self._events[0].id is not None:
            statement = _ONE_EVENT.format(schema=self.schema)
            await self.connection.execute(statement, self.district_id, self.now, *self._books_of(self._events[0]))
            return
        told = [(e.type, e.entity, new_id(), e) for e in self._events]
        noted = [Audit(e.type, e.entity, e.id, _audited(e)) for e in self._events] + self._audits
        given: list[Any] = [
            self.district_id,
            self.now,
            self.who.client_id,
            self.who.person_id,
            self.request_id,
            self.source,
            [kind for kind, *_ in told],
            [entity for _, entity, *_ in told],
            [event.id or event_id for *_, event_id, event in told],
            [render(self.schema, event, self.district_id, self.now, event_id) for *_, event_id, event in told],
            [new_id() for _ in noted],
            [audit.action for audit in noted],
            [audit.entity for audit in noted],
            [audit.entity_id for audit in noted],
            [_json(audit.fields) for audit in noted],
        ]
        statement = _BOOKS
        if (answer := self.idempotency) is not None:
            headers = orjson.dumps(dict(answer.headers)).decode()
            given += [answer.key, answer.fingerprint, answer.status, headers, answer.body]
            statement = _BOOKS_AND_ANSWER
        await self.connection.execute(statement.format(schema=self.schema), *given)


_AUDITED = "district_id, at, id, client_id, person_id, request_id, source, action, entity, entity_id, fields"


def with_books(changes: str, result: str, *, schema: str, after: int, only_if: str) -> str:
    """Make the statement of `tell_with`: CTEs that change, the event and audit row with them, then what comes back.

    `$1` is the district and `$2` the time; `after` is how many parameters the changes have. Nothing is told unless the
    CTE `only_if` has a row. Values by themselves, since PostgreSQL plans an unnest of arrays anew each time.
    """
    kind, entity, entity_id, payload, audit_id, fields, client, person, request, source = (
        f"${after + n}" for n in range(1, 11)
    )
    return f"""
    with {changes},
    told as (
        insert into {schema}.outbox (district_id, type, entity, entity_id, payload)
        select $1, {kind}::text, {entity}::text, {entity_id}::uuid, {payload}::text
        where exists (select from {only_if})),
    noted as (
        insert into {schema}.audit_events ({_AUDITED})
        select $1, $2, {audit_id}::uuid, {client}::text, {person}::uuid, {request}::text, {source}::text, {kind},
               {entity}, {entity_id}, {fields}::text::jsonb
        where exists (select from {only_if}))
    {result}"""


_ALWAYS = "always as (select $1::uuid, $2::timestamptz)"
_ONE_EVENT = with_books(_ALWAYS, "select", schema="{schema}", after=2, only_if="always")
_BOOKS = """
    with told as (
        insert into {schema}.outbox (district_id, type, entity, entity_id, payload)
        select $1, * from unnest($7::text[], $8::text[], $9::uuid[], $10::text[]))
    insert into {schema}.audit_events (district_id, at, id, client_id, person_id, request_id, source, action, entity,
                                       entity_id, fields)
    select $1, $2, i, $3, $4, $5, $6, a, e, eid, f::jsonb
    from unnest($11::uuid[], $12::text[], $13::text[], $14::uuid[], $15::text[]) as t (i, a, e, eid, f)"""
_BOOKS_AND_ANSWER = _BOOKS.replace(
    "    with told",
    """    with kept as (
        insert into {schema}.idempotency_keys
          (district_id, client_id, key, fingerprint, status, headers, body, created_at)
        values ($1, $3, $16, $17, $18, $19::text::jsonb, $20, $2)
        on conflict (district_id, client_id, key) do update
          set fingerprint = excluded.fingerprint, status = excluded.status, headers = excluded.headers,
              body = excluded.body, created_at = excluded.created_at),
    told""",
)


def _audited(event: Event) -> dict[str, Any]:
    """Say which fields changed, never to what: the log must not become a second copy of what it guards."""
    return {"changed": event.changed} if event.id is not None else {"ids": event.data.get("ids", [])}


def _json(fields: Mapping[str, Any]) -> str:
    return orjson.dumps(fields, default=str).decode()


def emit(unit: Unit, event: Event) -> None:
    """Announce a change in the transaction that makes it."""
    unit._events.append(event)  # noqa: SLF001 - emit is the unit's own verb, free so that it reads like one


async def open_unit(database: Database, who: Principal, *, hot: bool = False, as_of: Place | None = None) -> Unit:
    """Open a unit; `as_of`, for hot ones, is explained at `Database.begun`."""
    if hot:
        return Unit(database, who, await database.begun(who.district_id, as_of=as_of), None)
    session = AsyncSession(database.engine, expire_on_commit=False)
    try:
        connection = await begin_session(session, who.district_id)
    except BaseException:
        await session.close()
        raise
    return Unit(database, who, connection, session)
