"""Commodities on paper: refused for margin by what the account's own broker says a lot blocks."""

import dataclasses
from decimal import Decimal

import pytest
from msgspec.structs import replace

from engine.core.values.commands import Acked
from engine.core.values.instruments import Instrument, InstrumentBook, InstrumentKind
from engine.core.values.market import OrderStatus, Product, Side
from engine.core.values.orders import Funds
from tests.contracts.venues.conftest import Paper

D = Decimal
CRUDE = Instrument(exchange="MCX", symbol="CRUDE", token=1, kind=InstrumentKind.FUTURE)


def commodities(*, per_lot: str | None, money: int, exchange: str = "MCX") -> Paper:
    paper = Paper()
    contract = replace(CRUDE, exchange=exchange)
    paper.instruments = InstrumentBook({contract.key: contract}, content_hash="t")
    told = None if per_lot is None else D(per_lot)
    paper.paper._market = dataclasses.replace(paper.paper._market, per_lot=lambda *_: told)
    free = D(money)
    paper.funds = Funds(equity=D(0) if exchange == "MCX" else free, commodity=free)
    paper.tick(exchange, "CRUDE", D(5000))
    return paper


async def place(paper: Paper, tag: str, lots: int, side: Side = Side.BUY, exchange="MCX"):
    order = paper.place(
        tag, side, exchange=exchange, symbol="CRUDE", product=Product.NRML, quantity=lots,
        price=D(5000),
    )  # fmt: skip
    assert isinstance(await paper.outcome(order), Acked)
    return (await paper.rows())[tag]


@pytest.mark.parametrize(
    ("lots", "money", "status"),
    [
        (2, 400_000, OrderStatus.COMPLETE),
        (2, 399_999, OrderStatus.REJECTED),
        (1, 200_000, OrderStatus.COMPLETE),
        (3, 599_999, OrderStatus.REJECTED),
    ],
)
async def test_lots_that_the_account_cannot_afford_are_refused(lots, money, status):
    row = await place(commodities(per_lot="200000", money=money), "KCM1", lots)
    assert row.status is status
    if status is OrderStatus.REJECTED:
        needed = 200_000 * lots
        assert row.status_message == (
            f"Insufficient funds. Required margin is {needed}.00 but available margin is {money}.00."
        )


async def test_what_is_held_blocks_too_and_an_exit_needs_nothing():
    paper = commodities(per_lot="200000", money=300_000)
    assert (await place(paper, "KCM2", 1)).status is OrderStatus.COMPLETE
    assert (await place(paper, "KCM3", 1)).status is OrderStatus.REJECTED
    assert (await place(paper, "KCM4", 1, Side.SELL)).status is OrderStatus.COMPLETE


async def test_while_the_broker_has_said_nothing_nothing_is_refused():
    row = await place(commodities(per_lot=None, money=0), "KCM5", 100)
    assert row.status is OrderStatus.COMPLETE


async def test_currencies_go_by_the_brokers_word_rather_than_by_a_share_of_the_price():
    paper = commodities(per_lot="2500", money=2499, exchange="CDS")
    assert (await place(paper, "KCM6", 1, exchange="CDS")).status is OrderStatus.REJECTED
    paper = commodities(per_lot="2500", money=2500, exchange="CDS")
    assert (await place(paper, "KCM7", 1, exchange="CDS")).status is OrderStatus.COMPLETE
