"""What works while the master's orders work: as his do, and nothing without its reason."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from demo.exchange.build import MASTER as MASTER_ID
from demo.exchange.wire import Row
from engine.core.risk.loss import latched
from engine.core.state.latches import is_latched
from engine.core.state.state import State
from engine.core.values.child import Child
from engine.core.values.clock_level import ClockLevel
from engine.core.values.copies import CopyPart, KeyBook
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg
from engine.core.values.loss import LossStep
from engine.core.values.market import AccountName, OrderId, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.rules import FollowerRules, Mirror
from tests.sim.sim_judges import STOPS, Judge
from tests.sim.sim_sizing import Measure

RESTING = ("OPEN", "TRIGGER PENDING")
#: The band of options, 300 bps, and a tick for the grid.
WIDEST_BAND = Decimal("0.031")
DONE = ("COMPLETE", "CANCELLED", "REJECTED")


class RestingJudge:
    """Compares the children of a follower with the master's orders, in peace."""

    def __init__(self, judge: Judge, rules: Mapping[AccountName, FollowerRules]) -> None:
        self._judge = judge
        self._rules = rules
        self._broken = judge.broken

    def peace(self) -> None:
        """Every child rests as the master's order does, and none rests without its reason."""
        state = self._judge.state()
        orders = {str(row["order_id"]): row for row in self._judge.exchange.orders_of(MASTER_ID)}
        for order_id, row in orders.items():
            key = state.master_key_of.get(OrderId(order_id))
            if key is None:
                continue
            for (venue, name), book in state.books.get(key, {}).items():
                part = book.parts.get(OrderId(order_id))
                if part is None or venue is not Venue.LIVE or self._is_unsure(state, name, book):
                    continue
                step = latched(state, venue, name)
                if step is LossStep.CLOSE_ONLY and self._resting(part, Leg.ENTRY):
                    self._broken(
                        f"{name}: an entry for {words_of(row)} rests though only closing is left"
                    )
                if step >= LossStep.NO_ENTRIES:
                    # What rests follows only cuts, or is withdrawn.
                    continue
                if any(is_latched(child) for child in part.children):
                    continue
                if row["status"] in RESTING:
                    self._judge_working(state, row, book, part)
                elif row["status"] in DONE:
                    self._judge_ended(state, row, book, part)

    def _is_unsure(self, state: State, name: AccountName, book: KeyBook) -> bool:
        """Whether something about the account or key is honestly not known yet."""
        account = state.account(name)
        if not (state.copying and account.session_ok and account.reconciled) or account.paused:
            return True
        if state.clock_level is ClockLevel.FAR_OFF:
            # Set back, the clock that the engine stamps with takes minutes to be right; entries wait.
            return True
        if account.stale_since is not None and self._hides_one(name):
            # The socket told what no book shows yet: it was said that no entry goes there meanwhile.
            return True
        children = [child for part in book.parts.values() for child in part.children]
        return any(
            child.state.is_unresolved
            or (child.cancel is not None and child.cancel.times >= 5)
            or not self._is_at_rest(child)
            for child in children
            if not child.has_ended
        )

    def _hides_one(self, name: AccountName) -> bool:
        """Whether the exchange does not show an order of the account yet."""
        now, user_id = self._judge.exchange.now(), self._judge.user_ids[name]
        return any(
            order.user_id == user_id and order.visible_at is not None and order.visible_at > now
            for order in self._judge.exchange.desk.orders.values()
        )

    def _is_at_rest(self, child: Child) -> bool:
        row = self._row_of(child)
        return row is None or row["status"] in (*RESTING, *DONE)

    def _row_of(self, child: Child) -> Row | None:
        for row in self._judge.exchange.orders_of(self._judge.user_ids[child.key.follower]):
            if row["tag"] == child.tag:
                return row
        return None

    def _resting(self, part: CopyPart, leg: Leg) -> list[Row]:
        rows = [self._row_of(child) for child in part.of(leg)]
        return [row for row in rows if row is not None and row["status"] in RESTING]

    def _judge_working(self, state: State, row: Row, book: KeyBook, part: CopyPart) -> None:
        """Compare with the table of the mirror: the same price, trigger and type, the right size."""
        if row["variety"] != "regular" or row["parent_order_id"] or "mktp" in str(row.get("tags")):
            return
        net = self._true_net_of_master(book.key)
        sign = 1 if row["transaction_type"] == "BUY" else -1
        left = int(str(row["quantity"])) - int(str(row["filled_quantity"]))
        leg = Leg.EXIT if net * sign < 0 else Leg.ENTRY
        if leg is Leg.EXIT and left > abs(net):
            return
        closed = self._judge.hours.is_over(self._judge.exchange.now())
        if leg is Leg.ENTRY and (closed or state.clock_level is ClockLevel.FAR_OFF):
            # After the close what rests follows only cuts and cancels. A clock that was set right is caught up
            # with slowly, and until then no entry grows.
            return
        fills = self._rules[book.key.follower].mirror is Mirror.FILLS
        if fills and leg is Leg.EXIT:
            # Nothing rests with his: what he has exited goes at once, and its sum is judged by what is held.
            return
        resting = self._resting(part, leg)
        self._compare_all(row, resting, part.of(leg), book.key)
        skip = part.skips.get(Leg.ENTRY)
        order = state.master_order(OrderId(str(row["order_id"])))
        assert order is not None
        if leg is Leg.EXIT or order.was_exit or _waits_for_its_hedge(state, book.key, row):
            return
        if skip is not None and skip.reason is not SkipReason.ZERO_LOTS:
            return
        if part.kept == 1 and not order.exit_filled:
            lot = state.instruments.find(book.key.exchange, book.key.symbol).lot_size
            followed = int(str(row["filled_quantity" if fills else "quantity"]))
            # What is owed alone makes no order: he has entered nothing yet.
            exact = part.carry * sign + _worth(part, followed) if followed else Fraction(0)
            # Where copies rest with his order they may fill ahead of it; under `fills` nothing does.
            ahead = 0 if fills else part.filled(Leg.ENTRY)
            size = max(0, part.at_most(int(exact) // lot * lot), ahead)
            works = sum(int(str(r["quantity"])) - int(str(r["filled_quantity"])) for r in resting)
            if works + part.filled(Leg.ENTRY) != size:
                self._broken(
                    f"{book.key.follower} {book.key.symbol}: {works} rest and "
                    f"{part.filled(Leg.ENTRY)} are filled of {size} for {words_of(row)}"
                )

    def _compare_all(
        self, his: Row, resting: Iterable[Row], leg: Iterable[Child], key: Key
    ) -> None:
        """Compare what rests with his order, but what the broker would not change: that was told."""
        refused = {
            str(child.order_id)
            for child in leg
            if child.change is not None and child.change.state is IntentState.REFUSED
        }
        fills = self._rules[key.follower].mirror is Mirror.FILLS
        for child in resting:
            if str(child["order_id"]) not in refused:
                (self._compare_with_his_fills if fills else self._compare)(his, child, key)

    def _compare(self, his: Row, ours: Row, key: Key) -> None:
        kind, wanted = str(his["order_type"]), str(ours["order_type"])
        if his["order_type"] in STOPS and ours["status"] != his["status"]:
            # One has triggered and the other has not: placed at different prices of the market.
            return
        if his["status"] == "OPEN" and kind in STOPS:
            return
        same = kind == wanted or (kind, wanted) == ("SL-M", "SL")
        for name in ("price",) if kind == "LIMIT" else ("trigger_price",):
            same = same and Decimal(str(his[name])) == Decimal(str(ours[name]))
        if kind == "SL":
            same = same and Decimal(str(his["price"])) == Decimal(str(ours["price"]))
        if not same:
            self._broken(f"{key.follower} {key.symbol}: {words_of(ours)} for {words_of(his)}")

    def _compare_with_his_fills(self, his: Row, ours: Row, key: Key) -> None:
        """Under `fills` what rests is a limit at the band round what he got, never at a price of his order."""
        sign = 1 if his["transaction_type"] == "BUY" else -1
        got = Decimal(str(his["average_price"]))
        beyond = sign * (Decimal(str(ours["price"])) - got)
        if ours["order_type"] != "LIMIT" or not 0 < beyond <= got * WIDEST_BAND:
            self._broken(
                f"{key.follower} {key.symbol}: {words_of(ours)} for what filled at {got} of {words_of(his)}"
            )

    def _judge_ended(self, state: State, row: Row, book: KeyBook, part: CopyPart) -> None:
        """What the master's ended order leaves working must be what the table allows."""
        works = sum(
            int(str(each["quantity"])) - int(str(each["filled_quantity"]))
            for each in self._resting(part, Leg.ENTRY)
        )
        filled = int(str(row["filled_quantity"]))
        lot = state.instruments.find(book.key.exchange, book.key.symbol).lot_size
        sign = 1 if row["transaction_type"] == "BUY" else -1
        most = part.at_most(max(0, int(part.carry * sign + _worth(part, filled)) // lot * lot))
        if works and works > max(0, most - part.filled(Leg.ENTRY)):
            self._broken(f"{book.key.follower}: {works} work after {words_of(row)} ended")
        position = state.master[book.key.master]
        idle = all(order.row.status.is_terminal for order in position.orders.values())
        if works and idle and not self._true_net_of_master(book.key):
            self._broken(
                f"{book.key.follower}: {works} work while the master is out of {words_of(row)}"
            )

    def _true_net_of_master(self, key: Key) -> int:
        at = (key.exchange, key.symbol, key.product.value)
        found = self._judge.exchange.net_positions(MASTER_ID)
        return sum(units for where, units in found.items() if tuple(where) == at)


def _waits_for_its_hedge(state: State, key: Key, row: Row) -> bool:
    """Whether a sold option waits while something of its follower's is of unknown fate, and has said so."""
    return f"hedge:{key}:{row['order_id']}" in state.told and any(
        child.state.is_unresolved and child.key.follower == key.follower
        for child in state.open_children.values()
    )


def _worth(part: CopyPart, units: int) -> Fraction:
    """Return what so many of the master's units are worth before a limit: it cuts what is owed with them."""
    if part.fixed:
        return Measure(part.ratio, fixed=True).of(units)
    # What he was out of again before his copy left, while more of his order was to come, counts for nothing.
    return Fraction(part.ratio) * Fraction(part.in_of(units))


def words_of(row: Row) -> str:
    return (
        f"{row['transaction_type']} {row['quantity']} {row['tradingsymbol']} {row['order_type']} "
        f"{row['price']}/{row['trigger_price']} {row['status']}"
    )
