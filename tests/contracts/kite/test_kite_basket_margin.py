"""What a basket needs as margin: the bytes, the answer, and both against the demo exchange."""

import json
from decimal import Decimal

import pytest

from demo.exchange.faults import Answer, Meets, Operation, ReadFault
from engine.brokers.kite.codec import UnreadableError, decode_basket_margin, encode_basket
from engine.core.values.margins import MarginLeg
from engine.core.values.market import OrderType, Product, Side
from engine.errors import BrokerUnavailable, SessionExpired
from tests.contracts.kite.test_kite_exchange import USER, desk

__all__ = ["desk"]

LOT = 65
BOUGHT, SOLD = "NIFTY26DEC26500CE", "NIFTY26DEC26000CE"


def a_leg(side: Side, symbol: str, **changed: object) -> MarginLeg:
    plain = {
        "exchange": "NFO",
        "product": Product.NRML,
        "order_type": OrderType.LIMIT,
        "quantity": LOT,
        "price": Decimal("100.05"),
    }
    return MarginLeg(side=side, symbol=symbol, **(plain | changed))


def answer(final: object, initial: object) -> bytes:
    data = {"final": {"total": final}, "initial": {"total": initial}, "orders": []}
    return json.dumps({"status": "success", "data": data}).encode()


def test_the_request_is_json_and_counts_what_is_held():
    sold = a_leg(Side.SELL, SOLD, order_type=OrderType.MARKET, price=None)
    request = encode_basket((a_leg(Side.BUY, BOUGHT), sold))
    assert (request.method, request.json) == ("POST", True)
    assert request.target == "/margins/basket?consider_positions=true"
    assert not request.needs_permit
    first, second = json.loads(request.body)
    assert first == {
        "exchange": "NFO",
        "tradingsymbol": BOUGHT,
        "transaction_type": "BUY",
        "variety": "regular",
        "product": "NRML",
        "order_type": "LIMIT",
        "quantity": LOT,
        "price": 100.05,
        "trigger_price": 0,
    }
    assert (second["transaction_type"], second["order_type"], second["price"]) == (
        "SELL",
        "MARKET",
        0,
    )


@pytest.mark.parametrize(
    ("final", "initial", "needed"),
    [
        (45_000.5, 197_528.25, "45000.5"),  # hedged: what they take off each other counts
        (100, 100, "100"),
        (300_000, 100_000, "100000"),  # what is held already is in it
        (0, 0, "0"),
    ],
)
def test_the_total_with_the_benefit_counts(final, initial, needed):
    assert decode_basket_margin(answer(final, initial)) == Decimal(needed)


@pytest.mark.parametrize(
    "body",
    [
        answer(-1, 5),
        answer(5, -1),
        answer(None, 5),
        answer("much", 5),
        b'{"status": "success", "data": {"final": {"total": 1}}}',
        b'{"status": "success", "data": {"final": [], "initial": 3}}',
        b'{"status": "success", "data": []}',
        b"<html>",
        b"",
    ],
)
def test_an_answer_that_makes_no_sense_is_none(body):
    with pytest.raises(UnreadableError):
        decode_basket_margin(body)


async def test_the_exchange_tells_what_both_legs_need(desk):
    bought, sold = options_of(desk)
    reader = desk.account.reader
    alone = await reader.basket_margin((a_leg(Side.BUY, bought),), timeout_s=5)
    assert alone == Decimal("100.05") * LOT
    both = await reader.basket_margin(
        (a_leg(Side.BUY, bought), a_leg(Side.SELL, sold)), timeout_s=5
    )
    assert both > alone


async def test_what_is_held_is_counted(desk):
    _, sold = options_of(desk)
    desk.exchange.place_from_app(
        USER,
        exchange="NFO",
        tradingsymbol=sold,
        transaction_type="BUY",
        quantity=LOT,
        product="NRML",
    )
    desk.exchange.step()
    closing = (a_leg(Side.SELL, sold),)
    assert await desk.account.reader.basket_margin(closing, timeout_s=5) == 0


async def test_it_is_asked_without_a_permit_and_places_nothing(desk):
    desk.permitted = False
    bought, sold = options_of(desk)
    legs = (a_leg(Side.BUY, bought), a_leg(Side.SELL, sold))
    assert await desk.account.reader.basket_margin(legs, timeout_s=5) > 0
    assert await desk.account.reader.orders() == ()


async def test_what_fails_is_an_error_of_the_broker(desk):
    bought, _ = options_of(desk)
    legs = (a_leg(Side.BUY, bought),)
    meets = Meets(operation=Operation.BASKET_MARGINS, times=1)
    error = (503, "NetworkException", "Kite is not available.")
    desk.exchange.faults.add(ReadFault(meets=meets, answer=Answer.ERROR, status=503, error=error))
    with pytest.raises(BrokerUnavailable):
        await desk.account.reader.basket_margin(legs, timeout_s=5)
    with pytest.raises(BrokerUnavailable):
        await desk.account.reader.basket_margin((a_leg(Side.BUY, "NOSUCH"),), timeout_s=5)
    desk.account.desk.use(None)
    with pytest.raises(SessionExpired):
        await desk.account.reader.basket_margin(legs, timeout_s=5)


def options_of(desk) -> tuple[str, str]:
    """Return two calls of one underlying that the exchange lists."""
    nifty = [each for each in desk.exchange.instruments if each.exchange == "NFO"]
    calls = [each for each in nifty if each.name == "NIFTY" and each.tradingsymbol.endswith("CE")]
    assert calls[0].lot_size == LOT
    return calls[1].tradingsymbol, calls[0].tradingsymbol
