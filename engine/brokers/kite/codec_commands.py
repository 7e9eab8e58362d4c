"""Commands to HTTP requests: only what is set is sent.

Source: Kite Connect docs, orders.
"""

from decimal import Decimal
from typing import assert_never
from urllib.parse import quote, quote_plus

from engine.brokers.kite.replies import Request
from engine.core.values.commands import Cancel, Command, Modify, Place
from engine.core.values.market import OrderId, OrderType, Validity, Variety

#: Kite refuses these without protection since 2026-04-01 (Kite forum comment 52991).
_NEEDS_PROTECTION = (OrderType.MARKET, OrderType.SL_M)


class UnsendableError(ValueError):
    """The command makes no order Kite could accept; nothing leaves. The text says why."""


def encode_command(command: Command) -> Request:
    """Translate one write.

    Args:
        command: The write.

    Returns:
        The request, everything in it percent-encoded.

    Raises:
        UnsendableError: A word that stands for "we do not know", a price or quantity that is no
            number, or a market order without protection.
    """
    match command:
        case Place():
            return _place(command)
        case Modify():
            return _modify(command)
        case Cancel():
            return Request(method="DELETE", target=_order_path(command.variety, command.order_id))
    assert_never(command)


def _place(place: Place) -> Request:
    fields = {
        "exchange": _word(place.exchange),
        "tradingsymbol": _word(place.symbol),
        "transaction_type": place.side.value,
        "order_type": _word(place.order_type),
        "product": _word(place.product),
        "quantity": _units(place.quantity),
        "validity": _word(place.validity),
        "tag": _word(place.tag),
    }
    _add_prices(fields, place)
    if place.order_type in (OrderType.LIMIT, OrderType.SL) and place.price is None:
        raise UnsendableError(f"a {place.order_type} order needs a price")
    return _form("POST", f"/orders/{_word(place.variety)}", fields)


def _modify(modify: Modify) -> Request:
    fields: dict[str, str] = {}
    if modify.order_type is not None:
        fields["order_type"] = _word(modify.order_type)
    if modify.quantity is not None:
        fields["quantity"] = _units(modify.quantity)
    if modify.validity is not None:
        fields["validity"] = _word(modify.validity)
    _add_prices(fields, modify)
    if not fields:
        raise UnsendableError("a modification changes something")
    return _form("PUT", _order_path(modify.variety, modify.order_id), fields)


def _add_prices(fields: dict[str, str], command: Place | Modify) -> None:
    for name, amount in (
        ("price", command.price),
        ("trigger_price", command.trigger_price),
        ("market_protection", command.market_protection),
    ):
        if amount is not None:
            fields[name] = _amount(name, amount)
    if command.order_type in _NEEDS_PROTECTION and not command.market_protection:
        raise UnsendableError(f"a {command.order_type} order needs a market protection")


def _order_path(variety: Variety, order_id: OrderId) -> str:
    return f"/orders/{_word(variety)}/{quote(_word(order_id), safe='')}"


def _form(method: str, target: str, fields: dict[str, str]) -> Request:
    # Like ``urlencode``, but most words need no encoding and are found so ten times faster; this
    # runs once per follower before the bytes leave.
    body = "&".join(
        f"{name}={text if text.isascii() and text.isalnum() else quote_plus(text)}"
        for name, text in fields.items()
    )
    return Request(method=method, target=target, body=body.encode("ascii"))


def _word(word: str | Validity) -> str:
    text = str(word)
    if not text or text == "UNRECOGNISED":
        raise UnsendableError("a field of the order is not known")
    return text


def _units(quantity: int) -> str:
    if quantity <= 0:
        raise UnsendableError("a quantity is above zero")
    return str(quantity)


def _amount(name: str, amount: Decimal) -> str:
    if not amount.is_finite() or (
        amount <= 0 and not (name == "market_protection" and amount == -1)
    ):
        raise UnsendableError(f"{name} is above zero")
    return f"{amount:f}"
