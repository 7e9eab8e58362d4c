"""Make a child, and keep those that still serve the wish."""

from collections.abc import Iterable
from decimal import Decimal

from engine.core import records as r
from engine.core.cancels import want_cancel
from engine.core.commands import Place, Priority
from engine.core.context import PartContext
from engine.core.keys import ChildId, Key, Leg, MasterKey, make_tag
from engine.core.market import OrderType, Side, Venue
from engine.core.notices import Severity
from engine.core.state import Child, MasterOrder
from engine.core.turn import Turn, topic_of
from engine.core.wanted import Wish


def follow(turn: Turn, live: Iterable[Child], need: int, wish: Wish) -> int:
    """Cancel live children that no longer serve the wish; return the units that stay covered.

    A child whose cancel is under way still covers its units: it may fill.
    """
    kept = 0
    for child in live:
        too_much = kept + child.outstanding > need
        if child.cancel is not None or too_much or not _serves(child, wish):
            want_cancel(turn, child)
        kept += child.outstanding
    return kept


def _serves(child: Child, wish: Wish) -> bool:
    if wish.keep_resting:
        return True
    command = child.command
    return command.order_type is wish.order_type and command.price == wish.price


def plan_child(turn: Turn, context: PartContext, leg: Leg, wish: Wish, units: int) -> None:
    """Decide a child of ``units``; it leaves once its SENDING is durable and the budget allows."""
    state, key, part, order = turn.state, context.key, context.part, context.order
    entry = leg is Leg.ENTRY
    if not entry and key.venue is Venue.LIVE and not state.account(key.follower).session_ok:
        _exit_without_session(turn, context, wish.side, units)
        return
    generation = len(part.of(leg))
    tag = make_tag(
        state.install_id,
        ChildId(
            trading_day=state.trading_day or turn.at.date(),
            venue=key.venue,
            follower=key.follower,
            master_order_id=context.order_id,
            leg=leg,
            generation=generation,
        ),
    )
    market = wish.order_type is OrderType.MARKET
    fill_at = order.fill_at if order and not generation else None
    command = Place(
        intent_id=tag,
        venue=key.venue,
        follower=key.follower,
        priority=Priority.ENTRY if entry else Priority.EXIT,
        mode_epoch=state.mode_epoch,
        deadline=(fill_at or turn.at) + context.rules.max_entry_age if entry else None,
        tag=tag,
        exchange=key.exchange,
        symbol=key.symbol,
        side=wish.side,
        product=key.product,
        order_type=wish.order_type,
        quantity=units,
        price=wish.price,
        market_protection=context.rules.market_protection if market else None,
        last_price=_reference(turn, key, order),
    )
    turn.emit(
        r.ChildPlanned(
            command=command,
            key=key,
            order_id=context.order_id,
            leg=leg,
            generation=generation,
            attempt=0,
            step=wish.step,
            at=turn.at,
            detected_at=turn.at,
        )
    )
    turn.card(key.venue, context.order_id)


def _reference(turn: Turn, key: Key, order: MasterOrder | None) -> Decimal | None:
    """Return the price the decision saw: what the master paid, else the last tick."""
    price = order.row.average_price if order else None
    return price or turn.state.prices.get(f"{key.exchange}:{key.symbol}")


def _exit_without_session(turn: Turn, context: PartContext, side: Side, units: int) -> None:
    key = context.key
    turn.tell_once(
        Severity.CRITICAL,
        f"{key.follower}: {side.value} {units} {key.symbol} cannot be sent, its session has ended. "
        f"Log in with /login {key.follower}: the exit goes out at once. Or close it in Kite.",
        topic=topic_of(key.follower),
        mark=f"exit-session:{key.follower}:{key}:{context.order_id}",
    )


def wake(turn: Turn, key: MasterKey, wish: Wish) -> None:
    """Have the key looked at again when the wish changes by itself."""
    if wish.wake_at is not None:
        turn.wake(key, wish.wake_at)
