"""Binary tick frames of the socket. Total: bad packets are faults, good ones survive.

Source: Kite Connect docs, WebSocket streaming (message structure); segment divisors as in Kite's
own Python client 5.2.2.
"""

import struct
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from engine.brokers.kite.rows import Decoded
from engine.core.values.orders import Quote


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
#: Where the best buy and the best sell stand in a full packet: quantity, then price.
_BEST_BUY, _BEST_SELL = 64, 124

_SHORT = struct.Struct(">H")
_HEAD = struct.Struct(">Ii")
_LEVEL = struct.Struct(">Ii")


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
    bid = ask = None
    if len(packet) == _FULL:
        bid = _best(packet, _BEST_BUY, places)
        ask = _best(packet, _BEST_SELL, places)
    return Quote(
        exchange=name.exchange,
        symbol=name.symbol,
        instrument_token=token,
        last_price=Decimal(last).scaleb(-places),
        bid=bid,
        ask=ask,
    )


def _best(packet: bytes, place: int, places: int) -> Decimal | None:
    quantity, price = _LEVEL.unpack_from(packet, place)
    return Decimal(price).scaleb(-places) if quantity and price > 0 else None
