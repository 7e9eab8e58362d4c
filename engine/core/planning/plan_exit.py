"""Plan the exit leg of a follower's part. Nothing here asks whether entries are allowed."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from msgspec.structs import replace

from engine.core.planning.children import follow, most_units, plan_children, wake
from engine.core.planning.exit_asks import ask_about_more, ask_about_stuck_exit
from engine.core.planning.square_off import awaits_square_off
from engine.core.planning.wanted import exit_wish
from engine.core.planning.wishes import Wish, as_triggered
from engine.core.risk.delivery_notices import tell_unsettled
from engine.core.risk.first_read import exit_waits
from engine.core.state.brokernet import (
    broker_cover,
    held_key,
    knows_fills,
    may_know_more,
    taken_unseen,
)
from engine.core.state.cancels import want_cancel
from engine.core.state.context import PartContext
from engine.core.state.conversions import sources_of
from engine.core.state.latches import (
    RETRIED,
    is_given_up,
    is_latched,
    is_out_of_range,
    is_past_its_trigger,
    skip,
    waits_for_holdings,
)
from engine.core.state.state import MasterOrder
from engine.core.state.turn import SILENT_SKIPS, Turn, topic_of
from engine.core.values import records as r
from engine.core.values.child import RESTS, Child
from engine.core.values.commands import RefusalKind
from engine.core.values.copies import KeyBook
from engine.core.values.intents import IntentState
from engine.core.values.keys import Leg
from engine.core.values.notices import Severity, SkipReason

#: "429 -> next second": the broker counts calendar seconds.
RETRY_AFTER = timedelta(seconds=1)
#: The longest pause between sends of an exit that never reached the broker.
LONGEST_RETRY = timedelta(seconds=30)
#: How soon an exit that was cut by the broker's net is compared with it again.
LOOK_AT_NET = timedelta(seconds=3)


def plan_exit(turn: Turn, context: PartContext) -> None:
    """Plan what the exit leg of one part needs now."""
    part, book = context.part, context.book
    price = turn.state.prices.get(context.instrument.key)
    wish = exit_wish(turn.state, context, last_price=price, at=turn.at)
    if wish is None:
        _note_nothing_held(turn, context)
        return
    wish = _clamp(turn, context, as_triggered(wish, part.of(Leg.EXIT), context.order))
    wake(turn, book.key, wish)
    live = [child for child in part.of(Leg.EXIT) if not child.has_ended]
    need = wish.quantity - part.filled(Leg.EXIT)
    product = held_key(book).product
    for child in [child for child in live if child.command.product is not product]:
        # Its owner converted what is held: under the old product it would open a position.
        want_cancel(turn, child)
        live.remove(child)
        need -= child.outstanding
    instrument = context.instrument
    kept = follow(turn, live, need, wish, most=most_units(instrument), lot=instrument.lot_size)
    covers = [child for child in part.of(Leg.COVER) if not child.has_ended]
    ask_about_stuck_exit(turn, [*live, *covers])
    if not wish.quantity and not book.entries_outstanding():
        # Claimed by the ledger, but other exits or other hands have taken it before.
        _note_nothing_held(turn, context)
    children = part.of(Leg.EXIT)
    missing = need - kept - given_up(children, at_market=wish.step > RESTS)
    if missing <= 0 or is_past_its_trigger(children, wish.trigger_price):
        return
    if wish.step == RESTS and is_out_of_range(children, wish.price):
        return
    if awaits_square_off(turn, context) or exit_waits(turn, book.key):
        return
    if may_go_again(turn, children) or _ladder_begins(turn, children, wish):
        tell_unsettled(turn, book, context.order_id, wish.side, missing)
        plan_children(turn, context, Leg.EXIT, wish, missing)
    elif wish.step > RESTS:
        ask_about_more(turn, context, missing)


def _ladder_begins(turn: Turn, children: Sequence[Child], wish: Wish) -> bool:
    """Whether he is done and all that is final here only rested at his price: the ladder may begin.

    What may still turn up at the broker is waited for, and so is the owner's consent to the sale: at
    another price it would be refused just the same.
    """
    if _awaits_consent(turn, children):
        return False
    final = [child for child in children if is_latched(child)]
    rested = all(_only_rested(child) and child.refusal not in RETRIED for child in final)
    return wish.step > RESTS and bool(final) and rested


def _clamp(turn: Turn, context: PartContext, wish: Wish) -> Wish:
    """Cut an exit to what the broker's own net still shows, where that is known.

    Claims of other orders that are on their way take their units first; two resting exits of the
    master's own pair may each stand for the whole. What a later snapshot proves gone is written off.
    """
    book, part = context.book, context.part
    cover = broker_cover(turn.state, book, wish.side)
    filled = part.filled(Leg.EXIT)
    if cover is None:
        return wish
    others = sum(
        min(other.outstanding(Leg.EXIT), other.unfilled_claim)
        for order_id, other in book.active_parts()
        if order_id != context.order_id
    )
    at_broker, need = cover, wish.quantity - filled
    cover = max(0, cover - others)
    if need > cover and may_know_more(turn.state, book):
        # What works already is left as it is until the order book has been read too.
        turn.reads.add(book.key.follower)
        cover = max(cover, part.outstanding(Leg.EXIT))
    if need <= cover:
        return wish
    name, symbol = book.key.follower, book.key.symbol
    turn.tell_once(
        Severity.WARNING,
        f"{name}: the account holds {cover} of the {need} copied {symbol}; the exit is cut to {cover}.",
        topic=topic_of(name),
        mark=f"cut:{book.key}:{context.order_id}:{wish.quantity}:{cover}",
    )
    missing = abs(book.held) - at_broker - taken_unseen(book)
    gone = min(missing, need - cover, part.unfilled_claim - part.outstanding(Leg.EXIT))
    if gone > 0 and knows_fills(turn.state, book):
        turn.emit(
            r.HoldingGone(key=book.key, order_id=context.order_id, units=-wish.side.sign * gone)
        )
        # Positions have been stale for hours while orders went through: a person confirms it.
        turn.tell(
            Severity.WARNING,
            f"{name}: {gone} copied {symbol} are written off, the account shows them no more. "
            "Please look in Kite whether they are gone.",
            topic=topic_of(name),
            needs_human=True,
        )
    else:
        turn.reads.add(name)
        turn.wake(book.key, turn.at + LOOK_AT_NET)
    return replace(wish, quantity=filled + cover)


def may_go_again(turn: Turn, children: Sequence[Child]) -> bool:
    """Return whether a leg that must not stay undone may get another child now.

    Refusals that placed nothing allow it: after a second, and ever later while the broker cannot be
    reached at all; without a session, once there is one; at once where the order was only too large.
    """
    if not children:
        return True
    if _awaits_consent(turn, children):
        return False
    newest = [child for child in children if child.generation == children[-1].generation]
    refused = [child for child in children if _is_refused_since(child, children[-1])]
    retried = [child for child in refused if child.refusal in RETRIED]
    if not retried:
        too_large = any(child.refusal is RefusalKind.FREEZE for child in refused)
        final = any(is_latched(child) and not waits_for_holdings(child) for child in newest)
        return too_large or not final
    last = retried[-1]
    if last.refusal is RefusalKind.SESSION and not turn.state.account(last.key.follower).session_ok:
        return False
    due = (last.answered_at or last.planned_at) + _pause(children)
    if turn.at < due:
        turn.wake(last.key, due)
        return False
    return True


def _awaits_consent(turn: Turn, children: Sequence[Child]) -> bool:
    """Whether an exit was held up for want of shares that may be sold, and nobody has resumed since."""
    held_up = [child for child in children if waits_for_holdings(child)]
    if not held_up:
        return False
    resumed_at = turn.state.account(held_up[0].key.follower).resumed_at
    since = max(child.ended_at or child.answered_at or child.planned_at for child in held_up)
    return resumed_at is None or resumed_at <= since


def given_up(children: Iterable[Child], *, at_market: bool) -> int:
    """Return the units whose order came to a final end: a person was asked about them.

    Other slices of the same exit may still go again, and must not take these along.

    Args:
        children: The exit's children.
        at_market: Whether the ladder has begun: it takes over what only rested at the master's price.
    """
    return sum(
        max(0, child.terms.quantity - child.filled)
        for child in children
        if is_given_up(child) and not (at_market and _only_rested(child))
    )


def _only_rested(child: Child) -> bool:
    return child.step == RESTS and child.state is not IntentState.ABSENT


def _is_refused_since(child: Child, newest: Child) -> bool:
    """Whether a child was refused and nothing was placed for it yet.

    Slices are answered one by one: one of an older generation may be refused after the newest was
    planned.
    """
    if child.state is not IntentState.REFUSED:
        return False
    later = child.answered_at is not None and child.answered_at > newest.planned_at
    return later or child.generation == newest.generation


def _pause(children: Sequence[Child]) -> timedelta:
    """Double the pause for every send in a row that never reached the broker; slices are one send."""
    unreached = set()
    for child in reversed(children):
        if child.refusal is not RefusalKind.NOT_SENT:
            break
        unreached.add(child.generation)
    doublings: int = min(max(0, len(unreached) - 1), 5)
    return min(RETRY_AFTER * (1 << doublings), LONGEST_RETRY)


def _note_nothing_held(turn: Turn, context: PartContext) -> None:
    """Record that an exit of the master has nothing to exit here: it ended, or works on his side."""
    order = context.order
    if order is None or Leg.EXIT in context.part.skips or context.key.venue is not turn.state.venue:
        return
    done = order.exit_filled and order.row.status.is_terminal and order.entry_filled == 0
    exiting, entering = context.working
    if not done and not (exiting and not entering and _holds_nothing(context.book)):
        return
    if not _is_copied_elsewhere(turn, context) and not _was_over_before(context, order):
        skip(turn, context.key, context.order_id, Leg.EXIT, SkipReason.NOTHING_HELD)


def _was_over_before(context: PartContext, order: MasterOrder) -> bool:
    """Whether the follower began after the order was known: at another start, in another mode, or added since.

    It is no part of his story then: on paper it may even have been exited.
    """
    left_out = context.part.skips.get(Leg.ENTRY)
    if left_out is None or left_out.reason not in SILENT_SKIPS:
        return False
    return left_out.at > order.seen_at


def _holds_nothing(book: KeyBook) -> bool:
    return not (book.held or book.virtual or book.entries_outstanding())


def _is_copied_elsewhere(turn: Turn, context: PartContext) -> bool:
    """Whether the order exits copies that stay under the product he converted from."""
    key = context.key
    books = (
        turn.state.book(replace(key, exchange=source.exchange, product=source.product))
        for source in sources_of(turn.state, key.master)
    )
    return any(
        book is not None and context.order_id in book.parts and book.parts[context.order_id].claimed
        for book in books
    )
