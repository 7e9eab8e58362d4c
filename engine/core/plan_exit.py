"""Plan the exit leg of a follower's part. Nothing here asks whether entries are allowed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from engine.core.brokernet import broker_cover
from engine.core.children import follow, plan_child, wake
from engine.core.commands import RefusalKind
from engine.core.context import PartContext
from engine.core.intents import IntentState
from engine.core.keys import Leg, copy_topic
from engine.core.latches import describe, is_latched, is_quiet, skip
from engine.core.market import OrderType
from engine.core.notices import Severity, SkipReason
from engine.core.state import Child, CopyPart, KeyBook
from engine.core.turn import Turn, topic_of
from engine.core.wanted import EXIT_ASK, Wish, exit_wish

#: An exit refused for one of these is sent again when the cause is gone; nothing was placed.
RETRIED = frozenset({RefusalKind.RATE, RefusalKind.NOT_SENT, RefusalKind.SESSION})
#: "429 -> next second": the broker counts calendar seconds.
RETRY_AFTER = timedelta(seconds=1)


def plan_exit(turn: Turn, context: PartContext) -> None:
    """Plan what the exit leg of one part needs now."""
    part, book = context.part, context.book
    if is_quiet(part, context.order):
        return
    price = turn.state.prices.get(f"{book.key.exchange}:{book.key.symbol}")
    wish = exit_wish(context, last_price=price, at=turn.at)
    if wish is None:
        _note_nothing_held(turn, context)
        return
    wish = _clamp(turn, book, part, wish)
    wake(turn, book.key.master, wish)
    live = [child for child in part.of(Leg.EXIT) if not child.has_ended]
    need = wish.quantity - part.filled(Leg.EXIT)
    kept = follow(turn, live, need, wish)
    _ask_about_stuck_exit(turn, live)
    if need > kept and not _exit_latched(turn, part):
        plan_child(turn, context, Leg.EXIT, wish, _in_one_order(context, need - kept))


def _in_one_order(context: PartContext, units: int) -> int:
    """Cut an exit to what one order may carry; the rest follows when this one has filled."""
    limit, lot = context.instrument.freeze_quantity, context.instrument.lot_size
    return units if limit is None else min(units, limit // lot * lot)


def _clamp(turn: Turn, book: KeyBook, part: CopyPart, wish: Wish) -> Wish:
    """Cut an exit to what the broker's own net still shows, where that is known."""
    cover = broker_cover(turn.state, book, wish.side)
    filled = part.filled(Leg.EXIT)
    if cover is None or wish.quantity - filled <= cover:
        return wish
    mark = f"cut:{book.key}:{wish.quantity}:{cover}"
    turn.tell_once(
        Severity.WARNING,
        f"{book.key.follower}: the account holds {cover} of the {wish.quantity - filled} copied "
        f"{book.key.symbol}; the exit is cut to {cover}.",
        topic=topic_of(book.key.follower),
        mark=mark,
    )
    return replace(wish, quantity=filled + cover)


def _exit_latched(turn: Turn, part: CopyPart) -> bool:
    """Whether the exit leg may get no further child by itself now."""
    children = part.of(Leg.EXIT)
    if not children:
        return False
    last = children[-1]
    if last.state is IntentState.REFUSED and last.refusal in RETRIED:
        since = last.answered_at or last.planned_at
        account = turn.state.account(last.key.follower)
        if last.refusal is RefusalKind.SESSION and not account.session_ok:
            return True
        if turn.at < since + RETRY_AFTER:
            turn.wake(last.key.master, since + RETRY_AFTER)
            return True
        return False
    return is_latched(last)


def _note_nothing_held(turn: Turn, context: PartContext) -> None:
    """Record that an exit of the master had nothing to exit here, once it has ended."""
    order = context.order
    if order is None or Leg.EXIT in context.part.skips or context.key.venue is not turn.state.venue:
        return
    if order.exit_filled and order.row.status.is_terminal and order.entry_filled == 0:
        skip(turn, context.key, context.order_id, Leg.EXIT, SkipReason.NOTHING_HELD)


def _ask_about_stuck_exit(turn: Turn, live: Iterable[Child]) -> None:
    for child in live:
        since = child.answered_at or child.sent_at
        resting = child.command.order_type is OrderType.LIMIT and child.step == 0
        if since is None or resting:
            continue
        if turn.at < since + EXIT_ASK:
            turn.wake(child.key.master, since + EXIT_ASK)
            continue
        mark = f"stuck:{child.tag}"
        if mark not in turn.state.told:
            turn.state.told.add(mark)
            turn.tell(
                Severity.CRITICAL,
                f"{child.key.follower}: the exit {describe(child)} has not filled for "
                f"{EXIT_ASK.seconds} s. It is left working at the broker: please look at it in Kite.",
                topic=copy_topic(child.key.venue, child.master_order_id),
                child=child,
                needs_human=True,
            )
