"""What an independent reading found: each costs money where two rules meet."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.core.values import control as c
from engine.core.values.commands import Cancel, Place, RefusalKind, Refused
from engine.core.values.freeze import LearnedFreeze
from engine.core.values.instruments import InstrumentBook
from engine.core.values.market import MASTER, OrderType, Product, Side
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.orders import PositionRow
from engine.core.values.rules import Mirror
from tests.core.core_holdings import holding
from tests.core.core_world import FATHER, FUTURE, LISTED, World, a_follower, an_order, done
from tests.core.test_core_lessons import refuse_price

CNC, MIS, NRML = Product.CNC, Product.MIS, Product.NRML
STOCK_OPTION = "RELIANCE26DEC1540CE"


def a_position(quantity: int, product: Product, **changed) -> PositionRow:
    plain = {"exchange": "NSE", "symbol": "SBIN", "product": product, "quantity": quantity}
    return PositionRow(**(plain | changed))


# -- refusals that would be sent again for ever ------------------------------------------------


def test_a_resting_exit_beyond_the_price_range_is_not_sent_every_second():
    """At one a second the day's 5,000 orders are gone in an hour and a half, and no exit leaves after."""
    world = holding()
    world.master(an_order("X1", "SELL", price=150))
    refuse_price(world, world.place(), 80, 120)
    (alert,) = world.alerts("SELL 10 SBIN was refused")
    assert "Nothing rests now" in alert.text
    world.wait(60)
    assert not world.pending
    world.master(done("X1", "SELL", price=150))
    world.wait(2)
    assert world.ack_and_fill().order_type is OrderType.MARKET
    assert world.held() == 0
    world.check_journal()


def test_a_resting_exit_beyond_the_price_range_goes_again_at_his_next_price():
    world = holding()
    world.master(an_order("X1", "SELL", price=150))
    refuse_price(world, world.place(), 80, 120)
    world.wait(5)
    world.master(an_order("X1", "SELL", price=118))
    world.wait(2)
    assert world.ack().price == Decimal(118)


# -- exits that would wait for ever ------------------------------------------------------------


def test_what_his_stop_fills_in_part_is_exited_where_ours_was_past_its_trigger():
    """His stop triggers, fills 6 of 10 and the rest hangs at its limit: 6 of ours must not wait for it."""
    world = holding()
    stop = an_order("X1", "SELL", price=90, order_type=OrderType.SL, trigger_price=Decimal(95),
                    status="TRIGGER PENDING")  # fmt: skip
    world.master(stop)
    world.refuse(world.place(), RefusalKind.TRIGGER, "past its trigger")
    world.wait(5)
    world.master(
        an_order("X1", "SELL", price=90, order_type=OrderType.SL, trigger_price=Decimal(95),
                 filled_quantity=6)
    )  # fmt: skip
    sent = world.ack_and_fill()
    assert (sent.order_type, sent.quantity, world.held()) == (OrderType.MARKET, 6, 4)
    rest = world.ack()
    assert (rest.order_type, rest.quantity, rest.price) == (OrderType.LIMIT, 4, Decimal(90))
    world.wait(5)
    assert not world.pending
    world.fill(rest)
    world.master(done("X1", "SELL", price=90, order_type=OrderType.SL, trigger_price=Decimal(95)))
    world.wait(5)
    assert not world.pending
    assert world.held() == 0
    world.check_journal()


def test_what_he_fills_in_part_is_exited_where_our_resting_exit_was_rejected():
    world = holding()
    world.master(an_order("X1", "SELL", price=110))
    child = world.ack()
    world.change(child, status="REJECTED", status_message="RMS: no")
    world.wait(5)
    world.master(an_order("X1", "SELL", price=110, filled_quantity=6))
    world.wait(1)
    assert world.ack_and_fill().quantity == 6
    world.wait(10)
    assert (world.held(), len(world.pending)) == (4, 0)


def test_what_he_exits_further_is_told_where_an_earlier_part_was_refused_for_good():
    world = holding(a_follower(mirror=Mirror.FILLS))
    world.master(an_order("X1", "SELL", price=100, filled_quantity=5))
    world.refuse(world.place(), RefusalKind.MARGIN, "RMS: margin")
    world.wait(2)
    world.master(done("X1", "SELL", price=100))
    world.wait(60)
    assert (world.held(), len(world.pending)) == (10, 0)
    (alert,) = world.alerts("SELL 5 SBIN more")
    assert alert.needs_human
    assert alert.severity is Severity.CRITICAL


@pytest.mark.parametrize("symbol", ["NIFTY26DECFUT"])
def test_slices_that_found_no_connection_go_again_in_the_next_second(symbol):
    """Four slices refused together are one failed send, not four in a row."""
    world = World()
    what = {"exchange": "NFO", "symbol": symbol, "product": NRML}
    world.master(done("M1", quantity=7200, **what))
    for _ in range(4):
        world.ack_and_fill()
    world.master(done("X1", "SELL", quantity=7200, **what))
    for _ in range(4):
        world.refuse(world.place(), RefusalKind.NOT_SENT, "no connection", http_status=None)
    world.wait(1)
    assert sum(world.place().quantity for _ in range(4)) == 7200


def test_a_snapshot_of_yesterday_writes_nothing_off():
    """Read before yesterday's last fill: it says nothing of what is held today."""
    world = World()
    what = {"exchange": "NFO", "symbol": FUTURE, "product": NRML}
    world.wait(5)
    world.positions(a_position(0, NRML, exchange="NFO", symbol=FUTURE))
    world.master(done("M1", quantity=75, **what))
    world.ack_and_fill()
    world.sleep(23 * 3600)
    world.restart()
    world.master_rows.clear()
    world.state.account(MASTER).book_total = 0
    world.log_in(MASTER)
    world.master()
    world.master_positions(
        a_position(75, NRML, exchange="NFO", symbol=FUTURE, overnight_quantity=75)
    )
    world.master(done("X1", "SELL", quantity=75, **what))
    world.log_in(FATHER)
    world.read(rows=())
    world.wait(11)  # today's are waited for, not for ever
    sent = world.ack_and_fill()
    assert (sent.side, sent.quantity) == (Side.SELL, 75)
    assert not world.alerts("written off")


# -- conversions -------------------------------------------------------------------------------


def converts_and_sells(world: World) -> None:
    """He holds 50 MIS, converts them, and his sale as CNC is seen before his positions tell."""
    world.master(done("M1", quantity=50))
    world.ack_and_fill()
    world.wait(5)
    world.master_positions(a_position(50, MIS))
    world.wait(5)


def test_a_restart_while_an_order_waits_for_positions_loses_no_exit():
    world = World()
    converts_and_sells(world)
    world.master(done("X1", "SELL", quantity=50, product=CNC))
    world.restart()
    world.read()
    world.master(*world.master_rows.values())
    for _ in range(3):
        world.wait(1)
        world.master_positions(a_position(0, MIS), a_position(0, CNC))
    sent = world.ack_and_fill()
    assert (sent.product, sent.side, sent.quantity, world.held()) == (MIS, Side.SELL, 50, 0)
    world.check_journal()


@pytest.mark.parametrize("as_future", [False, True])
def test_after_a_stop_an_exit_that_stays_unclear_asks_a_person(as_future):
    world = World()
    old = {"exchange": "NFO", "symbol": FUTURE} if as_future else {}
    new = {**old, "product": NRML if as_future else CNC}
    world.master(done("M1", quantity=75, **old))
    world.ack_and_fill()
    world.wait(5)
    assert world.ask(c.StopCopy()).accepted
    world.master(done("X1", "SELL", quantity=75, **new))
    world.wait(10)
    assert not world.pending
    (alert,) = world.alerts("whether he converted")
    assert alert.needs_human
    assert "father 75" in alert.text


def test_a_conversion_that_was_told_after_he_sold_does_not_promise_an_exit():
    world = World()
    what = {"exchange": "NFO", "symbol": FUTURE}
    world.master(done("M1", quantity=75, **what))
    world.ack_and_fill()
    world.wait(5)
    world.master_positions(a_position(75, MIS, **what))
    world.master(done("X1", "SELL", quantity=75, product=NRML, **what))
    world.wait(10)
    for _ in range(4):
        world.wait(2)
        world.master_positions(a_position(0, MIS, **what), a_position(0, NRML, **what))
    (alert,) = world.alerts("converted 75")
    assert alert.needs_human
    assert alert.severity is Severity.CRITICAL
    assert "exited when he exits" not in alert.text


# -- entries -----------------------------------------------------------------------------------


def test_a_range_that_was_learned_never_carries_an_entry_beyond_its_band():
    world = World()
    world.master(an_order(price=100))
    world.ack()
    world.wait(1)
    world.master(done(price=100))
    world.wait(3)
    refuse_price(world, world.modify(), 104, 120)
    world.wait(1)
    world.read()
    world.wait(5)
    assert [each.price for each in world.pending if not isinstance(each, Cancel)] == []
    world.master(done("M2"))
    assert all(
        each.price is None or each.price <= Decimal(101)
        for each in world.pending
        if isinstance(each, Place)
    )


def test_a_part_that_he_filled_minutes_ago_is_not_entered():
    world = World(a_follower(mirror=Mirror.FILLS))
    world.master(an_order(price=100, filled_quantity=5))
    world.ack_and_fill()
    at = world.now + timedelta(seconds=2)
    world.sleep(300)
    world.restart()
    world.read()
    world.master(replace(done(price=100), placed_at=at, updated_at=at))
    world.wait(5)
    assert not world.pending
    assert world.held() == 5
    assert world.skip_of("M1") is SkipReason.STALE


# -- covers ------------------------------------------------------------------------------------


def through_zero(world: World) -> None:
    """His target and his stop on one holding both filled here."""
    what = {"exchange": "NFO", "symbol": STOCK_OPTION, "product": NRML}
    world.master(done("M1", quantity=500, **what))
    world.ack_and_fill()
    world.master(
        an_order("X1", "SELL", 500, price=150, **what),
        an_order("X2", "SELL", 500, price=80, order_type=OrderType.SL, trigger_price=Decimal(85),
                 status="TRIGGER PENDING", **what),
    )  # fmt: skip
    one, other = world.ack(), world.ack()
    world.fill(one, price=150)
    world.fill(other, price=80)


def the_cover(world: World) -> Place:
    (cover,) = [each for each in world.pending if isinstance(each, Place)]
    world.pending.clear()
    return cover


def test_a_cover_is_a_limit_where_no_market_order_is_taken():
    """Zerodha takes no MARKET order in a stock option: the short that is left would stand open."""
    world = World()
    through_zero(world)
    cover = the_cover(world)
    assert (cover.side, cover.quantity, cover.order_type) == (Side.BUY, 500, OrderType.LIMIT)
    assert cover.price is not None
    assert cover.price >= Decimal(80)
    assert cover.market_protection is None


def test_a_person_is_asked_about_a_cover_that_does_not_fill():
    world = World()
    through_zero(world)
    world.ack(the_cover(world))
    world.wait(31, step=1)
    (alert,) = world.alerts("BUY 500 RELIANCE26DEC1540CE has not filled")
    assert alert.needs_human


# -- exits that wait for an authorised sale ----------------------------------------------------


def refuse_all(world: World, rounds: int = 40) -> int:
    """Refuse whatever is sent for want of authorised shares, the oldest first; return how many."""
    for number in range(rounds):
        if not world.pending:
            return number
        world.refuse(world.place(), RefusalKind.HOLDINGS, "needs authorisation", http_status=428)
    return rounds


def test_parts_of_an_exit_that_are_all_held_up_wait_for_a_person():
    """Two parts in flight: the refusal of either sent the other's units again, at wire speed for ever."""
    world = World(a_follower(mirror=Mirror.FILLS))
    world.master(done("M1", product=CNC))
    world.ack_and_fill()
    world.wait(3)
    world.master(an_order("X1", "SELL", price=100, filled_quantity=5, product=CNC))
    world.master(done("X1", "SELL", price=100, product=CNC))
    assert len(world.pending) == 2
    assert refuse_all(world) == 2
    world.wait(60)
    assert not world.pending
    world.ask(c.ResumeFollower(follower=FATHER))
    world.read()
    assert sum(each.quantity for each in world.pending if isinstance(each, Place)) == 10


def test_slices_that_are_too_large_and_held_up_wait_for_a_person():
    world = World()
    world.master(done("M1", quantity=4000, product=CNC))
    world.ack_and_fill()
    world.state.freezes[("NSE", "SBIN")] = LearnedFreeze(quantity=2000, until=world.now.date())
    world.master(done("X1", "SELL", quantity=4000, product=CNC))
    too_large = Refused(
        kind=RefusalKind.FREEZE, message="too many", http_status=400, freeze_quantity=1000
    )
    world.answer(world.place(), too_large)
    assert refuse_all(world) == 3
    world.wait(60)
    assert not world.pending
    world.ask(c.ResumeFollower(follower=FATHER))
    world.read()
    sizes = [each.quantity for each in world.pending if isinstance(each, Place)]
    assert sizes == [1000] * 4


def test_after_a_resume_the_next_second_is_still_waited_for():
    world = World()
    world.master(done("M1", product=CNC))
    world.ack_and_fill()
    world.master(done("X1", "SELL", product=CNC))
    assert refuse_all(world) == 1
    world.wait(1)
    world.ask(c.ResumeFollower(follower=FATHER))
    world.read()
    world.refuse(world.place(), RefusalKind.RATE, "too many requests", http_status=429)
    assert not world.pending
    world.wait(1)
    assert world.place().quantity == 10


# -- copies under two exchanges ----------------------------------------------------------------


def test_copies_of_two_exchanges_that_he_converted_are_each_exited_where_they_are():
    """One tag for both lost an exit; an intraday copy of BSE that is sold on NSE is closed by nothing."""
    world = World()
    world.master(done("M1", quantity=50), done("M2", quantity=30, exchange="BSE"))
    world.ack_and_fill()
    world.ack_and_fill()
    world.wait(5)
    world.master_positions(a_position(50, MIS), a_position(30, MIS, exchange="BSE"))
    for _ in range(3):
        world.wait(4)
        world.master_positions(
            a_position(0, MIS), a_position(0, MIS, exchange="BSE"), a_position(80, CNC)
        )
    world.master(done("X1", "SELL", quantity=80, product=CNC))
    sent = [world.ack_and_fill(), world.ack_and_fill()]
    assert {(each.exchange, each.product, each.quantity) for each in sent} == {
        ("NSE", MIS, 50),
        ("BSE", MIS, 30),
    }
    assert len({each.tag for each in sent}) == 2
    assert (world.held(), world.ledger(exchange="BSE").held) == (0, 0)
    world.check_journal()


def test_an_exit_of_what_todays_list_lacks_asks_a_person():
    world = holding()
    listed = {each.key: each for each in LISTED if each.symbol != "SBIN"}
    world.state.instruments = InstrumentBook(listed, content_hash="without")
    world.state.listings.clear()  # a store of before, which did not record what was entered
    world.master(done("X1", "SELL"))
    world.wait(30)
    assert not world.pending
    (alert,) = world.alerts("is not in today's list of instruments")
    assert alert.needs_human
    assert "SELL 10 SBIN" in alert.text
