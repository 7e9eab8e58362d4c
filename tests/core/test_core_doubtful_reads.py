"""What a read or a socket row changes that comes too early, is not to be believed, or tells only a part."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from engine.core.observe.drift import drift_view
from engine.core.state.conversions import followed
from engine.core.values import control as c
from engine.core.values.clock_level import ClockLevel
from engine.core.values.commands import Acked
from engine.core.values.events import ClockCompared, RowHinted
from engine.core.values.instruments import NO_INSTRUMENTS
from engine.core.values.keys import Leg, MasterKey
from engine.core.values.market import MASTER, OrderStatus, Product, Side, Venue
from engine.core.values.notices import Severity
from tests.core.core_holdings import a_position, holding
from tests.core.core_world import FATHER, FUTURE, INSTRUMENTS, World, a_follower, an_order, done


def test_a_masters_book_that_lost_orders_is_told_once_and_believed_once_three_reads_agree():
    world = World()
    world.master(done("M1"), done("M2", symbol="INFY"))
    for _ in range(2):
        world.ack_and_fill()
    world.master_rows.clear()
    for times in (1, 2, 3):
        world.wait(1)
        world.master(done("M3", symbol="INFY", quantity=3))
        assert len(world.pending) == (1 if times == 3 else 0), (
            "what it shows is not believed either"
        )
    (alert,) = world.alerts("The master's order book came back with fewer orders")
    assert (alert.severity, "not believed" in alert.text) == (Severity.WARNING, True)
    assert (world.place().quantity, world.held()) == (3, 10), "what is gone was not sold"
    assert not world.pending


def test_a_change_of_an_order_that_no_book_has_shown_begins_nothing():
    """A socket word like UPDATE does not prove the whole order: the book, read for it, does."""
    world = World()
    row = an_order("M1", price="100", status="UPDATE")
    decision = world.hint(row)
    assert MASTER in decision.reads
    assert world.state.master_order(row.order_id) is None
    assert not world.pending
    world.master(replace(row, status=OrderStatus.OPEN))
    assert world.place().price == 100


def test_what_the_socket_says_before_his_openings_are_known_is_taken_up_with_them():
    """Before, an exit of what he carried in cannot be told from an entry."""
    world = World(copying=False)
    world.sleep(24 * 3600)
    world.wait(1)
    world.log_in(MASTER)
    world.log_in(FATHER)
    world.master_rows.clear()
    for _ in range(3):
        world.master()
    world.read()
    world.go_live()
    world.hint(done("M1"))
    assert not world.commands
    assert not world.ask(c.StartCopy()).accepted
    world.master_positions(replace(a_position(10), overnight_quantity=-10))
    key = MasterKey(exchange="NSE", symbol="SBIN", product=Product.MIS)
    order = world.state.master[key].orders
    assert [(each.exit_filled, each.entry_filled) for each in order.values()] == [(10, 0)]
    assert world.state.master[key].net == 0


def test_positions_before_the_days_instruments_convert_and_prove_nothing():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    world.state.instruments = NO_INSTRUMENTS
    moved = (a_position(0), a_position(10, product=Product.CNC))
    for _ in range(3):
        world.wait(5)
        world.master_positions(*moved)
    assert not world.alerts("converted")
    world.state.instruments = INSTRUMENTS
    for _ in range(2):
        world.wait(5)
        world.master_positions(*moved)
    assert world.alerts("converted 10 SBIN from MIS to CNC")


@pytest.mark.parametrize(("status", "told"), [("OPEN", True), ("UPDATE", False)])
def test_a_followers_socket_that_says_only_update_reads_no_quantity_back(status, told):
    """The row of an UPDATE is that of before the change as often as not; any other row tells what is."""
    world = holding()
    world.master(an_order("X1", "SELL", price="110", quantity=4))
    exit_ = world.ack()
    world.master(an_order("X1", "SELL", price="110", quantity=6))
    change = world.modify()
    world.answer(change, Acked(order_id=world.order_ids[exit_.tag]))
    assert change.quantity == 6
    old = replace(
        world.row(exit_), status=OrderStatus(status), status_text=status,
        updated_at=world.now + timedelta(seconds=1),
    )  # fmt: skip
    world.offer(RowHinted(venue=Venue.LIVE, account=FATHER, row=old, at=world.now, trusted=True))
    (child,) = world.children("X1", Leg.EXIT)
    assert bool(world.alerts("was modified to 6 units")) is told
    assert child.terms.quantity == (4 if told else 6)


@pytest.mark.parametrize(
    ("ahead", "level", "says"),
    [
        (1, ClockLevel.WELL, ""),
        (
            5,
            ClockLevel.OFF,
            "5 s ahead of Kite's: set it by NTP (sudo timedatectl set-ntp true). Entries go on.",
        ),
        (-40, ClockLevel.FAR_OFF, "40 s behind Kite's: no entry leaves until it is right"),
    ],
)
def test_two_answers_that_agree_tell_how_wrong_the_clock_is(ahead, level, says):
    world = World()
    for _ in range(2):
        world.offer(ClockCompared(ahead=timedelta(seconds=ahead), at=world.now))
    assert world.state.clock_level is level
    told = [alert.text for alert in world.alerts("clock")]
    assert len(told) == (1 if says else 0)
    assert all(says in text for text in told)
    world.master(done("M1"))
    assert bool(world.pending) is (level is not ClockLevel.FAR_OFF)


# -- his products ------------------------------------------------------------------------------


def waits_for_positions() -> World:
    """He holds 50 MIS, and a sale of 50 under NRML-like CNC waits until his positions tell."""
    world = holding(quantity=50)
    world.master_positions(a_position(50))
    world.wait(5)
    world.master(an_order("X1", "SELL", 50, product=Product.CNC, price="110"))
    assert not world.pending
    return world


def test_an_order_that_waits_for_positions_goes_on_waiting_when_it_is_seen_again():
    """Its fills alone do not tell: entered, they would be a short that he does not have."""
    world = waits_for_positions()
    since = dict(world.state.products.waiting)
    world.wait(1)
    world.master(an_order("X1", "SELL", 50, product=Product.CNC, price="110", filled_quantity=20))
    assert world.state.products.waiting == since, "it waits since it was first seen"
    assert not world.pending
    for _ in range(2):
        world.wait(0.5)
        world.master_positions(a_position(0), a_position(30, product=Product.CNC))
    sent = world.take()
    assert (sent.side, sent.product) == (Side.SELL, Product.MIS)


def test_a_position_that_has_no_row_for_a_while_is_not_taken_for_a_conversion():
    """Kite keeps the rows of closed positions for the day: one that is missing says nothing."""
    world = holding(quantity=50)
    world.master_positions(a_position(50))
    for _ in range(3):
        world.wait(5)
        world.master_positions(a_position(50, product=Product.CNC), holdings=())
    assert not world.alerts("converted")
    key = MasterKey(exchange="NSE", symbol="SBIN", product=Product.MIS)
    assert world.state.master[key].net == followed(world.state, key) == 50


def test_a_product_that_nobody_knows_takes_no_part_in_a_conversion():
    world = holding(quantity=50)
    world.master_positions(a_position(50))
    for _ in range(3):
        world.wait(5)
        world.master_positions(a_position(0), a_position(50, product=Product.UNRECOGNISED))
    assert not world.alerts("converted")
    assert not world.pending
    assert world.held() == 50


def test_what_stays_unclear_is_left_out_by_name_for_whoever_takes_part_in_it():
    """Paper copies of before take no part in a LIVE order: the question names those it is about."""
    world = World(venue=Venue.PAPER)
    contract = {"symbol": FUTURE, "exchange": "NFO"}
    world.master(done("M0", quantity=75, product=Product.NRML, **contract))
    world.ack_and_fill()
    world.go_live()
    assert world.ask(c.StartCopy()).accepted
    world.master(done("M1", quantity=75, **contract))
    world.ack_and_fill()
    world.master(done("X1", "SELL", quantity=150, product=Product.NRML, **contract))
    world.wait(30)
    (alert,) = world.alerts("did not tell in time whether he converted")
    assert "It is not entered for father. Copies still held: father 75," in alert.text
    paper = world.ledger(FUTURE, product=Product.NRML, venue=Venue.PAPER).parts["X1"]
    assert Leg.ENTRY not in paper.skips


def test_a_segment_that_was_taken_out_is_wanted_no_more_and_what_is_held_shows_as_too_much():
    world = holding()
    world.restart(rules=[a_follower(segments=frozenset({"NFO"}))])
    (row,) = drift_view(world.state)[0].rows
    assert (row.symbol, row.wanted, row.copied) == ("SBIN", 0, 10)
