from typing import Annotated, cast

from fastapi import Query, Request

from services.observations.auth import CanReadFrameworks, CanWriteFrameworks
from services.observations.expectation_policies import queries, service
from services.observations.expectation_policies.models import ExpectationPolicy
from services.observations.expectation_policies.schemas import (
    ExpectationPolicyQuery,
    ExpectationPolicyRead,
    ExpectationPolicyWrite,
)
from shared.paging import Page, page_of
from shared.routing import created, resource_router
from shared.runtime import Runtime
from shared.wire import Id
from shared.writes import show

router = resource_router("expectation-policies")


@router.put("/v1/expectation-policies/{policy_id}", responses=created(ExpectationPolicyRead))
async def put_expectation_policy(
    policy_id: Id, request: Request, body: ExpectationPolicyWrite, unit: CanWriteFrameworks
) -> ExpectationPolicyRead:
    """Declare who is to be observed, how often, by whom and by when. A job lets the rows follow."""
    runtime = cast("Runtime", request.app.state.runtime)
    return ExpectationPolicyRead.model_validate(await service.put_policy(unit, runtime, policy_id, body))


@router.get("/v1/expectation-policies/{policy_id}")
async def get_expectation_policy(policy_id: Id, unit: CanReadFrameworks) -> ExpectationPolicyRead:
    return ExpectationPolicyRead.model_validate(show(unit, await service.get_policy(unit, policy_id)))


@router.get("/v1/expectation-policies")
async def list_expectation_policies(
    request: Request, query: Annotated[ExpectationPolicyQuery, Query()], unit: CanReadFrameworks
) -> Page[ExpectationPolicyRead]:
    rows, following, total = await page_of(unit, request, query, queries.found(unit.who, query), ExpectationPolicy.id)
    return Page(data=[ExpectationPolicyRead.model_validate(row) for row in rows], next=following, total=total)


@router.post("/v1/expectation-policies/{policy_id}/archive")
async def archive_expectation_policy(
    policy_id: Id, request: Request, unit: CanWriteFrameworks
) -> ExpectationPolicyRead:
    runtime = cast("Runtime", request.app.state.runtime)
    return ExpectationPolicyRead.model_validate(await service.archive_policy(unit, runtime, policy_id))
