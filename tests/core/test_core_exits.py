"""Exits: nothing blocks them, and they never sell more than is held."""

from decimal import Decimal

import pytest

from engine.core.chat.reading import status_view
from engine.core.values import control as c
from engine.core.values.commands import RefusalKind
from engine.core.values.keys import Leg
from engine.core.values.market import MASTER, OrderType, Product, Side, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.rules import Mirror
from tests.core.core_holdings import a_position, holding
from tests.core.core_world import FATHER, FUTURE, MOTHER, World, a_follower, an_order, done

BOTH = pytest.mark.parametrize("mirror", [Mirror.SWEEP, Mirror.ORDERS])


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
    world.wait(40)
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


def test_a_short_is_entered_and_bought_back():
    world = World()
    world.obliging = True
    world.master(done("M1", "SELL"))
    assert world.held() == -10
    world.master(done("X1", "BUY"))
    assert world.held() == 0


def test_a_reversal_through_zero_exits_first_and_enters_when_the_exit_has_ended():
    world = holding()
    world.master(done("X1", "SELL", 25))
    exiting = world.place()
    assert (exiting.side, exiting.quantity, exiting.priority) == (Side.SELL, 10, "exit")
    assert not world.pending
    world.ack(exiting)
    world.wait(1)
    assert not world.pending
    world.fill(exiting)
    entering = world.place()
    assert (entering.side, entering.quantity, entering.priority) == (Side.SELL, 15, "entry")
    world.ack_and_fill(entering)
    assert world.held() == -15
    world.wait(30)
    assert not world.pending
    world.check_journal()


def test_a_slow_exit_makes_the_entry_of_a_reversal_stale_and_says_so():
    world = holding()
    world.master(done("X1", "SELL", 25))
    exiting = world.ack()
    world.wait(4)
    world.wait(20)
    while world.pending:
        command = world.take()
        if command.priority == "cancel":
            world.cancelled(command)
        else:
            exiting = world.ack(command)
    world.fill(exiting)
    world.wait(2)
    assert not world.pending
    assert world.held() == 0
    assert world.skip_of("X1") is SkipReason.STALE


def test_an_exit_while_the_entry_is_unknown_waits_for_it_and_takes_only_what_filled():
    world = World()
    world.master(done("M1"))
    entry = world.place()
    world.lose(entry)
    world.master(done("X1", "SELL"))
    world.wait(5)
    assert not world.pending
    world.book_row(entry)
    world.change(entry, told=False, status="COMPLETE", filled_quantity=10,
                 average_price=Decimal(100))  # fmt: skip
    world.read()
    exiting = world.place()
    assert (exiting.side, exiting.quantity) == (Side.SELL, 10)
    world.ack_and_fill(exiting)
    assert world.held() == 0
    world.wait(10)
    assert not world.pending
    world.check_journal()


def test_an_exit_while_the_entry_still_rests_cancels_it_and_exits_only_what_filled():
    world = World()
    world.master(an_order("M1", price="99.5"))
    entry = world.ack()
    world.master(done("M1", price="99.5"))
    world.fill(entry, 4)
    world.master(done("X1", "SELL"))
    assert any(command.priority == "exit" and command.quantity == 4 for command in world.pending), (
        "the known holding exits at once"
    )
    assert any(command.priority == "cancel" for command in world.pending)
    while world.pending:
        command = world.take()
        if command.priority == "cancel":
            world.cancelled(command)
        else:
            world.ack_and_fill(command)
    world.wait(20)
    assert world.held() == 0
    assert not world.pending


def test_an_exit_where_the_entry_was_refused_sends_nothing_and_records_why():
    world = World()
    world.master(done("M1"))
    world.refuse(world.place())
    world.master(done("X1", "SELL"))
    world.wait(10)
    assert not world.pending
    assert world.skip_of("X1", Leg.EXIT) is SkipReason.NOTHING_HELD


def test_a_fill_learned_after_the_master_was_out_is_sold_at_once():
    world = World()
    world.master(an_order("M1", price="99.5"))
    entry = world.ack()
    world.master(done("M1", price="99.5"))
    world.master(done("X1", "SELL"))
    cancel = world.cancel()
    world.fill(entry)  # it filled before the cancel got there
    late = world.place()
    assert (late.side, late.quantity) == (Side.SELL, 10)
    world.refuse(cancel, RefusalKind.BUSY, "being processed")
    world.ack_and_fill(late)
    world.wait(20)
    assert not world.pending
    assert world.held() == 0


def test_a_fill_learned_after_half_was_sold_is_claimed_by_half():
    world = World()
    world.master(an_order("M1", price="99.5"))
    entry = world.ack()
    world.master(done("M1", price="99.5"))
    world.master(done("X1", "SELL", 5))
    world.fill(entry)
    sells = [each for each in world.places() if each.side is Side.SELL]
    assert sum(each.quantity for each in sells) == 5


@pytest.mark.parametrize("own", [7, -7])
def test_the_followers_own_position_is_not_touched(own):
    world = World()
    world.positions(a_position(own))
    world.obliging = True
    world.master(done("M1"))
    world.wait(1)
    world.positions(a_position(own + 10))
    world.master(done("X1", "SELL"))
    sells = [each for each in world.places() if each.side is Side.SELL]
    assert [each.quantity for each in sells] == [10]
    assert world.held() == 0


@pytest.mark.parametrize("own", [7, -7])
def test_what_the_follower_trades_for_himself_while_a_copy_rests_is_not_touched(own):
    world = World()
    world.positions(a_position(0))
    world.master(an_order("M1", quantity=5, price="90"))
    world.ack()
    world.wait(4)
    world.positions(a_position(own))
    world.wait(1)
    world.master(done("M2"), an_order("M1", quantity=5, price="90", status="CANCELLED"))
    world.cancelled()
    world.ack_and_fill()
    world.wait(4)
    world.positions(a_position(own + 10))
    world.master(done("X1", "SELL"))
    assert world.ack_and_fill().quantity == 10
    assert not world.alerts("cut to")
    world.check_journal()


def test_a_fill_that_positions_showed_before_we_knew_of_it_is_not_taken_for_his_own():
    world = World()
    world.positions(a_position(0))
    world.master(an_order("M1", price="90"))
    entry = world.ack()
    world.wait(4)
    world.positions(a_position(10))
    world.wait(4)
    world.positions(a_position(10))
    world.fill(entry)
    world.master(done("M1", price="90"))
    world.master(done("X1", "SELL"))
    assert world.ack_and_fill().quantity == 10
    assert world.held() == 0


def test_a_follower_who_closed_by_hand_is_not_sold_short():
    world = holding()
    world.positions(a_position(0))
    world.master(done("X1", "SELL"))
    world.wait(10)
    assert not world.pending
    assert world.alerts("cut to 0")


def test_what_he_closed_by_hand_is_written_off_while_an_entry_still_rests():
    world = holding()
    world.positions(a_position(0))
    world.master(an_order("M2", quantity=5, price="90"))
    resting = world.ack()
    world.master(done("X1", "SELL"))
    assert world.alerts("10 copied SBIN are written off")
    assert world.held() == 0
    world.fill(resting)
    world.master(done("M2", quantity=5, price="90"), done("X2", "SELL", 5))
    world.positions(a_position(5))
    world.wait(3)
    assert world.ack_and_fill().quantity == 5
    assert world.held() == 0
    world.check_journal()


def test_nothing_is_written_off_while_an_exit_of_unknown_fate_may_have_taken_it():
    world = holding()
    world.positions(a_position(10))
    world.master(an_order("X1", "SELL", price="105"))
    world.lose(world.place())
    world.wait(3)
    world.positions(a_position(0))
    world.master(done("X2", "SELL"))
    world.wait(4)
    world.positions(a_position(0))
    assert not world.alerts("written off")
    assert world.held() == 10


def test_a_follower_who_sold_a_part_by_hand_exits_only_the_rest():
    world = holding()
    world.wait(1)
    world.positions(a_position(4))
    world.master(done("X1", "SELL"))
    assert world.place().quantity == 4


def test_an_exit_leaves_to_the_one_before_it_what_that_still_takes_of_a_part_sold_by_hand():
    """He sells out in two orders, the second heard of while the first is on its way."""
    world = holding()
    world.wait(1)
    world.positions(a_position(9))
    world.master(done("X1", "SELL", 6), an_order("X2", "SELL", 4, price="99"))
    assert [world.place().quantity for _ in range(2)] == [6, 3]


def test_a_resting_exit_shrinks_when_the_follower_sells_by_hand():
    world = holding()
    world.positions(a_position(10))
    world.master(an_order("X1", "SELL", price="105"))
    world.ack()
    world.wait(1)
    world.positions(a_position(3))
    assert not world.pending, "the seven may be fills of this very exit that nobody has told yet"
    world.read()
    assert world.modified().quantity == 3


@pytest.mark.parametrize("filled", [5, 10])
def test_a_resting_exit_is_not_cut_by_positions_that_know_of_its_fill_before_we_do(filled):
    world = holding()
    world.positions(a_position(10))
    world.master(an_order("X1", "SELL", price="105"))
    child = world.ack()
    status = "COMPLETE" if filled == 10 else "OPEN"
    world.change(child, told=False, status=status, filled_quantity=filled, average_price=105)
    world.wait(1)
    world.positions(a_position(10 - filled))
    world.wait(0.5)
    assert not world.pending
    world.read()
    world.wait(5)
    assert not world.pending
    assert not world.alerts("cut to")
    assert world.held() == 10 - filled


def test_an_exit_is_sent_where_positions_were_never_read():
    world = holding()
    assert world.state.account(FATHER).positions is None
    world.master(done("X1", "SELL"))
    assert world.place().quantity == 10


def test_target_and_stop_both_rest_and_neither_exceeds_the_holding():
    world = holding()
    world.master(an_order("T1", "SELL", price="110"))
    target = world.ack()
    world.master(an_order("T2", "SELL", price="108"))
    second = world.ack()
    assert (target.quantity, second.quantity) == (10, 10)
    world.fill(target)
    # Held is zero: the other one is cancelled at once, without waiting for the master.
    assert world.cancel().order_id == world.order_ids[second.tag]


def test_two_exits_that_both_filled_are_covered_at_once_by_one_order():
    world = holding()
    world.master(an_order("T1", "SELL", price="110"))
    target = world.ack()
    world.master(an_order("T2", "SELL", price="108"))
    second = world.ack()
    world.fill(target)
    world.cancel()
    world.fill(second)
    cover = world.place()
    assert (cover.side, cover.quantity, cover.order_type) == (Side.BUY, 10, OrderType.MARKET)
    assert cover.priority == "exit"
    assert world.alerts("through zero")[0].severity == "critical"
    world.ack_and_fill(cover)
    assert world.held() == 0
    world.wait(10)
    assert not world.pending
    world.check_journal()


@pytest.mark.parametrize("his", ["T1", "T2"])
def test_an_exit_that_was_covered_is_made_again_when_the_masters_own_fills_later(his):
    world = holding()
    resting = {}
    for order_id, price in (("T1", "110"), ("T2", "108")):
        world.master(an_order(order_id, "SELL", price=price))
        resting[order_id] = world.ack()
    other = "T1" if his == "T2" else "T2"
    world.fill(resting[his])
    world.cancel()
    world.master(done(his, "SELL"))
    world.fill(resting[other])
    world.ack_and_fill(world.place())
    assert world.held() == 0
    # He is in again, and the order that never filled for him works on as an exit of that.
    world.master(done("E2", "BUY"))
    world.ack_and_fill(world.place())
    again = world.ack(world.place())
    assert (again.side, again.quantity, again.order_type) == (Side.SELL, 10, OrderType.LIMIT)
    world.master(done(other, "SELL"))
    world.fill(again)
    world.wait(60)
    assert world.held() == 0
    assert not world.pending
    world.check_journal()


def test_the_other_half_of_a_pair_turns_entry_when_he_is_flat_and_is_not_placed():
    world = holding()
    world.master(an_order("T1", "SELL", price="110"))
    target = world.ack()
    world.master(an_order("T2", "SELL", price="95"))
    stop = world.ack()
    world.fill(target)
    cancel = world.cancel()
    world.master(done("T1", "SELL", price="110"))
    world.cancelled(cancel)
    world.wait(20)
    assert not world.pending, "the remainder is an entry now and is copied only as it fills"
    world.master(an_order("T2", "SELL", price="95", status="CANCELLED"))
    world.wait(10)
    assert not world.pending
    assert world.held() == 0
    del stop


def test_a_reversal_enters_only_when_the_entry_before_it_can_fill_no_more():
    world = World()
    world.master(done("M1"))
    first = world.place()
    world.master(done("X1", "SELL", 12))
    assert not world.places()[1:], "nothing is known to be held, and a short must wait"
    world.ack_and_fill(first)
    world.obliging = True
    world.wait(1.1)
    assert world.held() == -2
    assert [(each.side, each.quantity) for each in world.places()[1:]] == [
        (Side.SELL, 10),
        (Side.SELL, 2),
    ]


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
