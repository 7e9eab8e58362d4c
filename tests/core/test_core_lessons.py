"""What a refusal teaches: MARKET is not taken, a price is out of range, a trigger is passed."""

from decimal import Decimal

import pytest

from engine.core.values.commands import RefusalKind, Refused
from engine.core.values.keys import Leg
from engine.core.values.market import OrderType
from engine.core.values.notices import SkipReason
from engine.core.values.rules import Mirror
from tests.core.core_holdings import holding
from tests.core.core_world import World, a_follower, done
from tests.core.test_core_stops import a_stop

NO_MARKET = "Market orders are not allowed for this instrument. Use a LIMIT order."


def refuse_price(world: World, command, low=None, high=None) -> None:
    world.answer(
        command,
        Refused(
            kind=RefusalKind.PRICE,
            message=f"Place an order within the range of {low} and {high}.",
            http_status=400,
            lowest=low and Decimal(str(low)),
            highest=high and Decimal(str(high)),
        ),
    )


def test_an_exit_refused_as_market_goes_out_at_once_as_a_limit_at_the_band():
    world = holding()
    world.wait(1, SBIN=100)
    world.master(done("X1", "SELL"))
    market = world.place()
    world.refuse(market, RefusalKind.NO_MARKET, NO_MARKET)
    limit = world.ack_and_fill()
    assert (limit.order_type, limit.price, limit.quantity) == (OrderType.LIMIT, Decimal(99), 10)
    assert world.held() == 0
    (alert,) = world.alerts("takes no MARKET orders now")
    assert not alert.needs_human
    assert world.children("X1", Leg.EXIT)[-1].note


def test_an_entry_refused_as_market_is_entered_as_a_limit_and_so_is_the_next_at_once():
    world = World()
    world.master(done())
    world.refuse(world.place(), RefusalKind.NO_MARKET, NO_MARKET)
    assert world.ack_and_fill().order_type is OrderType.LIMIT
    world.master(done("M2"))
    assert world.ack_and_fill().order_type is OrderType.LIMIT
    assert world.held() == 20
    assert len(world.alerts()) == 1
    world.check_journal()


def test_the_lesson_ends_with_the_day():
    world = World()
    world.master(done())
    world.refuse(world.place(), RefusalKind.NO_MARKET, NO_MARKET)
    world.ack_and_fill()
    world.wait(24 * 3600, step=3600)
    assert not world.state.lessons


def test_a_refusal_that_teaches_nothing_new_is_final_and_asks_a_person():
    world = holding()
    world.master(done("X1", "SELL"))
    world.refuse(world.place(), RefusalKind.NO_MARKET, NO_MARKET)
    world.refuse(world.place(), RefusalKind.NO_MARKET, NO_MARKET)
    world.wait(30)
    assert not world.pending
    assert world.alerts("was refused")[0].needs_human


def test_a_rung_of_the_ladder_stays_inside_the_range_that_the_broker_names():
    world = holding()
    world.master(done("X1", "SELL"))
    world.ack()
    world.wait(5.5, SBIN=100)
    change = world.modify()
    assert change.price == Decimal(99)
    refuse_price(world, change, low="99.5")
    world.read()
    world.wait(2, SBIN=100)
    again = world.modified()
    assert again.price == Decimal("99.5")
    world.read()
    world.wait(20, SBIN=100)
    assert not world.pending, "two bands away is out of range too: it stands as near as it may"
    world.wait(60, SBIN=100)
    assert world.alerts("has not filled")


def test_an_exit_refused_for_its_price_goes_again_a_second_later_inside_the_range():
    world = holding()
    world.wait(1, SBIN=100)
    world.master(done("X1", "SELL"))
    world.refuse(world.place(), RefusalKind.NO_MARKET, NO_MARKET)
    refuse_price(world, world.place(), low="99.2")
    assert not world.pending
    world.wait(1.5, SBIN=100)
    assert world.ack_and_fill().price == Decimal("99.2")


def test_a_range_is_believed_for_a_minute():
    world = holding()
    world.master(done("X1", "SELL"))
    world.ack()
    world.wait(5.5, SBIN=100)
    refuse_price(world, world.modify(), low="99.5")
    world.wait(61, step=1, SBIN=100)
    assert world.state.listed("NSE", "SBIN").lowest is None


@pytest.mark.parametrize("mirror", [Mirror.SWEEP, Mirror.ORDERS])
def test_a_stop_entry_past_its_trigger_waits_and_is_entered_when_his_fills(mirror):
    world = World(a_follower(mirror=mirror))
    world.master(a_stop())
    world.refuse(world.place(), RefusalKind.TRIGGER, "Trigger price should be higher than LTP")
    world.wait(20)
    assert not world.pending
    assert world.alerts("it is entered when the master's order fills")
    world.master(a_stop(status="COMPLETE", filled_quantity=10))
    entry = world.ack_and_fill()
    assert (entry.order_type, entry.trigger_price) == (OrderType.LIMIT, None)
    assert world.held() == 10
    world.master(done("X1", "SELL"))
    assert world.ack_and_fill().quantity == 10
    world.check_journal()


def test_a_stop_entry_past_its_trigger_is_sent_again_where_he_moves_it():
    world = World()
    world.master(a_stop())
    world.refuse(world.place(), RefusalKind.TRIGGER, "Trigger price should be higher than LTP")
    world.master(a_stop(trigger="103", price="103.5"))
    assert world.place().trigger_price == Decimal(103)


def test_a_stop_entry_past_its_trigger_whose_fill_is_learned_late_is_stale():
    world = World()
    world.master(a_stop())
    world.refuse(world.place(), RefusalKind.TRIGGER, "Trigger price should be higher than LTP")
    filled_at = world.now
    world.sleep(60)
    world.master(a_stop(status="COMPLETE", filled_quantity=10, updated_at=filled_at))
    assert not world.pending
    assert world.skip_of("S1") is SkipReason.STALE


def test_a_protective_stop_past_its_trigger_exits_at_the_market_when_his_fills():
    world = holding()
    world.master(a_stop("S1", "SELL", trigger="95", price="94.5"))
    world.refuse(world.place(), RefusalKind.TRIGGER, "Trigger price should be lower than LTP")
    world.wait(5)
    assert not world.pending
    world.master(
        a_stop("S1", "SELL", trigger="95", price="94.5", status="COMPLETE", filled_quantity=10)
    )
    assert world.ack_and_fill().order_type is OrderType.MARKET
    assert world.held() == 0


def test_a_trailed_stop_keeps_its_old_trigger_where_the_new_one_is_passed():
    world = holding()
    world.master(a_stop("S1", "SELL", trigger="95", price="94.5"))
    world.ack()
    world.master(a_stop("S1", "SELL", trigger="99.9", price="99.5"))
    world.refuse(world.modify(), RefusalKind.TRIGGER, "Trigger price should be lower than LTP")
    for _ in range(10):
        world.read()
        world.wait(2)
    assert not world.pending
    (child,) = world.children("S1", Leg.EXIT)
    assert child.terms.trigger_price == Decimal(95)
    world.master(a_stop("S1", "SELL", trigger="98", price="97.5"))
    assert world.modified().trigger_price == Decimal(98)


def test_a_stop_past_its_trigger_rests_as_a_limit_once_his_own_has_triggered():
    world = World()
    world.master(a_stop())
    world.refuse(world.place(), RefusalKind.TRIGGER, "Trigger price should be higher than LTP")
    world.wait(3)
    assert not world.pending
    world.master(a_stop(status="OPEN"))
    entry = world.ack()
    assert (entry.order_type, entry.price) == (OrderType.LIMIT, Decimal("101.5"))
    world.master(a_stop(status="OPEN", price="101.2"))
    assert world.modified().order_type is OrderType.LIMIT
    world.fill(entry, price="101.2")
    world.master(a_stop("S2", "SELL", trigger="95", price="94.5"))
    world.refuse(world.place(), RefusalKind.TRIGGER, "Trigger price should be lower than LTP")
    world.master(a_stop("S2", "SELL", trigger="95", price="94.5", status="OPEN"))
    protective = world.ack()
    assert (protective.order_type, protective.price) == (OrderType.LIMIT, Decimal("94.5"))
    world.check_journal()
