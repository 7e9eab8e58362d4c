"""Exits: in which form, how much of what is held, and what they climb when they do not fill."""

from decimal import Decimal

import pytest

from engine.core.chat.reading import status_view
from engine.core.values import control as c
from engine.core.values.market import MASTER, OrderType, Product, Side, Venue
from tests.core.core_holdings import a_position, holding
from tests.core.core_orders import BOTH
from tests.core.core_world import FATHER, FUTURE, MOTHER, World, a_follower, an_order, done


@BOTH
def test_a_market_exit_is_a_protected_market_order_of_what_is_held(mirror):
    world = holding(a_follower(mirror=mirror, multiplier=3))
    world.master(done("X1", "SELL"))
    sent = world.place()
    assert (sent.side, sent.quantity, sent.order_type) == (Side.SELL, 30, OrderType.MARKET)
    assert sent.market_protection is not None
    assert sent.deadline is None
    world.ack_and_fill(sent)
    assert world.held() == 0
    world.wait(60)
    assert not world.pending
    world.check_journal()


@BOTH
def test_a_working_limit_exit_rests_at_the_masters_price_and_follows_his_cancel(mirror):
    world = holding(a_follower(mirror=mirror))
    world.master(an_order("X1", "SELL", price="105"))
    sent = world.ack()
    assert (sent.side, sent.quantity, sent.price) == (Side.SELL, 10, Decimal(105))
    world.master(an_order("X1", "SELL", price="105", status="CANCELLED"))
    world.cancelled()
    world.wait(10)
    assert not world.pending
    assert world.held() == 10


@BOTH
def test_an_exit_the_master_completed_goes_up_the_ladder_and_then_asks(mirror):
    world = holding(a_follower(mirror=mirror))
    world.master(an_order("X1", "SELL", price="105"))
    child = world.ack()
    world.master(done("X1", "SELL", price="105"))
    world.wait(1.5)
    market = world.modified()
    assert (market.order_type, market.quantity) == (OrderType.MARKET, 10)
    assert market.market_protection == -1
    world.change(child, order_type=OrderType.LIMIT, price=Decimal(103))
    world.wait(3)
    assert not world.pending
    world.wait(3, SBIN=104)
    first = world.modified()
    assert (first.order_type, first.price) == (
        OrderType.LIMIT,
        Decimal("103.00"),
    )  # 1 % down, up to the tick
    world.wait(9, SBIN=103)
    assert not world.pending
    world.wait(2, SBIN=103)
    assert world.modified().price == Decimal("100.95")  # two bands
    world.wait(14)
    assert not world.alerts("has not filled"), "30 s in all: 5 and 10 before, 15 here"
    world.wait(26)
    assert not world.pending, "left working"
    stuck = world.alerts("has not filled for 30 s")
    assert len(stuck) == 1
    assert stuck[0].needs_human
    asked = status_view(world.state, now=world.now).accounts[1]
    assert (asked.name, asked.stuck_exits) == (FATHER, 1)
    world.fill(child)
    assert status_view(world.state, now=world.now).accounts[1].stuck_exits == 0


@pytest.mark.parametrize("multiplier", ["0.5", "1", "2", "1.5"])
def test_partial_exits_then_a_full_exit_leave_nothing(multiplier):
    world = holding(a_follower(multiplier=multiplier), quantity=10)
    world.obliging = True
    before = world.held()
    world.master(done("X1", "SELL", 3))
    assert world.held() == before - before * 3 // 10
    world.master(done("X2", "SELL", 7))
    assert world.held() == 0
    assert world.ledger().exact() == 0


def test_lots_round_toward_zero_on_a_partial_exit_and_all_of_it_goes_when_he_is_flat():
    world = World(a_follower(multiplier="1"))
    world.obliging = True
    world.master(done("M1", exchange="NFO", symbol=FUTURE, quantity=225))
    world.master(done("X1", "SELL", exchange="NFO", symbol=FUTURE, quantity=75))
    assert world.held(FUTURE) == 150
    world.master(done("X2", "SELL", exchange="NFO", symbol=FUTURE, quantity=150))
    assert world.held(FUTURE) == 0


def test_one_follower_out_of_the_order_does_not_change_anothers():
    world = World(a_follower("father"), a_follower("mother"))
    world.master(done("M1"))
    for command in list(world.pending):
        if command.follower == FATHER:
            world.refuse(command)
        else:
            world.ack_and_fill(command)
    world.pending.clear()
    world.master(done("X1", "SELL"))
    assert [(each.follower, each.quantity) for each in world.pending] == [(MOTHER, 10)]


def test_an_exit_above_freeze_goes_in_pieces_of_whole_lots():
    world = World(a_follower(multiplier=1))
    world.obliging = True
    for number in range(2):
        world.master(done(f"M{number}", exchange="NFO", symbol=FUTURE, quantity=1800))
    world.master(done("X1", "SELL", exchange="NFO", symbol=FUTURE, quantity=3600))
    sells = [each.quantity for each in world.places() if each.side is Side.SELL]
    assert sells == [1800, 1800]
    assert world.held(FUTURE) == 0


def test_an_exit_only_he_is_baseline_to_sells_nothing_of_the_followers():
    world = World(copying=False)
    world.master(done("M1"))
    world.ask(c.StartCopy())
    world.master(done("X1", "SELL"))
    world.wait(10)
    assert not world.pending


def test_paper_holdings_and_live_holdings_are_two_ledgers():
    world = World(venue=Venue.PAPER)
    world.obliging = True
    world.master(done("M1"))
    assert world.held() == 10
    assert {each.venue for each in world.commands} == {Venue.PAPER}
    world.go_live()
    world.ask(c.StartCopy())
    world.master(done("X1", "SELL"))
    assert [each.venue for each in world.places()] == [Venue.PAPER, Venue.PAPER]
    assert world.state.book(world.key(venue=Venue.PAPER)).held == 0
    world.check_journal()


def test_switching_to_paper_is_refused_while_live_holdings_need_their_exit():
    world = holding()
    reply = world.ask(c.GoPaper())
    assert not reply.accepted
    assert world.state.venue is Venue.LIVE


def test_a_new_day_ends_the_session_and_the_exit_goes_out_after_the_login():
    # Intraday positions end with their day; a future under NRML stays.
    world = World()
    world.obliging = True
    world.master(done("M1", exchange="NFO", symbol=FUTURE, product=Product.NRML, quantity=75))
    world.obliging = False
    world.wait(3)
    world.sleep(21 * 3600)
    world.wait(0.1)
    assert not world.state.copying
    assert not world.state.account(FATHER).session_ok
    world.log_in(MASTER)
    world.master_rows.clear()
    world.state.account(MASTER).book_total = 0
    carried = a_position(
        75, exchange="NFO", symbol=FUTURE, product=Product.NRML, overnight_quantity=75
    )
    world.master_positions(carried)
    world.master(
        done("X9", "SELL", exchange="NFO", symbol=FUTURE, product=Product.NRML, quantity=75)
    )
    assert not world.pending
    world.log_in(FATHER)
    world.read()
    assert not world.pending, "he may have closed it by hand before the login"
    world.positions(carried)
    exiting = world.place()
    assert (exiting.side, exiting.quantity) == (Side.SELL, 75)
    world.ack_and_fill(exiting)
    (books,) = world.state.books.values()
    assert [book.held for book in books.values()] == [0]
    world.check_journal()


def test_an_exit_that_he_takes_back_unfilled_is_no_skip():
    world = holding()
    world.master(an_order("X1", "SELL", price="105"))
    world.ack()
    world.master(an_order("X1", "SELL", price="105", status="CANCELLED"))
    world.cancelled()
    world.wait(5)
    assert not world.part("X1").skips


def test_an_exit_he_got_part_of_and_cancelled_goes_to_the_market_as_soon_as_a_completed_one():
    world = holding()
    world.master(an_order("X1", "SELL", price="105"))
    child = world.ack()
    world.master(an_order("X1", "SELL", price="105", status="CANCELLED", filled_quantity=4))
    shrunk = world.modified()
    assert shrunk.quantity == 4
    world.change(child, quantity=4)
    world.wait(1.5)
    assert world.modified().order_type is OrderType.MARKET


@BOTH
def test_what_still_rests_climbs_the_ladder_though_a_later_part_of_the_exit_has_filled(mirror):
    """He offers 7, then raises it to 10 at a lower price and is done in that moment."""
    world = holding(a_follower(mirror=mirror))
    world.master(an_order("X1", "SELL", 7, price="105"))
    resting = world.ack()
    world.master(done("X1", "SELL", 10, price="99"))
    more = world.place()
    assert (more.quantity, more.order_type) == (3, OrderType.MARKET)
    world.ack_and_fill(more)
    world.wait(1)
    change = world.modified()
    assert (change.order_id, change.order_type) == (world.row(resting).order_id, OrderType.MARKET)
    world.fill(resting)
    assert world.held() == 0
    world.wait(60)
    assert not world.pending
    world.check_journal()
