"""A burst is decided in parts, so that the rest of the program is heard; /stop comes ahead of what waits."""

import asyncio

from engine.core.values import control as c
from engine.core.values.commands import Place
from engine.runner import LONGEST_DRAIN_S
from tests.core.core_world import OWNER, World, done
from tests.engine_shell.shell_world import Shell, settle

BURST = 12


def burst(shell: Shell) -> None:
    """Have orders of his come that nobody has decided yet."""
    for number in range(BURST):
        shell.runner.offer(shell.master(done(f"M{number}")))


def slowly(shell: Shell) -> None:
    """Let each look at the clock take so long that three decisions are one drain."""
    seconds = [0.0]

    def monotonic() -> float:
        seconds[0] += LONGEST_DRAIN_S / 3
        return seconds[0]

    shell.clock.monotonic = monotonic


async def test_others_are_heard_between_the_parts_of_a_burst():
    shell = Shell()
    heard = []

    def listen() -> None:
        heard.append(len(shell.journal.batches))
        if len(heard) < BURST:
            asyncio.get_running_loop().call_soon(listen)

    before = len(shell.journal.batches)
    slowly(shell)
    burst(shell)
    asyncio.get_running_loop().call_soon(listen)
    await settle()
    commits = len(shell.journal.batches) - before
    assert 3 < commits < BURST, "several are committed at once"
    assert len(set(heard)) > 3, "somebody ran between any two commits"
    assert len([each for each in shell.gateway().sent if isinstance(each, Place)]) == BURST


async def test_a_quick_burst_is_one_commit():
    shell = Shell()
    before = len(shell.journal.batches)
    burst(shell)
    await settle(2)
    assert len(shell.journal.batches) == before + 1


async def test_stop_is_decided_before_the_orders_that_wait():
    shell = Shell()
    slowly(shell)
    burst(shell)
    assert (await shell.runner.ask(c.StopCopy(), by=OWNER)).accepted
    await settle()
    assert shell.gateway().sent == []


async def test_so_is_the_kill_switch_but_not_its_release_nor_a_start():
    shell = Shell()
    slowly(shell)
    burst(shell)
    assert (await shell.runner.ask(c.SetKill(active=True), by=OWNER)).accepted
    await settle()
    assert shell.gateway().sent == []

    shell = Shell(World(copying=False))
    burst(shell)
    assert (await shell.runner.ask(c.StartCopy(), by=OWNER)).accepted
    await settle()
    assert shell.gateway().sent == [], "they were his before the start"
