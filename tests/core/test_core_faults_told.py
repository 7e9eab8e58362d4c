"""What goes wrong inside: told once, and no exit is stopped by it."""

from engine.core.values import control as c
from engine.core.values.events import DiskFilled, Faulted
from engine.core.values.market import Side
from engine.core.values.notices import Severity, SkipReason
from tests.core.core_holdings import holding
from tests.core.core_world import World, an_order, done


class FaultyPrices(dict):
    """Prices of which one symbol's cannot be looked at, as by a bug of ours."""

    def get(self, key, default=None):
        if key == "NSE:SBIN":
            raise ZeroDivisionError
        return super().get(key, default)


def test_a_fault_while_planning_one_symbol_is_told_once_and_stops_no_other_symbols_exit():
    world = holding()
    world.obliging = True
    world.master(done("I1", symbol="INFY"))
    world.obliging = False
    world.state.prices = FaultyPrices()
    world.master(done("X1", "SELL"), done("X2", "SELL", symbol="INFY"))
    assert [type(each) for each in world.last.faults] == [ZeroDivisionError]
    sent = world.ack_and_fill()
    assert (sent.side, sent.symbol) == (Side.SELL, "INFY")
    assert not world.pending
    (told,) = world.alerts("A fault inside the program (ZeroDivisionError) while planning SBIN")
    assert told.severity is Severity.CRITICAL
    world.master(an_order("M3", price="50"))
    assert len(world.alerts("A fault inside")) == 1
    world.state.prices = {}
    world.wait(2)
    world.master(an_order("M3", price="50", status="CANCELLED"))
    sent = world.ack_and_fill()
    assert (sent.side, sent.symbol, sent.quantity) == (Side.SELL, "SBIN", 10)


def test_a_fault_outside_is_told_once_in_its_own_words():
    world = World()
    fault = Faulted(topic="engine", text="The backup failed: no room.", at=world.now)
    world.offer(fault)
    world.offer(fault)
    (told,) = world.alerts("The backup failed: no room.")
    assert (told.severity, told.topic) == (Severity.ERROR, "engine")


def test_a_full_disk_stops_entries_and_exits_follow():
    world = holding()
    world.offer(DiskFilled(at=world.now))
    assert not world.state.copying
    world.master(done("M2"), done("X1", "SELL", 20))
    assert world.skip_of("M2") is SkipReason.NOT_COPYING
    assert world.ack_and_fill().side is Side.SELL
    assert world.held() == 0
    (told,) = world.alerts("The disk is full: copying is stopped")
    assert told.needs_human
    # It fills again while nobody has started it: that is told as well, and changes nothing.
    epoch = world.state.mode_epoch
    world.offer(DiskFilled(at=world.now))
    assert len(world.alerts("The disk is full")) == 2
    assert world.state.mode_epoch == epoch
    assert world.ask(c.StartCopy()).accepted
