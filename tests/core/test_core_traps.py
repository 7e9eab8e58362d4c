"""Histories that once lost an exit, doubled an entry or covered a right holding."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.attention import follower_needs
from engine.core.values import control as c
from engine.core.values.commands import Acked, Place, RefusalKind
from engine.core.values.market import OrderId, OrderStatus, OrderType, Side, Venue
from tests.core.core_holdings import a_position
from tests.core.core_world import (
    FATHER,
    FUTURE,
    MOTHER,
    World,
    a_follower,
    an_order,
    done,
)


def oblige(world: World, seconds: float = 5) -> None:
    """Let the brokers take and fill everything from here on."""
    world.obliging = True
    world._oblige()
    world.wait(seconds)


def placed_since(world: World, seen: int) -> list[tuple[Side, int]]:
    return [(x.side, x.quantity) for x in world.commands[seen:] if isinstance(x, Place)]


# -- ledgers beside the one in use ---------------------------------------------------------------


def test_a_flat_paper_ledger_does_not_break_a_live_exit():
    world = World(venue=Venue.PAPER)
    world.obliging = True
    world.master(done("M1"))
    world.master(done("M2", "SELL"))
    world.go_live()
    world.ask(c.StartCopy())
    world.sleep(1)
    world.master(done("M3"))
    seen = len(world.commands)
    world.master(done("M4", "SELL"))
    assert placed_since(world, seen) == [(Side.SELL, 10)]


def test_a_follower_taken_out_of_the_settings_does_not_break_the_others_exit():
    world = World(a_follower(), a_follower(MOTHER))
    world.obliging = True
    world.master(done("M1"))
    world.master(done("M2", "SELL"))
    world.wait(3)
    world.restart(rules=[a_follower()])
    world.read()
    world.master(done("M3"))
    seen = len(world.commands)
    world.master(done("M4", "SELL"))
    assert placed_since(world, seen) == [(Side.SELL, 10)]


# -- claims --------------------------------------------------------------------------------------


def ran_ahead() -> World:
    """The follower's target fills before the master's, who cancels it and leaves at market."""
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    world.sleep(5)
    world.master(an_order("M2", "SELL", price="110"))
    world.ack_and_fill()
    world.sleep(1)
    world.master(an_order("M2", "SELL", price="110", status="CANCELLED"), done("M3", "SELL"))
    world.wait(60)
    assert world.held() == 0
    return world


@pytest.mark.parametrize(("side", "after"), [("BUY", 10), ("SELL", -10)])
def test_a_claim_that_came_to_nothing_does_not_reach_into_the_next_position(side, after):
    world = ran_ahead()
    seen = len(world.commands)
    world.obliging = True
    world.master(done("M4", side))
    world.wait(20)
    assert placed_since(world, seen) == [(Side(side), 10)]
    assert world.held() == after


def test_two_exits_on_their_way_share_what_the_broker_still_shows():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    world.sleep(1)
    world.positions(a_position(5))
    seen = len(world.commands)
    world.master(done("M2", "SELL", 5))
    world.master(done("M3", "SELL", 5))
    assert sum(quantity for _, quantity in placed_since(world, seen)) == 5


def test_an_exit_cut_by_a_lagging_snapshot_goes_out_when_the_next_one_shows_the_units():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    world.sleep(2)
    world.positions(a_position(0))
    world.sleep(1)
    seen = len(world.commands)
    world.master(done("M2", "SELL"))
    world.sleep(1)
    world.positions(a_position(10))
    world.wait(5)
    assert placed_since(world, seen) == [(Side.SELL, 10)]


def test_the_owners_own_units_are_measured_anew_for_each_round_trip():
    world = World()
    world.obliging = True
    world.positions(a_position(10))
    world.sleep(1)
    world.master(done("M1"))
    world.sleep(1)
    world.master(done("M2", "SELL"))
    world.wait(5)
    world.positions(a_position(0))  # he has sold his own
    world.sleep(1)
    world.master(done("M3"))
    world.sleep(1)
    world.positions(a_position(10))
    seen = len(world.commands)
    world.master(done("M4", "SELL"))
    assert placed_since(world, seen) == [(Side.SELL, 10)]


def test_a_resting_exit_that_fills_in_pieces_exits_its_share():
    world = World(a_follower(multiplier="0.5"))
    world.obliging = True
    world.master(done("M1", quantity=750, symbol=FUTURE, exchange="NFO"))
    exiting = {"symbol": FUTURE, "exchange": "NFO", "price": "110"}
    world.sleep(1)
    world.master(an_order("M2", "SELL", 375, **exiting))
    for filled in (75, 150, 225, 300):
        world.sleep(1)
        world.master(an_order("M2", "SELL", 375, filled_quantity=filled, **exiting))
    (child,) = world.ledger(FUTURE).parts[OrderId("M2")].children
    assert (child.terms.order_type, child.terms.quantity) == (OrderType.LIMIT, 150), "still rests"
    world.fill(child.command)
    world.sleep(1)
    world.master(done("M2", "SELL", 375, **exiting))
    world.wait(10)
    # Half of 375 is two and a half lots; the half lot stays owed.
    assert world.held(FUTURE) == 225


# -- entries -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "held"), [("BUY", 10), ("SELL", -10)])
def test_an_order_taken_back_does_not_hide_the_next_one(side, held):
    world = World()
    world.master(an_order("M1", price="95"))
    world.ack()
    world.sleep(2)
    seen = len(world.commands)
    world.master(an_order("M1", price="95", status="CANCELLED"), done("M2", side))
    oblige(world)
    assert placed_since(world, seen) == [(Side(side), 10)]
    assert world.held() == held


def test_a_reversal_never_runs_ahead_of_the_master():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    world.sleep(5)
    seen = len(world.commands)
    world.master(an_order("M2", "SELL", 20, price="110"))
    world.ack_and_fill()
    world.wait(1)
    assert not world.pending, "he has not gone through zero yet"
    world.master(done("M2", "SELL", 20, price="110"))
    oblige(world, 3)
    entry = world.commands[-1]
    assert isinstance(entry, Place)
    assert placed_since(world, seen) == [(Side.SELL, 10), (Side.SELL, 10)]
    assert not world.alerts("through zero")


def test_one_order_over_two_round_trips_keeps_what_he_kept():
    world = World()
    world.master(an_order("M1", quantity=100, price="100"))
    child = world.ack()
    world.sleep(1)
    world.master(an_order("M1", quantity=100, price="100", filled_quantity=50))
    world.sleep(1)
    world.master(done("M2", "SELL", 50))
    world.sleep(1)
    world.master(done("M1", quantity=100, price="100"))
    world.sleep(0.3)
    world.fill(child)
    oblige(world, 20)
    assert world.held() == 50


def test_open_orders_pass_every_other_gate():
    world = World(a_follower(symbols_block=("NSE:SBIN",)))
    world.ask(c.StopCopy())
    world.master(an_order("M1", price="99"))
    world.ask(c.StartCopy(copy_open_orders=True))
    world.wait(2)
    assert not world.pending


# -- unclear outcomes ----------------------------------------------------------------------------


def test_a_cover_that_was_refused_for_rate_is_sent_again():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    world.master(an_order("M2", "SELL", price="110"), an_order("M3", "SELL", price="109"))
    first, second = world.ack(), world.ack()
    world.fill(first)
    world.fill(second)
    cover = next(x for x in list(world.pending) if isinstance(x, Place))
    world.pending.remove(cover)
    assert (cover.side, cover.quantity) == (Side.BUY, 10)
    world.refuse(cover, RefusalKind.RATE, "Too many requests")
    world.pending.clear()
    world.wait(2)
    again = world.place()
    assert (again.side, again.quantity) == (Side.BUY, 10)


def test_an_untagged_order_found_complete_is_exited_at_once_when_he_is_out():
    world = World()
    world.master(done("M1"))
    lost = world.place()
    world.lose(lost)
    world.sleep(1)
    world.master(done("M2", "SELL"))
    world.sleep(3)
    row = replace(
        world.book_row(lost),
        tag=None,
        placed_at=world.now - timedelta(seconds=3),
        status=OrderStatus.COMPLETE,
        filled_quantity=10,
        average_price=Decimal(100),
    )
    world.rows[FATHER] = {row.order_id: row}
    world.read()
    exiting = world.place()
    assert (exiting.side, exiting.quantity) == (Side.SELL, 10)


def test_the_whole_book_is_read_until_an_order_is_seen_and_a_change_is_settled():
    world = World()
    world.master(an_order("M1", price="99"))
    child = world.place()
    world.answer(child, Acked(order_id=OrderId("B1")))
    assert follower_needs(world.state, FATHER, now=world.now).whole, "never seen yet"
    world = World()
    world.master(an_order("M1", price="99"))
    resting = world.ack()
    world.change(resting, order_type=OrderType.LIMIT)
    assert not follower_needs(world.state, FATHER, now=world.now).whole
    world.master(an_order("M1", price="98"))
    world.lose(world.modify())
    assert follower_needs(world.state, FATHER, now=world.now).whole, "a change of unknown fate"


def test_one_read_with_a_fill_an_exit_of_it_and_a_new_order_owes_the_new_one_nothing():
    """He sold 20 of 200, bought them back by an older order, and asks for 20 more: all in one read."""
    world = World()
    world.master(an_order("B1", "BUY", 20, price="99"))
    world.ack()
    world.sleep(2)
    early, late = world.now - timedelta(seconds=1), world.now
    world.master(
        an_order("S1", "SELL", 200, price="99", filled_quantity=20, updated_at=early),
        done("B1", "BUY", 20, price="99", updated_at=late),
        an_order("S2", "SELL", 20, price="101", updated_at=late),
    )
    world.cancelled()
    world.wait(1)
    sizes = {place.price: place.quantity for place in world.places()[1:]}
    assert sizes[Decimal(101)] == 20
    world.check_journal()


def test_a_fill_ahead_of_his_working_rest_is_not_taken_for_what_he_has_exited():
    world = World()
    world.master(an_order("S1", "SELL", 200, price="101"))
    child = world.ack()
    world.master(an_order("S1", "SELL", 200, price="101", filled_quantity=20))
    world.master(done("X1", "BUY", 20))
    world.pending.clear()
    world.fill(child, 200, price=101)
    world.wait(1)
    bought_back = sum(place.quantity for place in world.places() if place.side == "BUY")
    assert bought_back == 20


def test_what_filled_ahead_of_his_offer_and_left_with_his_exit_is_entered_when_his_offer_fills():
    """Our copy of his offer filled whole before it could be cut, and so closed what he then bought and sold."""
    world = World()
    world.master(an_order("S1", "SELL", 5, price="101"))
    ahead = world.ack()
    world.master(done("M1", quantity=3))
    world.modify()  # it comes too late
    bought = world.place()
    world.fill(ahead, price=101)
    world.ack_and_fill(bought)
    assert world.held() == -2
    world.master(done("X1", "SELL", 3))
    world.wait(5)
    assert not world.pending, "an exit never adds to what is held"
    world.master(done("S1", "SELL", 5, price="101"))
    world.wait(3)
    entry = world.ack()
    assert (entry.side, entry.quantity) == ("SELL", 3)
    world.fill(entry, price=101)
    world.wait(10)
    assert (world.held(), len(world.pending)) == (-5, 0)
    assert abs(world.held() - world.ledger().exact()) < 1
    world.check_journal()


def test_what_filled_ahead_and_met_an_exit_of_the_same_read_is_entered_when_his_order_fills():
    """One read told a sale, the purchase that closed it and one more: our copies of the outer two had met."""
    world = World()
    world.master(an_order("S1", "SELL", 10, price="99", filled_quantity=1))
    sold = world.ack()
    world.master(an_order("B1", price="98"))
    world.master(an_order("B1", price="98", filled_quantity=1))
    world.master(an_order("B2", "BUY", 10, price="101"))
    bought = world.ack()
    for mine, price in ((sold, 99), (bought, 101)):
        world.change(
            mine, told=False, status="COMPLETE", filled_quantity=10, average_price=Decimal(price)
        )
    world.read()
    assert (world.held(), len(world.pending)) == (0, 0)
    stamps = [world.now + timedelta(seconds=n) for n in (1, 2, 3)]
    world.sleep(3)
    world.master(
        done("S1", "SELL", 10, price="99", updated_at=stamps[0]),
        done("B1", price="98", updated_at=stamps[1]),
        done("B2", price="101", updated_at=stamps[2]),
    )
    world.wait(3)
    entry = world.ack()
    assert (entry.side, entry.quantity) == ("BUY", 10)
    world.fill(entry, price=101)
    world.wait(10)
    assert (world.held(), len(world.pending)) == (10, 0)
    assert world.ledger().exact() == 10
    world.check_journal()
