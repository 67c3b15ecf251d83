import pytest

from shared.testing.stack import District
from tests.analytics.line import Line, new_line
from tests.analytics.telling import Told


@pytest.fixture
def told(district: District) -> Told:
    return Told(district)


@pytest.fixture
async def line(district: District) -> Line:
    return await new_line(district)
