"""Whether what is held is the follower's share of what the master traded."""

import contextlib
import sqlite3
from collections.abc import Collection, Mapping

from demo.exchange.build import MASTER as MASTER_ID
from engine.core.risk.loss import flattens
from engine.core.state.state import State
from engine.core.values.copies import KeyBook
from engine.core.values.intents import IntentState
from engine.core.values.keys import Key, Leg
from engine.core.values.market import AccountName, OrderId, Tag, Venue
from engine.core.values.rules import FollowerRules
from storage.codec import decode_record
from storage.journal import STORE_NAME
from tests.sim.sim_choices import look_at_unwound
from tests.sim.sim_judges import Judge
from tests.sim.sim_known import Known, Shown, filled_ahead, filled_before_he_cut, known_when_exited
from tests.sim.sim_share import (
    Share,
    as_they_were_told,
    carried_by_master,
    is_clear,
    share_of,
    trades_of_master,
)


class WantedJudge:
    """Weighs what is held, in peace and before each night."""

    def __init__(
        self, judge: Judge, rules: Mapping[AccountName, FollowerRules], known: Known
    ) -> None:
        self._judge = judge
        self._rules = rules
        self._known = known
        self._broken = judge.broken
        self._unclear: set[Key] = set()

    def wanted(self, gone: Collection[Key | None]) -> None:
        """What is held is the follower's share, whether or not further entries may leave.

        Args:
            gone: Ledgers of which something was written off.
        """
        state = self._judge.state()
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
                    if book.key not in self._unclear and book.key not in gone:
                        self._broken(
                            f"{name} {key.symbol}: {book.held} are held and were to be squared off"
                        )
                    continue
                said, excused = self._weigh(state, book, name, self._judge.coarsest_lot(instrument))
                # What other hands have closed is written off, and a person was asked to look.
                if said is None or book.key in self._unclear or book.key in gone:
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
                self._known,
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
        by_copy, shown = known_when_exited(book, his.trades, self._known), self._shown()
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
            ahead=filled_before_he_cut(book, his.trades, shown, self._known, self._found()),
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
                lot = self._judge.coarsest_lot(instrument)
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

    def _found(self) -> dict[Tag, int]:
        """Return the events by which orders of unknown fate were found."""
        unknown, found = set[Tag](), dict[Tag, int]()
        with contextlib.closing(sqlite3.connect(self._judge.data_dir / STORE_NAME)) as db:
            rows = db.execute(
                "SELECT event, body FROM records WHERE kind = 'IntentMoved' ORDER BY seq"
            )
            for event, body in rows:
                moved = decode_record("IntentMoved", body)
                if moved.state is IntentState.UNKNOWN:
                    unknown.add(moved.tag)
                elif moved.state is IntentState.ACKED and moved.tag in unknown:
                    found[moved.tag] = event
        return found
