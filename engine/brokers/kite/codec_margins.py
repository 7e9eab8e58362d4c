"""What a basket of orders would need as margin: values to the wire and back.

Source: Kite Connect docs, margin calculation: the calculators take JSON, not a form.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from engine.brokers.kite.json_text import UnreadableError
from engine.brokers.kite.replies import Request
from engine.brokers.kite.rows import named, row_of, unwrap_object
from engine.brokers.kite.scalars import read_amount
from engine.core.values.margins import MarginLeg

_encoder = msgspec.json.Encoder(decimal_format="number")


def encode_basket(legs: Sequence[MarginLeg]) -> Request:
    """Ask what orders need together, in this order, beside what the account holds."""
    body = _encoder.encode(
        [
            {
                "exchange": leg.exchange,
                "tradingsymbol": leg.symbol,
                "transaction_type": leg.side.value,
                "variety": "regular",
                "product": leg.product.value,
                "order_type": leg.order_type.value,
                "quantity": leg.quantity,
                "price": leg.price or 0,
                "trigger_price": leg.trigger_price or 0,
            }
            for leg in legs
        ]
    )
    target = "/margins/basket?consider_positions=true"
    return Request(method="POST", target=target, body=body, json=True)


def decode_basket_margin(body: bytes) -> Decimal:
    """Read the rupees that a basket needs.

    ``final`` counts what the legs take off each other; ``initial`` is each by itself. Hedging never makes it
    dearer: where ``final`` is the larger, positions held before are in it, and the legs alone count.

    Args:
        body: The body of ``POST /margins/basket``.

    Raises:
        UnreadableError: A total is not there, makes no sense or is negative.
    """
    data = unwrap_object(body)
    try:
        final, initial = (
            named(f"{name}.total", read_amount, row_of(data.get(name)).get("total"))
            for name in ("final", "initial")
        )
    except ValueError as error:
        raise UnreadableError(f"basket margin: {error}") from None
    if final < 0 or initial < 0:
        raise UnreadableError("basket margin: a total is below zero")
    return min(final, initial)
