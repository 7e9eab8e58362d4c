"""What the master holds already when copying starts, offered to be entered too: "Copy open positions".

The list is one of /sync's that enters only: the master's net of each symbol at the follower's multiplier,
less what is copied. Fixed lots, and ratios of funds, are those of an order that he placed now: they are listed
only where nothing of his position is copied yet, since what was copied was worth something else then. So what was entered once counts as copied, and asking again enters nothing twice; and
his later exits take their share of it, as if the copy had been there from the beginning. The price is a limit
one band round the last price, never his average: what he paid may be hours old.
"""

from collections.abc import Collection
from datetime import datetime

from msgspec.structs import replace

from engine.core.observe.drift import differs, drift_row
from engine.core.observe.sync import do_proposed, mark_of, orders_for
from engine.core.risk.gates import key_gate
from engine.core.risk.scale import scale_of
from engine.core.risk.words import in_decimals
from engine.core.state.conversions import followed
from engine.core.state.state import State
from engine.core.state.turn import Turn
from engine.core.values.control import CopyPositions
from engine.core.values.counts import counted
from engine.core.values.exact import size_of
from engine.core.values.instruments import round_to_lots
from engine.core.values.keys import Leg, MasterKey
from engine.core.values.market import AccountName, Side
from engine.core.values.position_views import DriftRow, SyncLeft, SyncOrder, SyncProposal
from engine.core.values.rules import FollowerRules, Sizing

_IN_PART = "some of it is copied already, at the sizes of then; the rest cannot be told from it: enter that in Kite"
_REDUCED_FIRST = "more is copied than he has, or the other side: /sync puts that right"


def positions_proposal(
    state: State, *, at: datetime, without: Collection[AccountName] = ()
) -> SyncProposal:
    """Return the entries that would give every follower the master's open positions too, in the current mode.

    Args:
        state: The state.
        at: Now.
        without: Followers who get none, whatever is known of them.
    """
    orders: list[SyncOrder] = []
    left: list[SyncLeft] = []
    for rules in state.rules.values():
        if rules.name in without:
            continue
        for key in state.master:
            if not followed(state, key):
                continue
            found, why = _entry_for(state, rules, key, at=at)
            orders += found
            if why:
                left.append(SyncLeft(follower=rules.name, symbol=key.symbol, why=why))
    # Bought first: a long leg lowers the margin that a short one asks for.
    orders.sort(key=lambda order: order.side is Side.SELL)
    return SyncProposal(
        orders=tuple(orders), left=tuple(left), mark=mark_of(orders), without=tuple(without)
    )


def take_positions(turn: Turn, request: CopyPositions) -> tuple[bool, str]:
    """Enter what was confirmed, if it is still what would be proposed; the planner makes the children."""
    proposal = positions_proposal(turn.state, at=turn.at, without=request.without)
    if proposal.mark != request.mark:
        return False, "Not done: the open positions to copy have changed meanwhile."
    do_proposed(turn, proposal)
    one, many = (
        "order for open positions is on its way",
        "orders for open positions are on their way",
    )
    return True, f"{counted(len(proposal.orders), one, many)}."


def _entry_for(
    state: State, rules: FollowerRules, key: MasterKey, *, at: datetime
) -> tuple[list[SyncOrder], str]:
    """Return the entry for one open position, if one is needed; and why it is left out, if it is."""
    verdict = key_gate(state, rules, key)
    if verdict is not None:
        reason, detail = verdict
        return [], f"{reason.value}: {detail}" if detail else reason.value
    row, why = _sized(state, rules, key, drift_row(state, rules, key), at=at)
    if why or not differs(row):
        return [], why
    found, why = orders_for(state, rules, row, at=at, limited=True)
    if any(not order.entry for order in found):
        return [], _REDUCED_FIRST
    return found, why


def _sized(
    state: State, rules: FollowerRules, key: MasterKey, row: DriftRow, *, at: datetime
) -> tuple[DriftRow, str]:
    """Return the row with what his position is worth now, or why that cannot be told."""
    net, instrument = followed(state, key), state.listed(key.exchange, key.symbol)
    lot = instrument.lot_size if instrument else 1
    scale, unsized = scale_of(state, rules, key.exchange, lot_size=lot, at=at)
    exact = scale.ratio if scale.fixed else scale.ratio * size_of(net)
    units = round_to_lots(int(exact), lot)
    if rules.sizing is not Sizing.MULTIPLIER and row.copied * net > 0:
        in_part = abs(row.copied) < units and _is_left_out_of(state, rules, key)
        return replace(row, wanted=row.copied, observed=None), _IN_PART if in_part else ""
    if unsized is not None:
        return row, f"{unsized[0].value}: {unsized[1]}"
    if not units:
        by = f" by {scale.basis}" if scale.basis else ""
        return row, f"its share is {in_decimals(exact)} units{by}, less than a lot of {lot}"
    return replace(row, wanted=units if net > 0 else -units, note=scale.basis or row.note), ""


def _is_left_out_of(state: State, rules: FollowerRules, key: MasterKey) -> bool:
    """Return whether some of his position is not copied here, beside what is."""
    book = state.books.get(key, {}).get((state.venue, rules.name))
    parts = book.parts if book is not None else {}
    if any(part.sync is not None and part.filled(Leg.ENTRY) for part in parts.values()):
        # What he held before was entered by a list like this one.
        return False
    entered = (
        (order_id, order)
        for order_id, order in state.master[key].orders.items()
        if order.entry_filled
    )
    return bool(state.openings.get(key)) or any(
        order_id not in parts or Leg.ENTRY in parts[order_id].skips for order_id, _ in entered
    )
