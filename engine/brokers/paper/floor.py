"""Where paper orders meet live ticks: at their arrival, and with every tick while they rest."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from msgspec.structs import replace

from engine.brokers.paper.book import PaperBook
from engine.brokers.paper.matching import Execution, hit, other_side, take
from engine.brokers.paper.orders import at_the_market, is_awake, triggered
from engine.brokers.paper.solvency import not_told
from engine.clock import Clock
from engine.core.decide import trading_day_of
from engine.core.values.calendar import NO_END, DayEnds
from engine.core.values.instruments import Instrument
from engine.core.values.market import OrderStatus, Product, Side, Validity
from engine.core.values.orders import OrderRow, Quote
from engine.prices import PriceBoard


def never_ends(exchange: str, symbol: str, day: date) -> DayEnds:
    """Return that a day has no end: the segment always trades."""
    del exchange, symbol, day
    return NO_END


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperMarket:
    """What a paper account trades in.

    Attributes:
        prices: The live ticks.
        find: Returns today's instrument by exchange and symbol, as far as is known of it; None where not listed.
        is_open: Whether a segment takes orders at an instant.
        trades: Whether an instrument trades continuously then: not before the open, nor in the auction.
        ends: When a trading day ends for an instrument, by exchange, symbol and day.
        per_lot: What the account's broker says a lot blocks, rupees; None where it has said nothing.
    """

    prices: PriceBoard
    find: Callable[[str, str], Instrument | None]
    is_open: Callable[[str, datetime], bool]
    trades: Callable[[str, str, datetime], bool]
    ends: Callable[[str, str, date], DayEnds] = never_ends
    per_lot: Callable[[str, str, Product, Side], Decimal | None] = not_told


class PaperFloor:
    """Fills the orders of one book; keeps only what of the newest ticks is taken already."""

    def __init__(self, book: PaperBook, market: PaperMarket, clock: Clock) -> None:
        self._book = book
        self._market = market
        self._clock = clock
        self._last: dict[str, Decimal] = {}
        self._taken: dict[tuple[str, Side], int] = {}
        market.prices.listen(self._ticked)

    def ends(self, exchange: str, symbol: str) -> DayEnds:
        """Return when today ends for an instrument; a contract whose last day it is ends with its expiry."""
        day = trading_day_of(self._clock.now())
        ends, instrument = (
            self._market.ends(exchange, symbol, day),
            self._market.find(exchange, symbol),
        )
        if instrument is None or instrument.expiry != day or ends.expiry is None:
            return replace(ends, expiry=None)
        return replace(ends, close=ends.expiry)

    def is_open(self, exchange: str, symbol: str) -> bool:
        """Return whether an instrument's segment takes orders in it now."""
        now, close = self._clock.now(), self.ends(exchange, symbol).close
        return self._market.is_open(exchange, now) and (close is None or now < close)

    def is_of_today(self, row: OrderRow) -> bool:
        """Return whether an order's day is not over; the first tick of a morning may come before its end is told."""
        day = trading_day_of(self._clock.now())
        return row.placed_at is None or trading_day_of(row.placed_at) == day

    def known_price(self, exchange: str, symbol: str) -> Decimal | None:
        """Return the newest last price that this life has seen, rupees, however old; None without any."""
        return self._market.prices.last_price(exchange, symbol)

    def quote(self, row: OrderRow) -> Quote | None:
        """Return the newest tick of an order's instrument, or None before the first."""
        return self._market.prices.live(row.exchange, row.symbol)

    def find(self, row: OrderRow) -> Instrument | None:
        """Return an order's instrument, or None where it is not listed today."""
        return self._market.find(row.exchange, row.symbol)

    def priced(self, row: OrderRow) -> OrderRow:
        """Return an order that arrives or is re-priced as it meets the market now, if there is a tick.

        The exchange's time is that of this meeting: without it the order meets the first tick as one that
        arrives, also after a restart.
        """
        quote, instrument = self.quote(row), self.find(row)
        if quote is None or instrument is None:
            return replace(row, exchange_at=None)
        return at_the_market(replace(row, exchange_at=self._clock.now()), instrument, quote)

    def meet(self, row: OrderRow) -> None:
        """Let an order that arrives, or was just re-priced, meet the newest tick."""
        quote = self.quote(row)
        if quote is not None and row.status is OrderStatus.OPEN:
            self._arrive(row, quote)
        row = self._book.newest(row)
        if row.validity is Validity.IOC and not row.status.is_terminal:
            self._book.end(row)

    def _ticked(self, quote: Quote) -> None:
        key = f"{quote.exchange}:{quote.symbol}"
        for side in Side:
            self._taken.pop((key, side), None)
        last_before = self._last.get(key)
        self._last[key] = quote.last_price
        for row in self._book.working():
            if (row.exchange, row.symbol) == (quote.exchange, quote.symbol):
                self._look(row, quote, last_before)

    def _look(self, row: OrderRow, quote: Quote, last_before: Decimal | None) -> None:
        """Let a resting order meet a tick."""
        instrument = self.find(row)
        if instrument is None or not self._trades(row):
            return
        if row.status is OrderStatus.TRIGGER_PENDING:
            if is_awake(row, quote):
                self._book.change(triggered(row, instrument, quote))
                self._arrive(self._book.newest(row), quote)
        elif row.placed_by:
            # The broker's own: at whatever is shown, until it is done.
            self._arrive(row, quote)
        elif row.exchange_at is None:
            self._book.change(self.priced(row))
            self._arrive(self._book.newest(row), quote)
        else:
            levels = other_side(
                row.side, quote, quantity=row.remaining_quantity, tick=instrument.tick_size
            )
            taken = self._taken.get(_place(row), 0)
            found = hit(row, quote, levels=levels, taken=taken, last_before=last_before)
            self._fill(row, found)

    def _arrive(self, row: OrderRow, quote: Quote) -> None:
        instrument = self.find(row)
        if instrument is None or not self._trades(row):
            return
        quantity = row.remaining_quantity
        found = take(
            row.side,
            quantity=quantity,
            limit=row.price,
            levels=other_side(row.side, quote, quantity=quantity, tick=instrument.tick_size),
            taken=self._taken.get(_place(row), 0),
        )
        self._fill(row, found)

    def _fill(self, row: OrderRow, found: Execution | None) -> None:
        if found is not None:
            at = _place(row)
            self._taken[at] = self._taken.get(at, 0) + found.quantity
            self._book.fill(row, found)

    def _trades(self, row: OrderRow) -> bool:
        return self.is_of_today(row) and self._market.trades(
            row.exchange, row.symbol, self._clock.now()
        )


def _place(row: OrderRow) -> tuple[str, Side]:
    return f"{row.exchange}:{row.symbol}", row.side
