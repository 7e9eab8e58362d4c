"""/sync: what is proposed, what is not and why, and what a confirmed proposal comes to."""

from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.observe.drift import drift_view
from engine.core.observe.sync import sync_proposal
from engine.core.values import control as c
from engine.core.values.commands import Priority, RefusalKind
from engine.core.values.market import MASTER, OrderType, Product, Side, Venue
from engine.core.values.orders import PositionRow
from engine.core.values.views import SyncProposal
from tests.core.core_world import FATHER, FUTURE, World, a_follower, an_order, done

NRML = {"exchange": "NFO", "symbol": FUTURE, "product": Product.NRML}


def a_position(units: int, symbol: str = "SBIN", **changed) -> PositionRow:
    plain = {"exchange": "NSE", "product": Product.MIS, "last_price": Decimal(100)}
    return PositionRow(symbol=symbol, quantity=units, **(plain | changed))


def proposal(world: World, follower=FATHER) -> SyncProposal:
    return sync_proposal(world.state, follower, at=world.now)


def orders(world: World) -> list[tuple[str, int, bool]]:
    return [(each.side.value, each.quantity, each.entry) for each in proposal(world).orders]


def why_not(world: World) -> str:
    return " / ".join(each.why for each in proposal(world).left)


def sync(world: World, follower=FATHER) -> c.Reply:
    mark = proposal(world, follower).mark
    return world.ask(c.SyncCopies(follower=follower, mark=mark))


def short_of(quantity: int = 10, **rules) -> World:
    """The master holds 10 SBIN that father missed: the fill was too old to enter on."""
    world = World(a_follower(**rules))
    world.positions()
    world.master(done(quantity=quantity, updated_at=world.now - timedelta(seconds=30)))
    assert not world.pending
    return world


def too_much(**rules) -> World:
    """Father holds 10 of which the master has closed 10; his exit was refused, and is settled by hand."""
    world = World(a_follower(orphan="ask", **rules))
    world.master(an_order(quantity=20, price="100", status="OPEN"))
    child = world.ack()
    world.fill(child)
    world.positions(a_position(20))
    world.master(an_order(quantity=20, price="100", status="CANCELLED", filled_quantity=10))
    world.wait(5)
    world.positions(a_position(20))
    assert (world.held(), world.state.master[world.key().master].net) == (20, 10)
    return world


# -- what is proposed --------------------------------------------------------------------------


def test_in_step_nothing_is_proposed():
    world = World()
    world.positions()
    world.master(done())
    world.ack_and_fill()
    world.wait(5)
    world.positions(a_position(10))
    assert proposal(world).orders == ()
    assert proposal(world).left == ()
    assert sync(world).text.startswith("0 order(s)")


def test_a_missed_entry_is_proposed_and_made_once_by_the_ordinary_path():
    world = short_of()
    (order,) = proposal(world).orders
    assert (order.side, order.quantity, order.entry) == (Side.BUY, 10, True)
    assert "want +10, copied +0 (too old to enter" in order.why
    assert sync(world).accepted
    sent = world.place()
    assert sent.tag.startswith("KCK7")
    assert (sent.side, sent.quantity, sent.order_type) == (Side.BUY, 10, OrderType.MARKET)
    assert why_not(world) == "10 still working"
    assert not orders(world)
    world.ack_and_fill(sent)
    world.wait(5)
    assert world.held() == 10
    world.positions(a_position(10))
    assert not drift_view(world.state)[0].rows
    world.check_journal()


def test_it_follows_the_master_out_like_any_copy():
    world = short_of()
    sync(world)
    world.ack_and_fill()
    world.master(done("X1", "SELL", 5))
    assert world.ack_and_fill().quantity == 5
    world.master(done("X2", "SELL", 5))
    assert world.ack_and_fill().quantity == 5
    assert world.held() == 0


def test_after_it_the_next_order_of_the_master_is_copied_as_it_is():
    world = short_of()
    sync(world)
    world.ack_and_fill()
    world.master(done("M2", quantity=7))
    assert world.ack_and_fill().quantity == 7
    assert world.ledger().exact() == 17


def test_while_it_works_the_next_order_does_not_order_it_a_second_time():
    world = short_of()
    sync(world)
    sent = world.ack()
    world.master(done("M2", quantity=7))
    world.fill(sent)
    assert world.ack_and_fill().quantity == 7
    assert world.held() == 17
    assert world.ledger().exact() == 17


def test_more_than_the_master_has_is_reduced_and_stays_reduced():
    world = too_much()
    assert orders(world) == [("SELL", 10, False)]
    sync(world)
    sent = world.ack_and_fill()
    assert (sent.side, sent.quantity) == (Side.SELL, 10)
    assert world.held() == 10
    world.wait(5)
    world.master(done("M2", quantity=3))
    assert world.ack_and_fill().quantity == 3, "what was sold is not owed"


def test_a_reduction_needs_neither_arming_nor_copying():
    world = too_much()
    world.ask(c.StopCopy())
    world.ask(c.SetKill(active=True))
    sync(world)
    assert world.place().side is Side.SELL


def test_an_exit_that_was_refused_is_named_and_left_to_a_person():
    world = World()
    world.positions()
    world.master(done())
    world.ack_and_fill()
    world.wait(5)
    world.positions(a_position(10))
    world.master(done("X1", "SELL"))
    world.refuse(world.place(), RefusalKind.MARGIN)
    world.wait(5)
    assert not orders(world)
    assert "an exit of the copies is not done" in why_not(world)


def test_a_reversal_is_two_orders_and_the_entry_waits_for_the_exit():
    world = too_much()
    world.state.master[world.key().master].net = -10  # he is short by orders that were left out
    assert orders(world) == [("SELL", 20, False), ("SELL", 10, True)]
    sync(world)
    out = world.place()
    assert out.quantity == 20
    assert not world.pending
    world.ack_and_fill(out)
    world.wait(1)
    assert world.ack_and_fill().quantity == 10
    assert world.held() == -10


def test_lots_and_the_multiplier_count():
    world = World(a_follower(multiplier="0.5"))
    world.positions()
    world.master(done(quantity=375, updated_at=world.now - timedelta(seconds=30), **NRML))
    assert [each.quantity for each in proposal(world).orders] == [150]
    sync(world)
    world.ack_and_fill()
    ledger = world.ledger(FUTURE, product=Product.NRML)
    assert (ledger.held, ledger.exact()) == (150, Decimal("187.5"))
    # The half lot that is still owed comes with his next.
    world.master(done("M2", quantity=75, **NRML))
    assert world.ack_and_fill().quantity == 75


def test_the_owners_own_units_are_never_touched():
    world = World()
    world.positions(a_position(50))
    world.master(done(updated_at=world.now - timedelta(seconds=30)))
    sync(world)
    assert world.ack_and_fill().quantity == 10
    world.wait(5)
    world.positions(a_position(60))
    world.master(done("X1", "SELL"))
    assert world.ack_and_fill().quantity == 10
    assert not orders(world)


def test_a_resting_stop_does_not_stand_in_the_way():
    world = short_of()
    world.master(an_order("S1", "SELL", order_type=OrderType.SL_M, trigger_price=Decimal(90)))
    assert orders(world) == [("BUY", 10, True)]
    sync(world)
    world.ack_and_fill()
    world.wait(1)
    resting = world.ack()
    assert (resting.trigger_price, resting.quantity) == (90, 10)
    # His stop is over 10 of his 14 then, so ours is over its share of what is copied, before and after.
    world.wait(5)
    world.positions(a_position(10))
    world.master(done("M2", quantity=4, updated_at=world.now - timedelta(seconds=30)))
    assert orders(world) == [], "the stop is being changed"
    assert world.modified().quantity == 7
    assert orders(world) == [("BUY", 4, True)]
    sync(world)
    world.ack_and_fill()
    assert world.modified().quantity == 10


def test_in_paper_it_works_without_any_read_of_the_account():
    world = World(venue=Venue.PAPER)
    world.master(done(updated_at=world.now - timedelta(seconds=30)))
    sync(world)
    assert (world.place().venue) is Venue.PAPER


def test_what_he_held_before_copying_is_offered_too():
    world = World(copying=False)
    world.master(done())
    world.ask(c.StartCopy())
    world.positions()
    assert orders(world) == [("BUY", 10, True)]
    assert sync(world).accepted
    assert world.place().quantity == 10


# -- what is not, and why ----------------------------------------------------------------------


def _in_flight() -> World:
    world = World()
    world.positions()
    world.master(done())
    world.take()
    return world


def _unknown() -> World:
    world = World()
    world.positions()
    world.master(done())
    world.lose(world.take())
    return world


def _logged_out() -> World:
    world = short_of()
    world.lose_session()
    return world


def _unread() -> World:
    world = short_of()
    world.ask(c.ResumeFollower(follower=FATHER))
    return world


def _blocked() -> World:
    return short_of(symbols_block=("NSE:SB*",))


def _paused() -> World:
    world = short_of()
    world.ask(c.PauseFollower(follower=FATHER))
    return world


def _stopped() -> World:
    world = short_of()
    world.ask(c.StopCopy())
    return world


def _killed() -> World:
    world = short_of()
    world.ask(c.SetKill(active=True))
    return world


def _by_hand() -> World:
    world = World()
    world.positions()
    world.master(done())
    world.ack_and_fill()
    world.wait(5)
    world.positions(a_position(4))
    return world


def _master_unread() -> World:
    world = short_of()
    world.restart()
    world.read()
    return world


NOT = {
    "10 still working": _in_flight,
    "outcome UNKNOWN": _unknown,
    "no session": _logged_out,
    "being read": _unread,
    "follower is paused": _paused,
    "copying was stopped": _stopped,
    "kill switch is set": _killed,
    "the account shows 4 of 10 copied": _by_hand,
    "master's order book has not been read": _master_unread,
}


@pytest.mark.parametrize("why", NOT)
def test_nothing_is_proposed_where_it_may_not_be(why):
    world = NOT[why]()
    assert not proposal(world).orders
    assert why in why_not(world)


def test_what_is_not_to_be_copied_is_not_missing_and_what_was_copied_is_left():
    assert not proposal(_blocked()).orders
    world = World()
    world.positions()
    world.master(done())
    world.ack_and_fill()
    world.wait(5)
    world.positions(a_position(10))
    world.restart(rules=[a_follower(symbols_block=("NSE:SB*",))])
    world.master()
    world.read()
    assert not orders(world)
    assert "not copied for this follower" in why_not(world)


def test_a_list_that_has_changed_is_not_done():
    world = short_of()
    mark = proposal(world).mark
    world.master(done("M2", quantity=5, updated_at=world.now - timedelta(seconds=30)))
    reply = world.ask(c.SyncCopies(follower=FATHER, mark=mark))
    assert not reply.accepted
    assert not world.pending
    assert orders(world) == [("BUY", 15, True)]


def test_pressed_twice_it_acts_once():
    world = short_of()
    mark = proposal(world).mark
    assert world.ask(c.SyncCopies(follower=FATHER, mark=mark)).accepted
    assert not world.ask(c.SyncCopies(follower=FATHER, mark=mark)).accepted
    assert len(world.places()) == 1


def test_it_survives_a_restart_and_is_never_sent_twice():
    world = short_of()
    sync(world)
    sent = world.take()
    row = world.book_row(sent)
    world.restart()
    world.master()
    world.read()
    world.fill(sent)
    world.wait(5)
    assert len(world.places()) == 1
    assert world.held() == row.quantity


def test_a_refused_entry_of_it_is_told_and_owes_nothing():
    world = short_of()
    sync(world)
    world.refuse(world.place(), RefusalKind.MARGIN)
    world.wait(5)
    assert world.alerts("no funds")
    world.master(done("M2", quantity=5))
    assert world.ack_and_fill().quantity == 5
    assert world.held() == 5


def test_a_contract_that_takes_no_market_order_gets_a_limit_at_the_band():
    world = short_of()
    sync(world)
    world.refuse(world.place(), RefusalKind.NO_MARKET, "market orders are not allowed")
    world.wait(5)
    assert not world.pending, "no price, no order: and never the same again and again"
    world.wait(1, SBIN=100)
    again = world.place()
    assert (again.order_type, again.price) == (OrderType.LIMIT, 101)
    assert [child.generation for child in world.state.children.values()] == [0, 1]


def test_a_stop_before_it_left_withdraws_it():
    world = too_much()
    world.state.master[world.key().master].net = -10
    sync(world)
    out = world.place()
    world.ask(c.StopCopy())
    world.ack_and_fill(out)
    world.wait(5)
    assert not world.pending
    assert world.alerts("of /sync were not entered: copying was stopped")


def test_an_entry_that_had_to_wait_over_a_minute_is_left_out_and_told():
    world = too_much()
    world.state.master[world.key().master].net = -10
    sync(world)
    out = world.ack()
    world.wait(70, step=5)
    world.fill(out)
    world.wait(2)
    assert not [
        each
        for each in world.places()
        if each.priority is Priority.ENTRY and each.side is Side.SELL
    ]
    assert world.alerts("of /sync were not entered: too old")


def test_the_master_who_leaves_while_it_rests_takes_it_along():
    world = short_of()
    sync(world)
    sent = world.ack()
    world.master(done("X1", "SELL"))
    assert world.cancel().order_id == world.row(sent).order_id


def test_what_fills_of_it_after_he_left_is_closed():
    world = short_of()
    sync(world)
    sent = world.ack()
    world.master(done("X1", "SELL"))
    world.cancel()
    world.fill(sent)
    out = world.ack_and_fill()
    assert (out.side, out.quantity) == (Side.SELL, 10)
    assert world.held() == 0
    world.check_journal()


def test_reductions_come_first_over_all_symbols_and_followers():
    world = too_much()
    world.master(
        done("M7", symbol="INFY", quantity=5, updated_at=world.now - timedelta(seconds=30))
    )
    assert [each.symbol for each in proposal(world, None).orders] == ["SBIN", "INFY"]


def test_every_follower_at_once():
    world = World(a_follower(), a_follower("mother"))
    for name in world.rules:
        world.positions(name=name)
    world.master(done(updated_at=world.now - timedelta(seconds=30)))
    sync(world, None)
    tags = {world.place().tag for _ in range(2)}
    assert len(tags) == 2
    assert MASTER not in {each.follower for each in proposal(world, None).orders}
