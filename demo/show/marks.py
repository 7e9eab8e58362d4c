"""Small drawings: a bar that fills, a signed number, a name cut to its room."""

import re
from datetime import timedelta

from rich.text import Text

from demo.exchange.instruments import Instrument
from demo.exchange.orders import Status
from demo.show.copies import Copy
from demo.show.truth import Arrived

GOOD, BAD, WORKS, QUIET = "green", "red", "yellow", "bright_black"
# Told apart without colour too.
_FILLED, _WORKING, _GONE = "━", "╌", " "
_OPTION = re.compile(r"^([A-Z&]+?)\d\d(?:[A-Z]{3}|[1-9OND]\d\d)(\d+)(CE|PE)$")
_FUTURE = re.compile(r"^([A-Z&]+?)\d\d[A-Z]{3}(FUT)$")

#: What the colours and signs of a cell mean.
LEGEND = Text.assemble(
    (f"{_FILLED} ", GOOD), ("filled  ", QUIET), (f"{_WORKING} ", WORKS), ("working  ", QUIET),
    ("✗ cancelled  - not due", QUIET),
)  # fmt: skip


def symbol(row: Instrument, room: int) -> str:
    """Return a symbol, a derivative without its expiry where that does not fit into the room."""
    if len(row.tradingsymbol) <= room:
        return row.tradingsymbol
    found = _OPTION.match(row.tradingsymbol) or _FUTURE.match(row.tradingsymbol)
    return "".join(found.groups()) if found else row.tradingsymbol


def cut(text: str, width: int) -> str:
    """Return a text in exactly this many columns."""
    return text.ljust(width) if len(text) <= width else text[: width - 1] + "…"


def signed(units: int, width: int) -> Text:
    """Return net units: green long, red short, quiet flat."""
    style = GOOD if units > 0 else BAD if units < 0 else QUIET
    return Text(f"{units:+d}".rjust(width) if units else "0".rjust(width), style=style)


def milliseconds(lag: timedelta | None) -> str:
    """Return a lag for people, or a dash where there is none."""
    return "-" if lag is None else f"{lag / timedelta(milliseconds=1):.0f} ms"


def order_cell(arrived: Arrived, width: int) -> Text:
    """Return how far an order of the master is, in this many columns (>= 7)."""
    order = arrived.order
    return _cell(order.filled_quantity, order.quantity, order.status, width)


def copy_cell(copy: Copy, *, is_due: bool, width: int) -> Text:
    """Return how far the copy of an order is, in this many columns (>= 7)."""
    if not copy.orders:
        mark = "·" if is_due else "-"
        return Text(mark.rjust(width - 1) + " ", style=QUIET)
    status = copy.orders[-1].order.status
    if status is Status.REJECTED:
        return Text("refused".rjust(width), style=BAD)
    return _cell(copy.filled, copy.wanted, status, width)


def _cell(filled: int, wanted: int, status: Status, width: int) -> Text:
    """Bar, number and sign: what is filled once something is, else what is asked for."""
    room = width - 6
    share = round(room * filled / wanted) if wanted else 0
    colour = GOOD if status is Status.COMPLETE else WORKS
    ended = status in {Status.CANCELLED, Status.REJECTED}
    if ended:
        colour = GOOD if filled else QUIET
    number = filled if filled or ended else wanted
    sign = {Status.CANCELLED: "✗", Status.REJECTED: "!"}.get(status, " ")
    return Text.assemble(
        (_FILLED * share, colour),
        ((_GONE if ended else _WORKING) * (room - share), QUIET if filled else WORKS),
        (f"{number:5d}", colour),
        (sign, BAD if status is Status.REJECTED else QUIET),
    )
