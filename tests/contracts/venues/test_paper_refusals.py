"""The paper venue refuses what Kite refuses, with the kind and the words the engine would have read there."""

from decimal import Decimal

import pytest

from engine.core.values.commands import Acked, Modify, Priority, RefusalKind, Refused
from engine.core.values.instruments import Instrument, InstrumentBook, InstrumentKind
from engine.core.values.market import OrderId, OrderStatus, OrderType, Product, Side, Validity
from engine.core.values.orders import Funds
from tests.contracts.venues.conftest import FATHER, Paper, a_kite

D = Decimal
LIMIT, SL, SL_M, MARKET = OrderType.LIMIT, OrderType.SL, OrderType.SL_M, OrderType.MARKET


def future(kite, name: str):
    rows = (row for row in kite.exchange.instruments if row.exchange == "NFO")
    return next(row for row in rows if row.tradingsymbol.endswith("FUT") and row.name == name)


def option(kite):
    return next(row for row in kite.exchange.instruments if row.exchange == "NFO" and row.is_option)


#: A share's call; lots of 2026.
INFY_CALL = Instrument(
    exchange="NFO", symbol="INFY26DEC1500CE", token=9, kind=InstrumentKind.CALL, name="INFY",
    lot_size=400, strike=D(1500),
)  # fmt: skip

#: What is asked for, and the kind it is refused with; None: taken. INFY has lot 1 and its last price is 1500.
SHARES = [
    ({}, None),
    ({"market_protection": None}, RefusalKind.INPUT),
    ({"market_protection": D(0)}, RefusalKind.INPUT),
    ({"market_protection": D("0.5")}, None),
    ({"product": Product.NRML}, RefusalKind.INPUT),
    ({"product": Product.MTF}, None),
    ({"price": D("1490.00")}, None),
    ({"price": D("1490.03")}, RefusalKind.INPUT),
    ({"order_type": SL, "price": D("1511.00"), "trigger_price": D("1510.00")}, None),
    ({"order_type": SL, "price": D("1510.00"), "trigger_price": D("1510.00")}, None),
    ({"order_type": SL, "price": D("1509.90"), "trigger_price": D("1510.00")}, RefusalKind.INPUT),
    ({"order_type": SL, "price": D("1511.00"), "trigger_price": D("1510.01")}, RefusalKind.INPUT),
    ({"order_type": SL_M, "trigger_price": D("1500.10")}, None),
    ({"order_type": SL_M, "trigger_price": D("1500.00")}, RefusalKind.TRIGGER),
    ({"order_type": SL_M, "trigger_price": D("1499.00")}, RefusalKind.TRIGGER),
    (
        {"side": Side.SELL, "order_type": SL_M, "trigger_price": D("1500.00")},
        RefusalKind.TRIGGER,
    ),
    ({"side": Side.SELL, "order_type": SL_M, "trigger_price": D("1499.90")}, None),
    ({"exchange": "BSE", "order_type": SL_M, "trigger_price": D("1500.10")}, RefusalKind.INPUT),
    (
        {
            "side": Side.SELL, "order_type": SL, "price": D("1499.00"),
            "trigger_price": D("1498.00"),
        },
        RefusalKind.INPUT,
    ),
]  # fmt: skip


@pytest.fixture
async def both():
    """The two venues at the same prices."""
    paper = Paper()
    async with a_kite() as kite:
        for exchange in ("NSE", "BSE"):
            kite.exchange.set_price(exchange, "INFY", "1500")
            paper.tick(exchange, "INFY", D(1500))
        yield kite, paper


async def answers(both, **changed):
    """Return what both venues say of the same order; that it is alike is asserted."""
    kite, paper = both
    tag = "KCRF0001"
    side = changed.pop("side", Side.BUY)
    theirs = await kite.outcome(kite.place(tag, side, **changed))
    ours = await paper.outcome(paper.place(tag, side, **changed))
    assert type(ours) is type(theirs)
    if isinstance(theirs, Refused):
        # What lacks its protection never leaves for Kite: the adapter itself refuses it.
        never_left = theirs.message.startswith("not sent")
        assert (ours.kind if never_left else ours) == (theirs.kind if never_left else theirs)
    return ours


@pytest.mark.parametrize(("changed", "kind"), SHARES)
async def test_shares_are_refused_alike(both, changed, kind):
    protected = {"market_protection": D(-1)} if changed.get("order_type") is SL_M else {}
    if "price" in changed and "order_type" not in changed:
        protected = {"market_protection": None}
    outcome = await answers(both, **(protected | changed))
    assert getattr(outcome, "kind", None) is kind


@pytest.mark.parametrize(
    ("lots", "more", "kind"),
    [(1, 0, None), (1, 1, RefusalKind.INPUT), (27, 0, None), (28, 0, RefusalKind.FREEZE)],
)
async def test_lots_and_freeze_are_refused_alike(both, lots, more, kind):
    kite, paper = both
    row = future(kite, "NIFTY")
    paper.tick("NFO", row.tradingsymbol, row.close)
    outcome = await answers(
        both, exchange="NFO", symbol=row.tradingsymbol, product=Product.NRML,
        quantity=lots * row.lot_size + more,
    )  # fmt: skip
    assert getattr(outcome, "kind", None) is kind
    if kind is RefusalKind.FREEZE:
        assert outcome.freeze_quantity == row.freeze_quantity == 1800


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({}, None),
        ({"product": Product.CNC}, RefusalKind.INPUT),
        ({"order_type": SL_M, "trigger_price": D(2000)}, RefusalKind.INPUT),
    ],
)
async def test_options_are_refused_alike(both, changed, kind):
    kite, paper = both
    row = option(kite)
    paper.tick("NFO", row.tradingsymbol, row.close)
    plain = {"product": Product.NRML, "quantity": row.lot_size}
    outcome = await answers(both, exchange="NFO", symbol=row.tradingsymbol, **(plain | changed))
    assert getattr(outcome, "kind", None) is kind


async def test_a_stock_option_takes_no_market_order_and_the_kind_says_what_does():
    paper = Paper()
    paper.instruments = InstrumentBook({"NFO:INFY26DEC1500CE": INFY_CALL}, content_hash="")
    paper.tick("NFO", INFY_CALL.symbol, D(40))
    order = {
        "exchange": "NFO", "symbol": INFY_CALL.symbol, "product": Product.NRML, "quantity": 400,
    }  # fmt: skip
    outcome = await paper.outcome(paper.place("KCRF0009", **order))
    assert isinstance(outcome, Refused)
    assert outcome.kind is RefusalKind.NO_MARKET
    limited = await paper.outcome(paper.place("KCRF0019", price=D("40.00"), **order))
    assert isinstance(limited, Acked)


async def test_what_is_not_listed_is_refused():
    paper = Paper()
    outcome = await paper.outcome(paper.place("KCRF0002", symbol="NOSUCH"))
    assert isinstance(outcome, Refused)
    assert outcome.kind is RefusalKind.INPUT
    assert await paper.rows() == {}


async def test_mcx_takes_no_ioc(both):
    kite, paper = both
    row = next(each for each in kite.exchange.instruments if each.exchange == "MCX")
    paper.tick("MCX", row.tradingsymbol, row.close)
    outcome = await answers(
        both, exchange="MCX", symbol=row.tradingsymbol, product=Product.NRML, quantity=1,
        validity=Validity.IOC, order_type=LIMIT, price=row.close, market_protection=None,
    )  # fmt: skip
    assert isinstance(outcome, Refused)


async def test_outside_the_hours_nothing_is_taken_nor_filled():
    paper = Paper()
    paper.price("1500")
    placed = await paper.outcome(paper.place("KCRF0003", price=D("1490.00")))
    assert isinstance(placed, Acked)
    paper.open = False
    outcome = await paper.outcome(paper.place("KCRF0004"))
    assert isinstance(outcome, Refused)
    assert "closed" in outcome.message
    paper.price("1480")
    assert (await paper.rows())["KCRF0003"].filled_quantity == 0


@pytest.mark.parametrize(
    ("last", "price", "kind"),
    [
        ("100", "60.00", None),
        ("100", "59.95", RefusalKind.PRICE),
        ("100", "140.00", None),
        ("100", "140.05", RefusalKind.PRICE),
        ("30", "10.00", None),
        ("30", "9.95", RefusalKind.PRICE),
        ("30", "50.05", RefusalKind.PRICE),
    ],
)
async def test_a_limit_of_an_option_far_from_the_last_price_is_refused_and_the_range_named(
    both, last, price, kind
):
    kite, paper = both
    row = option(kite)
    paper.tick("NFO", row.tradingsymbol, D(last))
    outcome = await paper.outcome(
        paper.place(
            "KCRF0005", exchange="NFO", symbol=row.tradingsymbol, product=Product.NRML,
            quantity=row.lot_size, price=D(price),
        )
    )  # fmt: skip
    assert getattr(outcome, "kind", None) is kind
    if kind is RefusalKind.PRICE:
        assert None not in (outcome.lowest, outcome.highest)


def modify(order_id, **changed) -> Modify:
    paper = Paper.venue
    return Modify(
        intent_id="KCRF0006m1", venue=paper, follower=FATHER, priority=Priority.MODIFY,
        mode_epoch=1, order_id=order_id, **changed,
    )  # fmt: skip


async def test_a_change_is_judged_as_an_order_is_and_what_is_not_given_stays():
    paper = Paper()
    paper.price("1500")
    placed = await paper.outcome(paper.place("KCRF0006", price=D("1490.00")))
    bad = await paper.outcome(modify(placed.order_id, price=D("1490.03")))
    assert isinstance(bad, Refused)
    good = await paper.outcome(modify(placed.order_id, quantity=7))
    assert isinstance(good, Acked)
    row = (await paper.rows())["KCRF0006"]
    assert (row.quantity, row.price, row.status) == (7, D("1490.00"), OrderStatus.OPEN)
    unknown = await paper.outcome(modify(OrderId("1"), quantity=7))
    assert isinstance(unknown, Refused)
    assert unknown.kind is RefusalKind.BUSY


async def test_the_twenty_sixth_change_of_an_order_is_refused():
    paper = Paper()
    paper.price("1500")
    placed = await paper.outcome(paper.place("KCRF0007", price=D("1490.00")))
    for number in range(25):
        price = D("1470.00") + number
        assert isinstance(await paper.outcome(modify(placed.order_id, price=price)), Acked)
    outcome = await paper.outcome(modify(placed.order_id, price=D("1479.00")))
    assert isinstance(outcome, Refused)
    assert "modifications" in outcome.message
    assert (await paper.rows())["KCRF0007"].price == D("1494.00")


@pytest.mark.parametrize(("cash", "taken"), [("2999.99", False), ("3000", True), ("3001", True)])
async def test_an_order_that_costs_more_than_the_account_has_is_rejected_in_the_book(cash, taken):
    paper = Paper()
    paper.funds = Funds(equity=D(cash), commodity=D(0))
    paper.price("1500")
    # Ten shares for 15,000 intraday: a fifth of that is blocked.
    outcome = await paper.outcome(paper.place("KCRF0008", price=D("1500.00")))
    assert isinstance(outcome, Acked)
    row = (await paper.rows())["KCRF0008"]
    assert row.status is (OrderStatus.COMPLETE if taken else OrderStatus.REJECTED)
    if not taken:
        assert row.status_message == (
            "Insufficient funds. Required margin is 3000.00 but available margin is 2999.99."
        )


async def test_what_is_held_and_what_rests_block_money_and_an_exit_needs_none():
    paper = Paper()
    paper.funds = Funds(equity=D(6000), commodity=D(0))
    paper.price("1500")
    await paper.outcome(paper.place("KCRF0010", price=D("1500.00")))
    await paper.outcome(paper.place("KCRF0011", price=D("1450.00"), quantity=10))
    await paper.outcome(paper.place("KCRF0012", price=D("1450.00"), quantity=1))
    rows = await paper.rows()
    assert [rows[f"KCRF001{n}"].status.value for n in range(3)] == ["COMPLETE", "OPEN", "REJECTED"]
    await paper.outcome(paper.place("KCRF0013", Side.SELL))
    assert (await paper.rows())["KCRF0013"].status is OrderStatus.COMPLETE


@pytest.mark.parametrize(("sold", "status"), [(10, "COMPLETE"), (11, "REJECTED")])
async def test_no_more_delivery_shares_are_sold_than_are_there(sold, status):
    paper = Paper()
    paper.price("1500")
    await paper.outcome(paper.place("KCRF0020", product=Product.CNC))
    await paper.outcome(paper.place("KCRF0021", Side.SELL, product=Product.CNC, quantity=sold))
    assert (await paper.rows())["KCRF0021"].status.value == status
