"""In a burst a /stop comes ahead of the master's news, never ahead of what a person asked before: the last word counts."""

import asyncio

import pytest

from engine.core.values import control as c
from tests.core.core_world import OWNER, World, done
from tests.engine_shell.shell_world import Shell, settle
from tests.engine_shell.test_shell_long_bursts import burst, slowly


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (c.StartCopy(), c.StopCopy()),
        (c.SetKill(active=False), c.SetKill(active=True)),
    ],
    ids=["start, then stop", "release, then kill"],
)
async def test_what_was_asked_before_a_stop_does_not_undo_it(first, last):
    world = World(copying=not isinstance(first, c.StartCopy))
    shell = Shell(world)
    if isinstance(first, c.SetKill):
        await shell.runner.ask(last, by=OWNER)
    slowly(shell)
    burst(shell)
    async with asyncio.TaskGroup() as group:
        before = group.create_task(shell.runner.ask(first, by=OWNER))
        await asyncio.sleep(0)
        assert not before.done(), "it waits behind the burst"
        await shell.runner.ask(last, by=OWNER)
    await settle()
    state = shell.runner.state
    assert state.killed if isinstance(last, c.SetKill) else not state.copying
    sent = len(shell.gateway().sent)
    shell.runner.offer(shell.master(done("N1")))
    await settle()
    assert len(shell.gateway().sent) == sent, "no entry leaves after the last word"


async def test_what_starts_nothing_does_not_keep_a_stop_waiting():
    """In a burst buttons are made for what is asked about, and the chat waits for each."""
    shell = Shell()
    slowly(shell)
    burst(shell)
    async with asyncio.TaskGroup() as group:
        group.create_task(shell.runner.ask(c.MakeButtons(offer_id=1, token="x"), by=OWNER))
        await asyncio.sleep(0)
        left = len(shell.gateway().sent)
        await shell.runner.ask(c.StopCopy(), by=OWNER)
    await settle()
    assert len(shell.gateway().sent) == left
