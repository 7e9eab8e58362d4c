"""What people are told of delivery shares: a sale nobody can copy, and one before they came."""

from engine.core.state.context import PartContext
from engine.core.state.delivery import is_delivery, settled, unsettled
from engine.core.state.latches import skip
from engine.core.state.turn import Turn
from engine.core.values.copies import KeyBook
from engine.core.values.keys import Key, Leg, copy_topic
from engine.core.values.market import OrderId, Side, Venue
from engine.core.values.notices import Severity, SkipReason


def skip_short_sale(turn: Turn, context: PartContext) -> None:
    """Record that a sale of delivery shares the master is not known to hold is not copied.

    It is the exit of something that was never seen of him, so a person looks at it.
    """
    key, order_id = context.key, context.order_id
    skip(turn, key, order_id, Leg.ENTRY, SkipReason.SHORT_DELIVERY)
    held = _held_of(turn, key)
    after = f"{key.follower} holds {held} copied: sell it in Kite if he is out." if held else ""
    turn.tell(
        Severity.CRITICAL,
        f"{key.follower}: the master sold {key.symbol} {key.product.value} which he is not known to "
        f"hold. It is not copied: delivery shares cannot be sold short. {after}".rstrip(),
        topic=copy_topic(key.venue, order_id),
        needs_human=bool(held),
    )


def _held_of(turn: Turn, key: Key) -> int:
    return sum(
        book.held
        for books in turn.state.books.values()
        for (venue, follower), book in books.items()
        if (venue, follower) == (key.venue, key.follower) and book.key.symbol == key.symbol
    )


def tell_unsettled(turn: Turn, book: KeyBook, order_id: OrderId, side: Side, units: int) -> None:
    """Say once per exit that T1 shares are sold: they may be delivered short to the account itself.

    Source: Zerodha support, BTST: a short delivery goes to auction at the seller's cost.
    """
    key = book.key
    if key.venue is Venue.PAPER or side is not Side.SELL or not is_delivery(key):
        return
    account = turn.state.account(key.follower)
    early = min(unsettled(account, key), units - settled(account, key))
    if early > 0:
        turn.tell_once(
            Severity.WARNING,
            f"{key.follower}: {early} of the {units} {key.symbol} being sold are T1 shares: sold before "
            "they are settled. If they are not delivered in time, the exchange auctions the difference.",
            topic=copy_topic(key.venue, order_id),
            mark=f"t1:{key}:{order_id}",
        )
