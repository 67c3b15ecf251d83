import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from services.districts.clients import hashing
from shared import heap

pytest_plugins = ["shared.testing.servers", "shared.testing.stack"]

# A busy machine is no fault of the code: how long an example takes is measured by `make bench`, never here.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
# Nearly every test makes a client and shows its secret, which at full cost is twice 16 MiB and 40 to 60 ms.
hashing._N = 2**4
# A file stays in one process, for it shares what is dear to make. So do these; and each of those is by itself.
TOGETHER = {"tests/access/": "access", "tests/faults/test_process_tree": "up", "tests/faults/test_demo_killed": "up"}
APART = ("tests/e2e/test_fuzz.py", "tests/districts/oneroster/test_contract.py")


class Together(LoadScopeScheduling):
    """Marks of xdist_group are not read by xdist 3.8 under pytest 9.2, so nothing could be kept together by them."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(APART):
            return nodeid
        file, _, _ = nodeid.partition("::")
        return next((scope for start, scope in TOGETHER.items() if nodeid.startswith(start)), file)


def pytest_collection_finish() -> None:
    """What was imported lives to the end: by itself the collector would walk it again and again, for nothing."""
    heap.settle()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return Together(config, log)
