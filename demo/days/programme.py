"""The programme: every named day, the default first."""

import random
from collections.abc import Callable, Iterable, Mapping

from demo.days.broker_ambiguous import broker_ambiguous
from demo.days.burst import burst, storm
from demo.days.calm import calm
from demo.days.day import Day
from demo.days.exits import exits
from demo.days.listed import Listed
from demo.days.options_basket import options_basket
from demo.days.partials import partials
from demo.days.refusal import refusal
from demo.days.socket_lost import socket_lost
from demo.days.stops import stops
from demo.days.token_dies import token_dies
from demo.exchange.instruments import Instrument

_DAYS: Mapping[str, Callable[[Listed, random.Random], Day]] = {
    "calm": calm,
    "burst": burst,
    "partials": partials,
    "stops": stops,
    "options-basket": options_basket,
    "token-dies": token_dies,
    "socket-lost": socket_lost,
    "broker-ambiguous": broker_ambiguous,
    "refusal": refusal,
    "exits": exits,
    "storm": storm,
}

#: The names that ``--scenario`` takes; the first is the default.
NAMES = tuple(_DAYS)


def make_day(name: str, instruments: Iterable[Instrument], *, seed: int) -> Day:
    """Return a named day; the same seed and list give the same day.

    Args:
        name: One of `NAMES`.
        instruments: What is listed.
        seed: Chance of the quantities.

    Raises:
        KeyError: There is no such day.
    """
    rng = random.Random(f"{seed}:{name}")  # noqa: S311 - a script, not a secret
    return _DAYS[name](Listed(instruments), rng)
