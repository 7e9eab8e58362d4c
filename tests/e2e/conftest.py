"""The real process on a stage of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from demo.stage import Plan, Stage


@pytest.fixture
async def staged(tmp_path) -> AsyncIterator[Callable]:
    """Return a function that opens a stage with the program running; closed after the test."""
    stages: list[Stage] = []

    async def open_stage(**plan) -> Stage:
        stage = Stage(Plan(folder=tmp_path / f"stage{len(stages)}", **plan))
        stages.append(stage)
        await stage.open()
        await stage.start_program()
        return stage

    yield open_stage
    for stage in stages:
        await stage.close()


async def until(condition: Callable[[], bool], *, seconds: float = 15.0, what: str = "") -> None:
    """Wait, bounded, until something is true of the world outside the program."""
    try:
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110 - the world outside has no event to wait on
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"did not happen in {seconds} s: {what}") from None
