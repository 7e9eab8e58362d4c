"""How long an answer takes: a median, a heavy tail, and a worse one while everybody trades.

Source: Kite forum discussion 9602 and comment 32519 (answers past the SDK's seven seconds at the
open); the medians are what traders report of an ordinary hour, 50 to 150 milliseconds.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time

from demo.exchange.wire import IST, Clock

#: Standard deviations of a normal distribution at its 99th percentile.
_P99 = 2.3263478740408408


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A log-normal distribution, told by what people measure.

    Attributes:
        median_s: Half of the answers are quicker, seconds.
        p99_s: One answer of a hundred is slower, seconds; not below the median.
        most_s: None is slower, seconds.
    """

    median_s: float
    p99_s: float
    most_s: float = 30.0

    def __post_init__(self) -> None:
        if not 0 < self.median_s <= self.p99_s <= self.most_s:
            raise ValueError("a spread needs 0 < median_s <= p99_s <= most_s")

    def draw(self, rng: random.Random) -> float:
        """Return the seconds of one answer."""
        sigma = math.log(self.p99_s / self.median_s) / _P99
        return min(rng.lognormvariate(math.log(self.median_s), sigma), self.most_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """The spread of an ordinary moment, and that of the rush after the open.

    Attributes:
        usual: At any other time.
        rush: From `rush_from` until `rush_until`, Indian time.
    """

    usual: Spread = field(default_factory=lambda: Spread(median_s=0.08, p99_s=0.4))
    rush: Spread = field(default_factory=lambda: Spread(median_s=0.15, p99_s=3.0))
    rush_from: time = time(9, 15)
    rush_until: time = time(9, 20)

    def source(self, now: Clock, rng: random.Random) -> Callable[[], float]:
        """Return what gives the seconds of one answer after another, for `ExchangeServer`.

        Args:
            now: Present time.
            rng: Chance; the same seed, at the same times, is as slow again.
        """

        def draw() -> float:
            rushing = self.rush_from <= now().astimezone(IST).time() < self.rush_until
            return (self.rush if rushing else self.usual).draw(rng)

        return draw
