"""One timer for many exchanges: each still ends at its own time, and only if nothing ended it."""

import asyncio

from engine.brokers.kite.connection import Exchange
from engine.brokers.kite.deadlines import Deadlines
from engine.brokers.kite.replies import NotSent, Request
from tests.sim.virtual_loop import VirtualLoop, run_virtually

TIMEOUT_S = 7.0


def an_exchange() -> Exchange:
    return Exchange(Request(method="GET", target="/orders"), lambda _: None, 1)


class Ends:
    """Notes when each exchange was given up."""

    def __init__(self) -> None:
        self.deadlines = Deadlines()
        self.at: dict[Exchange, float] = {}

    def begin(self, timeout_s: float = TIMEOUT_S) -> Exchange:
        exchange = an_exchange()
        self.deadlines.add(exchange, timeout_s, self.abandon)
        return exchange

    def abandon(self, exchange: Exchange) -> None:
        assert exchange not in self.at, "given up twice"
        self.at[exchange] = round(asyncio.get_running_loop().time(), 3)


def test_each_exchange_ends_at_its_own_time_however_many_there_are():
    async def day() -> None:
        ends = Ends()
        begun = []
        for number in range(50):
            begun.append((0.1 * number + TIMEOUT_S, ends.begin()))
            begun.append((0.1 * number + 1.0, ends.begin(1.0)))
            await asyncio.sleep(0.1)
        await asyncio.sleep(60)
        assert ends.at == {exchange: round(at, 3) for at, exchange in begun}
        last = ends.begin()
        await asyncio.sleep(60)
        assert ends.at[last] == round(5 + 60 + TIMEOUT_S, 3), "a row begins anew after its end"

    run_virtually(day())


def test_what_was_answered_is_never_given_up():
    async def day() -> None:
        ends = Ends()
        answered, first = ends.begin(), ends.begin()
        later = ends.begin()
        answered.settle(NotSent(detail=""))
        await asyncio.sleep(1)
        later.settle(NotSent(detail=""))
        await asyncio.sleep(60)
        assert set(ends.at) == {first}

    run_virtually(day())


def test_a_fault_in_giving_one_up_leaves_none_behind_it_without_an_end():
    async def day() -> None:
        ends = Ends()

        def fails(_: Exchange) -> None:
            raise ValueError("a bug")

        ends.deadlines.add(an_exchange(), TIMEOUT_S, fails)
        others = {ends.begin() for _ in range(3)}
        await asyncio.sleep(TIMEOUT_S + 1)
        assert set(ends.at) == others
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        assert [str(fault["exception"]) for fault in loop.faults] == ["a bug"]
        loop.faults.clear()

    run_virtually(day())


def test_a_burst_sets_one_timer():
    async def day() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        ends = Ends()
        before = len(loop._timers)
        for _ in range(100):
            ends.begin()
        await asyncio.sleep(0)
        assert len(loop._timers) == before + 1

    run_virtually(day())
