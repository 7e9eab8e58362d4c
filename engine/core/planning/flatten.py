"""Square off what a follower holds of the copies, by his own rule: the last step of the loss ladder.

Ordinary exits with the ladder of every exit; what was wanted is nothing from then on, so that no later
order makes it up. A fill that is learned afterwards is squared off too.
"""

from engine.core.planning.offer_moot import settle_entries
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.copies import KeyBook
from engine.core.values.exact import Exact
from engine.core.values.market import OrderId


def square_off(turn: Turn, book: KeyBook, *, number: int, why: str) -> None:
    """Claim all that a ledger would be left with, as an exit that stands for no order of the master.

    Args:
        turn: The turn.
        book: The ledger.
        number: Tells ledgers apart that are squared off in one moment: tags are made of it too.
        why: For the questions that are settled by it.
    """
    settle_entries(turn, book.key, why)
    order_id = OrderId(f"flat{turn.at:%H%M%S%f}n{number}")
    turn.emit(r.PartOpened(key=book.key, order_id=order_id, ratio="0", carry="0", own=None))
    turn.emit(r.Claimed(key=book.key, order_id=order_id, claim=-book.virtual))
    amount: Exact = book.counted - book.exact()
    turn.emit(r.Contributed(key=book.key, order_id=order_id, amount=str(amount)))
    turn.touch(book.key)
