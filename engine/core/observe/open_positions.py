"""What the master holds already when copying starts, offered to be entered too: "Copy open positions".

The list is one of /sync's that enters only: the master's net of each symbol at the follower's multiplier,
less what is copied. So what was entered once counts as copied, and asking again enters nothing twice; and
his later exits take their share of it, as if the copy had been there from the beginning. The price is a limit
one band round the last price, never his average: what he paid may be hours old.
"""

from datetime import datetime

from engine.core.observe.drift import differs, drift_row, exactly_wanted
from engine.core.observe.sync import do_proposed, mark_of, orders_for
from engine.core.risk.gates import key_gate
from engine.core.risk.words import in_decimals
from engine.core.state.conversions import followed
from engine.core.state.state import State
from engine.core.state.turn import Turn
from engine.core.values.control import CopyPositions
from engine.core.values.keys import MasterKey
from engine.core.values.market import Side
from engine.core.values.rules import FollowerRules, Sizing
from engine.core.values.views import SyncLeft, SyncOrder, SyncProposal

_BY_ORDER = (
    "its SIZING follows order by order, so what a position is worth is not known: enter it in Kite, "
    "or SIZING=multiplier"
)
_REDUCED_FIRST = "more is copied than he has, or the other side: /sync puts that right"


def positions_proposal(state: State, *, at: datetime) -> SyncProposal:
    """Return the entries that would give every follower the master's open positions too, in the current mode."""
    orders: list[SyncOrder] = []
    left: list[SyncLeft] = []
    for rules in state.rules.values():
        for key in state.master:
            if not followed(state, key):
                continue
            found, why = _entry_for(state, rules, key, at=at)
            orders += found
            if why:
                left.append(SyncLeft(follower=rules.name, symbol=key.symbol, why=why))
    # Bought first: a long leg lowers the margin that a short one asks for.
    orders.sort(key=lambda order: order.side is Side.SELL)
    return SyncProposal(orders=tuple(orders), left=tuple(left), mark=mark_of(orders))


def take_positions(turn: Turn, request: CopyPositions) -> tuple[bool, str]:
    """Enter what was confirmed, if it is still what would be proposed; the planner makes the children."""
    proposal = positions_proposal(turn.state, at=turn.at)
    if proposal.mark != request.mark:
        return False, "Not done: the open positions to copy have changed meanwhile."
    do_proposed(turn, proposal)
    return True, f"{len(proposal.orders)} order(s) for open positions are on their way."


def _entry_for(
    state: State, rules: FollowerRules, key: MasterKey, *, at: datetime
) -> tuple[list[SyncOrder], str]:
    """Return the entry for one open position, if one is needed; and why it is left out, if it is."""
    verdict = key_gate(state, rules, key)
    if verdict is not None:
        reason, detail = verdict
        return [], f"{reason.value}: {detail}" if detail else reason.value
    if rules.sizing is not Sizing.MULTIPLIER:
        return [], _BY_ORDER
    row = drift_row(state, rules, key)
    if not row.wanted:
        instrument = state.listed(key.exchange, key.symbol)
        lot = instrument.lot_size if instrument else 1
        exact = in_decimals(abs(exactly_wanted(state, rules, key)))
        return [], f"its share is {exact} units, less than a lot of {lot}"
    if not differs(row):
        return [], ""
    found, why = orders_for(state, rules, row, at=at, limited=True)
    if any(not order.entry for order in found):
        return [], _REDUCED_FIRST
    return found, why
