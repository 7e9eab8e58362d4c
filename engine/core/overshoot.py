"""Two exits of one holding that both filled: cover at once what went through zero."""

from engine.core import records as r
from engine.core.commands import Place, Priority
from engine.core.keys import ChildId, Leg, MasterKey, copy_topic, make_tag
from engine.core.market import OrderId, OrderType, Side
from engine.core.notices import Severity
from engine.core.state import Child, KeyBook
from engine.core.turn import Turn


def cover_overshoot(turn: Turn, key: MasterKey) -> None:
    """Send one bounded order for units that our own exits carried through zero."""
    for book in turn.state.books.get(key, {}).values():
        over, order_id = _overshoot(book)
        if over and order_id is not None and book.key.follower in turn.state.rules:
            _cover(turn, book, order_id, over)


def _overshoot(book: KeyBook) -> tuple[int, OrderId | None]:
    """Return signed units held on the far side of zero by exits, and the newest such exit's order.

    What entries filled and covers took back is on the near side; open covers count as done.
    """
    exits = [
        child
        for part in book.parts.values()
        for child in part.children
        if child.leg is Leg.EXIT and child.filled
    ]
    if not exits or not book.held:
        return 0, None
    newest = max(exits, key=lambda child: child.fills[-1][0])
    side = newest.side
    if book.held * side.sign <= 0:
        return 0, None
    entered = sum(_entered(part.children, side) for part in book.parts.values())
    over = min(abs(book.held), max(0, abs(book.held) - entered))
    open_covers = sum(
        child.outstanding
        for part in book.parts.values()
        for child in part.children
        if child.leg is Leg.COVER
    )
    return side.sign * max(0, over - open_covers), newest.master_order_id


def _entered(children: list[Child], side: Side) -> int:
    """Return units entered on this side, which a reversal of the master explains."""
    return sum(child.filled for child in children if child.leg is Leg.ENTRY and child.side is side)


def _cover(turn: Turn, book: KeyBook, order_id: OrderId, over: int) -> None:
    state, key = turn.state, book.key
    part = book.parts[order_id]
    done = part.of(Leg.COVER)
    if done and done[-1].has_ended and done[-1].filled == 0:
        return
    rules = state.rules[key.follower]
    side = Side.SELL if over > 0 else Side.BUY
    tag = make_tag(
        state.install_id,
        ChildId(
            trading_day=state.trading_day or turn.at.date(),
            venue=key.venue,
            follower=key.follower,
            master_order_id=order_id,
            leg=Leg.COVER,
            generation=len(done),
        ),
    )
    turn.emit(
        r.ChildPlanned(
            command=Place(
                intent_id=tag,
                venue=key.venue,
                follower=key.follower,
                priority=Priority.EXIT,
                mode_epoch=state.mode_epoch,
                deadline=None,
                tag=tag,
                exchange=key.exchange,
                symbol=key.symbol,
                side=side,
                product=key.product,
                order_type=OrderType.MARKET,
                quantity=abs(over),
                market_protection=rules.market_protection,
            ),
            key=key,
            order_id=order_id,
            leg=Leg.COVER,
            generation=len(done),
            attempt=0,
            step=0,
            at=turn.at,
            detected_at=turn.at,
        )
    )
    turn.tell(
        Severity.CRITICAL,
        f"{key.follower}: two exits of {key.symbol} both filled and went {abs(over)} through zero; "
        f"{side.value} {abs(over)} is being sent to cover it.",
        topic=copy_topic(key.venue, order_id),
    )
