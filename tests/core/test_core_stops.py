"""Stop orders of the master: the child waits for the same trigger, and follows its changes."""

from decimal import Decimal

import pytest

from engine.core.chat.reading_copies import copy_view
from engine.core.chat.sentences import Narrator
from engine.core.values.commands import Modify
from engine.core.values.events import Ticked
from engine.core.values.keys import Leg, MasterKey
from engine.core.values.market import OrderType, Product, Side, Venue
from engine.core.values.merge import sight
from engine.core.values.orders import OrderRow
from engine.core.values.records import MasterSeen
from tests.core.core_holdings import holding
from tests.core.core_world import MORNING, World, an_order, done

CALL = "NIFTY26DEC26000CE"


def a_stop(order_id: str = "S1", side: str = "BUY", trigger: str = "101", **changed):
    plain = {"order_type": OrderType.SL, "price": "101.5", "status": "TRIGGER PENDING"}
    return an_order(order_id, side, trigger_price=Decimal(trigger), **(plain | changed))


def test_a_stop_entry_waits_for_the_same_trigger():
    world = World()
    world.master(a_stop())
    child = world.ack()
    assert (child.order_type, child.price, child.trigger_price) == (
        OrderType.SL,
        Decimal("101.5"),
        Decimal(101),
    )
    world.wait(30)
    assert not world.pending


def test_the_band_that_kite_sets_on_a_triggered_sl_m_is_shown_to_nobody():
    world = World()
    waiting = {"order_type": OrderType.SL_M, "price": None}
    world.master(a_stop(**waiting))
    world.ack_and_fill()
    world.master(
        a_stop(order_type=OrderType.SL_M, price="103", status="COMPLETE", filled_quantity=10)
    )
    view = copy_view(world.state, Venue.LIVE, "S1")
    assert view is not None
    assert (view.order_type, view.price, view.trigger_price) == (OrderType.SL_M, None, Decimal(101))


def test_a_moved_trigger_is_modified_in_place():
    world = World()
    world.master(a_stop())
    world.ack()
    world.master(a_stop(trigger="102", price="102.5"))
    change = world.modified()
    assert (change.trigger_price, change.price) == (Decimal(102), Decimal("102.5"))
    assert not world.pending


def test_a_protective_stop_rests_beside_the_target_and_goes_when_the_target_fills():
    world = holding()
    world.master(an_order("T1", "SELL", price="110"))
    target = world.ack()
    world.master(a_stop("S1", "SELL", trigger="95", price="94.5"))
    stop = world.ack()
    assert (stop.side, stop.quantity, stop.order_type) == (Side.SELL, 10, OrderType.SL)
    world.fill(target)
    assert world.cancel().order_id == world.order_ids[stop.tag]


def test_a_stop_that_the_master_was_filled_on_goes_up_the_ladder():
    world = holding()
    world.master(a_stop("S1", "SELL", trigger="95", price="94.5"))
    world.ack()
    world.master(
        a_stop("S1", "SELL", trigger="95", price="94.5", status="COMPLETE", filled_quantity=10)
    )
    world.wait(1.5)
    market = world.modified()
    assert market.order_type is OrderType.MARKET
    assert market.trigger_price is None


@pytest.mark.parametrize("tags", [(), ("mktp",)])
def test_a_stop_market_waits_whatever_its_tags_say(tags):
    world = World()
    world.master(a_stop(order_type=OrderType.SL_M, price=None, tags=tags))
    child = world.ack()
    assert (child.order_type, child.price, child.market_protection) == (OrderType.SL_M, None, -1)


def test_a_stop_market_on_an_option_is_a_stop_with_a_limit():
    world = World()
    world.master(
        a_stop(
            order_type=OrderType.SL_M,
            price=None,
            exchange="NFO",
            symbol=CALL,
            product=Product.NRML,
            quantity=75,
        )
    )
    child = world.ack()
    assert child.order_type is OrderType.SL
    assert child.price is not None
    assert child.price > Decimal(101)


def test_a_stop_cancelled_by_the_master_takes_its_child_along():
    world = World()
    world.master(a_stop())
    world.ack()
    world.master(a_stop(status="CANCELLED"))
    world.cancelled()
    world.wait(10)
    assert not world.pending
    assert world.held() == 0


def test_a_limit_that_becomes_a_stop_is_modified_and_does_not_fill_at_once():
    world = World()
    world.master(an_order("S1", price="99"))
    world.ack()
    world.master(a_stop())
    change = world.modified()
    assert (change.order_type, change.trigger_price) == (OrderType.SL, Decimal(101))
    assert len(world.children("S1", Leg.ENTRY)) == 1


def test_a_market_exit_of_the_master_goes_out_while_his_stop_still_waits():
    world = holding()
    world.master(a_stop("S1", "SELL", trigger="95", price="94.5"))
    stop = world.ack()
    world.master(done("X1", "SELL"))
    exiting = next(
        c for c in (world.take() for _ in range(len(world.pending))) if c.priority == "exit"
    )
    world.ack_and_fill(exiting)
    assert world.held() == 0
    assert stop.tag in world.state.children


def test_a_story_says_once_that_what_is_left_closes_and_never_of_what_has_filled():
    key = MasterKey(exchange="NSE", symbol="SBIN", product=Product.MIS)

    def told(narrator: Narrator, row: OrderRow, *, was_exit: bool) -> str:
        seen = sight(row, 1)
        record = MasterSeen(key=key, sighting=seen, at=MORNING, was_exit=was_exit)
        sentence = narrator.tell(Ticked(at=MORNING, trading_day=MORNING.date()), record)
        return sentence.text if sentence else ""

    narrator, stop = Narrator(), a_stop("S1", "SELL", trigger="95", price="94.5")
    first = told(narrator, stop, was_exit=False)
    assert "SELL 10 NSE:SBIN MIS SL 94.5, trigger 95, 0 of 10 filled" in first
    assert told(narrator, stop, was_exit=True).startswith("what is left of it closes")
    assert told(narrator, stop, was_exit=True) == ""
    narrator, sold = Narrator(), done("X1", "SELL")
    told(narrator, sold, was_exit=False)
    assert told(narrator, sold, was_exit=True) == ""


def test_a_limit_that_rests_in_the_book_becomes_a_stop_with_its_trigger():
    world = World()
    world.master(an_order("S1", price="99"))
    child = world.ack()
    world.change(child, status="OPEN")
    world.master(a_stop())
    change = world.modified()
    assert (change.order_type, change.trigger_price) == (OrderType.SL, Decimal(101))


def test_an_exit_at_the_market_never_goes_back_to_wait_for_a_trigger():
    """His stop fills in part and beyond his net; he buys again, and what is left of it exits once more."""
    world = holding()
    stop = {"order_type": OrderType.SL_M, "trigger": "95", "price": None, "quantity": 30}
    world.master(a_stop("S1", "SELL", **stop))
    child = world.ack()
    world.change(child, status="OPEN")
    triggered = a_stop("S1", "SELL", status="OPEN", filled_quantity=15, average_price=95, **stop)
    world.master(triggered)
    world.wait(1)
    assert world.modified().order_type is OrderType.MARKET
    world.pending.clear()
    world.master(triggered, done("M2", quantity=10))
    changes = [each for each in world.pending if isinstance(each, Modify)]
    assert not changes, "it is at the market, and so is he"
    world.fill(child)
    assert world.held() == 0
    world.check_journal()
