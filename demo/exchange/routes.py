"""Which path is which call. Source: kiteconnect 5.2.2, ``KiteConnect._routes``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from demo.exchange.faults import Operation
from demo.exchange.wire import KiteError

#: Calls that write orders: they need a registered address and are kept in the ledger.
WRITES = frozenset({Operation.PLACE, Operation.MODIFY, Operation.CANCEL})

_ROUTES = tuple(
    (method, re.compile(pattern), operation)
    for method, pattern, operation in (
        ("POST", r"/orders/(?P<variety>\w+)", Operation.PLACE),
        ("PUT", r"/orders/(?P<variety>\w+)/(?P<order_id>\w+)", Operation.MODIFY),
        ("DELETE", r"/orders/(?P<variety>\w+)/(?P<order_id>\w+)", Operation.CANCEL),
        ("GET", r"/orders", Operation.ORDERS),
        ("GET", r"/orders/(?P<order_id>\w+)", Operation.HISTORY),
        ("GET", r"/orders/(?P<order_id>\w+)/trades", Operation.TRADES),
        ("GET", r"/trades", Operation.TRADES),
        ("GET", r"/portfolio/positions", Operation.POSITIONS),
        ("GET", r"/portfolio/holdings", Operation.HOLDINGS),
        ("PUT", r"/portfolio/positions", Operation.CONVERT),
        ("GET", r"/portfolio/holdings/auctions", Operation.AUCTIONS),
        ("POST", r"/portfolio/holdings/authorise", Operation.AUTHORISE),
        ("GET", r"/gtt/triggers", Operation.GTT_READ),
        ("POST", r"/gtt/triggers", Operation.GTT_PLACE),
        ("GET", r"/gtt/triggers/(?P<trigger_id>\w+)", Operation.GTT_READ),
        ("PUT", r"/gtt/triggers/(?P<trigger_id>\w+)", Operation.GTT_MODIFY),
        ("DELETE", r"/gtt/triggers/(?P<trigger_id>\w+)", Operation.GTT_DELETE),
        ("POST", r"/margins/orders", Operation.ORDER_MARGINS),
        ("POST", r"/margins/basket", Operation.BASKET_MARGINS),
        ("POST", r"/charges/orders", Operation.CHARGES),
        (
            "GET",
            r"/instruments/historical/(?P<token>\d+)/(?P<interval>\w+)",
            Operation.CANDLES,
        ),
        ("GET", r"/user/margins", Operation.MARGINS),
        ("GET", r"/user/margins/(?P<segment>\w+)", Operation.MARGINS),
        ("GET", r"/user/profile", Operation.PROFILE),
        ("GET", r"/instruments", Operation.INSTRUMENTS),
        ("GET", r"/instruments/(?P<exchange>\w+)", Operation.INSTRUMENTS),
        ("GET", r"/quote", Operation.QUOTES),
        ("GET", r"/quote/(?P<kind>ohlc|ltp)", Operation.QUOTES),
        ("POST", r"/session/token", Operation.LOGIN),
        ("DELETE", r"/session/token", Operation.LOGOUT),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A call and what its path says."""

    operation: Operation
    args: Mapping[str, str] = field(default_factory=dict)


def route(method: str, path: str) -> Route:
    """Return which call a request is.

    Raises:
        KiteError: 404, or 405 where another method would do.
    """
    known = False
    for wanted, pattern, operation in _ROUTES:
        match = pattern.fullmatch(path)
        if match and wanted == method:
            return Route(operation=operation, args=match.groupdict())
        known = known or match is not None
    if known:
        raise KiteError(405, "GeneralException", "Method not allowed")
    raise KiteError(404, "GeneralException", "Route not found")
