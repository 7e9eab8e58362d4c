"""Exits, covers and changes where the market, the list or a person stand in their way."""

from decimal import Decimal

from msgspec.structs import replace

from engine.core.values import control as c
from engine.core.values.child import RESTS
from engine.core.values.commands import RefusalKind
from engine.core.values.instruments import InstrumentBook
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.market import OrderStatus, OrderType, Product, Side
from tests.core.core_holdings import a_position, holding
from tests.core.core_world import (
    FATHER,
    LISTED,
    MOTHER,
    World,
    a_follower,
    an_order,
    done,
)
from tests.core.test_core_loss_ladder import holding as losing
from tests.core.test_core_overnight_unknown import CARRIED, next_morning
from tests.core.test_core_sync import sync
from tests.core.test_core_unshown_changes import read_for

UNLISTED = InstrumentBook(
    {each.key: each for each in LISTED if each.symbol != "SBIN"}, content_hash="without"
)


# -- changes -----------------------------------------------------------------------------------


def test_a_lost_change_is_not_given_up_while_the_exchange_is_busy_with_the_order():
    """The old price beside MODIFY PENDING proves nothing: asked again, it would count twice of 25."""
    world = World()
    world.master(an_order("M1", price="99"))
    entry = world.ack()
    world.wait(1)
    world.master(an_order("M1", price="98"))
    world.lose(world.modify())
    for _ in range(5):
        world.wait(1)
        world.change(entry, told=False, status="MODIFY PENDING")
        world.read()
    (child,) = world.children("M1", Leg.ENTRY)
    assert child.change is not None
    assert child.change.state is IntentState.UNKNOWN
    assert not world.pending
    world.change(entry, status="OPEN", price=Decimal(98))
    assert child.change.state is IntentState.ACKED
    assert child.terms.price == 98
    assert child.changes == 1


def test_a_stop_limit_that_the_exchange_did_not_move_is_told_with_both_its_prices():
    def his(trigger: int):
        return an_order(
            "M1", order_type=OrderType.SL, trigger_price=Decimal(trigger),
            price=trigger + 1, status="TRIGGER PENDING",
        )  # fmt: skip

    world = World()
    world.master(his(105))
    entry = world.ack()
    world.wait(1)
    world.master(his(107))
    world.modified()
    world.change(entry, trigger_price=Decimal(105), price=Decimal(106))
    read_for(world, 10)
    (alert,) = world.alerts("Kite accepted that, the exchange did not")
    assert "was to go to 108 (trigger 107)" in alert.text
    assert "stands at 106 (trigger 105)" in alert.text


def test_an_entry_that_rests_below_what_he_then_paid_at_the_market_is_taken_along():
    world = World()
    world.master(an_order("M1", price="99"))
    world.ack()
    world.master(done("M1", order_type=OrderType.MARKET, average_price=100))
    change = world.modify()
    assert (change.order_type, change.price) == (OrderType.MARKET, None)


# -- exits -------------------------------------------------------------------------------------


def test_a_resting_exit_that_met_a_rate_limit_goes_again_a_second_later_and_asks_nobody():
    world = holding()
    world.master(an_order("X1", "SELL", price="110"))
    first = world.place()
    world.refuse(first, RefusalKind.RATE, "too many requests", http_status=429)
    world.master(an_order("X1", "SELL", price="111"))
    assert not world.pending, "not within the same second"
    world.wait(1.5)
    again = world.place()
    assert (again.side, again.quantity, again.price) == (Side.SELL, 10, 111)
    assert world.children("X1", Leg.EXIT)[-1].step == RESTS
    assert not [alert for alert in world.alerts() if alert.needs_human]


def test_a_resting_exit_that_was_refused_for_good_asks_nothing_more_while_his_order_grows():
    """It was told that it goes out once his has filled: to say that more is not sent would be wrong."""
    world = holding()
    world.master(an_order("X1", "SELL", price="110", quantity=4))
    world.refuse(world.place(), RefusalKind.INPUT, "no such thing")
    assert world.alerts("it goes out at the market once the master's order has filled")
    world.master(an_order("X1", "SELL", price="110", quantity=6))
    world.wait(2)
    assert not world.pending
    assert not world.alerts("more is not sent")
    world.master(done("X1", "SELL", quantity=6, price="110"))
    world.wait(2)
    assert world.place().quantity == 6


# -- covers ------------------------------------------------------------------------------------


def went_through_zero(world: World) -> None:
    """Let his two resting exits both fill."""
    world.master(an_order("T1", "SELL", price="110"))
    target = world.ack()
    world.master(an_order("T2", "SELL", price="108"))
    second = world.ack()
    world.fill(target)
    world.cancel()
    world.fill(second)


def test_a_cover_of_what_todays_list_lacks_is_sent_at_the_market_all_the_same():
    """Nor has the store kept it (an older version did not): no price can be made, and it goes nevertheless."""
    world = holding()
    world.master(an_order("T1", "SELL", price="110"))
    target = world.ack()
    world.master(an_order("T2", "SELL", price="108"))
    second = world.ack()
    world.fill(target)
    world.cancel()
    world.state.instruments = UNLISTED
    world.state.listings.clear()
    world.fill(second)
    cover = world.place()
    assert (cover.side, cover.quantity, cover.order_type) == (Side.BUY, 10, OrderType.MARKET)
    assert (cover.product, cover.price) == (Product.MIS, None)
    world.ack_and_fill(cover)
    assert world.held() == 0


def test_a_cover_that_came_to_a_final_end_holds_no_entry_up():
    """A person was asked about it; the master's next order on its side is copied as ever."""
    world = holding()
    went_through_zero(world)
    world.refuse(world.place(), RefusalKind.MARGIN, "no funds")
    assert world.alerts("no funds")[0].needs_human
    assert world.held() == -10
    world.master(done("T1", "SELL"), an_order("T2", "SELL", price="108", status="CANCELLED"))
    world.pending.clear()
    world.master(done("M2", "SELL", 7))
    entry = world.place()
    assert (entry.side, entry.quantity, entry.priority) == (Side.SELL, 7, "entry")


# -- what is left while he is flat -------------------------------------------------------------


def test_what_is_left_of_a_follower_who_is_not_configured_is_closed_by_nobody():
    world = World(a_follower(), a_follower("mother"))
    world.master(done())
    for _ in world.rules:
        world.ack_and_fill()
    world.restart(rules=[a_follower("mother")])
    world.master()
    world.read(MOTHER)
    world.positions(a_position(10), name=MOTHER)
    assert world.alerts("father is not configured any more but holds 10")
    world.master(done("X1", "SELL"))
    assert world.ack_and_fill().follower == MOTHER
    world.wait(10)
    assert not world.pending
    assert (world.held(name=FATHER), world.ledger(name=FATHER).virtual) == (10, 10)
    assert not world.alerts("they are being closed"), "nobody would do it"


def test_what_is_left_is_not_closed_by_an_order_of_his_that_has_not_reached_the_exchange():
    """It may yet be what he does about it: until it has ended nothing says that he is idle for good."""
    world = World()
    world.master(done("M1", quantity=75, **CARRIED))
    world.ack_and_fill()
    next_morning(world, 0)
    world.positions(replace(a_position(75, **CARRIED), overnight_quantity=75))
    world.pending.clear()
    queued = an_order("X1", "SELL", 75, status="PUT ORDER REQ RECEIVED", **CARRIED)
    world.master(queued)
    world.wait(30)
    assert not world.pending
    assert not world.alerts("A fault inside the program"), "there is no end of his to count from"
    world.master(replace(queued, status=OrderStatus.REJECTED))
    world.wait(5)
    closing = world.place()
    assert (closing.side, closing.quantity) == (Side.SELL, 75)


def test_what_turns_up_after_the_only_exit_was_refused_is_left_to_the_person_who_was_asked():
    world = World()
    world.master(done("M1", quantity=75, **CARRIED))
    world.ack_and_fill()
    world.master(done("M2", quantity=75, **CARRIED))
    lost = world.place()
    world.lose(lost)
    next_morning(world, 150)
    world.positions(replace(a_position(75, **CARRIED), overnight_quantity=75))
    world.pending.clear()
    world.master(done("X1", "SELL", 150, **CARRIED))
    exit_ = world.place()
    assert exit_.quantity == 75
    world.refuse(exit_, RefusalKind.INPUT, "blocked")
    row = world.book_row(lost)
    world.rows[FATHER][row.order_id] = replace(row, status=OrderStatus.COMPLETE, filled_quantity=75)
    world.read()
    world.wait(10)
    assert not world.pending
    assert world.alerts("75 filled and count as copied: look in Kite")[0].needs_human
    assert world.alerts("blocked")[0].needs_human
    assert not world.alerts("they are being closed")


# -- /sync -------------------------------------------------------------------------------------


def test_what_sync_entered_is_withdrawn_with_every_entry_once_only_closing_is_left():
    world = losing()
    world.obliging = False
    world.ask(c.StopCopy())
    world.positions(a_position(100))
    world.master(done("M2", symbol="INFY"))
    assert world.ask(c.StartCopy()).accepted
    assert sync(world).accepted
    entry = world.ack()
    assert (entry.symbol, entry.quantity) == ("INFY", 10)
    world.wait(3, SBIN="90")
    assert world.cancelled() == entry
    world.wait(5, SBIN="120")
    assert not world.pending
    assert world.held("INFY") == 0
