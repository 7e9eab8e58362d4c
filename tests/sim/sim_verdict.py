"""Promises that are looked at in peace: what works while the master's orders work, and the end."""

import contextlib
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable

from demo.exchange.build import MASTER as MASTER_ID
from demo.exchange.ledger import Act as Write
from engine.core.state.state import State
from engine.core.values.child import Child
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, MasterKey
from engine.core.values.market import AccountName, OrderId, Product, Venue
from engine.core.values.records import ChildPlanned, HoldingGone, NoticeRaised
from engine.core.values.rules import FollowerRules
from storage.codec import decode_row
from storage.journal import STORE_NAME
from tests.sim.sim_judges import Judge
from tests.sim.sim_known import Known
from tests.sim.sim_program import Life
from tests.sim.sim_resting import DONE, RestingJudge, words_of
from tests.sim.sim_wanted import WantedJudge

_ON_ITS_WAY = (IntentState.PLANNED, IntentState.SENDING, IntentState.UNKNOWN)


class Verdict:
    """Looks at the accounts and the store when nothing moves any more."""

    def __init__(self, judge: Judge, rules: Iterable[FollowerRules]) -> None:
        self._judge = judge
        self._rules = {each.name: each for each in rules}
        self._broken = judge.broken
        self._gone: dict[Key | None, int] = {}
        self.known = Known()
        self._resting = RestingJudge(judge, self._rules)
        self._wanted = WantedJudge(judge, self._rules, self.known)

    # -- while his orders work ----------------------------------------------------------------

    def peace(self) -> None:
        """Every child rests as the master's order does, and none rests without its reason."""
        self._resting.peace()

    def wanted(self) -> None:
        """What is held is the follower's share, whether or not further entries may leave."""
        self._journalled()
        self._wanted.wanted(self._gone)

    def remember(self, state: State) -> None:
        """Note at night what is held or owed for a reason that the program forgets with the day."""
        self._wanted.remember(state)

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
                for record in decode_row(kind, body):
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
                self._broken(f"{name}: no order and no reason for {words_of(row)} ({order_id})")

    def closed(self, state: State) -> None:
        """After the close nothing of ours is open, at the exchange or in the store."""
        for name in self._rules:
            for row in self._judge.exchange.orders_of(self._judge.user_ids[name]):
                if row["status"] not in DONE:
                    self._broken(f"{name}: {words_of(row)} is open after the close")
        for child in state.open_children.values():
            if child.key.venue is Venue.LIVE and not child.state.is_unresolved:
                self._broken(f"{child.tag} is open in the store after the close")

    def _judge_store(self) -> None:
        with contextlib.closing(sqlite3.connect(self._judge.data_dir / STORE_NAME)) as db:
            (verdict,) = db.execute("PRAGMA integrity_check").fetchone()
            faults = db.execute("PRAGMA foreign_key_check").fetchall()
        if verdict != "ok" or faults:
            self._broken(f"the store is damaged: {verdict} {faults}")


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
