"""Paper fills at what the market showed, and at nothing else."""

from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.brokers.paper.matching import hit, other_side, take
from engine.brokers.paper.venue import LATENCY_S
from engine.core.values.commands import Acked
from engine.core.values.market import IST, OrderId, OrderStatus, OrderType, Product, Side, Validity
from engine.core.values.orders import Level, OrderRow, PositionRow, Quote
from tests.contracts.venues.conftest import NOW, Paper
from tests.contracts.venues.test_paper_refusals import modify

D = Decimal
BUY, SELL = Side.BUY, Side.SELL


def a_quote(last="100", *, bids=(), asks=(), has_depth=True, **more) -> Quote:
    def levels(pairs):
        return tuple(Level(D(price), units) for price, units in pairs)

    return Quote(
        exchange="NSE", symbol="INFY", instrument_token=1, last_price=D(last),
        has_depth=has_depth, bids=levels(bids), asks=levels(asks),
        bid=D(bids[0][0]) if bids else None, ask=D(asks[0][0]) if asks else None, **more,
    )  # fmt: skip


ASKS = [("100.10", 5), ("100.20", 10), ("100.50", 20)]
BIDS = [("100.00", 5), ("99.90", 10), ("99.50", 20)]


@pytest.mark.parametrize(
    ("side", "quantity", "limit", "filled", "average"),
    [
        (BUY, 5, None, 5, "100.1"),
        (BUY, 6, None, 6, "100.1167"),
        (BUY, 15, None, 15, "100.1667"),
        (BUY, 36, None, 35, "100.3571"),  # one more than is shown
        (BUY, 36, "100.20", 15, "100.1667"),
        (BUY, 36, "100.19", 5, "100.1"),
        (BUY, 36, "100.09", None, None),
        (SELL, 5, None, 5, "100"),
        (SELL, 15, "99.90", 15, "99.9333"),
        (SELL, 15, "99.91", 5, "100"),
        (SELL, 15, "100.01", None, None),
    ],
)
def test_depth_is_walked_level_by_level_and_never_beyond_the_limit(
    side, quantity, limit, filled, average
):
    levels = other_side(side, a_quote(bids=BIDS, asks=ASKS), quantity=quantity, tick=D("0.1"))
    found = take(side, quantity=quantity, limit=limit and D(limit), levels=levels)
    if filled is None:
        assert found is None
    else:
        assert (found.quantity, str(found.price)) == (filled, average)


@pytest.mark.parametrize(
    ("bids", "asks", "side", "quantity", "filled", "average"),
    [
        ((), [("100.1", 5)], BUY, 5, 5, "100.1"),
        ((), [("100.1", 5)], BUY, 10, 10, "100.15"),
        ([("100", 5)], (), SELL, 11, 11, "99.9364"),
        ((), (), BUY, 7, 7, "100.1"),  # only a last price: a tick worse
        ((), (), SELL, 7, 7, "99.9"),
    ],
)
def test_without_depth_each_further_multiple_costs_a_tick(
    bids, asks, side, quantity, filled, average
):
    quote = a_quote(bids=bids, asks=asks, has_depth=False)
    levels = other_side(side, quote, quantity=quantity, tick=D("0.1"))
    found = take(side, quantity=quantity, limit=None, levels=levels)
    assert (found.quantity, str(found.price)) == (filled, average)


def test_where_the_depth_shows_nobody_nothing_is_filled():
    levels = other_side(BUY, a_quote(bids=BIDS), quantity=5, tick=D("0.1"))
    assert take(BUY, quantity=5, limit=None, levels=levels) is None


def test_without_depth_no_price_falls_to_nothing():
    quote = a_quote("0.1", bids=[("0.1", 1)], has_depth=False)
    levels = other_side(SELL, quote, quantity=5, tick=D("0.1"))
    assert [level.price for level in levels] == [D("0.1")]


def a_row(side=BUY, price="99.00", quantity=30) -> OrderRow:
    return OrderRow(
        order_id=OrderId("P1"), status=OrderStatus.OPEN, exchange="NSE", symbol="INFY", side=side,
        order_type=OrderType.LIMIT, product=Product.MIS, quantity=quantity,
        price=price and D(price),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("side", "last_before", "last", "bids", "asks", "filled"),
    [
        (BUY, "99.10", "99.00", (), (), None),  # at it: others may stand before us
        (BUY, "99.10", "98.95", (), (), 30),  # through it
        (BUY, "98.95", "98.95", (), (), None),  # of before the order
        (BUY, None, "98.95", (), (), None),  # nobody knows of when
        (BUY, "99.10", "99.10", (), [("99.00", 12)], 12),
        (BUY, "99.10", "99.10", (), [("99.05", 12)], None),
        (BUY, "99.10", "99.10", (), [("98.90", 12)], 12),  # at its own price: others come to it
        (SELL, "98.90", "99.05", (), (), 30),
        (SELL, "98.90", "99.00", (), (), None),
        (SELL, "98.90", "98.90", [("99.00", 40)], (), 30),
    ],
)
def test_a_resting_limit_fills_at_its_own_price_once_the_market_came_there(
    side, last_before, last, bids, asks, filled
):
    quote, row = a_quote(last, bids=bids, asks=asks), a_row(side)
    levels = other_side(side, quote, quantity=30, tick=D("0.05"))
    found = hit(row, quote, levels=levels, last_before=last_before and D(last_before))
    assert (found and (found.quantity, found.price)) == (filled and (filled, D("99.00")))


def test_an_order_without_a_price_of_its_own_is_never_hit():
    assert hit(a_row(price=None), a_quote(), levels=(), last_before=None) is None


LEVELS = st.lists(
    st.tuples(st.integers(9_000, 11_000), st.integers(1, 500)), max_size=5, unique_by=lambda e: e[0]
)


@given(side=st.sampled_from(Side), pairs=LEVELS, quantity=st.integers(1, 2_000),
       limit=st.integers(9_000, 11_000), taken=st.integers(0, 1_000))  # fmt: skip
def test_no_fill_is_better_or_worse_than_what_was_shown(side, pairs, quantity, limit, taken):
    levels = [Level(D(p) / 100, q) for p, q in sorted(pairs, reverse=side is SELL)]
    bound = D(limit) / 100
    found = take(side, quantity=quantity, limit=bound, levels=levels, taken=taken)
    within = [each for each in levels if (each.price - bound) * side.sign <= 0]
    there = sum(each.quantity for each in within)
    assert (found.quantity if found else 0) == min(quantity, max(0, there - taken))
    if found:
        prices = [each.price for each in within]
        assert min(prices) - D("0.0001") <= found.price <= max(prices) + D("0.0001")


# -- the venue -------------------------------------------------------------------------------


async def test_what_an_account_took_of_a_tick_is_gone_until_the_next():
    paper = Paper()
    paper.tick("NSE", "INFY", D(1500), units=15)
    await paper.outcome(paper.place("KCPF0001", price=D("1500.00")))
    await paper.outcome(paper.place("KCPF0002", price=D("1500.00")))
    rows = await paper.rows()
    assert (rows["KCPF0001"].filled_quantity, rows["KCPF0002"].filled_quantity) == (10, 5)
    assert rows["KCPF0002"].status is OrderStatus.OPEN
    paper.tick("NSE", "INFY", D(1500), units=15)
    row = (await paper.rows())["KCPF0002"]
    assert (row.filled_quantity, row.status) == (10, OrderStatus.COMPLETE)


async def test_no_tick_no_fill_and_it_is_said_once_after_five_seconds():
    paper = Paper()
    outcome = await paper.outcome(paper.place("KCPF0003"))
    assert isinstance(outcome, Acked)
    paper.paper.pass_time()
    paper.clock.at = NOW + timedelta(seconds=4.9)
    paper.paper.pass_time()
    assert paper.said == []
    for seconds in (5, 6, 60):
        paper.clock.at = NOW + timedelta(seconds=seconds)
        paper.paper.pass_time()
    assert len(paper.said) == 1
    assert "no price of INFY comes" in paper.said[0]
    assert (await paper.rows())["KCPF0003"].filled_quantity == 0
    paper.price("1500")
    row = (await paper.rows())["KCPF0003"]
    assert (row.status, row.average_price) == (OrderStatus.COMPLETE, D(1500))


async def test_a_limit_that_came_before_any_price_takes_the_first_one_and_not_its_own():
    paper = Paper()
    await paper.outcome(paper.place("KCPF0015", price=D("1530.00")))
    (row,) = (await paper.rows()).values()
    again = Paper()  # a restart in between changes nothing
    again.paper.restore([row], [])
    for each in (paper, again):
        each.price("1500")
        assert (await each.rows())["KCPF0015"].average_price == D(1500)


async def test_a_price_of_before_the_socket_was_lost_fills_nothing():
    paper = Paper()
    paper.price("1500")
    paper.board.lost()
    await paper.outcome(paper.place("KCPF0004"))
    assert (await paper.rows())["KCPF0004"].filled_quantity == 0
    assert paper.board.last_price("NSE", "INFY") == D(1500), "people are still shown it"
    paper.price("1502")
    assert (await paper.rows())["KCPF0004"].average_price == D(1502)


async def test_the_rest_of_a_protected_market_order_waits_at_its_band():
    paper = Paper()
    paper.tick("NSE", "INFY", D(1500), units=4)
    await paper.outcome(paper.place("KCPF0005"))
    row = (await paper.rows())["KCPF0005"]
    assert (row.filled_quantity, row.status) == (4, OrderStatus.OPEN)
    # Two per cent, as with Kite; the row is a limit with its tag.
    assert (row.order_type, row.price, row.is_market) == (OrderType.LIMIT, D("1530.0"), True)
    paper.tick("NSE", "INFY", D("1530.1"), units=100)
    assert (await paper.rows())["KCPF0005"].filled_quantity == 4
    paper.tick("NSE", "INFY", D("1530.0"), units=100)
    assert (await paper.rows())["KCPF0005"].filled_quantity == 10


@pytest.mark.parametrize(
    ("side", "trigger", "price", "not_yet", "reached", "average"),
    [
        (BUY, "1510.00", "1512.00", "1509.9", "1510", "1510"),
        (SELL, "1490.00", "1488.00", "1490.1", "1490", "1490"),
        (BUY, "1510.00", None, "1509.9", "1511", "1511"),
        (SELL, "1490.00", None, "1490.1", "1489", "1489"),
    ],
)
async def test_a_stop_sleeps_until_the_last_price_reaches_its_trigger(
    side, trigger, price, not_yet, reached, average
):
    paper = Paper()
    paper.price("1500")
    kind = OrderType.SL if price else OrderType.SL_M
    await paper.outcome(
        paper.place("KCPF0006", side, order_type=kind, trigger_price=D(trigger),
                    price=price and D(price), market_protection=None if price else D(-1))
    )  # fmt: skip
    paper.price(not_yet)
    assert (await paper.rows())["KCPF0006"].status is OrderStatus.TRIGGER_PENDING
    paper.price(reached)
    row = (await paper.rows())["KCPF0006"]
    assert (row.status, row.average_price) == (OrderStatus.COMPLETE, D(average))


async def test_a_triggered_stop_whose_limit_the_market_has_jumped_over_rests():
    paper = Paper()
    paper.price("1500")
    await paper.outcome(
        paper.place("KCPF0007", order_type=OrderType.SL, trigger_price=D("1510.00"),
                    price=D("1511.00"), market_protection=None)
    )  # fmt: skip
    paper.price("1520")
    row = (await paper.rows())["KCPF0007"]
    assert (row.status, row.filled_quantity) == (OrderStatus.OPEN, 0)
    # What was triggered is a limit to the exchange from then on.
    await paper.outcome(modify(row.order_id, price=D("1521.00")))
    row = (await paper.rows())["KCPF0007"]
    assert (row.order_type, row.average_price) == (OrderType.LIMIT, D(1520))


async def test_a_stop_that_is_made_a_market_order_trades_at_once():
    paper = Paper()
    paper.price("1500")
    placed = await paper.outcome(
        paper.place("KCPF0008", order_type=OrderType.SL, trigger_price=D("1510.00"),
                    price=D("1511.00"), market_protection=None)
    )  # fmt: skip
    change = modify(placed.order_id, order_type=OrderType.MARKET, market_protection=D(-1))
    await paper.outcome(change)
    row = (await paper.rows())["KCPF0008"]
    assert (row.status, row.average_price, row.trigger_price) == (
        OrderStatus.COMPLETE, D(1500), None,
    )  # fmt: skip


async def test_what_an_ioc_order_does_not_fill_at_once_is_cancelled():
    paper = Paper()
    paper.tick("NSE", "INFY", D(1500), units=4)
    await paper.outcome(paper.place("KCPF0009", price=D("1500.00"), validity=Validity.IOC))
    row = (await paper.rows())["KCPF0009"]
    assert (row.status, row.filled_quantity) == (OrderStatus.CANCELLED, 4)


async def test_commands_arrive_in_the_order_of_sending_and_after_the_latency():
    paper = Paper()
    paper.price("1500")
    placed = await paper.outcome(paper.place("KCPF0010", price=D("1400.00")))
    first = paper.send(modify(placed.order_id, price=D("1410.00")))
    second = paper.send(modify(placed.order_id, price=D("1420.00")))
    await first.arrived.wait()
    await second.arrived.wait()
    assert (await paper.rows())["KCPF0010"].price == D("1420.00")
    assert 0.005 <= LATENCY_S <= 0.2


async def test_day_orders_end_with_their_day_and_with_the_close():
    paper = Paper()
    paper.price("1500")
    await paper.outcome(paper.place("KCPF0011", price=D("1400.00")))
    paper.open = False
    paper.paper.pass_time()
    assert (await paper.rows())["KCPF0011"].status is OrderStatus.OPEN, "a pause of the morning"
    paper.clock.at = NOW.replace(hour=15, minute=36)
    paper.paper.pass_time()
    assert (await paper.rows())["KCPF0011"].status is OrderStatus.CANCELLED
    again = Paper()
    again.price("1500")
    await again.outcome(again.place("KCPF0012", price=D("1400.00")))
    again.clock.at = NOW + timedelta(days=1)
    again.paper.pass_time()
    assert (await again.rows())["KCPF0012"].status is OrderStatus.CANCELLED


async def test_a_restart_takes_back_what_is_held_and_fills_only_the_rest():
    paper = Paper()
    paper.tick("NSE", "INFY", D(1500), units=4)
    await paper.outcome(paper.place("KCPF0013", product=Product.CNC, price=D("1500.00")))
    (rest,) = (await paper.rows()).values()
    held = PositionRow(exchange="NSE", symbol="INFY", product=Product.CNC, quantity=4)
    again = Paper()
    again.paper.restore([rest], [held])
    assert await again.positions() == {"INFY": 4}
    again.price("1500")
    row = (await again.rows())["KCPF0013"]
    assert (row.filled_quantity, row.status) == (10, OrderStatus.COMPLETE)
    assert await again.positions() == {"INFY": 10}


async def test_an_order_of_the_closing_auction_is_taken_and_waits():
    paper = Paper()
    paper.price("1500")
    paper.continuous = False
    assert isinstance(await paper.outcome(paper.place("KCPF0016", price=D("1500.00"))), Acked)
    paper.price("1490")
    assert (await paper.rows())["KCPF0016"].filled_quantity == 0


async def test_the_night_ends_intraday_positions_and_expired_contracts_and_nothing_else():
    paper = Paper()
    paper.price("1500")
    paper.tick("NSE", "TCS", D(3000))
    await paper.outcome(paper.place("KCPF0017", symbol="TCS", quantity=3))
    await paper.outcome(paper.place("KCPF0018", product=Product.CNC, quantity=4))
    listed = [row for row in paper.instruments._by_key.values() if row.exchange == "NFO"]
    first, last = min(e.expiry for e in listed), max(e.expiry for e in listed)
    for number, expiry in enumerate((first, last)):
        row = next(each for each in listed if each.expiry == expiry)
        paper.tick("NFO", row.symbol, D(100))
        await paper.outcome(
            paper.place(f"KCPF002{number}", exchange="NFO", symbol=row.symbol,
                        product=Product.NRML, quantity=row.lot_size)
        )  # fmt: skip
    assert len(await paper.positions()) == 4
    paper.clock.at = datetime.combine(first, time(10), tzinfo=IST) + timedelta(days=1)
    paper.paper.pass_time()
    left = await paper.positions()
    assert left == {"INFY": 4, row.symbol: row.lot_size}
