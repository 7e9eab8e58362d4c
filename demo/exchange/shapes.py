"""Rows as Kite sometimes shapes them: keys left out, keys added, unknown words, times of day."""

from demo.exchange.faults import UNHEARD_OF, View
from demo.exchange.orders import TERMINAL, Status
from demo.exchange.wire import Row

#: Keys that rows do without at times. Source: Kite Connect docs, orders, and its examples.
SOMETIMES_ABSENT = frozenset(
    {
        "account_id",
        "exchange_update_timestamp",
        "guid",
        "meta",
        "meta_raw",
        "modified",
        "status_message_raw",
        "tags",
        "validity_ttl",
    }
)

_TERMINAL = frozenset(status.value for status in TERMINAL)


def shaped(row: Row, view: View, odd_status: str = UNHEARD_OF) -> Row:  # noqa: PLR0911 - one per view
    """Return a row as `view` has it; other views leave it alone."""
    match view:
        case View.NO_TAGS:
            return {name: value for name, value in row.items() if name != "tags"} | {"tag": None}
        case View.BARE:
            return {name: value for name, value in row.items() if name not in SOMETIMES_ABSENT}
        case View.EXTRA:
            return row | {"terminal_id": "31", "hints": {"seen": [1, None]}, "score": 0.5}
        case View.ODD_STATUS if "status" in row and row["status"] not in _TERMINAL:
            return row | {"status": odd_status}
        case View.UNCOUNTED if row.get("status") == Status.CANCELLED:
            return row | {"cancelled_quantity": 0}
        case View.TIME_ONLY:
            return {name: _time_of_day(name, value) for name, value in row.items()}
        case _:
            return row


def _time_of_day(name: str, value: object) -> object:
    is_stamp = name.endswith("timestamp") and isinstance(value, str) and len(value) == 19
    return str(value)[11:] if is_stamp else value
