"""Instruments as the dump lists them, plus what no API tells: freeze quantity and multiplier."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum, unique
from typing import NamedTuple

from demo.exchange.wire import Row, bad_input

#: The low byte of an instrument token. Source: kiteconnect 5.2.2, ``KiteTicker.EXCHANGE_MAP``.
SEGMENT_CODES = {
    "NSE": 1,
    "NFO": 2,
    "CDS": 3,
    "BSE": 4,
    "BFO": 5,
    "BCD": 6,
    "MCX": 7,
    "INDICES": 9,
}


#: Underlyings that are no shares. Source: NSE and BSE contract lists of 2026.
INDEX_NAMES = frozenset(
    {"NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "NIFTYNXT50", "SENSEX", "BANKEX"}
)


class Key(NamedTuple):
    """An instrument's lasting name; tokens are reused after expiry."""

    exchange: str
    tradingsymbol: str


@unique
class Toward(StrEnum):
    """Which way a price is rounded to its tick."""

    DOWN = "down"
    UP = "up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One row of the dump.

    Attributes:
        exchange_token: The exchange's own number.
        tradingsymbol: Kite's name, e.g. ``NIFTY26DECFUT``.
        name: Of the company or the underlying.
        exchange: NSE, BSE, NFO, BFO, MCX or CDS.
        segment: Kite's segment, e.g. ``NFO-OPT`` or ``INDICES``.
        instrument_type: EQ, FUT, CE or PE.
        lot_size: Units per lot; 1 on MCX and CDS, where Kite counts in lots.
        tick_size: Rupees.
        expiry: Last day, or None.
        strike: Rupees; 0 unless an option.
        close: Yesterday's close, rupees.
        band: Half the daily price range, as a part of the close.
        freeze_quantity: The largest quantity of one order, units; None where there is none here.
        multiplier: Units behind one of `quantity` in money (MCX, CDS).
        has_derivatives: True for a share on which futures and options are listed; only such shares
            have a closing auction.
    """

    exchange_token: int
    tradingsymbol: str
    name: str
    exchange: str
    segment: str
    instrument_type: str = "EQ"
    lot_size: int = 1
    tick_size: Decimal
    expiry: date | None = None
    strike: Decimal = Decimal(0)
    close: Decimal
    band: Decimal = Decimal("0.10")
    freeze_quantity: int | None = None
    multiplier: int = 1
    has_derivatives: bool = False

    @property
    def key(self) -> Key:
        """Exchange and symbol."""
        return Key(self.exchange, self.tradingsymbol)

    @property
    def token(self) -> int:
        """``exchange_token << 8 | segment``. Source: kiteconnect 5.2.2, ticker."""
        segment = "INDICES" if self.is_index else self.exchange
        return self.exchange_token << 8 | SEGMENT_CODES[segment]

    @property
    def is_index(self) -> bool:
        """True for a row that cannot be traded."""
        return self.segment == "INDICES"

    @property
    def is_option(self) -> bool:
        """True for CE and PE."""
        return self.instrument_type in {"CE", "PE"}

    @property
    def is_stock_derivative(self) -> bool:
        """True for futures and options on a share."""
        return self.exchange in {"NFO", "BFO"} and self.name not in INDEX_NAMES

    @property
    def is_equity(self) -> bool:
        """True for a share on NSE or BSE."""
        return self.exchange in {"NSE", "BSE"} and not self.is_index

    @property
    def lower_circuit(self) -> Decimal:
        """The lowest price the exchange takes today, rupees."""
        if self.is_option:
            return self.tick_size
        return self.round(self.close * (1 - self.band), Toward.UP)

    @property
    def upper_circuit(self) -> Decimal:
        """The highest price the exchange takes today, rupees."""
        if self.is_option:
            return self.round(self.close * 5 + 20, Toward.DOWN)
        return self.round(self.close * (1 + self.band), Toward.DOWN)

    def round(self, price: Decimal, toward: Toward) -> Decimal:
        """Return `price` on a tick, never below one tick."""
        rounding = ROUND_FLOOR if toward is Toward.DOWN else ROUND_CEILING
        ticks = (price / self.tick_size).to_integral_value(rounding=rounding)
        return max(ticks * self.tick_size, self.tick_size)

    def is_on_tick(self, price: Decimal) -> bool:
        """Return whether `price` is a whole number of ticks."""
        return price % self.tick_size == 0


class Instruments:
    """The day's list, found by exchange and symbol or by token."""

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self._by_key = {instrument.key: instrument for instrument in instruments}
        self._by_token = {instrument.token: instrument for instrument in self._by_key.values()}
        if len(self._by_key) != len(self._by_token):
            raise ValueError("two instruments share a token")

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self._by_key.values())

    def __getitem__(self, key: tuple[str, str]) -> Instrument:
        return self._by_key[Key(*key)]

    def find(self, exchange: str, tradingsymbol: str) -> Instrument | None:
        """Return the instrument, if it is listed today."""
        return self._by_key.get(Key(exchange, tradingsymbol))

    def find_token(self, token: int) -> Instrument | None:
        """Return the instrument with this token, if it is listed today."""
        return self._by_token.get(token)

    def find_name(self, name: str) -> Instrument | None:
        """Return the instrument of ``EXCHANGE:SYMBOL`` or of a token in digits."""
        if name.isdecimal():
            return self.find_token(int(name))
        exchange, _, tradingsymbol = name.partition(":")
        return self.find(exchange, tradingsymbol)

    def replace(self, instrument: Instrument) -> None:
        """List a changed row from now on: a new lot, a new tick, another freeze quantity."""
        self._by_key[instrument.key] = instrument
        self._by_token[instrument.token] = instrument

    def drop_expired(self, today: date) -> None:
        """Delist what expired before `today`; new series are listed only by a new exchange."""
        for row in tuple(self._by_key.values()):
            if row.expiry is not None and row.expiry < today:
                del self._by_key[row.key]
                del self._by_token[row.token]

    def csv(self, exchange: str | None = None) -> bytes:
        """Return the dump, of one exchange or of all.

        Raises:
            KiteError: 400: there is no such exchange.

        Source: Kite Connect docs, market quotes and instruments.
        """
        if exchange is not None and exchange not in SEGMENT_CODES:
            raise bad_input("Invalid `exchange`.")
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            _dump_row(instrument) for instrument in self if exchange in {None, instrument.exchange}
        )
        return text.getvalue().encode()


_COLUMNS = (
    "instrument_token",
    "exchange_token",
    "tradingsymbol",
    "name",
    "last_price",
    "expiry",
    "strike",
    "tick_size",
    "lot_size",
    "instrument_type",
    "segment",
    "exchange",
)


def _dump_row(instrument: Instrument) -> Row:
    expiry = "" if instrument.expiry is None else instrument.expiry.isoformat()
    return {
        "instrument_token": instrument.token,
        "exchange_token": instrument.exchange_token,
        "tradingsymbol": instrument.tradingsymbol,
        "name": instrument.name,
        "last_price": 0,  # the dump carries no live price
        "expiry": expiry,
        "strike": instrument.strike,
        "tick_size": instrument.tick_size,
        "lot_size": instrument.lot_size,
        "instrument_type": instrument.instrument_type,
        "segment": instrument.segment,
        "exchange": instrument.exchange,
    }
