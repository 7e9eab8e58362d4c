"""Copying is started and stopped, and what rests then is cancelled."""

from engine.core.observe.panic import under_way
from engine.core.observe.taking_part import baseline, leave_out_begun, open_entries
from engine.core.risk.gates import standing_gate
from engine.core.risk.scale import scale_of
from engine.core.state.cancels import want_cancel
from engine.core.state.latches import skip
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import Turn
from engine.core.values import control as c
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.copies import KeyBook
from engine.core.values.counts import counted
from engine.core.values.keys import Leg, row_key
from engine.core.values.market import MASTER
from engine.core.values.notices import SkipReason
from engine.core.values.rules import FollowerRules


def start(turn: Turn, request: c.StartCopy) -> tuple[bool, str]:
    """Begin to copy what the master does from now on; with his open orders where that is asked for."""
    state = turn.state
    if not state.account(MASTER).session_ok:
        return False, "The master has no session: log in with /login master first."
    if not state.account(MASTER).reconciled or not state.openings_known:
        return False, "The master's book has not been read yet: try again in a few seconds."
    panic = under_way(state)
    if panic is not None and panic.venue is state.venue:
        return False, (
            "Not started: /panic is still closing what is copied; its message says what is left. "
            "What it cannot close is handed to its owner by /detach."
        )
    if state.copying:
        # Another beginning would withdraw what waits to leave.
        text = f"Already copying since {state.copying_since:%H:%M:%S}."
    else:
        text = "Copying started: what the master does from now on is copied."
        baseline(turn, SkipReason.NOT_COPYING)
        leave_out_begun(turn, SkipReason.NOT_COPYING)
        turn.emit(r.CopyingSet(active=True, at=turn.at))
        for key in state.books:
            # What rested over a stop follows his orders again at once.
            turn.touch(key)
    lifted = _lift_open_orders(turn) if request.copy_open_orders else 0
    if lifted:
        too = counted(lifted, "open order of the master is", "open orders of the master are")
        text += f" {too} copied too."
    return True, text


#: What may be over when somebody asks for the open orders again: then they are copied.
_PASSING = frozenset({SkipReason.PAUSED, SkipReason.DISABLED, SkipReason.OLD_INSTRUMENTS})


def _lift_open_orders(turn: Turn) -> int:
    """Copy the master's waiting entry orders that nothing of has filled yet."""
    lifted: set[str] = set()
    state = turn.state
    for key, order_id in open_entries(state):
        order = state.master[key].orders[order_id]
        for (venue, _), book in state.books.get(key, {}).items():
            part = book.parts.get(order_id)
            known = part.skips.get(Leg.ENTRY) if part else None
            rules = state.rules.get(book.key.follower)
            if venue is not state.venue or known is None or rules is None:
                continue
            if known.reason is not SkipReason.NOT_COPYING:
                continue
            if _may_be_copied(turn, rules, book, order):
                lifted.add(order_id)
        turn.touch(key)
    return len(lifted)


def _may_be_copied(turn: Turn, rules: FollowerRules, book: KeyBook, order: MasterOrder) -> bool:
    """Lift the skip of an open order, sized by what is known now; or record what else stands against it."""
    state, key, order_id = turn.state, book.key, order.row.order_id
    shown = row_key(order.row)
    instrument = state.instrument(shown.exchange, shown.symbol)
    scale, unsized = scale_of(
        state,
        rules,
        shown.exchange,
        lot_size=instrument.lot_size if instrument else 1,
        at=turn.at,
    )
    verdict = standing_gate(state, rules, shown, order.row) or unsized
    if verdict is not None:
        if verdict[0] not in _PASSING:
            skip(turn, key, order_id, Leg.ENTRY, *verdict)
        return False
    turn.emit(r.SkipLifted(key=key, order_id=order_id, leg=Leg.ENTRY))
    part = book.parts[order_id]
    if (part.ratio, part.fixed) != (scale.ratio, scale.fixed):
        # It was first seen before it was known, or long ago.
        turn.emit(
            r.PartScaled(
                key=key,
                order_id=order_id,
                ratio=str(scale.ratio),
                carry=str(part.carry),
                fixed=scale.fixed,
            )
        )
    return True


def resting_entries(state: State) -> list[Child]:
    """Return entry children that still work at the current venue."""
    return [
        child
        for child in state.open_children.values()
        if child.leg is Leg.ENTRY and child.key.venue is state.venue
    ]


def stop(turn: Turn) -> tuple[bool, str]:
    """Let no further entry leave; exits still follow."""
    resting = len(resting_entries(turn.state))
    was = turn.state.copying
    turn.emit(r.CopyingSet(active=False, at=turn.at))
    text = "Copying stopped. No further entry leaves." if was else "Copying was stopped already."
    text += " Exits, reductions and cancels still follow the master."
    if resting:
        rest = counted(resting, "entry order still rests", "entry orders still rest")
        text += f" {rest} at the broker."
    return True, text


def cancel_resting(turn: Turn) -> tuple[bool, str]:
    """Have the entries cancelled that rest after a stop."""
    if turn.state.copying:
        return False, "Still copying, so they would be placed again: /stop first."
    resting = resting_entries(turn.state)
    for child in resting:
        want_cancel(turn, child)
    if not resting:
        return True, "None rest."
    return True, f"Cancelling {counted(len(resting), 'resting entry order')}."
