"""Looking after the connections of many accounts keeps no order waiting."""

import asyncio
from itertools import pairwise

from tests.core.core_world import FATHER, World, a_follower
from tests.engine_shell.test_shell_pulse import Beating, Warmed


async def test_many_accounts_are_warmed_in_turns_that_let_an_order_in_between():
    names = [FATHER, *(f"f{number}" for number in range(99))]
    beating = Beating(World(*map(a_follower, names)))
    warmed: list[str] = []

    class Noting(Warmed):
        async def warm(self) -> None:
            warmed.append("")

    seen = [0]

    async def order() -> None:
        """Note in each turn how many there were."""
        while len(warmed) < len(names):
            await asyncio.sleep(0)
            seen.append(len(warmed))

    beating.gateways.clear()
    beating.gateways.update((name, Noting()) for name in names)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(order())
        async with beating.running(beating.pulse.keep_warm):
            pass
    assert len(warmed) == len(names)
    assert max(now - before for before, now in pairwise(seen)) <= 25
