from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy import Row

from services.observations.lane_balances.queries import balances, count_teachers
from services.observations.lane_balances.schemas import LaneBalance, LaneBalanceQuery
from services.observations.wire import wilson_interval
from shared.paging import Page, decode, encode, link_next
from shared.units import Unit

METHOD = "lane_balance_wilson.v2"


async def list_balances(unit: Unit, request: Request, query: LaneBalanceQuery) -> Page[LaneBalance]:
    last = decode(unit, query, (UUID,))
    rows = await balances(unit, query, last[0] if last else None)
    data = [_read(row) for row in rows[: query.limit]]
    following = encode(unit, query, [data[-1].teacher_id]) if len(rows) > query.limit else None
    link_next(unit, request, following)
    total = await count_teachers(unit, query) if query.count else None
    return Page(data=data, next=following, total=total)


def _read(row: Row[Any]) -> LaneBalance:
    teacher_id, support, accountability, support_shared, accountability_shared = tuple(row)
    n = support + accountability
    return LaneBalance(
        teacher_id=teacher_id,
        support=support,
        accountability=accountability,
        support_shared=support_shared,
        accountability_shared=accountability_shared,
        n=n,
        support_share=support / n if n else None,
        interval=wilson_interval(support, n),
        is_accountability_only=n > 0 and not support,
        method_version=METHOD,
    )
