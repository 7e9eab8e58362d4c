"""Cases that other copy traders fail on, where one decision tells: each name carries its case."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from engine.core.decide import trading_day_of
from engine.core.values.events import Allowance
from engine.core.values.instruments import Instrument, InstrumentBook, InstrumentKind
from engine.core.values.keys import Leg
from engine.core.values.market import IST, OrderType, Product, Side
from engine.core.values.notices import SkipReason
from engine.core.values.orders import PositionRow
from tests.core.core_world import FUTURE, World, a_follower, an_order, done

CALL = "NIFTY26DEC26000CE"
PUT = "NIFTY26DEC26100PE"
OPTION = {"exchange": "NFO", "product": Product.NRML}


def test_case_12_a_quantity_modified_below_what_has_filled_cancels_the_rest_and_sells_nothing():
    world = World()
    world.master(an_order("M1", quantity=10, price=100))
    entry = world.ack()
    world.fill(entry, 6)
    world.master(an_order("M1", quantity=4, price=100, filled_quantity=4, status="COMPLETE"))
    world.wait(5)
    left = [c for c in world.commands if getattr(c, "side", None) is Side.SELL]
    assert not left
    assert world.held() == 6
    world.check_journal()


def test_case_16_the_copy_has_filled_in_part_when_the_master_exits():
    world = World()
    world.master(an_order("M1", quantity=10, price=100))
    entry = world.ack()
    world.fill(entry, 4)
    world.master(done("M1", quantity=10, price=100))
    world.master(done("M2", "SELL", quantity=10))
    sent = [world.take() for _ in range(len(world.pending))]
    exits = [c for c in sent if getattr(c, "side", None) is Side.SELL]
    assert [c.quantity for c in exits] == [4]
    world.ack_and_fill(exits[0])
    world.cancelled(next(c for c in sent if c not in exits))
    world.wait(5)
    assert not world.pending
    assert world.held() == 0


def test_case_18_what_the_follower_holds_himself_in_the_symbol_is_his_own():
    world = World()
    his = PositionRow(exchange="NSE", symbol="SBIN", product=Product.MIS, quantity=7)
    world.positions(his)
    world.wait(5)
    world.master(done("M1"))
    world.ack_and_fill()
    world.wait(1)
    world.master(done("M2", "SELL"))
    assert world.place().quantity == 10


def test_case_19_less_than_a_lot_on_the_entry_and_the_whole_exit_later():
    world = World(a_follower(multiplier="0.5"))
    future = {"symbol": FUTURE, "exchange": "NFO", "product": Product.NRML}
    world.master(done("M1", quantity=75, **future))
    book = world.ledger(FUTURE, product=Product.NRML)
    assert book.parts["M1"].skips[Leg.ENTRY].reason is SkipReason.ZERO_LOTS
    world.master(done("M2", quantity=75, **future))
    assert world.ack_and_fill().quantity == 75
    world.master(done("M3", "SELL", quantity=150, **future))
    assert world.ack_and_fill().quantity == 75
    assert world.ledger(FUTURE, product=Product.NRML).held == 0


@pytest.mark.parametrize("multiplier", ["0.1", "0.33", "0.5", "0.75", "1.5"])
def test_case_20_many_small_adds_drift_by_less_than_a_share(multiplier):
    world = World(a_follower(multiplier=multiplier))
    world.obliging = True
    for number in range(1, 101):
        world.master(done(f"M{number}", quantity=1))
        world.wait(0.5)
        exact = number * world.rules["father"].multiplier
        assert 0 <= exact - world.held() < 1
    world.master(done("X", "SELL", quantity=100))
    world.wait(1)
    assert world.held() == 0


def test_case_24_without_a_hedge_the_legs_go_apart_and_a_naked_short_is_named():
    """A put bounds no call: neither leg waits for the other; see `test_core_baskets` for those that do."""
    world = World(a_follower(basket_window=timedelta(0)))
    world.master(
        done("M1", "SELL", quantity=75, symbol=CALL, **OPTION),
        done("M2", "BUY", quantity=65, symbol=PUT, **OPTION),
    )
    sold, bought = world.place(), world.place()
    world.ack_and_fill(sold)
    world.refuse(bought, "margin", "Insufficient funds.")
    world.wait(20)
    assert not world.pending, "nothing is placed again, nothing is undone by itself"
    assert any(PUT in each.text and "refused" in each.text for each in world.alerts("father"))
    world.master(done("M3", "BUY", quantity=75, symbol=CALL, **OPTION))
    exit_ = world.place()
    assert (exit_.side, exit_.symbol, exit_.quantity) == (Side.BUY, CALL, 75)
    world.master(done("M4", "SELL", quantity=65, symbol=PUT, **OPTION))
    assert not world.pending, "of the refused leg nothing is held"


@pytest.mark.parametrize("symbol", ["RELIANCE", "PERSISTENT", "ESCORTSPE"])
def test_case_34_a_share_whose_name_ends_like_an_option_is_a_share(symbol):
    """An SL-M stays one: only options are sent as a stop with a limit instead."""
    world = World()
    share = Instrument(exchange="NSE", symbol=symbol, token=99, kind=InstrumentKind.EQUITY)
    world.state.instruments = InstrumentBook({share.key: share}, content_hash="shares")
    stop = {"order_type": OrderType.SL_M, "trigger_price": Decimal(110), "symbol": symbol}
    world.master(an_order("M1", status="TRIGGER PENDING", **stop))
    sent = world.place()
    assert (sent.symbol, sent.order_type, sent.price) == (symbol, OrderType.SL_M, None)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-11-18T23:55:00+05:30", "2026-11-18"),
        ("2026-11-19T00:30:00+05:30", "2026-11-18"),
        ("2026-11-19T05:59:59+05:30", "2026-11-18"),
        ("2026-11-19T06:00:00+05:30", "2026-11-19"),
        ("2026-11-18T19:00:00+00:00", "2026-11-18"),
        ("2026-11-18T17:00:00-08:00", "2026-11-19"),
    ],
)
def test_case_35_the_day_is_that_of_india_whatever_the_clock_of_the_machine_says(at, day):
    assert trading_day_of(datetime.fromisoformat(at)).isoformat() == day


def test_case_35_an_evening_of_mcx_goes_on_over_midnight():
    world = World()
    crude = {"symbol": "CRUDEOIL26DECFUT", "exchange": "MCX", "product": Product.NRML}
    world.now = datetime(2026, 11, 18, 23, 20, tzinfo=IST)
    world.read()
    world.master(done("M1", quantity=2, **crude))
    world.ack_and_fill()
    world.wait(3600, step=5)
    assert world.now.date().day == 19
    world.master(done("M2", "SELL", quantity=2, **crude))
    assert world.place().side is Side.SELL


def test_case_39_the_budget_is_spent_while_an_exit_is_pending():
    world = World()
    world.master(done("M1"))
    world.ack_and_fill()
    world.allowances = {"father": Allowance(entries=0, total=1)}
    world.master(done("M2", "SELL"), done("M3", "BUY", symbol="INFY"))
    assert world.place().side is Side.SELL
    assert not world.pending
