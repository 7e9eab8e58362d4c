"""What became of a modification: concluded from what the book shows of the child."""

from datetime import timedelta

from engine.core.planning.changes import NOT_AS_IT_IS
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.commands import RefusalKind
from engine.core.values.copy_wishes import ChangeWish
from engine.core.values.intents import IntentState
from engine.core.values.keys import copy_topic
from engine.core.values.market import OrderStatus, OrderType
from engine.core.values.notices import Severity
from engine.core.values.orders import OrderRow
from engine.core.values.terms import Terms, row_shows

#: Old terms in two reads this far apart, with nothing pending, prove that a change did not arrive.
PROOF_APART = timedelta(seconds=2)

_PENDING = frozenset(
    {
        OrderStatus.MODIFY_PENDING,
        OrderStatus.MODIFY_VALIDATION_PENDING,
        OrderStatus.CANCEL_PENDING,
        OrderStatus.OPEN_PENDING,
        OrderStatus.REQUEST_RECEIVED,
        OrderStatus.VALIDATION_PENDING,
    }
)


def settle_change(turn: Turn, child: Child, row: OrderRow) -> None:
    """Conclude from a book row what became of a modification whose answer was lost."""
    change = child.change
    if change is None:
        return
    if change.state is IntentState.REFUSED and change.refusal is RefusalKind.PRICE:
        # It was not shown for a while and has come after all.
        limited = change.terms.order_type in (OrderType.LIMIT, OrderType.SL)
        tells = limited or row.status is OrderStatus.TRIGGER_PENDING
        if tells and _shows_prices(row, change.terms) and row_shows(row, change.terms):
            _conclude(turn, child, change, IntentState.ACKED)
        return
    if change.state is IntentState.ACKED:
        _settle_accepted(turn, child, row)
        return
    if change.state is not IntentState.UNKNOWN:
        return
    if row_shows(row, change.terms):
        _conclude(turn, child, change, IntentState.ACKED)
    elif row.status in _PENDING:
        return
    elif _is_shown_twice(turn, child, change):
        _conclude(turn, child, change, IntentState.ABSENT)


def _is_shown_twice(turn: Turn, child: Child, change: ChangeWish) -> bool:
    """Return whether a read long enough before this one showed the old terms too; the first begins the wait.

    Time in which the machine slept, or by which its clock was set, is no time in which the change could come.
    """
    doubted, back = change.doubted_at, turn.state.account(child.key.follower).back_at
    if doubted is None or (back is not None and doubted < back):
        turn.emit(r.ChangeDoubted(tag=child.tag, at=turn.at))
        return False
    return turn.at >= doubted + PROOF_APART


def is_unshown(child: Child) -> bool:
    """Return whether a working order does not show what Kite accepted for it: the exchange may refuse it."""
    change, row = child.change, child.sighting.row if child.sighting else None
    return (
        change is not None
        and row is not None
        and change.state is IntentState.ACKED
        and not row.status.is_terminal
        and not _shows_prices(row, child.terms)
    )


def _shows_prices(row: OrderRow, terms: Terms) -> bool:
    """Return whether a row has these prices; what has none of its own is shown at any.

    An order that still waits for its trigger tells that of an SL-M too.
    """
    if row.status is OrderStatus.TRIGGER_PENDING and row.trigger_price != terms.trigger_price:
        return False
    if terms.order_type not in (OrderType.LIMIT, OrderType.SL):
        return True
    stop = terms.order_type is OrderType.SL
    return row.price == terms.price and not (stop and row.trigger_price != terms.trigger_price)


def _settle_accepted(turn: Turn, child: Child, row: OrderRow) -> None:
    """Conclude that the exchange refused what Kite had accepted: the order stands as it stood before.

    Kite's answer only says that it took the request; a price outside the exchange's range is refused
    later, without any answer. These very terms are not asked for again, those that follow are.
    """
    change = child.change
    stale = turn.state.account(child.key.follower).stale_since is not None
    if change is None or stale or row.status in _PENDING or not is_unshown(child):
        return
    if row.quantity != child.terms.quantity or _shows_prices(row, change.terms):
        return
    if not _is_shown_twice(turn, child, change):
        return
    stands = Terms(
        order_type=row.order_type,
        quantity=row.quantity,
        price=row.price,
        trigger_price=row.trigger_price,
    )
    wanted = change.terms
    for state, terms in ((IntentState.ACKED, stands), (IntentState.REFUSED, wanted)):
        turn.emit(
            r.ChangeMoved(
                tag=child.tag,
                intent_id=change.intent_id,
                state=state,
                terms=terms,
                at=change.asked_at,
                book_version=change.asked_version,
                refusal=RefusalKind.PRICE if state is IntentState.REFUSED else None,
            )
        )
    turn.tell_once(
        Severity.WARNING,
        f"{child.key.follower}: {child.side.value} {child.command.quantity} {child.command.symbol} was to go "
        f"to {_prices(wanted)}; Kite accepted that, the exchange did not. It stands at {_prices(stands)} and "
        "follows the next change.",
        topic=copy_topic(child.key.venue, child.master_order_id),
        mark=f"not-taken:{change.intent_id}",
    )


def _prices(terms: Terms) -> str:
    if terms.trigger_price is None:
        return f"{terms.price}"
    if terms.price is None:
        return f"trigger {terms.trigger_price}"
    return f"{terms.price} (trigger {terms.trigger_price})"


def check_quantity(turn: Turn, child: Child, row: OrderRow) -> None:
    """Read back an accepted change of quantity: whether Kite means the total is not documented.

    The exchange may refuse later what Kite accepted; a change that followed and was refused for now
    ("being processed") changes nothing about that.
    """
    change = child.change
    if change is None or row.status in _PENDING:
        return
    refused = change.state is IntentState.REFUSED and change.refusal not in NOT_AS_IT_IS
    if change.state is not IntentState.ACKED and not refused:
        return
    if row.quantity == child.terms.quantity or row.status.is_terminal:
        return
    turn.emit(
        r.ChangeMoved(
            tag=child.tag,
            intent_id=change.intent_id,
            state=IntentState.ACKED,
            terms=Terms(
                order_type=child.terms.order_type,
                quantity=row.quantity,
                price=child.terms.price,
                trigger_price=child.terms.trigger_price,
            ),
            at=turn.at,
            book_version=change.asked_version,
        )
    )
    turn.tell_once(
        Severity.WARNING,
        f"{child.key.follower}: {child.command.symbol} was modified to {change.terms.quantity} units "
        f"and Kite shows {row.quantity}; what Kite shows counts.",
        topic=copy_topic(child.key.venue, child.master_order_id),
        mark=f"readback:{change.intent_id}",
    )


def _conclude(turn: Turn, child: Child, change: ChangeWish, state: IntentState) -> None:
    turn.emit(
        r.ChangeMoved(
            tag=child.tag,
            intent_id=change.intent_id,
            state=state,
            terms=change.terms,
            at=turn.at,
            book_version=change.asked_version,
        )
    )
