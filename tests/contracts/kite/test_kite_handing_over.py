"""What stands between a lane and the kernel for each order, counted: it is paid once for every follower."""

import sys
from functools import partial

from bot.kill_switch import KillSwitch
from engine.brokers.kite.deadlines import Deadlines
from engine.brokers.kite.gateway import KiteGateway
from engine.brokers.kite.wire import Wire
from engine.budget import RateBudget
from engine.clock import SteadyClock, SystemClock
from engine.core.risk.gates import entry_epoch
from engine.core.values.commands import Priority
from engine.core.values.market import Venue
from engine.lanes import Lane
from engine.moment import LOOK_S, Lookout
from tests.contracts.kite.kite_servers import a_place, some_credentials
from tests.contracts.kite.memory_line import Dial
from tests.core.core_world import FATHER, World

#: Functions of ours that may run for an account's first order, which forms the head of its requests and begins a
#: second of its budget; what its connection does is left out. Lower it when there are fewer.
MOST_CALLS = 17
ORDERS = 20


async def test_an_order_of_a_burst_takes_few_calls_of_ours(tmp_path):
    state, clock, deadlines = World().state, SteadyClock(SystemClock()), Deadlines()
    # A look that holds for the whole test: how many there are a burst depends on the machine.
    lookout = Lookout(clock, KillSwitch(tmp_path / "kill"), for_s=LOOK_S * 1e6)
    credentials = some_credentials()
    lanes, dials = [], []
    for _ in range(ORDERS):
        dial = Dial()
        wire = Wire(dialler=dial, credentials=credentials, permit=lambda: True, deadlines=deadlines)
        gateway = KiteGateway(wire, credentials)
        await gateway.warm()
        lanes.append(
            Lane(
                gateway,
                clock=clock,
                lookout=lookout,
                epoch=partial(entry_epoch, state, Venue.LIVE, FATHER),
                answered=lambda _answer: None,
                budget=RateBudget(),
            )
        )
        dials.append(dial)
    entry = a_place(priority=Priority.ENTRY, mode_epoch=state.mode_epoch, deadline=None)
    lanes[0].send(entry)  # what is formed once for all
    before = sum(dial.requests for dial in dials)
    calls: list[str] = []

    def count(frame, event, _argument) -> None:
        if event == "call" and "/engine/" in frame.f_code.co_filename:
            calls.append(frame.f_code.co_qualname)

    sys.setprofile(count)
    try:
        for lane in lanes[1:]:
            lane.send(entry)
    finally:
        sys.setprofile(None)
    assert sum(dial.requests for dial in dials) - before == ORDERS - 1, "all have left"
    assert len(calls) / (ORDERS - 1) <= MOST_CALLS, sorted(set(calls))
    for lane in lanes:
        await lane.close()
