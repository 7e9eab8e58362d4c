"""What a follower is owed from an earlier day, by the exchange's own rows."""

import math
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

from demo.exchange.build import MASTER as MASTER_ID
from demo.exchange.exchange import Exchange
from demo.exchange.orders import Order, Status
from demo.exchange.portfolio import Trade
from engine.core.state.latches import is_latched
from engine.core.state.state import State
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.keys import Key, Leg
from engine.core.values.market import AccountName, OrderId, Side
from engine.core.values.notices import SkipReason
from tests.sim.sim_known import left_out_late
from tests.sim.sim_share import carried_by_master

#: Reasons for no copy of an order of his that counted with the others as long as it worked.
_WORKED = (SkipReason.ZERO_LOTS, SkipReason.MASTER_CANCELLED, SkipReason.MASTER_REJECTED)


class Owed:
    """Counts, night by night, what copies filled of orders that the master ended otherwise, or beyond his exits.

    It is kept and counts toward what is owed as long as his position lives, on whichever day he goes on
    with it: the next order on the other side makes it up.
    """

    def __init__(self, exchange: Exchange, user_ids: Mapping[AccountName, str]) -> None:
        self._exchange = exchange
        self._user_ids = user_ids
        self._filled: dict[Key, Fraction] = {}
        self._came_to_nothing: dict[Key, int] = {}
        #: Units per lot of that day: others were rounded by those, whatever is listed since.
        self._lots: dict[Key, int] = {}

    def remember(self, state: State) -> None:
        """Take in the day before its night, while its orders are known."""
        for books in state.books.values():
            for book in books.values():
                flat_at = self.flat_at(book.key)
                if flat_at:
                    self._filled[book.key], self._came_to_nothing[book.key] = Fraction(0), 0
                before = self._filled.get(book.key, Fraction(0))
                excess = self._excess(book, flat_at) + self._refused_exits_met(book, flat_at)
                excess += self._past_their_share(book, flat_at)
                self._filled[book.key] = before + excess
                listed = state.instruments.find(book.key.exchange, book.key.symbol)
                self._lots[book.key] = listed.lot_size if listed else 1
                number = self._came_to_nothing.get(book.key, 0)
                self._came_to_nothing[book.key] = number + self._nothing_of(book, flat_at)

    def units(self, key: Key, side: Side, *, lot_size: int) -> Fraction:
        """Return the units that an entry of that side may make up, >= 0.

        Of each order that came to nothing less than a lot more: the part by which others were rounded for it.
        """
        excess = max(Fraction(0), -side.sign * self._filled.get(key, Fraction(0)))
        return excess + self.coarsest_lot(key, lot_size) * self.came_to_nothing(key)

    def coarsest_lot(self, key: Key, lot_size: int) -> int:
        """Return the most units per lot by which something owed may have been rounded, that day's or today's."""
        return max(lot_size, self._lots.get(key, 1))

    def came_to_nothing(self, key: Key) -> int:
        """Return how many orders of earlier days came to nothing since he was flat last."""
        return self._came_to_nothing.get(key, 0)

    def flat_at(self, key: Key) -> datetime | None:
        """Return when the master was last flat today after a trade; None where he never was."""
        at = (key.exchange, key.symbol, key.product.value)
        after = sum(
            units
            for where, units in self._exchange.net_positions(MASTER_ID).items()
            if tuple(where) == at
        )
        for trade in reversed(self._trades_of(MASTER_ID, key)):
            if not after:
                return trade.at
            after -= _signed(trade)
        return None

    def _trades_of(self, user_id: str, key: Key) -> list[Trade]:
        """Return an account's trades of today in a key, oldest first."""
        at = (key.exchange, key.symbol, key.product.value)
        return [
            trade
            for trade in self._exchange.desk.portfolios[user_id].trades
            if at
            == (
                trade.order.instrument.exchange,
                trade.order.instrument.tradingsymbol,
                trade.order.product,
            )
        ]

    def _excess(self, book: KeyBook, flat_at: datetime | None) -> Fraction:
        """Return the signed units filled for orders that he ended, beyond his own part of them."""
        tags = {
            order.tag: order
            for order in self._exchange.desk.orders_of(self._user_ids[book.key.follower])
            if order.tag and (flat_at is None or order.history[-1][0] > flat_at)
        }
        found = Fraction(0)
        for order_id, part in book.parts.items():
            his = self._exchange.desk.orders.get(order_id)
            if his is None or his.status is Status.COMPLETE:
                continue
            sign = 1 if his.side == "BUY" else -1
            units = _filled_of(part, tags) - part.exact_of(his.filled_quantity)
            found += sign * max(Fraction(0), units)
        return found

    def _refused_exits_met(self, book: KeyBook, flat_at: datetime | None) -> int:
        """Return the signed units of refused exits that entries of their side have taken since.

        What such an exit left is a person's to close. An entry that went the same way has closed it instead, so
        that much of what was to be entered is not held. It left what he has sold and no more: one that ended
        before the end of his own order was heard, as at the close of a day, left nothing where he sold nothing.
        """
        left = Counter[int]()
        for order_id, part in book.parts.items():
            his = self._exchange.desk.orders.get(order_id)
            exits = part.of(Leg.EXIT)
            # One that was refused at a limit and again at the market is one exit.
            by_send = Counter[int]()
            for each in exits:
                by_send[each.generation] += each.command.quantity * is_latched(each)
            refused = max(by_send.values(), default=0)
            if (
                his is None
                or not refused
                or (flat_at is not None and his.history[-1][0] <= flat_at)
            ):
                continue
            sold = math.ceil(Fraction(refused * his.filled_quantity, his.quantity))
            left[-exits[-1].side.sign] += max(0, sold - part.filled(Leg.EXIT))
        return sum(sign * max(0, units - max(0, sign * book.held)) for sign, units in left.items())

    def _past_their_share(self, book: KeyBook, flat_at: datetime | None) -> int:
        """Return the signed units that copies of exits filled beyond the share of it that his came to.

        An entry of his that is left out here makes the share of what he exits smaller. A copy that rested for
        it since before, and fills before it is cut, has taken too much: only such copies are looked at.
        """
        net, left_out = carried_by_master(self._exchange, book.key), list[datetime]()
        keeps = dict[OrderId, Fraction]()
        for trade in self._trades_of(MASTER_ID, book.key):
            order_id, units = OrderId(trade.order.order_id), _signed(trade)
            part = book.parts.get(order_id)
            skip = part.skips.get(Leg.ENTRY) if part else None
            if net * units < 0:
                of_it = Fraction(min(abs(units), abs(net)), abs(net))
                keeps[order_id] = keeps.get(order_id, Fraction(1)) * (1 - of_it)
            elif skip is not None and skip.reason not in _WORKED:
                left_out.append(trade.at)
            net += units
        ours = self._trades_of(self._user_ids[book.key.follower], book.key)
        found = 0
        for order_id, part in book.parts.items():
            tags = {child.tag for child in part.of(Leg.EXIT)}
            fills = [trade for trade in ours if trade.order.tag in tags]
            if order_id not in keeps or not fills or part.of(Leg.COVER):
                continue
            sent_at, filled_at = fills[0].order.history[0][0], fills[-1].at
            over = flat_at is not None and filled_at <= flat_at
            if over or not any(sent_at < at <= filled_at for at in left_out):
                continue
            since = [trade for trade in ours if trade.at >= fills[0].at and trade.order.tag]
            held = book.held - sum(_signed(trade) for trade in since)
            took = sum(_signed(trade) for trade in fills)
            excess = abs(took) - math.ceil(abs(held) * (1 - keeps[order_id]))
            found += max(0, excess) * (1 if took > 0 else -1)
        return found

    def _nothing_of(self, book: KeyBook, flat_at: datetime | None) -> int:
        """Count the orders of his that were copied, or would have been, and of which nothing filled, there or here.

        Under `fills` nothing rests with his: what others were rounded by while it worked is the same. So is what
        later ones were rounded by while one waited that was then left out.
        """
        found, late = 0, left_out_late(book)
        for order_id, part in book.parts.items():
            his = self._exchange.desk.orders.get(order_id)
            skip = part.skips.get(Leg.ENTRY)
            copied = skip is None or skip.reason in _WORKED
            if his is None or (flat_at is not None and his.history[-1][0] <= flat_at):
                continue
            nothing = copied and not his.filled_quantity
            nothing = nothing and not any(child.filled for child in part.children)
            # What comes to whole lots leaves nothing for the others to be rounded by.
            whole = not part.exact_of(his.quantity) % his.instrument.lot_size
            found += not whole and (nothing or order_id in late)
        return found


def _signed(trade: Trade) -> int:
    return trade.quantity if trade.order.side == "BUY" else -trade.quantity


def _filled_of(part: CopyPart, tags: Mapping[str, Order]) -> int:
    """Return the units filled for an order, less those that a cover took back."""
    return sum(
        tags[child.tag].filled_quantity * (-1 if child.leg is Leg.COVER else 1)
        for child in part.children
        if child.tag in tags
    )
