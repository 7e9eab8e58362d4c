"""Prices: a seeded random walk, or exactly what a test scripts."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from demo.exchange.instruments import Instrument, Instruments, Toward
from demo.exchange.wire import Clock

#: Units shown at the touch where nobody has set a depth; fills are then unlimited.
_SHOWN_LOTS = 200


@dataclass(slots=True, kw_only=True)
class Touch:
    """The market in one instrument.

    Attributes:
        instrument: What is traded.
        last: Last traded price, rupees.
        bid: Best buying price, rupees.
        ask: Best selling price, rupees.
        bid_depth: Units wanted at the bid; None is without limit.
        ask_depth: Units offered at the ask; None is without limit.
        held: True where a test set the price, so the random walk leaves it alone.
        changes: Grows with every change, so that a stream sends only news.
    """

    instrument: Instrument
    last: Decimal
    bid: Decimal
    ask: Decimal
    high: Decimal
    low: Decimal
    open: Decimal
    bid_depth: int | None = None
    ask_depth: int | None = None
    volume: int = 0
    last_quantity: int = 0
    traded_at: datetime
    held: bool = False
    changes: int = 0

    @property
    def shown_bid(self) -> int:
        """Units to show at the bid."""
        shown = _SHOWN_LOTS * self.instrument.lot_size
        return shown if self.bid_depth is None else self.bid_depth

    @property
    def shown_ask(self) -> int:
        """Units to show at the ask."""
        shown = _SHOWN_LOTS * self.instrument.lot_size
        return shown if self.ask_depth is None else self.ask_depth

    def take(self, *, buying: bool, quantity: int, price: Decimal, at: datetime) -> None:
        """Record one execution against the market."""
        if buying and self.ask_depth is not None:
            self.ask_depth -= quantity
        if not buying and self.bid_depth is not None:
            self.bid_depth -= quantity
        self.volume += quantity
        self.last_quantity = quantity
        self.traded_at = at
        self.changes += 1
        self.high, self.low = max(self.high, price), min(self.low, price)


class Market:
    """The touch of every instrument.

    Orders trade against this market alone, never against each other, so what one account gets
    depends on nothing but the scripted price and depth.
    """

    def __init__(
        self,
        instruments: Instruments,
        *,
        now: Clock,
        rng: random.Random,
        volatility_bps: float = 1.0,
    ) -> None:
        """Open every instrument at its close.

        Args:
            instruments: What is listed.
            now: Present time.
            rng: Chance of the walk; the same seed walks the same way.
            volatility_bps: Standard deviation of one step, hundredths of a per cent.
        """
        self._now = now
        self._rng = rng
        self._volatility = volatility_bps / 10_000
        self._instruments = instruments
        self._touches = {row.token: _opened(row, now()) for row in instruments}

    def touch(self, instrument: Instrument) -> Touch:
        """Return the market in `instrument`."""
        found = self._touches.get(instrument.token)
        if found is None:
            found = self._touches[instrument.token] = _opened(instrument, self._now())
        return found

    def row(self, exchange: str, tradingsymbol: str) -> Instrument:
        """Return a listed instrument.

        Raises:
            KeyError: Not listed.
        """
        return self._instruments[exchange, tradingsymbol]

    def set_price(self, instrument: Instrument, price: Decimal, *, spread_ticks: int = 0) -> None:
        """Pin the price; the random walk leaves it alone until `release`.

        Args:
            instrument: What to price.
            price: Rupees, a whole number of ticks.
            spread_ticks: Ticks from last to bid and from last to ask; 0 makes all three equal.

        Raises:
            ValueError: Off the tick.
        """
        if not instrument.is_on_tick(price):
            raise ValueError(f"{price} is not a multiple of {instrument.tick_size}")
        touch = self.touch(instrument)
        touch.held = True
        _move(touch, price, spread_ticks)

    def set_depth(self, instrument: Instrument, quantity: int | None) -> None:
        """Offer `quantity` units on each side and not one more; None lifts the limit."""
        touch = self.touch(instrument)
        touch.bid_depth = touch.ask_depth = quantity
        touch.changes += 1

    def release(self, instrument: Instrument) -> None:
        """Let the random walk move this price again."""
        self.touch(instrument).held = False

    def step(self) -> None:
        """Move every price that is not held by one step of the walk."""
        for touch in self._touches.values():
            if not touch.held:
                drift = Decimal(str(self._rng.gauss(0.0, self._volatility)))
                row = touch.instrument
                price = row.round(touch.last * (1 + drift), Toward.DOWN)
                _move(touch, min(max(price, row.lower_circuit), row.upper_circuit), 1)

    def start_day(self) -> None:
        """Take every last price as yesterday's close and open there, with circuits to match."""
        for row in tuple(self._instruments):
            reopened = replace(row, close=self.touch(row).last)
            self._instruments.replace(reopened)
            before = self.touch(row)
            touch = self._touches[row.token] = _opened(reopened, self._now())
            touch.held, touch.changes = before.held, before.changes + 1
            if before.held:
                _move(touch, before.last, 0)

    def walk(self, steps: int) -> None:
        """Take several steps of the walk at once."""
        for _ in range(steps):
            self.step()

    def last_prices(self, rows: Iterable[Instrument]) -> dict[int, Decimal]:
        """Return the last price by token, rupees."""
        return {row.token: self.touch(row).last for row in rows}


def _opened(row: Instrument, at: datetime) -> Touch:
    touch = Touch(
        instrument=row, last=row.close, bid=row.close, ask=row.close, high=row.close,
        low=row.close, open=row.close, traded_at=at,
    )  # fmt: skip
    _move(touch, row.close, 1)
    return touch


def _move(touch: Touch, price: Decimal, spread_ticks: int) -> None:
    row = touch.instrument
    spread = row.tick_size * spread_ticks
    touch.last = price
    touch.changes += 1
    touch.bid = max(price - spread, row.lower_circuit)
    touch.ask = min(price + spread, row.upper_circuit)
    touch.high, touch.low = max(touch.high, price), min(touch.low, price)
