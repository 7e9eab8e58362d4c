"""Guards against accounts that meet themselves: a circle of copiers, our own orders on the master.

Two installations may follow each other, knowingly (A to B here, B to C there: a chain) or by mistake
(A to B here, B to A there: a circle, in which every order comes back and is copied again, without end).
A copy carries its installation's tag, so only orders under our own tag are known to be no wish of the
master's; those of another installation are copied, else a chain would be cut. A circle shows by what
came first: our order, then theirs, in the same contract and on the same side.
"""

from datetime import datetime, timedelta

from engine.core.risk.gates import Verdict
from engine.core.state.state import State
from engine.core.state.turn import Turn, topic_of
from engine.core.values.child import Child
from engine.core.values.copies import CopyPart
from engine.core.values.keys import MasterKey, copier_of
from engine.core.values.market import Venue
from engine.core.values.notices import Severity, SkipReason
from engine.core.values.orders import OrderRow

#: How soon after an order of ours its copy by another installation comes back: the default
#: ``MAX_ENTRY_AGE_S`` of 10 s three times over, for three installations in a row.
COMES_BACK_WITHIN = timedelta(seconds=30)


def circle_gate(state: State, key: MasterKey, order: OrderRow, *, at: datetime) -> Verdict:
    """Return why an order of the master's is taken for the copy of one of our copies, or None.

    It carries another installation's tag, and in the same contract and on the same side an order of ours
    was sent or filled just before, for an order that did not come from that installation itself: in a
    chain all of them do.

    Args:
        state: The state.
        key: The order's contract and product.
        order: The master's order, as first seen.
        at: The time of the decision.
    """
    other = copier_of(order)
    if other is None:
        return None
    for (venue, _), book in state.books.get(key, {}).items():
        if venue is not Venue.LIVE:
            continue
        for order_id, part in book.parts.items():
            ours = state.master_order(order_id)
            if ours is not None and copier_of(ours.row) == other:
                continue
            if _acted_since(part, order, at - COMES_BACK_WITHIN):
                return SkipReason.CIRCLE, f"by installation {other}, after ours for {order_id}"
    return None


def _acted_since(part: CopyPart, order: OrderRow, since: datetime) -> bool:
    return any(
        child.side is order.side and _last_acted(child, since) >= since for child in part.children
    )


def _last_acted(child: Child, never: datetime) -> datetime:
    """Return when an order of ours was sent or last filled: both are what another copier acts on."""
    acted = [at for at, _ in child.fills]
    if child.sent_at is not None:
        acted.append(child.sent_at)
    return max(acted, default=never - COMES_BACK_WITHIN)


def tell_circle(turn: Turn, order: OrderRow) -> None:
    """Tell a circle, once a day for an installation; each of its orders says so on its card besides."""
    other = copier_of(order)
    turn.tell_once(
        Severity.CRITICAL,
        f"The master's {order.side.value} {order.quantity} {order.symbol} (order {order.order_id}) came "
        f"from another installation of this program ({other}) right after our own copy of the same: it "
        "seems to copy a follower of ours back to the master. It is not copied, else it would go round "
        "without end. Stop one of the two; if this was no circle, copy the order by hand.",
        topic="engine",
        mark=f"circle:{other}:{turn.state.trading_day}",
        needs_human=True,
    )


def tell_own_on_master(turn: Turn, order: OrderRow) -> None:
    """Say once that the master's account has an order of our own tag: no wish of his, so it is not copied."""
    turn.tell_once(
        Severity.WARNING,
        f"The master's account has an order that this program placed itself ({order.side.value} "
        f"{order.quantity} {order.symbol}, order {order.order_id}): it is not copied. If this account was "
        "a follower before, close what it still holds of that in Kite.",
        topic="engine",
        mark="own-on-master",
    )


def name_moved_accounts(turn: Turn) -> None:
    """Say loudly at a start that a follower's name stands for another Kite account than its copies."""
    state = turn.state
    for books in state.books.values():
        for (venue, follower), book in books.items():
            rules, known = state.rules.get(follower), state.account(follower).user_id
            if venue is not Venue.LIVE or not book.held or rules is None:
                continue
            if known in ("", rules.user_id):
                continue
            turn.tell(
                Severity.CRITICAL,
                f"{follower} is {rules.user_id} now but holds {book.held} copied {book.key.symbol} in "
                f"{known}. Their exits cannot follow: put {known} back into .env, or close them in Kite "
                f"and /detach {follower}.",
                topic=topic_of(follower),
                needs_human=True,
            )
