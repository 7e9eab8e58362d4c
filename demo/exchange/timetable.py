"""What the clock calls for: the open for after-market orders, square-offs, closing auctions."""

from collections.abc import Callable
from datetime import date, datetime, time

from demo.exchange.desk import Desk
from demo.exchange.events import Events
from demo.exchange.hours import is_open
from demo.exchange.wire import IST


class Timetable:
    """Lets the exchange's own acts happen at their times, once a day each."""

    def __init__(self, desk: Desk, events: Events) -> None:
        """Take whose rules and clock these are, and what happens."""
        self._desk = desk
        self._events = events
        self._done: set[tuple[str, str, date]] = set()

    def step(self) -> None:
        """Do what is due by now."""
        rules, now = self._desk.rules, self._desk.now().astimezone(IST)
        if not rules.always_open:
            for order in self._events.queued():
                if is_open(order.instrument.exchange, now, shut=rules.extra_holidays):
                    self._desk.dispatch.take_queued(order)
        for exchange, cut_off in rules.square_off_times.items():
            self._once(exchange, now, cut_off, self._square_off)
        auction, events = rules.closing_auction, self._events
        if auction is not None:
            for exchange in ("NSE", "BSE"):
                self._once(exchange, now, auction.starts, events.start_closing_auction)
                self._once(exchange, now, auction.limits_only, events.narrow_closing_auction)
                self._once(exchange, now, auction.ends, events.end_closing_auction)

    def _square_off(self, exchange: str) -> None:
        self._events.square_off(exchange=exchange)

    def _once(self, exchange: str, now: datetime, at: time, act: Callable[[str], object]) -> None:
        turn = (exchange, act.__name__, now.date())
        if now.time() >= at and turn not in self._done:
            self._done.add(turn)
            act(exchange)
