"""Commands to HTTP requests: only what is set is sent.

Source: Kite Connect docs, orders.
"""

from decimal import Decimal
from functools import lru_cache
from typing import assert_never
from urllib.parse import quote, quote_plus

from engine.brokers.kite.replies import Request
from engine.core.values.commands import Cancel, Command, Modify, Place
from engine.core.values.market import OrderId, OrderType, Product, Side, Validity, Variety

#: Kite refuses these without protection since 2026-04-01 (Kite forum comment 52991).
_NEEDS_PROTECTION = (OrderType.MARKET, OrderType.SL_M)
_NEEDS_PRICE = (OrderType.LIMIT, OrderType.SL)


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
    if isinstance(command, Place):
        return _place(command)
    match command:
        case Modify():
            return _modify(command)
        case Cancel():
            return Request(method="DELETE", target=_order_path(command.variety, command.order_id))
    assert_never(command)


def _place(place: Place) -> Request:
    price, trigger, protection = place.price, place.trigger_price, place.market_protection
    target, before, after = _shared_words(
        place.variety,
        place.exchange,
        place.symbol,
        place.side,
        place.order_type,
        place.product,
        place.validity,
        # As texts: equal amounts may be written differently, and what is kept must depend on nothing else.
        None if price is None else str(price),
        None if trigger is None else str(trigger),
        None if protection is None else str(protection),
    )
    quantity, tag = place.quantity, place.tag
    if quantity <= 0 or not (tag.isascii() and tag.isalnum()):
        body = f"{before}&quantity={_units(quantity)}&tag={_encoded(_word(tag))}{after}"
    else:
        body = f"{before}&quantity={quantity}&tag={tag}{after}"
    return Request(method="POST", target=target, body=body.encode("ascii"))


@lru_cache(maxsize=1024)
def _shared_words(  # noqa: PLR0913, PLR0917 - positions, as the cache is asked once per follower
    variety: Variety,
    exchange: str,
    symbol: str,
    side: Side,
    order_type: OrderType,
    product: Product,
    validity: Validity,
    price: str | None,
    trigger_price: str | None,
    protection: str | None,
) -> tuple[str, str, str]:
    """Return an order's target and what stands in its form before and after quantity and tag.

    Kept, because what one event leads to differs in quantity and tag only, and every follower after
    the first waits for each microsecond of this.
    """
    fields = {
        "exchange": _word(exchange),
        "tradingsymbol": _word(symbol),
        "transaction_type": side.value,
        "order_type": _word(order_type),
        "product": _word(product),
        "validity": _word(validity),
    }
    if price is None and order_type in _NEEDS_PRICE:
        raise UnsendableError(f"a {order_type} order needs a price")
    after = _prices(
        order_type,
        None if price is None else Decimal(price),
        None if trigger_price is None else Decimal(trigger_price),
        None if protection is None else Decimal(protection),
    )
    return f"/orders/{_word(variety)}", _form(fields), after


def _modify(modify: Modify) -> Request:
    fields = {}
    if modify.order_type is not None:
        fields["order_type"] = _word(modify.order_type)
    if modify.quantity is not None:
        fields["quantity"] = _units(modify.quantity)
    if modify.validity is not None:
        fields["validity"] = _word(modify.validity)
    prices = _prices(
        modify.order_type, modify.price, modify.trigger_price, modify.market_protection
    )
    body = f"{_form(fields)}{prices}".removeprefix("&")
    if not body:
        raise UnsendableError("a modification changes something")
    target = _order_path(modify.variety, modify.order_id)
    return Request(method="PUT", target=target, body=body.encode("ascii"))


def _prices(
    order_type: OrderType | None,
    price: Decimal | None,
    trigger_price: Decimal | None,
    protection: Decimal | None,
) -> str:
    """Return the end of a form, from its ``&`` on; empty where no price is set."""
    text = ""
    if price is not None:
        text += f"&price={_amount('price', price)}"
    if trigger_price is not None:
        text += f"&trigger_price={_amount('trigger_price', trigger_price)}"
    if protection is not None:
        text += f"&market_protection={_amount('market_protection', protection)}"
    if order_type in _NEEDS_PROTECTION and not protection:
        raise UnsendableError(f"a {order_type} order needs a market protection")
    return text


def _order_path(variety: Variety, order_id: OrderId) -> str:
    return f"/orders/{_word(variety)}/{quote(_word(order_id), safe='')}"


def _form(fields: dict[str, str]) -> str:
    return "&".join(f"{name}={_encoded(text)}" for name, text in fields.items())


def _encoded(text: str) -> str:
    # Most words need no encoding, and that is seen ten times faster than it is done.
    return text if text.isascii() and text.isalnum() else quote_plus(text)


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
