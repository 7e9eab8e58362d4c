"""What tests of the core are made from: accounts, instruments, a follower's rules, orders of the master."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from engine.core.values import control as c
from engine.core.values.events import Allowance
from engine.core.values.instruments import Instrument, InstrumentBook, InstrumentKind
from engine.core.values.market import (
    IST,
    AccountName,
    OrderId,
    OrderStatus,
    OrderType,
    Product,
    Side,
)
from engine.core.values.orders import OrderRow
from engine.core.values.rules import FollowerRules, Mirror, Orphan

#: A Wednesday on which every exchange trades.
MORNING = datetime(2026, 11, 18, 10, 0, tzinfo=IST)
OWNER = c.Requester(user_id=1, name="owner")
FATHER = AccountName("father")
MOTHER = AccountName("mother")

LISTED = (
    Instrument(exchange="NSE", symbol="SBIN", token=1, kind=InstrumentKind.EQUITY),
    Instrument(exchange="NSE", symbol="INFY", token=2, kind=InstrumentKind.EQUITY),
    Instrument(
        exchange="NFO",
        symbol="NIFTY26DECFUT",
        token=3,
        kind=InstrumentKind.FUTURE,
        name="NIFTY",
        lot_size=75,
        freeze_quantity=1800,
    ),
    Instrument(exchange="NFO", symbol="NIFTY26DEC26000CE", token=4, kind=InstrumentKind.CALL,
               lot_size=75, freeze_quantity=1800),
    Instrument(exchange="BSE", symbol="SBIN", token=5, kind=InstrumentKind.EQUITY),
)  # fmt: skip
#: One contract of every other kind that the six segments know.
KINDS = (
    Instrument(exchange="NSE", symbol="M&M", token=12, kind=InstrumentKind.EQUITY),
    Instrument(exchange="NFO", symbol="NIFTY26DEC26100PE", token=13, kind=InstrumentKind.PUT,
               name="NIFTY", lot_size=65, freeze_quantity=1800),
    Instrument(exchange="NFO", symbol="RELIANCE26DEC1540CE", token=14, kind=InstrumentKind.CALL,
               name="RELIANCE", lot_size=500),
    Instrument(exchange="NFO", symbol="RELIANCE26DECFUT", token=15, kind=InstrumentKind.FUTURE,
               name="RELIANCE", lot_size=500, tick_size=Decimal("0.10")),
    Instrument(exchange="BFO", symbol="SENSEX26DEC85000CE", token=16, kind=InstrumentKind.CALL,
               name="SENSEX", lot_size=20, freeze_quantity=1000),
    Instrument(exchange="BFO", symbol="SENSEX26DECFUT", token=17, kind=InstrumentKind.FUTURE,
               name="SENSEX", lot_size=20, freeze_quantity=1000),
    Instrument(exchange="MCX", symbol="CRUDEOIL26DECFUT", token=18, kind=InstrumentKind.FUTURE,
               name="CRUDEOIL", tick_size=Decimal(1)),
    Instrument(exchange="MCX", symbol="CRUDEOIL26DEC5500CE", token=19, kind=InstrumentKind.CALL,
               name="CRUDEOIL", tick_size=Decimal("0.10")),
    Instrument(exchange="CDS", symbol="USDINR26DECFUT", token=20, kind=InstrumentKind.FUTURE,
               name="USDINR", tick_size=Decimal("0.0025")),
    Instrument(exchange="CDS", symbol="USDINR26DEC86CE", token=21, kind=InstrumentKind.CALL,
               name="USDINR", tick_size=Decimal("0.0025")),
)  # fmt: skip
INSTRUMENTS = InstrumentBook({each.key: each for each in (*LISTED, *KINDS)}, content_hash="test")
FUTURE = "NIFTY26DECFUT"
PLENTY = Allowance(entries=1000, total=1000)
#: For what holds however the followers mirror an order.
BOTH = pytest.mark.parametrize("mirror", [Mirror.SWEEP, Mirror.ORDERS])


def a_follower(name: str = "father", **changed: Any) -> FollowerRules:
    """Return a follower's rules; multiplier 1 and everything else as the settings default it."""
    if "multiplier" in changed:
        changed["multiplier"] = Decimal(str(changed["multiplier"]))
    if "orphan" in changed:
        changed["orphan"] = Orphan(changed["orphan"])
    return FollowerRules(name=AccountName(name), user_id=f"U{name.upper()}", **changed)


def an_order(
    order_id: str = "M1", side: str = "BUY", quantity: int = 10, **changed: Any
) -> OrderRow:
    """Return a row of the master: BUY 10 SBIN MIS at MARKET, OPEN and unfilled, unless told."""
    for name in ("price", "average_price"):
        if changed.get(name) is not None:
            changed[name] = Decimal(str(changed[name]))
    if "order_type" not in changed:
        changed["order_type"] = OrderType.LIMIT if "price" in changed else OrderType.MARKET
    status = OrderStatus(changed.pop("status", "OPEN"))
    if changed.get("filled_quantity"):
        changed.setdefault("average_price", changed.get("price") or Decimal(100))
    plain = {"exchange": "NSE", "symbol": "SBIN", "product": Product.MIS}
    return OrderRow(
        order_id=OrderId(order_id),
        side=Side(side),
        quantity=quantity,
        status=status,
        status_text=status.value,
        **(plain | changed),
    )


def done(order_id: str = "M1", side: str = "BUY", quantity: int = 10, **changed: Any) -> OrderRow:
    """Return an order of the master that has filled whole."""
    return an_order(
        order_id, side, quantity, status="COMPLETE", filled_quantity=quantity, **changed
    )
