"""RMS squares intraday positions off, the master's and the followers' at about the same time.

His square-off stands in his book as an order that somebody else placed (Kite Connect docs, postbacks:
``placed_by``). Copied at once it would meet the follower's own: both fill, and a position is left the
other way round that nobody wanted. RMS closes the followers anyway, so this exit alone waits until
the account has been read.
"""

from datetime import timedelta

from engine.core.state.brokernet import SNAPSHOT_LAG, held_key, is_proven, observed_net
from engine.core.state.context import PartContext
from engine.core.state.state import MasterOrder, State
from engine.core.state.turn import Turn, topic_of
from engine.core.values.copies import KeyBook
from engine.core.values.keys import Leg
from engine.core.values.market import MASTER, AccountName, Product, Venue
from engine.core.values.notices import Severity

#: How long the exit waits at most; without a snapshot by then it goes by what the ledger holds.
PATIENCE = timedelta(seconds=10)
#: How often the account is looked at meanwhile.
LOOK_AGAIN = timedelta(seconds=1)
#: How long after our last exit a position the other way round is taken for two closings that met.
MET_WITHIN = timedelta(seconds=60)


def awaits_square_off(turn: Turn, context: PartContext) -> bool:
    """Return whether an exit follows a square-off of RMS and waits for the follower's positions.

    They count where they were asked for well after his order was seen: positions lag.
    """
    order, key = context.order, held_key(context.book)
    if order is None or key.venue is Venue.PAPER or key.product is not Product.MIS:
        return False
    if not is_placed_for_him(turn.state, order):
        return False
    account = turn.state.account(key.follower)
    known = account.positions_asked_at is not None and (
        account.positions_asked_at >= order.seen_at + SNAPSHOT_LAG
    )
    if known or turn.at >= order.seen_at + PATIENCE:
        return False
    account.doubt_until = order.seen_at + PATIENCE
    turn.reads.add(key.follower)
    turn.wake(context.key.master, turn.at + LOOK_AGAIN)
    return True


def is_placed_for_him(state: State, order: MasterOrder) -> bool:
    """Return whether somebody else placed an order of the master's: RMS squares him off so."""
    return order.row.placed_by not in ("", state.account(MASTER).user_id)


def tell_reversed(turn: Turn, account: AccountName) -> None:
    """Name a position that is the wrong way round since two closings met: ours and another's."""
    for books in turn.state.books.values():
        book = books.get((Venue.LIVE, account))
        if book is None or book.held or book.own or not is_proven(turn.state, book):
            continue
        net = observed_net(turn.state, held_key(book)) or 0
        if net and net * _last_exit_sign(turn, book) > 0:
            turn.tell_once(
                Severity.CRITICAL,
                f"{account}: Kite shows {net:+d} {book.key.symbol} although every copy is closed: it was "
                "closed twice, by the copied exit and by RMS or by hand. Close it in Kite.",
                topic=topic_of(account),
                mark=f"reversed:{book.key}:{turn.state.trading_day}:{book.round_trip}:{net}",
                needs_human=True,
            )


def _last_exit_sign(turn: Turn, book: KeyBook) -> int:
    """Return the sign of our newest exit where it filled a moment ago; 0 else."""
    exits = [
        (child.fills[-1][0], child.side.sign)
        for part in book.parts.values()
        for child in part.of(Leg.EXIT)
        if child.fills
    ]
    at, sign = max(exits, default=(None, 0))
    return sign if at is not None and turn.at <= at + MET_WITHIN else 0
