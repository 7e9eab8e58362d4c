"""Promises that are looked at in peace: what works while the master's orders work, and the end."""

import contextlib
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from demo.exchange.build import MASTER as MASTER_ID
from demo.exchange.ledger import Act as Write
from demo.exchange.wire import Row
from engine.core.risk.loss import flattens, latched
from engine.core.state.latches import is_latched
from engine.core.state.state import State
from engine.core.values.clock_level import ClockLevel
from engine.core.values.copies import Child, CopyPart, KeyBook
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg, MasterKey
from engine.core.values.loss import LossStep
from engine.core.values.market import AccountName, OrderId, Product, Venue
from engine.core.values.notices import SkipReason
from engine.core.values.records import ChildPlanned, HoldingGone, NoticeRaised
from engine.core.values.rules import FollowerRules, Mirror
from storage.codec import decode_record
from storage.journal import STORE_NAME
from tests.sim.sim_choices import look_at_unwound
from tests.sim.sim_judges import STOPS, Judge
from tests.sim.sim_known import Known, Shown, filled_ahead, filled_before_he_cut, known_when_exited
from tests.sim.sim_program import Life
from tests.sim.sim_promises import (
    Share,
    as_they_were_told,
    carried_by_master,
    is_clear,
    share_of,
    trades_of_master,
)
from tests.sim.sim_sizing import Measure

RESTING = ("OPEN", "TRIGGER PENDING")
#: The band of options, 300 bps, and a tick for the grid.
WIDEST_BAND = Decimal("0.031")
DONE = ("COMPLETE", "CANCELLED", "REJECTED")
_ON_ITS_WAY = (IntentState.PLANNED, IntentState.SENDING, IntentState.UNKNOWN)


class Verdict:
    """Looks at the accounts and the store when nothing moves any more."""

    def __init__(self, judge: Judge, rules: Iterable[FollowerRules]) -> None:
        self._judge = judge
        self._rules = {each.name: each for each in rules}
        self._broken = judge.broken
        self._gone: dict[Key | None, int] = {}
        self._unclear: set[Key] = set()
        self.known = Known()

    # -- while his orders work ----------------------------------------------------------------

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
                        f"{name}: an entry for {_words(row)} rests though only closing is left"
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

    def wanted(self) -> None:
        """What is held is the follower's share, whether or not further entries may leave."""
        state = self._judge.state()
        self._journalled()
        for books in state.books.values():
            for (venue, name), book in books.items():
                key, account = book.key, state.account(name)
                instrument = state.instruments.find(key.exchange, key.symbol)
                known = account.session_ok and account.reconciled and name in self._rules
                if venue is Venue.LIVE and known:
                    look_at_unwound(book, self._broken)
                if venue is not Venue.LIVE or instrument is None or not known:
                    continue
                if (
                    flattens(state, self._rules[name], venue)
                    and is_clear(state, book)
                    and book.held
                ):
                    if book.key not in self._unclear and book.key not in self._gone:
                        self._broken(
                            f"{name} {key.symbol}: {book.held} are held and were to be squared off"
                        )
                    continue
                said, excused = self._weigh(state, book, name, instrument.lot_size)
                # What other hands have closed is written off, and a person was asked to look.
                if said is None or book.key in self._unclear or book.key in self._gone:
                    continue
                if not excused:
                    self._broken(said)

    def _weigh(
        self, state: State, book: KeyBook, name: AccountName, lot: int
    ) -> tuple[str | None, bool]:
        """Return what is wrong with what is held, by all that he traded; and whether nobody could have known better."""
        share = self._share(state, book, lot)
        said = share.amiss(book) if share else None
        if said is None:
            return None, False
        told = self._share_as_told(state, book, name, lot)
        return said, told is None or told.amiss(book) is None

    def _share(self, state: State, book: KeyBook, lot: int) -> Share | None:
        """Return what should be held by all that he traded."""
        exchange, key = self._judge.exchange, book.key
        portfolios = exchange.desk.portfolios
        return share_of(
            state,
            book,
            lot,
            trades_of_master(exchange, key),
            carried=carried_by_master(exchange, key),
            came_to_nothing=self._judge.owed.came_to_nothing(key),
            sizes=self._judge.sizes,
            filled_ahead=filled_ahead(
                book,
                portfolios[self._judge.user_ids[key.follower]].trades,
                portfolios[MASTER_ID].trades,
                self._shown(),
                self.known,
            ),
        )

    def _share_as_told(
        self, state: State, book: KeyBook, name: AccountName, lot: int
    ) -> Share | None:
        """Return what should be held by what was known of his trades when each was acted on.

        What only reduces is done as soon as the socket tells it, by what is known then: a trade before it that no
        read had shown yet cannot have been counted. An exit that rests with the master's is done as it fills,
        though the program be down.
        """
        exchange, key = self._judge.exchange, book.key
        his = exchange.desk.portfolios[self._judge.user_ids[name]]
        by_copy, shown = known_when_exited(book, his.trades, self.known), self._shown()
        left_out = [at for at, part in book.parts.items() if Leg.ENTRY in part.skips]
        return share_of(
            state,
            book,
            lot,
            as_they_were_told(trades_of_master(exchange, key), shown, by_copy, left_out),
            carried=carried_by_master(exchange, key),
            came_to_nothing=self._judge.owed.came_to_nothing(key),
            sizes=self._judge.sizes,
            told=True,
            ahead=filled_before_he_cut(book, his.trades, shown, self.known),
        )

    def remember(self, state: State) -> None:
        """Note at night what is held or owed for a reason that the program forgets with the day.

        An exit of ours may have filled for an order of his that he then cancelled: nothing is held and all is owed.
        Or it filled whole before anybody could know that he had added, and it was to be cut.
        """
        self._judge.owed.remember(state)
        for books in state.books.values():
            for (venue, name), book in books.items():
                if self._judge.owed.flat_at(book.key):
                    self._unclear.discard(book.key)
                if not (book.held or book.exact()) or venue is not Venue.LIVE:
                    continue
                instrument = state.instruments.find(book.key.exchange, book.key.symbol)
                lot = instrument.lot_size if instrument else 1
                if not is_clear(state, book) or self._is_by_the_telling(state, book, name, lot):
                    self._unclear.add(book.key)

    def _is_by_the_telling(self, state: State, book: KeyBook, name: AccountName, lot: int) -> bool:
        """Whether what is held is what was wanted by what was known then, and not by all that he traded.

        The evening bears that where many cuts to lots lie behind it, or an order through zero; the morning goes by
        the ledger alone and would not.
        """
        if self._weigh(state, book, name, lot)[1]:
            return True
        share = self._share(state, book, lot)
        if share is None or share.apart(book) < lot:
            return False
        told = self._share_as_told(state, book, name, lot)
        return told is not None and told.apart(book) < min(share.apart(book), told.within)

    def _shown(self) -> dict[OrderId, list[Shown]]:
        """Return, by order of the master, the events that showed it, oldest first."""
        shown: dict[OrderId, list[Shown]] = {}
        with contextlib.closing(sqlite3.connect(self._judge.data_dir / STORE_NAME)) as db:
            rows = db.execute(
                "SELECT event, body FROM records WHERE kind = 'MasterSeen' ORDER BY seq"
            )
            for event, body in rows:
                row = decode_record("MasterSeen", body).sighting.row
                told = Shown(event, row.filled_quantity, row.quantity)
                shown.setdefault(row.order_id, []).append(told)
        return shown

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
        if leg is Leg.EXIT or order.was_exit:
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
                    f"{part.filled(Leg.ENTRY)} are filled of {size} for {_words(row)}"
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
            self._broken(f"{key.follower} {key.symbol}: {_words(ours)} for {_words(his)}")

    def _compare_with_his_fills(self, his: Row, ours: Row, key: Key) -> None:
        """Under `fills` what rests is a limit at the band round what he got, never at a price of his order."""
        sign = 1 if his["transaction_type"] == "BUY" else -1
        got = Decimal(str(his["average_price"]))
        beyond = sign * (Decimal(str(ours["price"])) - got)
        if ours["order_type"] != "LIMIT" or not 0 < beyond <= got * WIDEST_BAND:
            self._broken(
                f"{key.follower} {key.symbol}: {_words(ours)} for what filled at {got} of {_words(his)}"
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
            self._broken(f"{book.key.follower}: {works} work after {_words(row)} ended")
        position = state.master[book.key.master]
        idle = all(order.row.status.is_terminal for order in position.orders.values())
        if works and idle and not self._true_net_of_master(book.key):
            self._broken(
                f"{book.key.follower}: {works} work while the master is out of {_words(row)}"
            )

    def _true_net_of_master(self, key: Key) -> int:
        at = (key.exchange, key.symbol, key.product.value)
        found = self._judge.exchange.net_positions(MASTER_ID)
        return sum(units for where, units in found.items() if tuple(where) == at)

    # -- liveness -----------------------------------------------------------------------------

    def unsettled(self, life: Life) -> list[str]:
        """Return what is still open though nothing troubles the program any more.

        Orders of unknown fate and writes on their way, sockets that are down, accounts that are not
        read, and what the exchange has not shown yet. What a person was asked is settled.
        """
        state = life.runner.state
        said = [
            f"{child.tag} is {child.state}"
            for child in state.open_children.values()
            if _hangs(child)
        ]
        for name, member in life.members.items():
            account = state.account(name)
            if account.session_ok and not member.feed.up:
                said.append(f"the socket of {name} is down")
            if account.session_ok and not account.reconciled and name in self._rules:
                said.append(f"{name} is not reconciled")
        exchange, now = self._judge.exchange, self._judge.exchange.now()
        if exchange.agenda.next_at is not None:
            said.append("something is still on its way at the exchange")
        said += [
            f"{order.order_id} of {order.user_id} is not shown yet"
            for order in exchange.desk.orders.values()
            if order.visible_at is not None and order.visible_at > now
        ]
        return said

    def would_pass(self, state: State) -> bool:
        """Return whether the end would find nothing wrong with what is held and what rests."""
        honest, said = self._broken, list[str]()
        self._broken = said.append
        try:
            self._judge_holdings(state, self._journalled()[1])
        finally:
            self._broken = honest
        return not said

    # -- the end ------------------------------------------------------------------------------

    def end(self, state: State) -> tuple[NoticeRaised, ...]:
        """Judge the whole day; return what was told."""
        planned, notices = self._journalled()
        self._judge_once(planned)
        self._judge_holdings(state, notices)
        self._judge_store()
        return tuple(notices)

    def _journalled(self) -> tuple[list[ChildPlanned], list[NoticeRaised]]:
        planned, notices = [], []
        self._gone.clear()
        with contextlib.closing(sqlite3.connect(self._judge.data_dir / STORE_NAME)) as db:
            for kind, body in db.execute("SELECT kind, body FROM records ORDER BY seq"):
                record = decode_record(kind, body)
                if isinstance(record, ChildPlanned):
                    planned.append(record)
                elif isinstance(record, NoticeRaised):
                    notices.append(record)
                elif isinstance(record, HoldingGone):
                    self._gone[record.key] = self._gone.get(record.key, 0) + record.units
        return planned, notices

    def _judge_once(self, planned: list[ChildPlanned]) -> None:
        """One placement a tag on the wire; one child a wish."""
        ledger = self._judge.exchange.ledger
        wires = Counter(write.tag for write in ledger.order_writes() if write.act is Write.PLACE)
        for tag, times in wires.items():
            if times > 1:
                self._broken(f"{tag} was posted {times} times")
        known = {each.command.tag for each in planned}
        for tag in wires.keys() - known:
            self._broken(f"{tag} reached the exchange and is not in the store")
        wishes = Counter(
            (
                each.key.venue,
                each.key.follower,
                each.order_id,
                each.leg,
                each.generation,
                each.slice,
            )
            for each in planned
        )
        for wish, times in wishes.items():
            if times > 1:
                self._broken(f"{wish} was planned {times} times")

    def _judge_holdings(self, state: State, notices: list[NoticeRaised]) -> None:
        """What the store holds is what our tags filled; and it is nothing, or somebody was told."""
        for name in self._rules:
            asked = _asked_of(name, notices)
            true = self._judge.true_net(name)
            dropped = _dropped_overnight(name, notices)
            for key, books in state.books.items():
                book = books.get((Venue.LIVE, name))
                held = book.held if book else 0
                net = true.pop((key.exchange, key.symbol, key.product.value), 0)
                # What stale positions proved gone is written off, and a person is asked to look.
                gone = self._gone.get(book.key if book else None, 0)
                if key.product is Product.MIS:
                    gone += dropped.get(f"{key.exchange}:{key.symbol}", 0)
                gone += self._unseen(state, name, key, notices)
                if held + gone != net:
                    self._broken(f"{name} {key.symbol}: the store holds {held}, the exchange {net}")
                if net and key.symbol not in asked:
                    self._broken(f"{name} {key.symbol}: {net} are left and nobody was told")
            for key_left, net in true.items():
                if net:
                    self._broken(f"{name} {key_left}: {net} at the exchange, nothing in the store")
            self._judge_resting(name, asked)

    def _unseen(
        self, state: State, name: AccountName, at: MasterKey, notices: list[NoticeRaised]
    ) -> int:
        """Return the signed units that orders filled unseen before their day ended, and that were told.

        No book shows such an order to the program any more; only those that it has named count here.
        """
        told = {
            each.notice.master_order_id
            for each in notices
            if each.notice.follower == name
            and "was not seen before its day ended" in each.notice.text
        }
        rows = {
            str(row["tag"]): row for row in self._judge.past.get(self._judge.user_ids[name], ())
        }
        return sum(
            child.side.sign * (int(str(rows[child.tag]["filled_quantity"])) - child.filled)
            for child in state.children.values()
            if child.key.follower == name
            and child.key.master == at
            and child.state is IntentState.EXPIRED
            and child.master_order_id in told
            and child.tag in rows
        )

    def _judge_resting(self, name: AccountName, asked: str) -> None:
        for row in self._judge.exchange.orders_of(self._judge.user_ids[name]):
            symbol = str(row["tradingsymbol"])
            if row["status"] not in DONE and row["tag"] and symbol not in asked:
                self._broken(f"{name}: {symbol} {row['tag']} still rests")

    def reasons(self, state: State, venue: Venue) -> None:
        """Every order of the master of today ended for every follower with an order or a reason."""
        _, notices = self._journalled()
        for row in self._judge.exchange.orders_of(MASTER_ID):
            order_id = OrderId(str(row["order_id"]))
            key = state.master_key_of.get(order_id)
            if row["status"] == "AMO REQ RECEIVED":
                continue  # no wish yet
            if key is None:
                self._broken(f"master order {order_id} ({row['status']}) was never seen")
                continue
            for name in self._rules:
                book = state.books.get(key, {}).get((venue, name))
                part = book.parts.get(order_id) if book else None
                if part is not None and (part.children or part.skips):
                    continue
                if part is not None and part.claimed and _was_cut(name, key.symbol, notices):
                    continue
                self._broken(f"{name}: no order and no reason for {_words(row)} ({order_id})")

    def closed(self, state: State) -> None:
        """After the close nothing of ours is open, at the exchange or in the store."""
        for name in self._rules:
            for row in self._judge.exchange.orders_of(self._judge.user_ids[name]):
                if row["status"] not in DONE:
                    self._broken(f"{name}: {_words(row)} is open after the close")
        for child in state.open_children.values():
            if child.key.venue is Venue.LIVE and not child.state.is_unresolved:
                self._broken(f"{child.tag} is open in the store after the close")

    def _judge_store(self) -> None:
        with contextlib.closing(sqlite3.connect(self._judge.data_dir / STORE_NAME)) as db:
            (verdict,) = db.execute("PRAGMA integrity_check").fetchone()
            faults = db.execute("PRAGMA foreign_key_check").fetchall()
        if verdict != "ok" or faults:
            self._broken(f"the store is damaged: {verdict} {faults}")


def _worth(part: CopyPart, units: int) -> Fraction:
    """Return what so many of the master's units are worth before a limit: it cuts what is owed with them."""
    return Measure(part.ratio, fixed=part.fixed).of(units)


def _hangs(child: Child) -> bool:
    """Whether something is still to come of a write for a child; a person has what is his."""
    change, cancel = child.change, child.cancel
    return child.key.venue is Venue.LIVE and (
        child.state in _ON_ITS_WAY
        or (change is not None and change.state in _ON_ITS_WAY)
        or (cancel is not None and cancel.state in _ON_ITS_WAY)
    )


def _asked_of(name: AccountName, notices: Iterable[NoticeRaised]) -> str:
    """Return all that a person was asked to look at for a follower."""
    texts = [each.notice.text for each in notices if each.notice.needs_human]
    return "\n".join(text for text in texts if text.startswith((f"{name}:", f"{name} ")))


def _was_cut(name: AccountName, symbol: str, notices: Iterable[NoticeRaised]) -> bool:
    """Whether a person was told that an exit had nothing to take: the account was closed before."""
    said = re.compile(
        rf"{name}: the account holds 0 of the \d+ copied {re.escape(symbol)}; the exit is cut to 0"
    )
    return any(said.match(each.notice.text) for each in notices)


def _dropped_overnight(name: AccountName, notices: Iterable[NoticeRaised]) -> dict[str, int]:
    """Return the intraday units by exchange and symbol that a person was told of when their day had ended."""
    found: dict[str, int] = {}
    for each in notices:
        said = re.match(rf"{name}: (-?\d+) copied (\S+) \(MIS\) were not seen", each.notice.text)
        if said:
            found[said[2]] = found.get(said[2], 0) + int(said[1])
    return found


def _words(row: Row) -> str:
    return (
        f"{row['transaction_type']} {row['quantity']} {row['tradingsymbol']} {row['order_type']} "
        f"{row['price']}/{row['trigger_price']} {row['status']}"
    )
