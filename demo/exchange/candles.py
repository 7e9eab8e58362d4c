"""Historical candles, as plain as a client can live with: the day's prices, repeated.

Source: Kite Connect docs, historical candle data.
"""

from datetime import datetime, timedelta

from demo.exchange.hours import SESSIONS, is_open
from demo.exchange.market import Touch
from demo.exchange.wire import IST, Fields, bad_input, number, one

_MINUTES = {
    "minute": 1,
    "3minute": 3,
    "5minute": 5,
    "10minute": 10,
    "15minute": 15,
    "30minute": 30,
    "60minute": 60,
    "day": 24 * 60,
}

#: Enough for any client that asks this exchange; it has no history to be greedy about.
_MOST = 2_000


def candles(
    touch: Touch, *, interval: str, fields: Fields, now: datetime
) -> list[list[str | float | int]]:
    """Return the candles between ``from`` and ``to``, none of them later than now.

    Raises:
        KiteError: 400: an interval or a date that Kite does not know.
    """
    if interval not in _MINUTES:
        raise bad_input("Invalid `interval`.")
    step = timedelta(minutes=_MINUTES[interval])
    exchange, interest = touch.instrument.exchange, one(fields, "oi") == "1"
    at, until = _moment(fields, "from"), min(_moment(fields, "to"), now)
    opens = SESSIONS[exchange][0]
    at = at.replace(hour=0, minute=0) if interval == "day" else at.replace(second=0)
    rows: list[list[str | float | int]] = []
    while at <= until and len(rows) < _MOST:
        traded = at.replace(hour=opens.hour, minute=opens.minute) if interval == "day" else at
        if is_open(exchange, traded):
            prices = [number(each) for each in (touch.open, touch.high, touch.low, touch.last)]
            row: list[str | float | int] = [f"{at:%Y-%m-%dT%H:%M:%S%z}", *prices, touch.volume]
            rows.append([*row, 0] if interest else row)
        at += step
    return rows


def _moment(fields: Fields, name: str) -> datetime:
    try:
        return datetime.fromisoformat(one(fields, name) or "").replace(tzinfo=IST)
    except ValueError:
        raise bad_input(f"Invalid `{name}`.") from None
