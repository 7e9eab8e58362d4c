"""Request limits on the exchange's own clock: calendar second, minute and day."""

from collections import Counter
from datetime import datetime

from demo.exchange.faults import Operation
from demo.exchange.rules import LimitRules
from demo.exchange.wire import IST, Clock, KiteError


class RequestLimits:
    """Counts requests and refuses what is too many; what was refused counts as well."""

    def __init__(self, rules: LimitRules, *, now: Clock) -> None:
        self._rules = rules
        self._now = now
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._minute = ""

    def charge_order(self, user_id: str, *, placing: bool) -> None:
        """Count one place, modify or cancel request of an account.

        Args:
            user_id: More apps do not give an account more.
            placing: True for a placement, which alone counts toward the day.

        Raises:
            KiteError: 429 ``NetworkException``; nothing of the request was looked at.

        Source: Kite forum comments 52882, 51118 and 48463.
        """
        second, minute, day = self._windows()
        per_minute = self._count(user_id, "orders", minute)
        per_day = self._count(user_id, "placements", day) if placing else 0
        per_second = self._count(user_id, "orders", second)
        self._check_long(per_minute, per_day)
        if per_second > self._rules.orders_per_second:
            raise KiteError(429, "NetworkException", "Too many requests")

    def count_leg(self, user_id: str) -> None:
        """Count one more order of a request that is still at work.

        Source: Kite forum comment 51724: a leg of an iceberg counts toward the day alone.
        """
        self._count(user_id, "placements", self._windows()[2])

    def check_app(self, user_id: str) -> None:
        """Refuse the Kite app to an account whose API requests have used up a minute or the day.

        Raises:
            KiteError: As the API is told.

        Source: Kite forum comment 51118.
        """
        _, minute, day = self._windows()
        self._check_long(
            self._seen(user_id, "orders", minute), self._seen(user_id, "placements", day)
        )

    def charge_read(self, api_key: str, operation: Operation) -> None:
        """Count one read of an app.

        Raises:
            KiteError: 429 ``NetworkException``.
        """
        most = {
            Operation.QUOTES: self._rules.quotes_per_second,
            Operation.CANDLES: self._rules.candles_per_second,
        }.get(operation)
        kind = "reads" if most is None else operation.value
        if self._count(api_key, kind, self._windows()[0]) > (most or self._rules.reads_per_second):
            raise KiteError(429, "NetworkException", "Too many requests")

    def _check_long(self, per_minute: int, per_day: int) -> None:
        if per_minute > self._rules.orders_per_minute or per_day > self._rules.placements_per_day:
            raise KiteError(429, "NetworkException", "Maximum allowed order requests exceeded.")

    def _count(self, who: str, kind: str, window: str) -> int:
        self._counts[who, kind, window] += 1
        return self._counts[who, kind, window]

    def _seen(self, who: str, kind: str, window: str) -> int:
        return self._counts.get((who, kind, window), 0)

    def _windows(self) -> tuple[str, str, str]:
        at = self._now().astimezone(IST)
        second, minute, day = _labels(at)
        if minute != self._minute:
            # Windows that are over are never asked for again.
            kept = {key: count for key, count in self._counts.items() if key[2] == day}
            self._counts = Counter(kept)
            self._minute = minute
        return second, minute, day


def _labels(at: datetime) -> tuple[str, str, str]:
    second = at.isoformat(" ", "seconds")
    return second[:19], second[:16], second[:10]
