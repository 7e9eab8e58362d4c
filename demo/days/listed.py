"""Finding contracts in today's catalogue, and prices round yesterday's close."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from demo.exchange.instruments import Instrument, Toward


class Listed:
    """What is listed on the day, found as a trader thinks of it."""

    def __init__(self, rows: Iterable[Instrument]) -> None:
        """Take the catalogue of a day."""
        self._rows = tuple(rows)

    def share(self, symbol: str, exchange: str = "NSE") -> Instrument:
        """Return a share.

        Raises:
            ValueError: Not listed.
        """
        return self._nearest(
            row
            for row in self._rows
            if row.is_equity and row.exchange == exchange and row.tradingsymbol == symbol
        )

    def future(self, name: str) -> Instrument:
        """Return the nearest future on an underlying.

        Raises:
            ValueError: Not listed.
        """
        return self._nearest(
            row for row in self._rows if row.name == name and row.instrument_type == "FUT"
        )

    def option(self, name: str, kind: str, steps: int) -> Instrument:
        """Return an option of the nearest expiry, `steps` strikes above the middle one.

        Args:
            name: The underlying index.
            kind: CE or PE.
            steps: Strikes above (below where negative) the level.

        Raises:
            ValueError: Not listed.
        """
        found = [row for row in self._rows if row.name == name and row.instrument_type == kind]
        nearest = min((row.expiry for row in found if row.expiry), default=None)
        if nearest is None:
            raise ValueError(f"no {kind} on {name} is listed")
        strip = sorted((row for row in found if row.expiry == nearest), key=lambda row: row.strike)
        return strip[len(strip) // 2 + steps]

    def _nearest(self, rows: Iterable[Instrument]) -> Instrument:
        found = min(rows, key=lambda row: row.expiry or date.max, default=None)
        if found is None:
            raise ValueError("this is not listed")
        return found


def near(row: Instrument, bps: int = 0, *, toward: Toward = Toward.DOWN) -> Decimal:
    """Return a price on the tick, hundredths of a per cent away from yesterday's close."""
    return row.round(row.close * (1 + Decimal(bps) / 10_000), toward)
