"""Tradable things: lot, tick, freeze quantity, and rounding to them."""

from collections.abc import Mapping
from copy import copy
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum, unique

from msgspec import Struct

from engine.core.values.market import Side


@unique
class InstrumentKind(StrEnum):
    """Kite's ``instrument_type``."""

    EQUITY = "EQ"
    FUTURE = "FUT"
    CALL = "CE"
    PUT = "PE"

    @property
    def is_option(self) -> bool:
        """Whether it is a call or a put. Never guess this from the symbol: RELIANCE holds CE."""
        return self is InstrumentKind.CALL or self is InstrumentKind.PUT


class Instrument(Struct, frozen=True, kw_only=True, gc=False):
    """One row of the daily instruments dump, with the freeze quantity added.

    Attributes:
        exchange: NSE, BSE, NFO, BFO, MCX, CDS, or another string we do not copy.
        symbol: Kite ``tradingsymbol``.
        token: Kite ``instrument_token``; reused after expiry, so never an identity across days.
        kind: From ``instrument_type``.
        name: Underlying or company name.
        lot_size: Units per lot, >= 1 (1 on MCX: quantity is in lots there).
        tick_size: Rupees, > 0.
        expiry: Last trading date of a derivative.
        freeze_quantity: Most units the exchange takes in one order; None where not known.
        no_market: The broker was seen to refuse MARKET orders in it today.
        lowest, highest: Prices in rupees that the broker was seen to insist on; None where not known.
    """

    exchange: str
    symbol: str
    token: int
    kind: InstrumentKind
    name: str = ""
    lot_size: int = 1
    tick_size: Decimal = Decimal("0.05")
    expiry: date | None = None
    strike: Decimal = Decimal(0)
    freeze_quantity: int | None = None
    no_market: bool = False
    lowest: Decimal | None = None
    highest: Decimal | None = None

    def __post_init__(self) -> None:
        """Refuse a row that could not be rounded to.

        Raises:
            ValueError: Lot or tick not positive; the loader counts the row as malformed.
        """
        if self.lot_size < 1 or self.tick_size <= 0:
            raise ValueError(f"{self.exchange}:{self.symbol} has no usable lot or tick")

    @property
    def key(self) -> str:
        """``EXCHANGE:TRADINGSYMBOL``, the identity within one day."""
        return f"{self.exchange}:{self.symbol}"


class InstrumentBook:
    """All instruments of one day, found by exchange and symbol.

    ``content_hash`` names the content: it enters decisions and is journalled once.
    ``freeze_date`` is of the table its freeze quantities come from; None where there is no table.
    ``of_day`` is the trading day it is the list of; None where that is not known.
    """

    __slots__ = ("_by_key", "_by_token", "_underlyings", "content_hash", "freeze_date", "of_day")

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        *,
        content_hash: str,
        freeze_date: date | None = None,
        of_day: date | None = None,
    ) -> None:
        self._by_key = dict(instruments)
        self._by_token = {item.token: item for item in self._by_key.values()}
        self._underlyings = frozenset(
            item.name for item in self._by_key.values() if item.kind is InstrumentKind.FUTURE
        )
        self.content_hash = content_hash
        self.freeze_date = freeze_date
        self.of_day = of_day

    def dated(self, day: date) -> "InstrumentBook":
        """Return the same list as the list of a trading day; nothing of it is copied."""
        book = copy(self)
        book.of_day = day
        return book

    def is_of_before(self, day: date | None) -> bool:
        """Return whether it is known to be the list of an earlier trading day."""
        return self.of_day is not None and day is not None and self.of_day < day

    def find(self, exchange: str, symbol: str) -> Instrument | None:
        """Return the instrument, or None where today's dump does not list it."""
        return self._by_key.get(f"{exchange}:{symbol}")

    def has_derivatives(self, symbol: str) -> bool:
        """Return whether futures on a share are listed: its day ends with the closing auction.

        Kite's ``name`` of a future is the symbol of the share it is on.
        """
        return symbol in self._underlyings

    def by_token(self, token: int) -> Instrument | None:
        """Return the instrument with this token today, or None."""
        return self._by_token.get(token)

    def __len__(self) -> int:
        """Count the instruments."""
        return len(self._by_key)


#: Before the first dump has been read: every lookup is unknown.
NO_INSTRUMENTS = InstrumentBook({}, content_hash="")


def round_to_lots(units: int, lot_size: int) -> int:
    """Round units toward zero to whole lots; the sign is kept.

    Args:
        units: Signed units.
        lot_size: Units per lot, >= 1.

    Returns:
        Signed units, a multiple of ``lot_size``, never further from zero than ``units``.
    """
    lots = abs(units) // lot_size
    return lots * lot_size if units >= 0 else -lots * lot_size


def within_range(price: Decimal, instrument: Instrument) -> Decimal:
    """Return a price moved into the range that the broker insists on, on the tick grid."""
    if instrument.highest is not None and price > instrument.highest:
        return round_to_tick(instrument.highest, instrument.tick_size, toward=Side.BUY)
    if instrument.lowest is not None and price < instrument.lowest:
        return round_to_tick(instrument.lowest, instrument.tick_size, toward=Side.SELL)
    return price


def round_to_tick(price: Decimal, tick_size: Decimal, *, toward: Side) -> Decimal:
    """Round a price to the tick grid in the direction that fills less readily.

    Args:
        price: Rupees, > 0.
        tick_size: Rupees, > 0.
        toward: BUY rounds down (never pays more), SELL rounds up (never takes less).

    Returns:
        Rupees on the grid, at least one tick.
    """
    rounding = ROUND_FLOOR if toward is Side.BUY else ROUND_CEILING
    ticks = (price / tick_size).to_integral_value(rounding=rounding)
    return max(ticks, Decimal(1)) * tick_size
