"""One `throughline up` for all the tests that kill parts of it: a start costs seconds."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.process_tree import IS_LONG, Up, soon

pytest.register_assert_rewrite("tests.faults.afterwards", "tests.faults.load")


@pytest.fixture(scope="session")
def up(request: pytest.FixtureRequest) -> Iterator[Up]:
    folder = Path(tempfile.mkdtemp(prefix="tl-up-"))
    up = Up(folder / "data")
    failed_before = request.session.testsfailed
    yield up
    up.stop()
    if IS_LONG and request.session.testsfailed > failed_before:
        sys.stdout.write(f"\nfaults: what is left is in {folder}\n")
    else:
        shutil.rmtree(folder)


@pytest.fixture
def running(up: Up) -> Up:
    if up.process is None or up.process.poll() is not None:
        up.start()
    up.is_broken = up.is_broken or not soon(up.is_ready, 600)  # one wait is enough to know
    assert not up.is_broken, up.log.read_text()
    return up
