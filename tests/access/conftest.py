import pytest

from shared.testing.stack import Stack, new_district
from tests.access.examples import Examples, furnish


@pytest.fixture(scope="session")
async def examples(stack: Stack) -> Examples:
    """One district with an example of everything, for tests that only look, or are refused."""
    return await furnish(await new_district(stack))
