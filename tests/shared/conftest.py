import pytest
from fastapi import FastAPI

from shared.testing.stack import District, Stack
from tests.shared.probe import House, calls, open_app


@pytest.fixture(scope="session")
async def probe_app(stack: Stack):
    async with open_app(stack) as app:
        yield app


@pytest.fixture
def house(probe_app: FastAPI, stack: Stack, district: District) -> House:
    calls.made.clear()
    return House(probe_app, stack, district)
