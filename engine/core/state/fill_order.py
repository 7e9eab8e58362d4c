"""In which order the master's fills happened and how long ago, and when that is not known.

Whether a fill is an entry or an exit depends on his net at that fill, so fills of opposite sides must be
folded in the exchange's order. A socket may tell of them in any order (Kite forum comment 43606).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum, unique

from engine.core.state.delivery import goes_short, ledger_key
from engine.core.state.ledger import split_fill
from engine.core.state.state import MasterOrder, State
from engine.core.values.keys import MasterKey, row_key
from engine.core.values.market import IST, MASTER, OrderId
from engine.core.values.orders import Fill, OrderRow

_BEGINNING = datetime(1970, 1, 1, tzinfo=IST)


def key_of(state: State, row: OrderRow) -> MasterKey:
    """Return the master key of a row: a known order keeps its own."""
    return state.master_key_of.get(row.order_id) or ledger_key(state, row_key(row))


@unique
class Doubt(StrEnum):
    """What the rows of a book leave open of the master's fills, and his trades tell."""

    AGE = "how long ago an entry began to fill"
    ORDER = "in which order fills of both sides were"


def needs_fills(state: State, rows: Iterable[OrderRow], *, at: datetime) -> Doubt | None:
    """Return what the rows alone leave open of the master's fills; None where they tell all.

    Args:
        state: The state before the rows are taken in.
        rows: What a read of his book shows anew.
        at: Now, by our clock.
    """
    grown: dict[MasterKey, set[str]] = {}
    doubt = None
    for row in rows:
        order = state.master_order(row.order_id)
        if row.filled_quantity > (order.folded if order else 0):
            if _may_be_too_old(state, order, row, at):
                doubt = Doubt.AGE
            grown.setdefault(key_of(state, row), set()).add(row.side.value)
    # Only opposite sides matter: entries commute, and so do exits.
    return Doubt.ORDER if any(len(sides) > 1 for sides in grown.values()) else doubt


def _may_be_too_old(state: State, order: MasterOrder | None, row: OrderRow, at: datetime) -> bool:
    """Whether an entry that filled while nobody looked may have begun to fill too long ago.

    A row tells when it last changed, and the first fill decides. No time in it is that of the placement
    for certain: a change or a cancel may have moved them all. What is too old by the newest is left out anyhow.
    """
    limits = [rules.max_entry_age for rules in state.rules.values()]
    if not limits or (order is not None and order.fill_at is not None):
        return False
    position = state.master.get(key_of(state, row))
    grown = row.filled_quantity - (order.folded if order else 0)
    if not split_fill(position.net if position else 0, row.side.sign * grown)[1]:
        # No exit has an age.
        return False
    looked_at = state.account(MASTER).book_asked_at
    if looked_at is not None and at - looked_at <= min(limits):
        return False
    return state.brokers_time(at) - fill_stamp(row) <= max(limits)


def may_have_been_second(state: State, key: MasterKey, order: MasterOrder, units: int) -> bool:
    """Return whether newly told fills that cross zero may come after some of another order.

    Only a book can tell: he buys, then sells more than he had; the sale is told first. What he adds, and
    what only reduces, is taken at once; so is what opens from flat, but for delivery shares, which nobody
    can be short of.

    Args:
        state: The state before the fold.
        key: The order's key.
        order: The order.
        units: Its newly told fills, units > 0.
    """
    position, side = state.master[key], order.row.side
    entry = split_fill(position.net, side.sign * units)[1]
    if not entry or position.net * side.sign > 0:
        return False
    if not position.net and not goes_short(key, side):
        return False
    return any(
        other.row.side is side.opposite
        and (
            (other.row.counts and other.row.remaining_quantity > 0)
            or other.row.filled_quantity > other.folded
        )
        for other in position.orders.values()
    )


def in_exchange_order(
    known: Sequence[tuple[OrderId, MasterOrder]], fills: tuple[Fill, ...] | None
) -> list[tuple[OrderId, int, datetime | None]]:
    """Return (order, newly filled units, when) oldest first; by the trades where they are given, else no time."""
    missing = {order_id: order.row.filled_quantity - order.folded for order_id, order in known}
    steps: list[tuple[OrderId, int, datetime | None]] = []
    if fills is not None:
        newest_first: list[tuple[OrderId, int, datetime | None]] = []
        ordered = sorted(fills, key=_place)
        for fill in reversed(ordered):
            units = min(fill.quantity, missing.get(fill.order_id, 0))
            if units > 0:
                missing[fill.order_id] -= units
                newest_first.append((fill.order_id, units, fill.filled_at))
        steps = newest_first[::-1]
    # What the trades do not show (yet) comes last, in the order of the rows' own stamps.
    steps += [(order_id, missing[order_id], None) for order_id, _ in known]
    return steps


def _place(fill: Fill) -> tuple[datetime, int, str]:
    """Return what trades are ordered by: within a second by the exchange's own numbers, which rise.

    As numbers, not as words: after 99999 comes 100000 (Kite Connect docs, trades: ids of five and of eight digits).
    """
    return fill.filled_at, len(fill.fill_id), fill.fill_id


def fill_stamp(row: OrderRow) -> datetime:
    """Return when a row last changed, by the broker's stamps; long ago where it has none."""
    return row.updated_at or row.exchange_at or row.placed_at or _BEGINNING
