"""What is said to Kite: an order placed, changed and cancelled, and what it could not accept."""

from decimal import Decimal
from urllib.parse import parse_qs

import pytest

from engine.brokers.kite.codec import UnsendableError, encode_command
from engine.core.values.commands import Cancel, Modify, Priority
from engine.core.values.market import AccountName, OrderId, OrderType, Product, Variety, Venue
from tests.contracts.kite.kite_servers import a_place


def form(request) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(request.body.decode()).items()}


def test_a_placement_sends_only_what_is_set():
    request = encode_command(a_place(symbol="M&M26NOVFUT"))
    assert (request.method, request.target) == ("POST", "/orders/regular")
    assert b"M%26M" in request.body
    assert form(request) == {
        "exchange": "NFO",
        "tradingsymbol": "M&M26NOVFUT",
        "transaction_type": "BUY",
        "order_type": "LIMIT",
        "product": "NRML",
        "quantity": "65",
        "validity": "DAY",
        "tag": "KCaa0001",
        "price": "25000.05",
    }


def test_a_market_order_carries_its_protection():
    request = encode_command(
        a_place(order_type=OrderType.MARKET, price=None, market_protection=Decimal(-1))
    )
    assert form(request)["market_protection"] == "-1"
    assert "price" not in form(request)


def a_modify(**changes: object) -> Modify:
    fields = {
        "intent_id": "KCaa0003",
        "venue": Venue.LIVE,
        "follower": AccountName("asha"),
        "priority": Priority.MODIFY,
        "mode_epoch": 1,
        "order_id": OrderId("77"),
    }
    return Modify(**(fields | changes))


def test_a_modification_sends_only_what_changes():
    request = encode_command(a_modify(price=Decimal("1E+2")))
    assert (request.method, request.target) == ("PUT", "/orders/regular/77")
    assert form(request) == {"price": "100"}


def test_a_cancel_has_no_body_and_its_id_cannot_leave_the_path():
    cancel = Cancel(
        intent_id="KCaa0004",
        venue=Venue.LIVE,
        follower=AccountName("asha"),
        mode_epoch=1,
        order_id=OrderId("7/../x?y z\r\n"),
    )
    request = encode_command(cancel)
    assert (request.method, request.body) == ("DELETE", b"")
    assert request.target == "/orders/regular/7%2F..%2Fx%3Fy%20z%0D%0A"
    assert request.needs_permit


@pytest.mark.parametrize(
    "command",
    [
        a_place(quantity=0),
        a_place(price=None),
        a_place(price=Decimal(0)),
        a_place(price=Decimal("NaN")),
        a_place(product=Product.UNRECOGNISED),
        a_place(variety=Variety.UNRECOGNISED),
        a_place(order_type=OrderType.UNRECOGNISED),
        a_place(order_type=OrderType.MARKET, price=None),
        a_place(order_type=OrderType.MARKET, price=None, market_protection=Decimal(0)),
        a_place(order_type=OrderType.SL_M, price=None, trigger_price=Decimal(5)),
        a_place(symbol=""),
        a_modify(),
        a_modify(order_type=OrderType.MARKET),
        a_modify(quantity=0),
    ],
    ids=range(14),
)
def test_what_kite_could_not_accept_is_not_said(command):
    with pytest.raises(UnsendableError):
        encode_command(command)
