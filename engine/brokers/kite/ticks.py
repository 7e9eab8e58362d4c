"""Binary tick frames of the socket. Total: bad packets are faults, good ones survive.

Source: Kite Connect docs, WebSocket streaming (message structure); segment divisors as in Kite's
own Python client 5.2.2.
"""

import struct
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from engine.brokers.kite.rows import Decoded
from engine.core.values.orders import Level, Quote


class ListedName(NamedTuple):
    """How an instrument is called: what a token alone does not say."""

    exchange: str
    symbol: str


#: Finds the name of a token in today's instruments; None where it is not listed.
FindName = Callable[[int], ListedName | None]

#: Decimal places of a price by the token's low byte, its segment.
_PLACES = {3: 7, 6: 4, 12: 4}
_DEFAULT_PLACES = 2
_LENGTHS = frozenset({8, 28, 32, 44, 184})
_FULL = 184
#: A full packet ends with five buying and five selling levels: quantity, price, number of orders.
_DEPTH_AT, _LEVELS = 64, 5

_SHORT = struct.Struct(">H")
_HEAD = struct.Struct(">Ii")
_DEPTH = struct.Struct(">" + "IiHxx" * 2 * _LEVELS)


def parse_ticks(frame: bytes, find_name: FindName) -> Decoded[Quote]:
    """Read one binary frame.

    Args:
        frame: As received; a single byte is a heartbeat.
        find_name: Names the tokens; a token it does not know is left out.

    Returns:
        One quote per readable packet, and the faults.
    """
    if len(frame) < 2:
        return Decoded(())
    quotes: list[Quote] = []
    faults: list[str] = []
    (count,) = _SHORT.unpack_from(frame, 0)
    place = 2
    for index in range(count):
        if place + 2 > len(frame):
            faults.append(f"tick frame ends before packet {index} of {count}")
            break
        (length,) = _SHORT.unpack_from(frame, place)
        packet = frame[place + 2 : place + 2 + length]
        place += 2 + length
        if len(packet) != length or length not in _LENGTHS:
            faults.append(f"tick packet {index} has {len(packet)} bytes")
            continue
        quote = _read_packet(packet, find_name)
        if quote is not None:
            quotes.append(quote)
    return Decoded(tuple(quotes), tuple(faults))


def _read_packet(packet: bytes, find_name: FindName) -> Quote | None:
    token, last = _HEAD.unpack_from(packet, 0)
    name = find_name(token)
    if name is None:
        return None
    places = _PLACES.get(token & 0xFF, _DEFAULT_PLACES)
    full = len(packet) == _FULL
    bids, asks = _depth(packet, places) if full else ((), ())
    return Quote(
        exchange=name.exchange,
        symbol=name.symbol,
        instrument_token=token,
        last_price=Decimal(last).scaleb(-places),
        bid=bids[0].price if bids else None,
        ask=asks[0].price if asks else None,
        has_depth=full,
        bids=bids,
        asks=asks,
    )


def _depth(packet: bytes, places: int) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    """Return what is shown on both sides; a level without units or price is not there."""
    told = _DEPTH.unpack_from(packet, _DEPTH_AT)
    found = [
        Level(Decimal(price).scaleb(-places), quantity) if quantity and price > 0 else None
        for quantity, price in zip(told[::3], told[1::3], strict=True)
    ]
    bids, asks = found[:_LEVELS], found[_LEVELS:]
    return tuple(filter(None, bids)), tuple(filter(None, asks))
