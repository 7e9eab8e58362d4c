"""The newest price of each instrument that somebody watches."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from engine.core.values.orders import Quote


class PriceBoard:
    """Keeps the last quote per ``EXCHANGE:SYMBOL`` and tells who watches."""

    __slots__ = ("_listeners", "_live", "_quotes")

    def __init__(self) -> None:
        self._quotes: dict[str, Quote] = {}
        self._live: set[str] = set()
        self._listeners: list[Callable[[Quote], None]] = []

    def listen(self, listener: Callable[[Quote], None]) -> None:
        """Call ``listener`` with every new quote, from the loop."""
        self._listeners.append(listener)

    def update(self, quotes: Iterable[Quote]) -> None:
        """Take in newer quotes."""
        for quote in quotes:
            key = f"{quote.exchange}:{quote.symbol}"
            self._quotes[key] = quote
            self._live.add(key)
            for listener in self._listeners:
                listener(quote)

    def quote(self, exchange: str, symbol: str) -> Quote | None:
        """Return the newest quote, or None where none came yet."""
        return self._quotes.get(f"{exchange}:{symbol}")

    def live(self, exchange: str, symbol: str) -> Quote | None:
        """Return the newest quote where it stands now; None where none came since the socket is up."""
        key = f"{exchange}:{symbol}"
        return self._quotes.get(key) if key in self._live else None

    def lost(self) -> None:
        """Note that the socket is down: what is known are prices of the past until new ones come."""
        self._live.clear()

    def last_price(self, exchange: str, symbol: str) -> Decimal | None:
        """Return the newest last price in rupees, or None."""
        quote = self.quote(exchange, symbol)
        return quote.last_price if quote is not None else None
