"""What the master carried into today, and copies of which he carried nothing."""

from engine.core.observe.morning import has_expired, renamed_to
from engine.core.state.delivery import DELIVERY, ledger_key
from engine.core.state.state import State
from engine.core.state.turn import Turn, topic_of
from engine.core.values.events import PositionsRead
from engine.core.values.keys import MasterKey, row_key
from engine.core.values.market import Product
from engine.core.values.notices import Severity


def name_overnight_orphans(turn: Turn) -> None:
    """Name copied holdings that the master did not have when the day began: no order of his closes them."""
    for key, books in turn.state.books.items():
        position = turn.state.master.get(key)
        net = position.net if position is not None else 0
        begun = position is not None and bool(position.orders)
        for (venue, follower), book in books.items():
            if net * book.held > 0 or (not net and begun) or has_expired(turn.state, book.key):
                # He has it; or his orders of today may; or the account's own positions tell.
                continue
            if book.held and venue is turn.state.venue and (now := renamed_to(turn.state, key)):
                turn.tell(
                    Severity.CRITICAL,
                    f"{follower}: {key.symbol} is listed as {now} since today. Its {book.held} copied units "
                    f"do not follow what the master does in {now}: close them in Kite when he does.",
                    topic=topic_of(follower),
                    needs_human=True,
                )
            elif book.held and venue is turn.state.venue:
                turn.tell(
                    Severity.CRITICAL,
                    f"{follower} still holds {book.held} copied {key.symbol} from an earlier day, but "
                    f"the master has {net or 'none'}. Close it in Kite if it is not wanted.",
                    topic=topic_of(follower),
                    needs_human=True,
                )


def carried_in(state: State, event: PositionsRead) -> dict[MasterKey, int]:
    """Return what the master carried into today, per key; delivery shares from his holdings."""
    found: dict[MasterKey, int] = {}
    for holding in event.holdings or ():
        for product in DELIVERY:
            if units := holding.net_of(product):
                key = MasterKey(exchange=holding.exchange, symbol=holding.symbol, product=product)
                key = ledger_key(state, key)
                found[key] = found.get(key, 0) + units
    for row in event.rows:
        key = ledger_key(state, row_key(row))
        if (
            row.product is Product.CNC
            or not row.overnight_quantity
            or (row.product is Product.MTF and key in found)
        ):
            # Delivery shares that came in stand in the holdings.
            continue
        found[key] = found.get(key, 0) + row.overnight_quantity
    return found
