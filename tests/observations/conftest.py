import pytest

from shared.testing.stack import District
from tests.observations.scenes import School, a_school


@pytest.fixture
async def school(district: District) -> School:
    return await a_school(district)
