"""A stop that has triggered and rests as a limit: it is changed as one, and never stays too large."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.core.values.commands import Acked, Modify, Place, RefusalKind, Refused, Unknown
from engine.core.values.keys import Leg
from engine.core.values.market import OrderType
from tests.core.core_holdings import holding
from tests.core.core_world import World, an_order, done

_LIMIT = (OrderType.LIMIT, Decimal("94.5"), None)
_PAST = "Trigger price for stoploss sell orders should be lower than the last traded price (94)."


def a_stop(quantity: int = 10, **changed):
    stop = {"price": "94.5", "trigger_price": Decimal(95)}
    plain = {"order_type": OrderType.SL, "status": "OPEN", **stop}
    return an_order("S1", "SELL", quantity, **(plain | changed))


def triggered(**changed) -> tuple[World, Place]:
    """Both stops have triggered, and rest at their limit: the market fell through it."""
    world = holding()
    world.master(a_stop(**changed, status="TRIGGER PENDING"))
    stop = world.ack()
    world.change(stop, status="OPEN", price=Decimal("94.5"))
    world.master(a_stop(**changed))
    assert not world.pending
    return world, stop


def terms(change: Modify) -> tuple[OrderType | None, Decimal | None, Decimal | None]:
    return change.order_type, change.price, change.trigger_price


def cut_by_an_entry(world: World) -> Modify:
    """He buys as much again, and ours never arrives: of what is held the stop is for half."""
    world.master(done("M2"))
    world.answer(world.pending[0], Unknown(detail="no answer in time"))
    cut = next(each for each in world.pending if isinstance(each, Modify))
    world.pending.clear()
    return cut


@pytest.mark.parametrize(
    "stop", [{}, {"order_type": OrderType.SL_M, "price": None}], ids=["sl", "sl-m"]
)
def test_it_is_cut_as_the_limit_that_it_has_become(stop):
    """With the trigger in it Kite refuses, the market is past that; the exit would stay too large."""
    world, _ = triggered(**stop)
    cut = cut_by_an_entry(world)
    assert (cut.quantity, *terms(cut)) == (5, *_LIMIT)
    world.modified(cut)
    world.wait(3)
    assert not [each for each in world.pending if isinstance(each, Modify)], "a stop again"
    world.check_journal()


def test_it_stays_a_limit_while_his_is_still_shown_as_waiting():
    world = holding()
    world.master(a_stop(status="TRIGGER PENDING"))
    stop = world.ack()
    world.change(stop, status="OPEN")
    cut = cut_by_an_entry(world)
    assert terms(cut) == _LIMIT
    world.modified(cut)
    world.wait(3)
    assert not [each for each in world.pending if isinstance(each, Modify)]


def test_it_stays_a_limit_where_his_trigger_was_trailed_before():
    world = holding()
    world.master(a_stop(trigger_price=Decimal(94), price="94", status="TRIGGER PENDING"))
    stop = world.ack()
    world.wait(1)
    world.master(a_stop(status="TRIGGER PENDING"))
    world.modified()
    world.wait(1)
    world.change(stop, status="OPEN")
    world.master(a_stop())
    world.master(a_stop(6))
    cut = world.modified()
    assert (cut.quantity, *terms(cut)) == (6, *_LIMIT)
    world.wait(3)
    assert not world.pending, "a stop again"


def test_its_limit_follows_his():
    world, _ = triggered()
    world.master(a_stop(price="94"))
    assert terms(world.modified()) == (OrderType.LIMIT, Decimal(94), None)
    world.master(a_stop(price="93"))
    assert terms(world.modified()) == (OrderType.LIMIT, Decimal(93), None)


def test_a_limit_that_becomes_a_stop_is_no_stop_that_triggered():
    """Kite took the change, the row shows the limit still: cut as a limit it would sell at once."""
    world = holding()
    world.master(an_order("S1", "SELL", price="110"))
    world.change(world.ack(), status="OPEN")
    world.master(a_stop(status="TRIGGER PENDING"))
    world.answer(change := world.modify(), Acked(order_id=change.order_id))
    world.master(a_stop(6, status="TRIGGER PENDING"))
    cut = world.modify()
    assert (cut.quantity, *terms(cut)) == (6, OrderType.SL, Decimal("94.5"), Decimal(95))


def test_a_lost_answer_is_settled_by_a_row_that_still_tells_the_trigger():
    world, stop = triggered()
    cut = cut_by_an_entry(world)
    world.answer(cut, Unknown(detail="no answer in time"))
    world.change(stop, quantity=5, order_type=OrderType.LIMIT, told=False)
    world.read()
    assert [each.outstanding for each in world.children("S1", Leg.EXIT)] == [5]


def test_an_exit_that_cannot_be_cut_is_cancelled_and_placed_anew_at_its_size():
    """It has triggered and no row tells so yet: with another exit it might sell more than is held."""
    world = holding()
    world.master(a_stop(status="TRIGGER PENDING"))
    world.ack()
    world.master(a_stop(6, status="TRIGGER PENDING"))
    world.refuse(world.modify(), RefusalKind.TRIGGER, _PAST)
    assert not world.pending
    world.read()
    world.wait(1)
    world.cancelled()
    assert [each.outstanding for each in world.children("S1", Leg.EXIT)] == [0, 6]
    world.check_journal()


def test_what_was_refused_before_its_row_told_that_it_has_triggered_is_cut_as_a_limit():
    world = holding()
    world.master(a_stop(status="TRIGGER PENDING"))
    stop = world.ack()
    world.master(a_stop(6, status="TRIGGER PENDING"))
    world.refuse(world.modify(), RefusalKind.TRIGGER, _PAST)
    world.change(stop, status="OPEN", told=False)
    world.wait(0.5)
    world.read()
    world.wait(1)
    cut = world.modify()
    assert (cut.quantity, *terms(cut)) == (6, *_LIMIT)


def test_a_reduction_at_a_price_that_is_refused_is_made_at_the_old_price():
    """Only if that is refused as well the order goes, and another of the right size comes."""
    beyond = Refused(kind=RefusalKind.PRICE, message="Out of range.", highest=Decimal(120))
    world = holding()
    world.master(an_order("T1", "SELL", price="110"))
    world.ack()
    world.master(an_order("T1", "SELL", 6, price="150"))
    world.answer(world.modify(), beyond)
    world.read()
    world.wait(1)
    cut = world.modify()
    assert (cut.quantity, *terms(cut)) == (6, OrderType.LIMIT, Decimal(110), None)
    world.answer(cut, replace(beyond, highest=Decimal(105)))
    world.read()
    world.wait(1)
    world.cancel()
