"""What a paper account holds and what that blocks."""

from decimal import Decimal

import pytest

from engine.brokers.paper.purse import Purse, margin
from engine.core.values.instruments import Instrument, InstrumentKind
from engine.core.values.market import OrderId, OrderStatus, OrderType, Product, Side
from engine.core.values.orders import OrderRow

D = Decimal
BUY, SELL = Side.BUY, Side.SELL
MIS, CNC, MTF, NRML = Product.MIS, Product.CNC, Product.MTF, Product.NRML


def a_row(side: Side) -> OrderRow:
    return OrderRow(
        order_id=OrderId("P1"), status=OrderStatus.OPEN, exchange="NSE", symbol="INFY", side=side,
        order_type=OrderType.LIMIT, product=MIS, quantity=10,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fills", "units", "average", "realised"),
    [
        ([(BUY, 10, 100)], 10, 100, 0),
        ([(BUY, 10, 100), (BUY, 10, 110)], 20, 105, 0),
        ([(BUY, 10, 100), (SELL, 4, 110)], 6, 100, 40),
        ([(BUY, 10, 100), (SELL, 10, 90)], 0, 0, -100),
        ([(BUY, 10, 100), (SELL, 15, 90)], -5, 90, -100),
        ([(SELL, 10, 100), (BUY, 4, 90)], -6, 100, 40),
        ([(SELL, 10, 100), (BUY, 15, 110)], 5, 110, -100),
    ],
)
def test_fills_move_units_average_and_realised_profit(fills, units, average, realised):
    purse = Purse()
    for side, quantity, price in fills:
        purse.fill(a_row(side), quantity, D(price))
    (row,) = purse.rows.values()
    assert (row.quantity, row.average_price, purse.realised) == (units, average, realised)


def an_instrument(exchange="NFO", kind=InstrumentKind.FUTURE, strike=0) -> Instrument:
    return Instrument(exchange=exchange, symbol="X", token=1, kind=kind, strike=D(strike))


@pytest.mark.parametrize(
    ("instrument", "product", "side", "index", "blocked"),
    [
        (an_instrument("NSE", InstrumentKind.EQUITY), CNC, BUY, False, 10_000),
        (an_instrument("NSE", InstrumentKind.EQUITY), MIS, SELL, False, 2_000),
        (an_instrument("BSE", InstrumentKind.EQUITY), MTF, BUY, False, 5_000),
        (an_instrument(), NRML, BUY, True, 1_200),
        (an_instrument(), NRML, SELL, False, 2_000),
        (an_instrument("CDS"), NRML, SELL, False, 300),
        (an_instrument(kind=InstrumentKind.CALL, strike=500), NRML, BUY, True, 10_000),
        (an_instrument(kind=InstrumentKind.PUT, strike=500), NRML, SELL, True, 6_000),
        (an_instrument("MCX"), NRML, BUY, False, None),
    ],
)
def test_what_a_hundred_units_at_a_hundred_rupees_block(instrument, product, side, index, blocked):
    found = margin(instrument, product=product, side=side, quantity=100, price=D(100), index=index)
    assert found == blocked
