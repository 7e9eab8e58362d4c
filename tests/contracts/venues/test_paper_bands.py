"""Bands a paper order is held to: the day's circuit where it is known, and limit price protection."""

from decimal import Decimal

import pytest

from engine.brokers.paper.bands import limit_range, protected_limit
from engine.core.values.commands import RefusalKind
from engine.core.values.instruments import Instrument, InstrumentKind
from engine.core.values.market import Side
from engine.core.values.orders import Quote
from tests.contracts.venues.conftest import Paper

D = Decimal
FUTURE, CALL = InstrumentKind.FUTURE, InstrumentKind.CALL


def an_instrument(kind=FUTURE, name="INFY", exchange="NFO") -> Instrument:
    return Instrument(exchange=exchange, symbol="X", token=1, kind=kind, name=name)


def a_quote(last: str, **more) -> Quote:
    return Quote(exchange="NSE", symbol="INFY", instrument_token=1, last_price=D(last), **more)


@pytest.mark.parametrize(
    ("instrument", "last", "band"),
    [
        (an_instrument(), "1000", (970, 1030)),
        (an_instrument(), "20", (D("18.5"), D("21.5"))),
        (an_instrument(name="NIFTY"), "1000", None),
        (an_instrument(CALL), "100", (60, 140)),
        (an_instrument(CALL), "10", (D("0.05"), 30)),
        (an_instrument(exchange="MCX"), "100", None),
    ],
)
def test_limits_of_derivatives_stay_near_the_last_price(instrument, last, band):
    assert limit_range(instrument, D(last)) == band


@pytest.mark.parametrize(
    ("side", "last", "circuit", "limit"),
    [
        (Side.BUY, "100", {}, "102"),
        (Side.BUY, "100", {"upper_circuit": D(101)}, "101"),
        (Side.SELL, "100", {}, "98"),
        (Side.SELL, "100", {"lower_circuit": D(99)}, "99"),
    ],
)
def test_a_protected_market_order_stays_inside_the_circuit(side, last, circuit, limit):
    quote = a_quote(last, **circuit)
    found = protected_limit(side, instrument=an_instrument(), asked=D(-1), quote=quote)
    assert found == D(limit)


@pytest.mark.parametrize(
    ("price", "lowest", "highest"),
    [("1399.9", 1400, None), ("1400", None, None), ("1600", None, None), ("1600.1", None, 1600)],
)
async def test_a_limit_beyond_the_days_circuit_is_refused_and_the_edge_named(
    price, lowest, highest
):
    paper = Paper()
    paper.board.update([a_quote("1500", lower_circuit=D(1400), upper_circuit=D(1600))])
    outcome = await paper.outcome(paper.place("KCPB0001", price=D(price)))
    beyond = lowest or highest
    assert getattr(outcome, "kind", None) is (RefusalKind.PRICE if beyond else None)
    if beyond:
        assert (outcome.lowest, outcome.highest) == (lowest, highest)
