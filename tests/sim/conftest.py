"""Stores of simulated days lie in memory where the machine has such a place: a commit is quick there."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sim.sim_outcome import COUNTED

MEMORY = Path("/dev/shm")


@pytest.fixture
def new_store(tmp_path) -> Iterator:
    """Return a function that makes an empty folder for one day's store."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else tmp_path) as folder:
        yield lambda: Path(tempfile.mkdtemp(dir=folder))


@pytest.fixture(autouse=True)
def counted(request) -> Iterator:
    """Have the schedules that a test ran told in the summary, from whichever process ran it."""
    before = len(COUNTED)
    yield
    for outcome, seconds in COUNTED[before:]:
        request.node.user_properties.append(
            ("schedule", (outcome.children, outcome.kills, seconds))
        )
