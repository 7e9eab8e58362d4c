"""Two exits of one holding that both filled: cover at once what went through zero."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from engine.core.planning.children import most_units
from engine.core.planning.plan_exit import given_up, may_go_again
from engine.core.planning.wishes import Wish, marketable
from engine.core.risk.fence import free_tag, taken_tag, tell_taken
from engine.core.risk.first_read import exit_waits
from engine.core.state.context import order_view, part_context
from engine.core.state.conversions import copied_as
from engine.core.state.state import MasterPosition
from engine.core.state.turn import Turn
from engine.core.values import records as r
from engine.core.values.commands import Place, Priority
from engine.core.values.copies import KeyBook
from engine.core.values.instruments import Instrument
from engine.core.values.keys import ChildId, Leg, copy_topic
from engine.core.values.market import OrderId, OrderType, Side
from engine.core.values.notices import Severity


def cover_overshoot(turn: Turn, books: Iterable[KeyBook]) -> None:
    """Send one bounded order for units that our own exits carried through zero."""
    for book in books:
        over = overshoot(book)
        if over:
            for order_id, units in _went_too_far(book, over):
                _cover(turn, book, order_id, units)


def overshoot(book: KeyBook) -> int:
    """Return signed units held beyond zero that nothing of the master explains, less open covers.

    What is claimed and not yet filled is still rightly held. Beyond that, held can differ from it
    only by exits that filled ahead of the master; through zero they went too far. So they did where an entry
    stands on their own side by then: there was nothing left that they could exit.
    """
    if not book.held:
        return 0
    explained = book.virtual
    covering = 0
    for _, part in book.active_parts():
        explained += -part.unfilled_claim if part.claimed > 0 else part.unfilled_claim
        covering += part.outstanding(Leg.COVER)
    sign = 1 if book.held > 0 else -1
    over = max(0, abs(book.held) - covering)
    if book.held * explained > 0:
        over = max(0, over - abs(explained))
        over = min(over, sum(units for _, units in _excesses(book, sign))) if over else 0
    return sign * over


def _excesses(book: KeyBook, sign: int) -> Iterator[tuple[OrderId, int]]:
    """Yield the units that exits of a side filled beyond what his order had claimed, the newest order first."""
    for order_id, part in reversed(book.active_parts()):
        exits = part.of(Leg.EXIT)
        if exits and exits[-1].side.sign == sign and part.excess:
            yield order_id, part.excess


def awaits_cover(turn: Turn, book: KeyBook) -> bool:
    """Return whether units beyond zero are to be covered and may not be yet: an entry would hide them.

    It would stand on their side, and they were held on for as long as that. What came to a final end is left
    to a person, and holds nothing up.
    """
    for order_id, units in _went_too_far(book, overshoot(book)):
        done = book.parts[order_id].of(Leg.COVER)
        if abs(units) <= given_up(done, at_market=True):
            continue
        if exit_waits(turn, book.key) or not may_go_again(turn, done):
            return True
    return False


def _went_too_far(book: KeyBook, over: int) -> list[tuple[OrderId, int]]:
    """Return whose exits carried the holding through zero, and the signed units of each to cover.

    The newest first: the exits that filled beyond what the master's order had claimed. A cover counts
    against the order that it is for, so that its exit is sent when the master's own fills later.
    """
    if not over:
        return []
    sign = 1 if over > 0 else -1
    left, found = abs(over), dict[OrderId, int]()
    for order_id, excess in _excesses(book, sign):
        if units := min(left, excess):
            found[order_id], left = units, left - units
    newest = _newest_exit(book)
    if left and newest is not None:
        # What was carried into the day: no order of today has it.
        found[newest] = found.get(newest, 0) + left
    return [(order_id, sign * units) for order_id, units in found.items()]


def _newest_exit(book: KeyBook) -> OrderId | None:
    for order_id in reversed(book.parts):
        if book.parts[order_id].filled(Leg.EXIT):
            return order_id
    return None


def _cover(turn: Turn, book: KeyBook, order_id: OrderId, over: int) -> None:
    state, key = turn.state, book.key
    part = book.parts[order_id]
    done = part.of(Leg.COVER)
    missing = abs(over) - given_up(done, at_market=True)
    if missing <= 0 or exit_waits(turn, key) or not may_go_again(turn, done):
        return
    rules, generation = state.rules[key.follower], part.next_generation(Leg.COVER)
    # Where the exit went that went too far: delivery shares may be sold on another exchange.
    exits = part.of(Leg.EXIT)
    exchange = exits[-1].command.exchange if exits else key.exchange
    instrument = state.listed(exchange, key.symbol)
    side = Side.SELL if over > 0 else Side.BUY
    wish = Wish(side=side, quantity=missing, order_type=OrderType.MARKET)
    if instrument is not None:
        wish = _at_the_market(turn, book, order_id, instrument, wish)
        # The rest of a cover above the freeze quantity follows when this one has filled.
        wish = replace(wish, quantity=min(missing, most_units(instrument) or missing))
    identity, tag = free_tag(
        state,
        key,
        ChildId(
            trading_day=state.trading_day or turn.at.date(),
            venue=key.venue,
            follower=key.follower,
            master_order_id=order_id,
            leg=Leg.COVER,
            generation=generation,
            copied_as=copied_as(state, key, order_id),
        ),
    )
    taken = taken_tag(state, key, tag, done)
    if taken is not None:
        tell_taken(turn, key, taken, what=f"{side.value} {wish.quantity} {key.symbol}")
        return
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
                exchange=exchange,
                symbol=key.symbol,
                side=side,
                product=exits[-1].command.product if exits else key.product,
                order_type=wish.order_type,
                quantity=wish.quantity,
                price=wish.price,
                market_protection=(
                    rules.market_protection if wish.order_type is OrderType.MARKET else None
                ),
            ),
            key=key,
            order_id=order_id,
            leg=Leg.COVER,
            generation=identity.generation,
            attempt=0,
            step=0,
            at=turn.at,
            detected_at=turn.at,
            note=wish.note,
        )
    )
    turn.tell(
        Severity.CRITICAL,
        f"{key.follower}: two exits of {key.symbol} both filled and went {missing} through zero; "
        f"{side.value} {missing} is being sent to cover it.",
        topic=copy_topic(key.venue, order_id),
    )


def _at_the_market(
    turn: Turn, book: KeyBook, order_id: OrderId, instrument: Instrument, wish: Wish
) -> Wish:
    """Wish a cover as every exit at the market: a limit at the band where MARKET is refused."""
    context = part_context(
        book,
        order_view(
            order_id,
            position=turn.state.master.get(book.key.master) or MasterPosition(),
            instrument=instrument,
        ),
        rules=turn.state.rules[book.key.follower],
    )
    paid = [child.average_price for child in context.part.of(Leg.EXIT) if child.average_price]
    reference = turn.state.prices.get(instrument.key) or next(reversed(paid), None)
    return marketable(context, wish.side, wish.quantity, reference=reference)
