import pytest

from shared.testing.stack import District
from tests.analytics.telling import Told


@pytest.fixture
def told(district: District) -> Told:
    return Told(district)
