"""What a follower should hold, by the master's own trades and the owner's rule, apart from the program."""

import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from demo.exchange.build import MASTER as MASTER_ID
from demo.exchange.exchange import Exchange
from demo.exchange.portfolio import PositionKey
from engine.core.state.latches import is_latched
from engine.core.state.state import MasterOrder, State
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.keys import Key, Leg
from engine.core.values.market import OrderId, OrderStatus, Product
from engine.core.values.notices import SkipReason
from tests.sim.sim_known import Shown, left_out_late
from tests.sim.sim_sizing import Measure, SizeJudge


def trades_of_master(exchange: Exchange, key: Key) -> list[tuple[OrderId, int]]:
    """Return the master's trades of today in a key, oldest first: order and signed units."""
    return [
        (OrderId(trade.order.order_id), trade.quantity * (1 if trade.order.side == "BUY" else -1))
        for trade in exchange.desk.portfolios[MASTER_ID].trades
        if (
            trade.order.instrument.exchange,
            trade.order.instrument.tradingsymbol,
            trade.order.product,
        )
        == (key.exchange, key.symbol, key.product.value)
    ]


def carried_by_master(exchange: Exchange, key: Key) -> int:
    """Return the signed units that the master carried into today: shares in demat, or overnight."""
    portfolio = exchange.desk.portfolios[MASTER_ID]
    if key.product is Product.CNC:
        shares = portfolio.holdings.get(key.symbol)
        return shares.quantity + shares.t1_quantity if shares else 0
    at = PositionKey(key.exchange, key.symbol, key.product.value)
    position = portfolio.positions.get(at)
    return position.overnight_quantity if position else 0


def as_they_were_told(
    trades: Sequence[tuple[OrderId, int]],
    shown: Mapping[OrderId, Sequence[Shown]],
    by_copy: Mapping[OrderId, int],
    left_out: Collection[OrderId] = (),
) -> list[tuple[OrderId, int]]:
    """Return the master's trades in the order in which the program could first know of each.

    What one read tells of one side is told at once: it comes to the same whichever of the orders is taken for
    the exit and whichever for the entry, and the reason why none was copied is written at the latter.

    Args:
        trades: As they happened: order and signed units.
        shown: By order, the events that showed it.
        by_copy: By order, the newest event that was known when an exit that rested with it had filled.
        left_out: Orders of which no entry was copied for a reason.
    """
    filled = Counter[OrderId]()
    found = []
    for order_id, units in trades:
        filled[order_id] += abs(units)
        events = [each.event for each in shown.get(order_id, ()) if each.filled >= filled[order_id]]
        events.append(by_copy.get(order_id, sys.maxsize))
        found.append((min(events), (order_id, units)))
    found.sort(key=lambda each: each[0])
    told = groupby(found, key=lambda each: (each[0], each[1][1] > 0))
    at_once = ([trade for _, trade in group] for _, group in told)
    return [
        trade
        for trades_told in at_once
        for trade in sorted(trades_told, key=lambda each: each[0] in left_out)
    ]


def is_clear(state: State, book: KeyBook) -> bool:
    """Return whether all is settled in a ledger, and none of today's orders ended on other terms.

    What the master cancelled may have filled here, what others ended is held against his wish: all
    that stays until he is flat, over the night too. An order of which nothing filled, here or there,
    explains nothing; one of unknown fate does, and people were told of it: what the account lacks may be what an
    exit has sold, so it is neither written off nor sold before that is known, and no entry goes beside such a one.
    """
    position = state.master.get(book.key.master)
    for order_id, part in book.parts.items():
        if any(child.state.is_unresolved for child in part.children):
            return False
        order = position.orders.get(order_id) if position else None
        filled = any(child.filled for child in part.children) or bool(part.claimed)
        if order is not None and order.row.status is not OrderStatus.COMPLETE:
            if filled or order.row.filled_quantity:
                return False
        elif any(not child.has_ended for child in part.children):
            return False
        filled = filled or (order is not None and order.row.filled_quantity > 0)
        if filled and any(is_latched(child) for child in part.children):
            return False
    return True


def is_squared_off(book: KeyBook) -> bool:
    """Whether it was closed by its owner's own rule: nothing is wanted any more on this day."""
    return any(at.startswith("flat") for at in book.parts)


class Share(NamedTuple):
    """What a follower should hold.

    Attributes:
        units: Signed units.
        within: What is held is less than so many units away from that.
        sure: False where an order of his may have been counted by either of two rules.
    """

    units: Fraction
    within: int
    sure: bool

    def amiss(self, book: KeyBook) -> str | None:
        """Return what is surely wrong with what is held; None where it is near enough."""
        if not self.sure or self.apart(book) < self.within:
            return None
        return (
            f"{book.key.follower} {book.key.symbol}: {float(self.units):g} wanted, {book.held} held"
        )

    def apart(self, book: KeyBook) -> Fraction:
        """Return how many units what is held is away from it, >= 0."""
        return abs(self.units - book.held)


def share_of(
    state: State,
    book: KeyBook,
    lot_size: int,
    trades: Sequence[tuple[OrderId, int]],
    *,
    carried: int,
    came_to_nothing: int,
    sizes: SizeJudge,
    told: bool = False,
    ahead: Fraction = Fraction(0),
    filled_ahead: Collection[OrderId] = (),
) -> Share | None:
    """Return what the follower should hold where all is settled; None where nothing tells it.

    His share is counted from the master's own trades, of the orders that were copied: each entry adds its
    part, each exit takes the part that the master gave up. What is wanted and what is held differ by
    less than a lot, and by one more for each exit that was cut to lots too. So does each order that came to
    nothing or still rests, or was left out after a later one: what it left of a lot was shared out when the
    others were sized.

    Args:
        state: The state, for which of the master's orders the follower took part in.
        book: The ledger.
        lot_size: Units per lot.
        trades: Today's trades of the master in the key, oldest first: order and signed units.
        carried: Signed units that he carried into the day: what he sells of them is an exit.
        came_to_nothing: Orders of earlier days of which nothing filled, by his position of today.
        sizes: Knows what each order is worth to the follower.
        told: The trades are in the order in which they became known.
        ahead: Signed units of entries that had filled before anybody could know that he had cut his order.
        filled_ahead: Orders of which the copies had filled before anybody could know that his had.
    """
    if not is_clear(state, book) or _landed_a_day_late(state, book) or is_squared_off(book):
        return None
    if OrderId("") in book.parts:
        # What was carried into the day is known to the ledger alone.
        return Share(book.exact(), lot_size * (1 + came_to_nothing + len(trades)), sure=True)
    share, net = Fraction(0), carried
    cuts = _unfilled(state, book) + _left_out_late(state, book, lot_size)
    excess, sure = Fraction(0), True
    # By the owner's rule: the ratio of a part that had to wait is cut by the master's exits already.
    rules, entered = state.rules[book.key.follower], Counter[OrderId]()
    for order_id, units in trades:
        part = book.parts.get(order_id)
        if part is None:
            return None
        sure = sure and not (Leg.ENTRY in part.skips and part.of(Leg.ENTRY))
        leaves = min(abs(net), abs(units)) if net * units < 0 else 0
        enters = units - (leaves if units > 0 else -leaves)
        measure, sign = sizes.measure(rules, book.key, order_id), 1 if units > 0 else -1
        if part.filled(Leg.ENTRY) and (part.of(Leg.EXIT) or (told and leaves and not enters)):
            # It rested as an entry, and was an exit when it filled: either is counted by its own rule.
            sure = False
        if leaves and any(each.filled and each.cancel for each in part.of(Leg.ENTRY)):
            # It was to be cancelled for what had become an exit, and filled first.
            sure = False
        if leaves:
            share *= 1 - Fraction(leaves, abs(net))
            excess *= 0 if leaves == abs(net) else 1
            cuts += 1
        if leaves and (
            order_id in filled_ahead or _filled_ahead(state.master_order(order_id), part)
        ):
            # It was sized by his net of then, and had filled when his own order turned out to be an exit in
            # part: what is too much is kept by the owner's rule, and the next entry may be the smaller for it.
            excess += sign * measure.of(leaves)
        skip = part.skips.get(Leg.ENTRY)
        if skip is None or skip.reason is SkipReason.ZERO_LOTS:
            before, entered[order_id] = entered[order_id], entered[order_id] + abs(enters)
            share += sign * _worth(part, measure, before, entered[order_id])
        net += units
    # Never nearer to nothing than his share, nor further than with all that filled ahead; but for what met an
    # exit and was all that a limit lets be sent for its order.
    between = (share, share + excess + ahead, share - _spent(state, book))
    nearest = min(max(Fraction(book.held), min(between)), max(between))
    return Share(nearest, lot_size * (1 + cuts), sure=sure)


def _worth(part: CopyPart, measure: Measure, before: int, entered: int) -> Fraction:
    """Return the units that an order of his adds by entering further, as far as a limit had not cut it.

    Whether a limit was right is judged where it is decided. Of an order that had to wait it lets so much of what
    he had kept by then: his exits, which are counted here one by one, have taken their share of it already.
    """
    if not part.ratio:
        return Fraction(0)
    adds = [measure.of(units) for units in (before, entered)]
    if part.most is not None:
        most = part.most * measure.ratio / part.ratio
        adds = [min(each, most) for each in adds]
    return adds[1] - adds[0]


def _spent(state: State, book: KeyBook) -> int:
    """Return the signed units of entries that met an exit of his side and were all that their limit lets be sent.

    The exit then found nothing to exit, and no more than the limit is sent for one order: people were told of it.
    """
    spent = [0]
    for order_id, part in book.parts.items():
        skip, his = part.skips.get(Leg.EXIT), state.master_order(order_id)
        if skip is None or skip.reason is not SkipReason.NOTHING_HELD or part.of(Leg.EXIT):
            continue
        spent += [
            his.row.side.sign * other.filled(Leg.ENTRY)
            for other in book.parts.values()
            if his is not None and _met_by_its_last(other, his)
        ]
    return max(spent, key=abs)


def _met_by_its_last(part: CopyPart, his: MasterOrder) -> bool:
    """Whether all that a limit lets of an entry was sent before an exit of his side had filled, and has filled."""
    if part.most is None or part.filled(Leg.ENTRY) < part.most or his.filled_at is None:
        return False
    return all(
        child.side is his.row.side and child.sent_at is not None and child.sent_at < his.filled_at
        for child in part.of(Leg.ENTRY)
    )


def _filled_ahead(order: MasterOrder | None, part: CopyPart) -> bool:
    """Whether a copy was sent before the master's order had filled at all, and filled before that was seen."""
    entries = [child for child in part.of(Leg.ENTRY) if child.filled]
    if not entries or order is None or order.fill_at is None or order.ended_at is None:
        return False
    return all(
        child.sent_at is not None
        and child.sent_at < order.fill_at
        and child.fills[-1][0] <= order.ended_at
        for child in entries
    )


def _unfilled(state: State, book: KeyBook) -> int:
    """Count the master's orders that were copied and of which nothing has filled, here or there."""
    position = state.master.get(book.key.master)
    orders = position.orders if position else {}
    return sum(
        1 for at in book.parts if at in orders and orders[at].row.status is not OrderStatus.COMPLETE
    )


def _left_out_late(state: State, book: KeyBook, lot_size: int) -> int:
    """Count the orders that were left out after a later one had been sized with them, and come to no whole lots."""
    orders = (state.master_order(each) for each in left_out_late(book))
    return sum(
        bool(book.parts[his.row.order_id].exact_of(his.row.quantity) % lot_size)
        for his in orders
        if his is not None
    )


def _landed_a_day_late(state: State, book: KeyBook) -> bool:
    """Whether an order of an earlier day that nobody knew of filled today: told, and held for no wish."""
    return any(
        at.date() == state.trading_day
        for child in state.children.values()
        if child.key == book.key and child.master_order_id not in book.parts
        for at, _ in child.fills
    )
