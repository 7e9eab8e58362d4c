"""How closely each account is watched: seldom in peace, every second while something is unsure."""

import pytest

from engine.attention import (
    FOLLOWER_BUSY_S,
    FOLLOWER_IDLE_S,
    FOLLOWER_RESTING_S,
    MASTER_CLOSED_S,
    MASTER_OPEN_S,
    POSITIONS_BUSY_S,
    POSITIONS_S,
    follower_needs,
    master_needs,
    watched_tokens,
)
from engine.core.values import control as c
from engine.core.values.calendar import Calendar
from engine.core.values.market import MASTER, Product, Venue
from tests.core.core_world import FATHER, MORNING, World, an_order, done

ALWAYS = Calendar(holidays=frozenset(), always_open=True)
TRADING = Calendar(holidays=frozenset(), always_open=False)


def father(world: World):
    return follower_needs(world.state, FATHER, now=world.now)


def test_the_figures_are_those_of_the_architecture():
    assert MASTER_OPEN_S == 1.0
    assert FOLLOWER_RESTING_S <= 5.0
    assert POSITIONS_S == 30.0


@pytest.mark.parametrize(
    ("calendar", "hour", "seconds"),
    [(TRADING, 10, MASTER_OPEN_S), (TRADING, 3, MASTER_CLOSED_S), (ALWAYS, 3, MASTER_OPEN_S)],
)
def test_the_master_is_read_every_second_while_the_market_is_open(calendar, hour, seconds):
    world = World()
    needs = master_needs(world.state, calendar, now=MORNING.replace(hour=hour), ready=True)
    assert needs.active
    assert needs.book_s == seconds


def test_nobody_is_read_without_a_session_nor_the_master_before_the_instruments_are_known():
    world = World()
    assert not master_needs(world.state, ALWAYS, now=world.now, ready=False).active
    world.lose_session(FATHER)
    assert not father(world).active
    world.lose_session(MASTER)
    assert not master_needs(world.state, ALWAYS, now=world.now, ready=True).active


def test_until_the_masters_openings_are_known_his_positions_are_read_every_second():
    world = World(copying=False)
    world.state.openings_known = False
    assert master_needs(world.state, ALWAYS, now=world.now, ready=True).positions_s == 1.0
    world.state.openings_known = True
    assert master_needs(world.state, ALWAYS, now=world.now, ready=True).positions_s == POSITIONS_S


def test_a_follower_at_peace_is_read_seldom():
    world = World()
    assert father(world).book_s == FOLLOWER_IDLE_S
    assert father(world).positions_s == POSITIONS_S
    assert not father(world).whole


def test_a_fresh_child_is_watched_every_second_and_a_resting_one_every_few():
    world = World()
    world.master(an_order("M1", price="99.50"))
    world.ack()
    assert father(world).book_s == FOLLOWER_BUSY_S
    world.sleep(11)
    assert father(world).book_s == FOLLOWER_RESTING_S
    assert father(world).positions_s == POSITIONS_BUSY_S
    world.master(an_order("M1", price="99.50", status="CANCELLED"))
    assert father(world).book_s == FOLLOWER_BUSY_S, "a cancel is under way"


def test_after_a_copy_the_account_is_watched_a_little_longer():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    assert father(world).book_s == FOLLOWER_RESTING_S
    assert father(world).positions_s == POSITIONS_BUSY_S
    world.sleep(11)
    assert father(world).book_s == FOLLOWER_IDLE_S


def test_an_order_of_unknown_fate_is_looked_for_in_the_whole_book_every_second_for_as_long():
    world = World()
    world.master(done("M1"))
    world.lose(world.place())
    for _ in range(3):
        assert father(world).book_s == FOLLOWER_BUSY_S
        assert father(world).whole
        world.sleep(60)


def test_an_account_is_read_at_once_after_login_and_after_resume():
    world = World()
    world.lose_session()
    world.log_in(FATHER)
    assert father(world).book_s == FOLLOWER_BUSY_S
    world.read()
    assert father(world).book_s == FOLLOWER_IDLE_S
    world.ask(c.PauseFollower(follower=FATHER))
    world.ask(c.ResumeFollower(follower=FATHER))
    assert father(world).book_s == FOLLOWER_BUSY_S


def test_paper_children_make_no_reads_at_the_broker():
    world = World(venue=Venue.PAPER)
    world.master(an_order("M1", price="99.50"))
    world.ack()
    world.sleep(11)
    assert father(world).book_s == FOLLOWER_IDLE_S
    assert not father(world).whole


def test_prices_are_watched_of_what_the_master_trades_and_of_what_is_held():
    world = World()
    assert watched_tokens(world.state) == frozenset()
    world.master(done("M1"))
    world.ack_and_fill()
    assert watched_tokens(world.state) == frozenset({1})
    world.master(an_order("M2", symbol="INFY", price="10"))
    assert watched_tokens(world.state) == frozenset({1, 2})
    world.master(done("M3", symbol="NOTLISTED"))
    assert watched_tokens(world.state) == frozenset({1, 2})


def test_holdings_are_read_again_only_while_delivery_shares_are_copied():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    assert father(world).holdings_s is None
    world.master(done("M2", product=Product.CNC))
    assert father(world).holdings_s == 30
    world.ack_and_fill()
    world.wait(3600, step=5)
    assert father(world).holdings_s == 30
    world.master(done("X2", "SELL", product=Product.CNC))
    world.ack_and_fill()
    world.wait(3)
    assert father(world).holdings_s is None


def test_a_share_sold_on_another_exchange_is_watched_there_too():
    world = World()
    world.master(done("M1", product=Product.CNC))
    world.master(an_order("X1", "SELL", price="101", product=Product.CNC, exchange="BSE"))
    assert {1, 5} <= watched_tokens(world.state)


def test_positions_are_read_soon_after_a_fill_of_a_copy_that_had_rested():
    world = World()
    world.master(an_order("M1", price="95"))
    child = world.ack()
    world.wait(14)
    world.fill(child)
    assert follower_needs(world.state, FATHER, now=world.now).positions_s == POSITIONS_BUSY_S
