"""What tests of the shell find running."""

import pytest

from tests.engine_shell.reconciler_world import Watch


@pytest.fixture
async def watch():
    async with Watch() as running:
        yield running
