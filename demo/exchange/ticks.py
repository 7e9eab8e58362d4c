"""Binary tick frames and quote rows, as Kite's streaming and quote APIs shape them.

Source: kiteconnect 5.2.2, ``KiteTicker._parse_binary``; Kite Connect docs, WebSocket streaming.
"""

import struct
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum, unique

from demo.exchange.instruments import Instrument
from demo.exchange.market import Touch
from demo.exchange.wire import Row, number, stamp

#: One byte, sent when there is nothing else to send.
HEARTBEAT = b"\x00"

#: What a price is multiplied by on the wire, where it is not 100.
_SCALES = {"CDS": 10_000_000, "BCD": 10_000}
_LEVELS = 5


@unique
class Mode(StrEnum):
    """How much of an instrument is streamed."""

    LTP = "ltp"
    QUOTE = "quote"
    FULL = "full"


def tick_frame(packets: Iterable[bytes]) -> bytes:
    """Return a frame: the count, then each packet after its length."""
    parts = [struct.pack(">H", len(packet)) + packet for packet in packets]
    return struct.pack(">H", len(parts)) + b"".join(parts)


def packet(touch: Touch, mode: Mode, at: datetime) -> bytes:
    """Return the packet of one instrument in one mode.

    Args:
        touch: The market in it.
        mode: Decides the length: 8, 44 or 184 bytes; 8, 28 or 32 for an index.
        at: The exchange's time stamp.
    """
    row = touch.instrument
    head = struct.pack(">II", row.token, _scaled(row, touch.last))
    if mode is Mode.LTP:
        return head
    if row.is_index:
        return head + _index_body(touch, mode, at)
    body = struct.pack(
        ">5I4I",
        _u32(touch.last_quantity),
        _scaled(row, touch.last),
        _u32(touch.volume),
        _u32(sum(each[0] for each in levels(touch, buying=True))),
        _u32(sum(each[0] for each in levels(touch, buying=False))),
        *(_scaled(row, price) for price in (touch.open, touch.high, touch.low, row.close)),
    )
    if mode is Mode.QUOTE:
        return head + body
    tail = struct.pack(">5I", _unix(touch.traded_at), 0, 0, 0, _unix(at))
    depth = (*levels(touch, buying=True), *levels(touch, buying=False))
    entries = b"".join(
        struct.pack(">IIHH", _u32(quantity), _scaled(row, price), orders, 0)
        for quantity, price, orders in depth
    )
    return head + body + tail + entries


def levels(touch: Touch, *, buying: bool) -> list[tuple[int, Decimal, int]]:
    """Return five levels of depth: (units, rupees, orders).

    Below the touch there is something only where no depth was set: a scripted depth is all there
    is.
    """
    best, tick = (touch.bid if buying else touch.ask), touch.instrument.tick_size
    shown = touch.shown_bid if buying else touch.shown_ask
    scripted = (touch.bid_depth if buying else touch.ask_depth) is not None
    found: list[tuple[int, Decimal, int]] = []
    for level in range(_LEVELS):
        price = best - tick * level if buying else best + tick * level
        empty = price <= 0 or (scripted and level > 0) or shown == 0
        found.append((0, Decimal(0), 0) if empty else (shown * (level + 1), price, level + 1))
    return found


def quote_row(touch: Touch, at: datetime) -> Row:
    """Return one instrument of ``GET /quote``."""
    row = touch.instrument
    bought, sold = levels(touch, buying=True), levels(touch, buying=False)
    return ohlc_row(touch) | {
        "timestamp": stamp(at),
        "last_trade_time": stamp(touch.traded_at),
        "last_quantity": touch.last_quantity,
        "buy_quantity": sum(each[0] for each in bought),
        "sell_quantity": sum(each[0] for each in sold),
        "volume": touch.volume,
        "average_price": number(touch.last),
        "oi": 0,
        "oi_day_high": 0,
        "oi_day_low": 0,
        "net_change": number(touch.last - row.close),
        "lower_circuit_limit": number(row.lower_circuit),
        "upper_circuit_limit": number(row.upper_circuit),
        "depth": {"buy": _depth_rows(bought), "sell": _depth_rows(sold)},
    }


def ohlc_row(touch: Touch) -> Row:
    """Return one instrument of ``GET /quote/ohlc``; `close` is yesterday's."""
    return ltp_row(touch) | {
        "ohlc": {
            "open": number(touch.open),
            "high": number(touch.high),
            "low": number(touch.low),
            "close": number(touch.instrument.close),
        }
    }


def ltp_row(touch: Touch) -> Row:
    """Return one instrument of ``GET /quote/ltp``."""
    return {"instrument_token": touch.instrument.token, "last_price": number(touch.last)}


def _depth_rows(found: list[tuple[int, Decimal, int]]) -> list[Row]:
    return [
        {"price": number(price), "quantity": quantity, "orders": orders}
        for quantity, price, orders in found
    ]


def _index_body(touch: Touch, mode: Mode, at: datetime) -> bytes:
    row = touch.instrument
    prices = (touch.high, touch.low, touch.open, row.close, abs(touch.last - row.close))
    body = struct.pack(">5I", *(_scaled(row, price) for price in prices))
    return body if mode is Mode.QUOTE else body + struct.pack(">I", _unix(at))


def _scaled(row: Instrument, price: Decimal) -> int:
    return _u32(int(price * _SCALES.get(row.exchange, 100)))


def _unix(at: datetime) -> int:
    return _u32(int(at.timestamp()))


def _u32(value: int) -> int:
    return min(max(value, 0), 0xFFFF_FFFF)
