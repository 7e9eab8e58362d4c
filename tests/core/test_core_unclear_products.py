"""An order of the master that a conversion may explain waits for his positions, not for long."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.attention import master_needs
from engine.core.values.calendar import Calendar
from engine.core.values.keys import Leg
from engine.core.values.market import MASTER, Side
from engine.core.values.notices import SkipReason
from engine.core.values.rules import Mirror
from tests.core.conversion_world import CNC, MIS, NRML, a_position, bought, net, read_master
from tests.core.core_world import FUTURE, World, a_follower, an_order, done


def test_a_sale_right_after_a_conversion_waits_for_positions_and_is_an_exit():
    world = bought()
    world.wait(5)
    world.master(done("X1", "SELL", quantity=50, product=CNC))
    assert not world.pending
    assert MASTER in world.reads
    needs = master_needs(
        world.state, Calendar(holidays=frozenset(), always_open=True), now=world.now, ready=True
    )
    assert needs.positions_s == 0
    for _ in range(2):
        read_master(world, mis=0, cnc=0, seconds=0.5)
    sent = world.ack_and_fill()
    assert (sent.product, sent.side, sent.quantity) == (MIS, Side.SELL, 50)
    assert world.held() == 0
    assert (net(world, MIS), net(world, CNC)) == (0, 0)
    world.check_journal()


def test_a_real_short_in_another_product_is_entered_after_one_read():
    """NIFTY held intraday, and a carried short opened beside it: no conversion, so an entry."""
    world = World()
    world.master(done("M1", quantity=75, symbol=FUTURE, exchange="NFO"))
    world.ack_and_fill()
    world.wait(5)
    short = done("M2", "SELL", quantity=75, symbol=FUTURE, exchange="NFO", product=NRML)
    world.master(short)
    assert not world.pending
    world.wait(0.5)
    rows = [
        a_position(units, product, symbol=FUTURE, exchange="NFO")
        for units, product in ((75, MIS), (-75, NRML))
    ]
    world.master_positions(*rows)
    sent = world.ack_and_fill()
    assert (sent.product, sent.priority) == (NRML, "entry")
    assert len(world.alerts("converted")) == 0


def test_positions_that_do_not_come_hold_nothing_up_for_long():
    world = bought()
    world.master(done("X1", "SELL", quantity=50, product=CNC))
    world.wait(5.5)
    assert world.ledger(product=CNC).parts["X1"].skips[Leg.ENTRY].reason is (
        SkipReason.SHORT_DELIVERY
    )
    assert world.alerts("father holds 50 copied: sell it in Kite")


def test_the_part_that_is_an_exit_in_any_case_waits_for_nothing():
    """He holds 50 MIS and 20 CNC, converts the 50 and sells all 70 as CNC."""
    world = bought()
    world.master(done("M2", quantity=20, product=CNC))
    world.ack_and_fill()
    world.wait(5)
    world.master(done("X1", "SELL", quantity=70, product=CNC))
    sent = world.ack_and_fill()
    assert (sent.product, sent.quantity) == (CNC, 20)
    assert not world.pending
    for _ in range(4):
        read_master(world, seconds=1)
    sent = world.ack_and_fill()
    assert (sent.product, sent.quantity) == (MIS, 50)
    assert (world.held(), world.ledger(product=CNC).held) == (0, 0)
    world.check_journal()


def test_an_exit_that_was_there_before_waits_behind_nothing():
    world = bought()
    world.master(done("M2", quantity=20, product=CNC))
    world.ack_and_fill()
    resting = an_order("X0", "SELL", quantity=20, product=CNC, price="110")
    world.master(resting)
    world.ack()
    world.wait(5)
    world.master(an_order("X1", "SELL", quantity=50, product=CNC, price="111"))
    assert "X1" not in world.ledger(product=CNC).parts
    world.master(replace(resting, filled_quantity=5, average_price=Decimal(110)))
    assert world.ledger(product=CNC).parts["X0"].claimed == -5


def test_what_stays_unclear_is_not_entered_and_a_person_is_asked():
    world = World()
    world.master(done("M1", quantity=75, symbol=FUTURE, exchange="NFO"))
    world.ack_and_fill()
    world.master(
        done("X1", "SELL", quantity=75, symbol=FUTURE, exchange="NFO", product=NRML),
    )
    world.wait(30)
    assert not world.pending
    part = world.ledger(FUTURE, product=NRML).parts["X1"]
    assert part.skips[Leg.ENTRY].reason is SkipReason.PRODUCT_UNCLEAR
    (alert,) = world.alerts("did not tell in time whether he converted")
    assert alert.needs_human
    world.check_journal()


def test_an_order_on_the_same_side_waits_for_nothing():
    world = bought()
    world.master(done("M2", quantity=10, product=CNC))
    assert world.place().product is CNC


def test_orders_that_follow_one_that_waits_keep_their_order():
    world = bought()
    world.wait(5)
    world.master(done("X1", "SELL", quantity=50, product=CNC))
    world.master(done("M2", quantity=10, product=CNC))
    assert not world.pending
    for _ in range(2):
        read_master(world, mis=0, cnc=10, seconds=0.5)
    sent = [world.ack_and_fill() for _ in range(2)]
    assert [(each.product, each.side, each.quantity) for each in sent] == [
        (MIS, Side.SELL, 50),
        (CNC, Side.BUY, 10),
    ]


@pytest.mark.parametrize("mirror", [Mirror.SWEEP, Mirror.FILLS])
def test_what_waited_for_positions_is_entered_though_its_exit_is_long_done(mirror):
    """He holds 75 under each product and sells 150 intraday: 75 exit, the others wait to be told apart."""
    world = World(a_follower(mirror=mirror))
    of = {"symbol": FUTURE, "exchange": "NFO"}
    for order_id, product in (("M1", MIS), ("M2", NRML)):
        world.master(done(order_id, quantity=75, product=product, **of))
        world.ack_and_fill()
    rows = [a_position(75, product, **of) for product in (MIS, NRML)]
    world.wait(5, step=5)
    world.master_positions(*rows)
    price = Decimal(100)
    world.master(
        done("X1", "SELL", quantity=150, product=MIS, order_type="LIMIT", price=price, **of)
    )
    assert world.ack_and_fill().quantity == 75
    assert not world.pending
    for _ in range(2):
        world.wait(1)
        world.master_positions(a_position(-75, MIS, **of), rows[1])
    entering = world.place()
    assert (entering.side, entering.quantity) == (Side.SELL, 75)
