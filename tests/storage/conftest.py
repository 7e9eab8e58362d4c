"""Stores in memory where there is such a place: thousands of syncs to a disk would prove no more."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")


@pytest.fixture
def memory_folder(tmp_path) -> Iterator[Path]:
    """Return an empty folder."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else tmp_path) as folder:
        yield Path(folder)
