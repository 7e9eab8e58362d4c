"""Open positions of the master for followers of fixed lots, and of ratios of what both accounts have."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.values import control as c
from engine.core.values.market import MASTER, Product, Side
from engine.core.values.rules import Sizing
from tests.core.core_open_positions import NRML, answered, began, copied, copy, left, listed
from tests.core.core_sync import a_position, proposal
from tests.core.core_world import FATHER, FUTURE, World, a_follower, done

FIXED = {"sizing": Sizing.FIXED_LOTS, "fixed_lots": 2}
BY_FUNDS = {"sizing": Sizing.EQUITY}


def holding(lots: int, side: str = "BUY", **rules) -> World:
    """The master is in since before the start; both accounts' funds were read."""
    world = World(a_follower(**rules), copying=False)
    world.master(done("H1", side, lots * 75, price="90", **NRML))
    world.funds(FATHER, 500_000)
    world.funds(MASTER, 1_000_000)
    began(world, (lots if side == "BUY" else -lots) * 75, 100, {**NRML})
    return world


def ledger(world: World):
    return world.ledger(FUTURE, product=Product.NRML)


@pytest.mark.parametrize(
    ("rules", "lots", "units", "why"),
    [
        (FIXED, 6, 150, "2 lot of 75 an order, FIXED_LOTS"),
        (BY_FUNDS, 6, 225, "of the master's ₹10,00,000"),
        (BY_FUNDS, 7, 225, "of the master's ₹10,00,000"),
        ({**BY_FUNDS, "multiplier": "2"}, 7, 525, "times 2"),
        ({"sizing": Sizing.FREE_MARGIN}, 4, 150, "free margin"),
    ],
)
@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_it_is_worth_what_an_order_of_now_would_be_and_says_by_what(rules, lots, units, why, side):
    world = holding(lots, side, **rules)
    (order,) = listed(world).orders
    assert (order.side, order.quantity) == (Side(side), units)
    assert why in order.why
    copied(world)
    sign = order.side.sign
    assert ledger(world).held == sign * units
    assert not left(world), "what was copied by the list is not asked about again"
    assert not listed(world).orders
    assert not proposal(world).orders, "nor by /sync"
    world.check_journal()


def test_less_than_a_lot_is_named_with_what_it_is_measured_by():
    world = holding(1, **BY_FUNDS)
    assert not listed(world).orders
    assert "its share is 37.5 units by equity" in left(world)


def test_funds_that_were_not_read_leave_it_out_with_the_mend():
    world = holding(6, **BY_FUNDS)
    world.sleep(1000)
    assert not listed(world).orders
    assert "was read" in left(world)
    assert "/funds" in left(world)


def test_funds_that_moved_before_the_press_make_it_another_list():
    world = holding(6, **BY_FUNDS)
    mark = listed(world).mark
    world.funds(FATHER, 1_000_000)
    assert not copy(world, mark).accepted
    assert not world.pending
    world.funds(FATHER, 500_100)
    assert copy(world, mark).accepted, "a few rupees are no other lot"


def test_where_some_of_it_is_copied_already_the_rest_is_left_to_him():
    world = holding(6, **BY_FUNDS)
    world.master(done("M2", quantity=150, **NRML))
    world.ack_and_fill()
    world.positions(a_position(ledger(world).held, FUTURE, exchange="NFO", product=Product.NRML))
    world.wait(5)
    assert not listed(world).orders
    assert "some of it is copied already" in left(world)


@pytest.mark.parametrize("rules", [FIXED, BY_FUNDS])
def test_what_was_entered_since_the_start_alone_is_no_matter(rules):
    world = World(a_follower(**rules))
    world.funds(FATHER, 500_000)
    world.funds(MASTER, 1_000_000)
    world.master_positions()
    world.master(done("M1", quantity=300, **NRML))
    world.ack_and_fill()
    assert not listed(world).orders
    assert not left(world)


@settings(max_examples=40, deadline=None)
@given(
    lots=st.integers(2, 8), short=st.booleans(), exits=st.lists(st.integers(1, 4), max_size=5),
    fixed=st.booleans(), restarts=st.booleans(),
)  # fmt: skip
def test_his_exits_take_their_share_and_out_is_out(lots, short, exits, fixed, restarts):
    side, sign = ("SELL", -1) if short else ("BUY", 1)
    world = holding(lots, side, **(FIXED if fixed else BY_FUNDS))
    whole = 2 if fixed else lots // 2
    copied(world)
    net = lots
    for number, size in enumerate(exits):
        units = min(size, net)
        net -= units
        if units:
            world.master(done(f"X{number}", "BUY" if short else "SELL", units * 75, **NRML))
        answered(world, sign)
        if restarts:
            world.restart()
            world.log_in(FATHER)
            world.master()
            world.read()
            world.positions(
                a_position(ledger(world).held, FUTURE, exchange="NFO", product=Product.NRML)
            )
            world.wait(2)
    held = Decimal(sign * ledger(world).held) / 75
    assert -1 < held - Decimal(whole) * net / lots < 1
    assert held == 0 or net > 0


def test_a_stop_and_a_new_start_enter_nothing_twice():
    world = copied(holding(6, **FIXED))
    world.positions(a_position(150, FUTURE, exchange="NFO", product=Product.NRML))
    world.ask(c.StopCopy())
    assert world.ask(c.StartCopy()).accepted
    world.wait(5)
    assert not listed(world).orders
    assert not copy(world, "x").accepted
