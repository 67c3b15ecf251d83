from typing import Annotated

from fastapi import Query, Request

from services.coaching.auth import CanReadPL
from services.coaching.credits import queries
from services.coaching.credits.models import Credit
from services.coaching.credits.schemas import CreditQuery, CreditRead
from shared.paging import Page, page_of
from shared.routing import resource_router

router = resource_router("professional learning")


@router.get("/v1/credits")
async def list_credits(request: Request, query: Annotated[CreditQuery, Query()], unit: CanReadPL) -> Page[CreditRead]:
    """Give the ledger of contact hours: one's own, and that of the staff that one leads."""
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), Credit.id)
    unit.audit("credit.listed", "credits", rows=len(rows))
    return Page(data=[CreditRead.model_validate(row) for row in rows], next=following, total=total)
