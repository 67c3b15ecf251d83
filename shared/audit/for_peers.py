"""Under /internal: a verification of this service's audit log, asked for by the service that keeps the schedules."""

from fastapi import APIRouter
from pydantic import BaseModel

from shared.access.principals import Principal
from shared.audit.verifying import start
from shared.internal import ForPeers
from shared.wire import Id


class VerificationAsk(BaseModel):
    district_id: Id
    client_id: str


class VerificationAsked(BaseModel):
    job: str


def audit_router_for_peers(service: str) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.post(f"/internal/{service}/audit-verifications")
    async def verify(asked: VerificationAsk, peer: ForPeers) -> VerificationAsked:
        who = Principal(asked.district_id, asked.client_id)
        async with peer.database.unit(asked.district_id, who, hot=True) as unit:
            job = await start(unit, peer.queue)
        return VerificationAsked(job=f"/v1/jobs/{service}/{job.id}")

    return router
