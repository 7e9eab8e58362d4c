"""Stores of simulated days lie in memory where the machine has such a place: a commit is quick there."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")


@pytest.fixture
def new_store(tmp_path) -> Iterator:
    """Return a function that makes an empty folder for one day's store."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else tmp_path) as folder:
        yield lambda: Path(tempfile.mkdtemp(dir=folder))
