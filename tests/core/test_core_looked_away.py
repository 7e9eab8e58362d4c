"""While nobody looked at an account its owner may have closed copies: an exit waits for what it shows now."""

from datetime import timedelta
from decimal import Decimal

import pytest

from engine.attention import follower_needs
from engine.core.values.events import RowHinted
from engine.core.values.market import MASTER, OrderType, Product, Side, Venue
from tests.core.core_holdings import a_position
from tests.core.core_world import FATHER, FUTURE, MOTHER, World, an_order, done
from tests.core.first_read_world import after_a_login, after_a_start, book_asked, fathers, holding


def seen_holding() -> World:
    """Father holds 10 SBIN, and his positions have shown so."""
    world = holding()
    world.positions(a_position(10))
    world.wait(1)
    return world


def asleep(world: World) -> None:
    world.sleep(1200)


LOOKED_AWAY = [after_a_start, after_a_login, asleep]


@pytest.mark.parametrize("look_away", LOOKED_AWAY)
def test_what_the_owner_closed_while_nobody_looked_is_not_sold_once_more(look_away):
    world = seen_holding()
    look_away(world)
    world.master(done("X1", "SELL"))
    world.read()
    assert not fathers(world), "the positions are still those of before"
    world.positions(a_position(4))
    assert [each.quantity for each in fathers(world)] == [4]


@pytest.mark.parametrize("look_away", LOOKED_AWAY)
def test_an_exit_waits_for_positions_ten_seconds_at_most_and_a_person_is_told(look_away):
    world = seen_holding()
    look_away(world)
    world.master(done("X1", "SELL"))
    world.read()
    world.wait(9)
    assert not fathers(world)
    world.wait(2)
    assert [each.quantity for each in fathers(world)] == [10]
    (alert,) = world.alerts("what it holds cannot be read since")
    assert alert.needs_human


def test_the_first_news_after_a_sleep_sends_nothing_by_what_was_read_before_it():
    """What comes first when the machine wakes up may be his order, and not the tick."""
    world = seen_holding()
    asleep(world)
    world.reads.clear()
    world.hint(done("X1", "SELL"))
    assert set(world.reads) == {MASTER, FATHER, MOTHER}
    world.master(done("X1", "SELL"), done("M2", symbol="INFY"))
    assert not fathers(world)
    book_asked(world, world.now - timedelta(seconds=2))
    assert not fathers(world), "it was asked for before the machine slept"


def test_a_moment_of_standing_still_holds_no_exit_back():
    world = seen_holding()
    world.sleep(8)
    world.master(done("X1", "SELL"))
    assert [each.quantity for each in fathers(world)] == [10]


def test_what_was_held_overnight_is_not_sold_before_this_mornings_positions():
    future = {"exchange": "NFO", "symbol": FUTURE, "product": Product.NRML}
    world = World()
    world.master(done(quantity=75, **future))
    world.ack_and_fill()
    world.wait(3)
    world.sleep(21 * 3600)
    world.wait(0.1)
    world.master_rows.clear()
    world.state.account(MASTER).book_total = 0
    world.log_in(MASTER)
    world.master_positions(a_position(75, overnight_quantity=75, **future))
    world.log_in(FATHER)
    world.master(done("X1", "SELL", quantity=75, **future))
    world.read()
    assert not fathers(world)
    world.positions(a_position(0, **future))
    world.wait(5)
    assert not fathers(world), "he has closed it by hand before the login"


def test_no_entry_hides_what_is_still_to_be_covered():
    """A cover waits for the positions as every exit does; an entry on its side would keep those units for good."""
    world = World()
    world.master(done())
    world.ack_and_fill()
    world.positions(a_position(10))
    stop = {"order_type": OrderType.SL, "trigger_price": Decimal(85), "status": "TRIGGER PENDING"}
    world.master(
        an_order("X1", "SELL", price=150), an_order("X2", "SELL", price=80, **stop)
    )  # his target and his stop
    one, other = world.ack(), world.ack()
    after_a_login(world)
    world.read()
    world.fill(one, price=150)
    world.fill(other, price=80)
    assert world.held() == -10
    world.master(done("X1", "SELL"), an_order("X2", "SELL", status="CANCELLED"))
    world.wait(1)
    world.pending.clear()
    world.master(done("M2", "SELL"))
    world.wait(1)
    assert not fathers(world)
    world.positions(a_position(-10))
    world.wait(2)
    sent = {(each.side, each.quantity) for each in fathers(world)}
    assert sent == {(Side.SELL, 10), (Side.BUY, 10)}
    assert world.alerts("BUY 10 is being sent to cover it")


# -- what the socket tells of other hands ------------------------------------------------------


def a_hand(world: World, side: str = "SELL", units: int = 6, **changed) -> None:
    """The owner trades in Kite, and the account's socket tells so."""
    row = done("H1", side, units, **changed)
    world.offer(RowHinted(venue=Venue.LIVE, account=FATHER, row=row, at=world.now, trusted=True))


def test_what_the_owner_closes_by_hand_is_looked_at_before_it_is_sold_once_more():
    world = seen_holding()
    world.reads.clear()
    a_hand(world)
    assert world.reads == [FATHER]
    assert follower_needs(world.state, FATHER, now=world.now).positions_s == 1
    world.wait(0.5)
    world.master(done("X1", "SELL"))
    assert not fathers(world), "the positions are of before his sale"
    world.positions(a_position(4))
    assert [each.quantity for each in fathers(world)] == [4]


def test_positions_that_do_not_come_hold_that_exit_for_three_seconds():
    world = seen_holding()
    a_hand(world)
    world.master(done("X1", "SELL"))
    world.wait(2.5)
    assert not fathers(world)
    world.wait(0.5)
    assert [each.quantity for each in fathers(world)] == [10]


@pytest.mark.parametrize("what", [{"side": "BUY"}, {"symbol": "INFY"}, {"product": Product.CNC}])
def test_what_he_trades_besides_holds_no_exit_back(what):
    world = seen_holding()
    a_hand(world, **what)
    world.master(done("X1", "SELL"))
    assert [each.quantity for each in fathers(world)] == [10]


def test_two_reads_round_a_sleep_do_not_prove_that_a_change_never_arrived():
    """Or round a clock that was set: by it they lie far apart, and in truth a moment."""
    world = World()
    world.master(an_order(price="99.5"))
    world.ack()
    world.master(an_order(price="99"))
    world.lose(world.modify())
    world.read()
    world.sleep(15)
    world.read()
    assert not world.pending, "the second read is the first that counts"
    world.wait(2.5)
    world.read()
    world.master(an_order(price="99"))
    assert world.modify().price == 99
    world.check_journal()
