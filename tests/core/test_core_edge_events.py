"""What happens to the master's account besides his orders: each is mirrored, or explained.

Here: after-market orders, GTT, RMS on the master and on a follower, a bonus. Elsewhere: conversions
(`test_core_conversions`), RMS on both (`test_core_square_off`), expiry and splits (`test_core_morning`),
another lot (`test_core_rollover`), icebergs (`test_core_bursts`).
"""

import pytest

from engine.core.values import control as c
from engine.core.values.keys import Leg
from engine.core.values.market import OrderType, Product, Side, Variety
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.orders import HoldingRow
from engine.core.values.rules import Mirror
from tests.core.core_holdings import a_position, holding
from tests.core.core_world import FATHER, World, a_follower, an_order, done

AMO = {"variety": Variety.AMO, "price": 99}


def queued(order_id: str = "M1", side: str = "BUY", **changed):
    return an_order(order_id, side, status="AMO REQ RECEIVED", **AMO, **changed)


# -- after-market orders -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mirror", "rests"), [(Mirror.ORDERS, True), (Mirror.SWEEP, True), (Mirror.FILLS, False)]
)
def test_an_after_market_order_is_copied_from_the_book_when_the_exchange_has_it(mirror, rests):
    """No update of the socket ever tells of it: the read of the book alone does."""
    world = World(a_follower(mirror=mirror))
    world.master(queued())
    world.wait(30)
    assert not world.commands
    world.master(queued())
    (said,) = world.alerts("after-market order in the queue: BUY 10 SBIN")
    assert said.severity is Severity.INFO
    world.master(an_order(**AMO))
    assert bool(world.pending) is rests
    if rests:
        sent = world.ack()
        assert (sent.variety, sent.order_type, sent.price) == (Variety.REGULAR, OrderType.LIMIT, 99)
    world.master(done(**AMO))
    if not rests:
        assert world.place().quantity == 10


def test_an_after_market_market_order_that_fills_at_the_open_between_two_reads_is_copied():
    world = World()
    world.master(an_order(status="AMO REQ RECEIVED", variety=Variety.AMO))
    world.master(done(variety=Variety.AMO))
    sent = world.ack_and_fill()
    assert (sent.order_type, sent.quantity) == (OrderType.MARKET, 10)


def test_a_queued_exit_is_copied_when_the_exchange_has_it():
    world = holding()
    world.master(queued("X1", "SELL"))
    world.wait(10)
    assert not world.pending
    world.master(an_order("X1", "SELL", **AMO))
    assert world.ack().side is Side.SELL


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("CANCELLED", SkipReason.MASTER_CANCELLED),
        ("REJECTED", SkipReason.MASTER_REJECTED),
    ],
)
def test_an_after_market_order_that_comes_to_nothing_in_the_queue_has_its_reason(status, reason):
    world = World()
    world.master(queued())
    world.master(an_order(status=status, **AMO))
    world.wait(5)
    assert not world.commands
    assert world.skip_of("M1") is reason


def test_an_after_market_order_of_the_evening_opens_on_a_day_of_its_own():
    """Copying stops over the night: whoever starts it again chooses whether what waits is copied."""
    for wanted in (True, False):
        world = World()
        world.sleep(8 * 3600)
        world.master(queued())
        world.sleep(14.5 * 3600)
        world.wait(1)
        for name in ("master", FATHER):
            world.log_in(name)
        world.master(queued())
        world.master_positions()
        world.read()
        world.positions()
        world.go_live()
        assert world.ask(c.StartCopy(copy_open_orders=wanted)).accepted
        world.wait(2)
        assert not world.pending
        world.master(an_order(**AMO))
        assert bool(world.pending) is wanted
        if not wanted:
            assert world.skip_of("M1") is not None


# -- GTT ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("mirror", list(Mirror), ids=lambda each: each.value)
def test_what_a_gtt_places_is_an_ordinary_order_of_his_and_mirrored(mirror):
    """A trigger makes a regular order in the book, of its own id, placed by the account itself."""
    world = holding(a_follower(mirror=mirror))
    fired = {"placed_by": "UMASTER", "price": 105, "tags": ("gtt",)}
    world.master(an_order("G1", "SELL", **fired))
    assert bool(world.pending) is (mirror is not Mirror.FILLS)
    if world.pending:
        assert world.ack().price == 105
    world.master(done("G1", "SELL", **fired))
    world.wait(2)
    sent = world.modified() if mirror is not Mirror.FILLS else world.place()
    assert (sent.order_type, sent.quantity) == (OrderType.MARKET, 10)


def test_a_gtt_that_was_refused_when_it_fired_has_its_reason():
    world = World()
    world.master(an_order("G1", status="REJECTED", price=99, tags=("gtt",)))
    assert not world.commands
    assert world.skip_of("G1") is SkipReason.MASTER_REJECTED


# -- RMS ---------------------------------------------------------------------------------------


def test_rms_closes_the_master_alone_and_the_copies_follow():
    world = holding()
    world.master(done("R1", "SELL", placed_by="RMS"))
    world.wait(4)
    world.positions(a_position(10))
    assert world.ack_and_fill().quantity == 10
    assert world.held() == 0


def test_rms_closes_a_follower_alone_and_his_exit_later_sells_nothing():
    """His copy is gone without an order of ours: it is written off and told, and never sold short."""
    world = holding()
    world.positions(a_position(10))
    world.wait(30)
    world.positions(a_position(0))
    world.master(done("X1", "SELL"))
    world.wait(10)
    world.positions(a_position(0))
    world.read()
    world.wait(10)
    assert not [place for place in world.places() if place.side is Side.SELL]
    assert world.alerts("written off")
    assert world.held() == 0


# -- shares that become more -------------------------------------------------------------------


def test_a_bonus_asks_a_person_and_only_what_was_copied_is_sold():
    world = World()
    world.positions(holdings=())
    world.obliging = True
    world.master(done("M1", quantity=50, product=Product.CNC))
    world.obliging = False
    world.wait(5)
    world.positions(
        holdings=(HoldingRow(exchange="NSE", symbol="SBIN", quantity=0, t1_quantity=50),)
    )
    world.sleep(24 * 3600)
    world.wait(1)
    for name in ("master", FATHER):
        world.log_in(name)
    world.master_rows.clear()
    world.rows[FATHER].clear()
    world.master()
    world.read()
    doubled = (HoldingRow(exchange="NSE", symbol="SBIN", quantity=100),)
    world.master_positions(holdings=doubled)
    world.positions(holdings=doubled)
    world.go_live()
    (asked,) = [each for each in world.alerts("bonus") if each.needs_human]
    assert "100 SBIN this morning, 50 copied" in asked.text
    assert not world.pending
    world.master(done("X1", "SELL", quantity=100, product=Product.CNC))
    assert world.place().quantity == 50
    assert not world.children("X1", Leg.ENTRY)
    world.check_journal()
