"""A morning on paper before the venue's first look at the time: what comes then meets nothing of the day before."""

from datetime import timedelta
from decimal import Decimal

from engine.core.values.market import OrderStatus, Product, Side
from tests.contracts.venues.conftest import NOW, Paper

NEXT_DAY = NOW + timedelta(days=1)


async def test_an_order_closes_no_intraday_units_of_the_day_before():
    paper = Paper()
    paper.price("1500")
    await paper.outcome(paper.place("KCPM0001", product=Product.MIS))
    assert await paper.positions() == {"INFY": 10}
    paper.clock.at = NEXT_DAY
    await paper.outcome(paper.place("KCPM0002", product=Product.MIS, side=Side.SELL))
    assert await paper.positions() == {"INFY": -10}, "those of yesterday ended with their day"


async def test_a_tick_fills_no_order_of_the_day_before():
    paper = Paper()
    paper.price("1500")
    await paper.outcome(paper.place("KCPM0003", price=Decimal("1400.00")))
    paper.clock.at = NEXT_DAY
    paper.price("1390")
    assert (await paper.rows())["KCPM0003"].filled_quantity == 0
    paper.paper.pass_time()
    assert (await paper.rows())["KCPM0003"].status is OrderStatus.CANCELLED
