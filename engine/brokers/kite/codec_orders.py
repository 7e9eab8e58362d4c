"""Orders, fills and order frames of the socket: wire to values. Total: see :class:`Decoded`.

Source: Kite Connect docs, orders and postbacks.
"""

from datetime import date, datetime

import msgspec

from engine.brokers.kite.json_text import UnreadableError, read_object, text_of
from engine.brokers.kite.rows import (
    Decoded,
    Row,
    decode_rows,
    lenient,
    named,
    optional_text,
    required_text,
    row_of,
    unwrap_list,
)
from engine.brokers.kite.scalars import (
    read_amount,
    read_instant,
    read_price,
    read_status,
    read_units,
    read_word,
    words_of,
)
from engine.core.values.market import OrderId, OrderType, Product, Side, Validity, Variety
from engine.core.values.orders import Fill, OrderRow

_ORDER_TYPES = words_of(OrderType)
_PRODUCTS = words_of(Product)
_VALIDITIES = words_of(Validity)
_VARIETIES = words_of(Variety)


class _Book(msgspec.Struct):
    """The envelope of an order book, its rows not yet read."""

    data: list[msgspec.Raw]
    status: str = "success"


class OrderBookDecoder:
    """Reads one account's order book again and again.

    Between two reads most rows stay the same to the byte; those are not read anew. A book of a
    thousand orders so costs about one millisecond instead of twenty-five, every second.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[bytes, OrderRow] = {}

    def decode(self, body: bytes) -> Decoded[OrderRow]:
        """Read an order book.

        Args:
            body: The body of ``GET /orders``.

        Returns:
            The readable rows and the faults of the others.

        Raises:
            UnreadableError: The envelope is bad; the book is not known.
        """
        try:
            book = msgspec.json.decode(body, type=_Book)
        except (ValueError, RecursionError) as error:
            raise UnreadableError(f"no order book ({type(error).__name__})") from None
        if book.status != "success":
            raise UnreadableError("the envelope is not a success")
        rows: list[OrderRow] = []
        faults: list[str] = []
        known: dict[bytes, OrderRow] = {}
        for index, raw in enumerate(book.data):
            text = bytes(raw)
            try:
                row = self._known.get(text) or read_order(read_object(text))
            except ValueError as error:
                faults.append(f"order row {index}: {error}")
                continue
            known[text] = row
            rows.append(row)
        self._known = known
        return Decoded(tuple(rows), tuple(faults))


def decode_orders(body: bytes) -> Decoded[OrderRow]:
    """Read an order book once; see :meth:`OrderBookDecoder.decode`."""
    return OrderBookDecoder().decode(body)


def decode_fills(body: bytes, *, today: date) -> Decoded[Fill]:
    """Read the fills of a day, oldest first.

    Args:
        body: The body of ``GET /trades``.
        today: The IST date, for rows that carry times only.

    Raises:
        UnreadableError: The envelope is bad; the fills are not known.
    """
    found = decode_rows(unwrap_list(body), lambda row: read_fill(row, today=today), what="fill row")
    ordered = sorted(found.rows, key=lambda fill: fill.filled_at)
    return Decoded(tuple(ordered), found.faults)


def decode_order_frame(frame: str | bytes) -> OrderRow | str | None:
    """Read a text frame of the socket.

    Args:
        frame: The frame.

    Returns:
        The order of an order frame; the text of an error frame; None for kinds that do not
        matter to us.

    Raises:
        UnreadableError: The frame, or the order in it, is malformed.
    """
    message = read_object(frame.encode() if isinstance(frame, str) else frame)
    kind, data = message.get("type"), message.get("data")
    if kind == "order":
        try:
            return read_order(row_of(data))
        except ValueError as error:
            raise UnreadableError(f"order frame: {error}") from None
    if kind == "error":
        return text_of(data) or "an error without a text"
    return None


def read_order(row: Row) -> OrderRow:
    """Read one order row or frame.

    What decides about money must be there and make sense; all else may be missing or odd.

    Raises:
        ValueError: Malformed; the caller counts it.
    """
    status_text = required_text(row, "status")
    quantity = named("quantity", read_units, row.get("quantity"))
    parent = optional_text(row, "parent_order_id")
    return OrderRow(
        user_id=optional_text(row, "user_id") or optional_text(row, "account_id") or "",
        order_id=OrderId(required_text(row, "order_id")),
        exchange_order_id=optional_text(row, "exchange_order_id"),
        parent_order_id=OrderId(parent) if parent else None,
        status=read_status(status_text),
        status_text=status_text,
        status_message=optional_text(row, "status_message")
        or optional_text(row, "status_message_raw"),
        variety=read_word(_VARIETIES, row.get("variety") or Variety.REGULAR),
        exchange=required_text(row, "exchange"),
        symbol=required_text(row, "tradingsymbol"),
        instrument_token=lenient(read_units, row.get("instrument_token"), 0),
        side=_read_side(row),
        order_type=read_word(_ORDER_TYPES, row.get("order_type")),
        product=read_word(_PRODUCTS, row.get("product")),
        validity=read_word(_VALIDITIES, row.get("validity") or Validity.DAY),
        quantity=quantity,
        disclosed_quantity=lenient(read_units, row.get("disclosed_quantity"), 0),
        price=named("price", read_price, row.get("price")),
        trigger_price=named("trigger_price", read_price, row.get("trigger_price")),
        average_price=named("average_price", read_price, row.get("average_price")),
        filled_quantity=named("filled_quantity", read_units, row.get("filled_quantity") or 0),
        market_protection=lenient(read_amount, row.get("market_protection"), None),
        tag=optional_text(row, "tag"),
        tags=_tags(row.get("tags")),
        placed_by=optional_text(row, "placed_by") or "",
        placed_at=read_instant(row.get("order_timestamp")),
        exchange_at=read_instant(row.get("exchange_timestamp")),
        updated_at=read_instant(row.get("exchange_update_timestamp")),
    )


def _read_side(row: Row) -> Side:
    match row.get("transaction_type"):
        case "BUY":
            return Side.BUY
        case "SELL":
            return Side.SELL
        case _:
            raise ValueError("transaction_type is neither BUY nor SELL")


def _tags(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(tag for tag in value if isinstance(tag, str) and tag)


def read_fill(row: Row, *, today: date) -> Fill:
    """Read one row of the trade book; ``order_timestamp`` is a time without a date there.

    Raises:
        ValueError: Malformed; the caller counts it.
    """
    price = named("average_price", read_amount, row.get("average_price"))
    quantity = named("quantity", read_units, row.get("quantity"))
    if quantity <= 0 or price <= 0:
        raise ValueError("a fill has a positive quantity and price")
    return Fill(
        fill_id=required_text(row, "trade_id"),
        order_id=OrderId(required_text(row, "order_id")),
        exchange=required_text(row, "exchange"),
        symbol=required_text(row, "tradingsymbol"),
        product=read_word(_PRODUCTS, row.get("product")),
        side=_read_side(row),
        quantity=quantity,
        price=price,
        filled_at=_filled_at(row, today),
    )


def _filled_at(row: Row, today: date) -> datetime:
    for key in ("fill_timestamp", "exchange_timestamp", "order_timestamp"):
        instant = read_instant(row.get(key), day=today)
        if instant is not None:
            return instant
    raise ValueError("no fill_timestamp")
