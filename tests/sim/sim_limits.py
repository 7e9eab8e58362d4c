"""Followers with a limit on their entries, and whether it was kept: neither broken nor asked for too little."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fnmatch import fnmatch
from typing import Any

from demo.exchange.exchange import Exchange
from demo.exchange.orders import Order, Status
from engine.core.state.state import State
from engine.core.state.turn import Decision
from engine.core.values import records as r
from engine.core.values.child import Child
from engine.core.values.copies import KeyBook
from engine.core.values.keys import Key, Leg
from engine.core.values.market import AccountName, OrderId, Product, Tag
from engine.core.values.market import Exchange as Segment
from engine.core.values.notices import SkipReason
from engine.core.values.rules import FollowerRules, Oversize
from tests.sim.sim_plan import Limit

_ENDED = (Status.COMPLETE, Status.CANCELLED, Status.REJECTED)
_DAY_TURNS = timedelta(hours=6)


def rules_of(limit: Limit | None) -> dict[str, Any]:
    """Return what a follower's rules say of a limit."""
    if limit is None:
        return {}
    most = Decimal(limit.most) if limit.of.endswith("value") else limit.most
    return {limit.of: most, "oversize": Oversize.CUT if limit.cut else Oversize.SKIP}


def lists(words: str) -> dict[str, Any]:
    """Return what a plan's words about what is entered at all set in a follower's rules."""
    if not words:
        return {}
    what, value = words.split()
    if what == "segments":
        return {"segments": frozenset(Segment(each) for each in value.split(","))}
    return {f"symbols_{what}": (value,)}


class LimitJudge:
    """Looks at entries as they leave, by the exchange's rows, and at what was left out for a limit.

    `written_off` returns the signed units of a ledger that were written off, and `true_net` what all tagged orders
    of an account have filled, of earlier days too; `entries` counts the entry orders that left, by account and
    trading day, over all lives.
    """

    def __init__(
        self,
        exchange: Exchange,
        user_ids: Mapping[AccountName, str],
        broken: Callable[[str], None],
        written_off: Callable[[Key], int],
        true_net: Callable[[AccountName], Mapping[tuple[str, str, str], int]],
    ) -> None:
        self._exchange = exchange
        self._user_ids = user_ids
        self._broken = broken
        self._written_off = written_off
        self._true_net = true_net
        self._entries = Counter[tuple[AccountName, str]]()
        self._limited = set[tuple[Key, OrderId]]()

    # -- nothing leaves over a limit ----------------------------------------------------------

    def placed(self, state: State, child: Child, fields: Mapping[str, str]) -> None:
        """Look at an entry order as its first byte leaves."""
        rules, key = state.rules[child.key.follower], child.key
        if not _is_entered(rules, key):
            self._broken(f"entry {child.tag} in {key.exchange}:{key.symbol}, which is not entered")
        self._look_at_position_value(state, rules, child, fields)
        today = (key.follower, str((self._exchange.now() - _DAY_TURNS).date()))
        self._entries[today] += 1
        most = rules.max_orders_per_day
        if most is not None and self._entries[today] > most:
            self._broken(f"entry {child.tag} is the {self._entries[today]}th of a day of {most}")
        self._look_at_size(state, rules, child, fields)
        most = rules.max_open_positions
        others = (self._open_by_rows(state, key), _open_besides(state, key))
        if most is not None and min(others) >= most:
            self._broken(f"entry {child.tag} opens a position beside {min(others)}, of {most}")

    def changed(self, state: State, child: Child, fields: Mapping[str, str]) -> None:
        """Look at a modification of an entry as its first byte leaves."""
        row = self._rows(child.key.follower).get(child.tag)
        if "quantity" in fields and row is not None and int(fields["quantity"]) > row.quantity:
            self._look_at_size(state, state.rules[child.key.follower], child, fields)

    def _look_at_size(
        self, state: State, rules: FollowerRules, child: Child, fields: Mapping[str, str]
    ) -> None:
        """All orders for one order of the master stay within the limits together."""
        rows, book = self._rows(child.key.follower), state.book(child.key)
        assert book is not None
        units = int(fields["quantity"])
        for other in book.parts[child.master_order_id].of(Leg.ENTRY):
            row = rows.get(other.tag)
            if other.tag != child.tag and row is not None:
                units += row.filled_quantity if row.status in _ENDED else row.quantity
        if rules.max_order_quantity is not None and units > rules.max_order_quantity:
            self._broken(f"entry {child.tag}: {units} units, over {rules.max_order_quantity}")
        price = Decimal(fields.get("price") or 0)
        if rules.max_order_value is not None and units * price > rules.max_order_value:
            self._broken(f"entry {child.tag}: {units} at {price}, over {rules.max_order_value}")

    def _look_at_position_value(
        self, state: State, rules: FollowerRules, child: Child, fields: Mapping[str, str]
    ) -> None:
        """What is held and works of one symbol and product on a side stays within its value together.

        Exits open nothing: one that still rests while it is cancelled, since all has been exited, is none of it,
        and what it filled too much would be covered. What was written off, and told, is no copy any more.
        """
        key, price = child.key, Decimal(fields.get("price") or 0)
        if rules.max_position_value is None:
            return
        here = (key.exchange, key.symbol, key.product.value)
        today, working = 0, int(fields["quantity"])
        for row in self._rows(key.follower).values():
            at = (row.instrument.exchange, row.instrument.tradingsymbol, row.product)
            if at != here:
                continue
            same = row.side == child.side.value
            today += row.filled_quantity * (1 if same else -1)
            ours = state.children.get(Tag(str(row.tag)))
            enters = ours is None or ours.leg is Leg.ENTRY
            if same and enters and row.status not in _ENDED:
                working += row.quantity - row.filled_quantity
        # What was carried into the day is held; intraday copies never are.
        carried = child.side.sign * self._true_net(key.follower).get(here, 0)
        net = today if key.product is Product.MIS else carried
        net -= child.side.sign * self._written_off(key)
        units = max(0, net) + working
        if units * price > rules.max_position_value:
            self._broken(
                f"entry {child.tag}: a position of {units} at {price}, over {rules.max_position_value}"
            )

    def _rows(self, name: AccountName) -> dict[str | None, Order]:
        return {
            each.tag: each
            for each in self._exchange.desk.orders.values()
            if each.user_id == self._user_ids[name] and each.tag
        }

    def _open_by_rows(self, state: State, key: Key) -> int:
        """Count what our tags hold or have working at the exchange today, besides one place."""
        net, working = Counter[tuple[str, str, str]](), set[tuple[str, str, str]]()
        for tag, row in self._rows(key.follower).items():
            child = state.children.get(Tag(str(tag)))
            at = (row.instrument.exchange, row.instrument.tradingsymbol, row.product)
            if child is not None:
                net[at] += row.filled_quantity * (1 if row.side == "BUY" else -1)
                if child.leg is Leg.ENTRY and row.status not in _ENDED:
                    working.add(at)
        here = (key.exchange, key.symbol, key.product.value)
        return len({at for at, units in net.items() if units} | working - {here}) - bool(net[here])

    # -- nothing is left out inside a limit ---------------------------------------------------

    def look_at(self, state: State, decision: Decision) -> None:
        """Look at what was left out or cut for a limit: it must have been over it."""
        for record in decision.records:
            match record:
                case r.Skipped(reason=SkipReason.SYMBOL_BLOCKED | SkipReason.SEGMENT):
                    if _is_entered(state.rules[record.key.follower], record.key):
                        what = f"{record.key.exchange}:{record.key.symbol}"
                        self._broken(
                            f"{record.key.follower}: {what} is left out and may be entered"
                        )
                case r.PartLimited() if self._is_of_what_he_kept(record):
                    pass
                case r.Skipped(reason=SkipReason.LIMIT) | r.PartLimited():
                    self._look_at_reason(state, record.key, record.order_id, at=record.at)
                case _:
                    pass

    def _is_of_what_he_kept(self, record: r.PartLimited) -> bool:
        """Whether what a limit had left of an order is cut with the share that he has exited: no limit is met anew."""
        order = (record.key, record.order_id)
        known, is_share = order in self._limited, "he has exited a share" in record.detail
        self._limited.add(order)
        return known and is_share

    def _look_at_reason(self, state: State, key: Key, order_id: OrderId, *, at: datetime) -> None:
        rules, book = state.rules[key.follower], state.book(key)
        order = state.master_order(order_id)
        assert book is not None
        if order is None:
            return
        part, row = book.parts[order_id], order.row
        his = max(row.quantity, self._exchange.desk.orders[order_id].quantity)
        units = int(part.carry * row.side.sign + part.ratio * his)
        inside = True
        if rules.max_order_quantity is not None:
            inside = units <= rules.max_order_quantity
        elif rules.max_orders_per_day is not None:
            made = sum(
                child.leg is Leg.ENTRY
                and (child.key.follower, child.key.venue) == (key.follower, key.venue)
                and (child.planned_at - _DAY_TURNS).date() == (at - _DAY_TURNS).date()
                for child in state.children.values()
            )
            listed = state.instruments.find(key.exchange, key.symbol)
            freeze = listed.freeze_quantity if listed and listed.freeze_quantity else units
            inside = made + -(-units // max(1, freeze)) <= rules.max_orders_per_day
        elif rules.max_open_positions is not None:
            inside = _open_besides(state, key) < rules.max_open_positions
        else:
            inside = False  # what a unit may cost at the market is the rule's own
        if inside:
            self._broken(f"{key.follower}: {units} {key.symbol} left out or cut inside its limit")


def _is_entered(rules: FollowerRules, key: Key) -> bool:
    """Whether a follower's lists and segments let anything be entered there; of each one glob, by its own word."""
    name = f"{key.exchange}:{key.symbol}"
    blocked = any(fnmatch(name, glob) for glob in rules.symbols_block)
    allowed = not rules.symbols_allow or any(fnmatch(name, glob) for glob in rules.symbols_allow)
    return allowed and not blocked and key.exchange in {each.value for each in rules.segments}


def _open_besides(state: State, key: Key) -> int:
    """Count the ledgers of an account in which something is held or may fill, besides one."""
    books = [by_follower.get((key.venue, key.follower)) for by_follower in state.books.values()]
    return sum(_is_open(book) for book in books if book is not None and book.key != key)


def _is_open(book: KeyBook) -> bool:
    return bool(book.held) or any(part.outstanding(Leg.ENTRY) for part in book.parts.values())
