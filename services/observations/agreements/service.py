from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col

from services.observations.agreements import rules
from services.observations.agreements.errors import AgreementMoveRefused, AgreementRatified, AgreementReplaced
from services.observations.agreements.models import Agreement
from services.observations.agreements.queries import visible_to
from services.observations.agreements.rules import State
from services.observations.agreements.schemas import AgreementWrite, Ending, Ratification
from services.observations.frameworks.references import check_not_retired, check_version_published
from services.observations.orgs import is_org
from shared.contracts.observations import AgreementState
from shared.errors import FieldError, Forbidden, Invalid
from shared.units import Unit
from shared.writes import announce, archive_row, check_version, load, put_row, repeated, show, stored_row, touch


async def put_agreement(unit: Unit, agreement_id: UUID, body: AgreementWrite) -> Agreement:
    """Draft an agreement, or change its draft. What was ratified takes only what it says already."""
    values = body.model_dump()
    stored = await stored_row(unit, Agreement, visible_to(unit.who), agreement_id)
    if done := repeated(unit, stored, values):
        return done
    _must_lead(unit, body.org_id)
    if stored is not None:
        _must_lead(unit, stored.org_id)
        if stored.state != State.DRAFT:
            raise AgreementRatified(state=stored.state, possible=rules.moves_from(stored.state))
    if not await is_org(unit, body.org_id):
        raise Invalid(errors=[FieldError("#/org_id", "unknown", "refers to no organisation of this district")])
    await check_version_published(unit, body.framework_version_id, body.look_for_ids)
    if stored is None or stored.framework_version_id != body.framework_version_id:
        await check_not_retired(unit, body.framework_version_id)
    before = await _superseded(unit, body)
    more = {"state": State.DRAFT.value, "number": before.number + 1 if before else 1}
    row, changed = await put_row(unit, Agreement, agreement_id, stored, values | more)
    return _announced(unit, row, "agreement.changed", changed)


async def get_agreement(unit: Unit, agreement_id: UUID, *, lock: bool = False) -> Agreement:
    return await load(unit, visible_to(unit.who).where(col(Agreement.id) == agreement_id), lock=lock)


async def ratify(unit: Unit, agreement_id: UUID, body: Ratification) -> Agreement:
    """Let it hold from that day on, and what it takes the place of no longer."""
    row = await _to_move(unit, agreement_id, "ratify")
    _check_past(unit, body.ratified_on, "ratified_on")
    if row.supersedes_id is not None:
        before = await get_agreement(unit, row.supersedes_id, lock=True)
        if before.state != State.RATIFIED:
            raise AgreementReplaced(state=before.state)
        _check_order(before, body.ratified_on, "ratified_on")
        _change(unit, before, "agreement.superseded", state=State.SUPERSEDED.value, ended_on=body.ratified_on)
    return _change(unit, row, "agreement.ratified", **body.model_dump(), state=State.RATIFIED.value)


async def end(unit: Unit, agreement_id: UUID, body: Ending) -> Agreement:
    row = await _to_move(unit, agreement_id, "end")
    _check_past(unit, body.ended_on, "ended_on")
    _check_order(row, body.ended_on, "ended_on")
    return _change(unit, row, "agreement.ended", state=State.ENDED.value, ended_on=body.ended_on)


async def archive_agreement(unit: Unit, agreement_id: UUID) -> Agreement:
    row = await get_agreement(unit, agreement_id, lock=True)
    _must_lead(unit, row.org_id)
    return _announced(unit, row, "agreement.archived", archive_row(unit, row))


async def _superseded(unit: Unit, body: AgreementWrite) -> Agreement | None:
    if body.supersedes_id is None:
        return None
    found = visible_to(unit.who).where(col(Agreement.id) == body.supersedes_id)
    before: Agreement | None = (await unit.session.execute(found)).scalar_one_or_none()
    if before is None or before.org_id != body.org_id or before.state != State.RATIFIED:
        message = "is no agreement of the same place that is ratified and holds"
        raise Invalid(errors=[FieldError("#/supersedes_id", "unknown", message)])
    return before


async def _to_move(unit: Unit, agreement_id: UUID, verb: str) -> Agreement:
    row = await get_agreement(unit, agreement_id, lock=True)
    _must_lead(unit, row.org_id)
    if verb not in rules.moves_from(row.state):
        raise AgreementMoveRefused(state=row.state, possible=rules.moves_from(row.state))
    check_version(unit, row.version)
    return row


def _check_past(unit: Unit, day: date, member: str) -> None:
    """Where the school is, it may be tomorrow already."""
    if day > unit.now.date() + timedelta(days=1):
        raise Invalid(errors=[FieldError(f"#/{member}", "future", "is a day that is not over: say it when it was")])


def _check_order(row: Agreement, day: date, member: str) -> None:
    if row.ratified_on is not None and day < row.ratified_on:
        raise Invalid(
            errors=[FieldError(f"#/{member}", "order", f"lies before {row.ratified_on}, since when it holds")]
        )


def _must_lead(unit: Unit, org_id: UUID) -> None:
    if unit.who.person is not None and org_id not in unit.who.person.led_orgs:
        raise Forbidden("only a leader of the place writes down what it agreed on")


def _change(unit: Unit, row: Agreement, kind: str, **values: Any) -> Agreement:
    return _announced(unit, row, kind, touch(unit, row, values))


def _announced(unit: Unit, row: Agreement, kind: str, changed: tuple[str, ...]) -> Agreement:
    announce(unit, kind, "agreements", row, AgreementState.of(row), changed)
    return show(unit, row)
