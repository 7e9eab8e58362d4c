"""Reads order books and positions: the fact behind every hint.

One per account. A failed read is *not known*: nothing is offered and the last knowledge stays.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from engine.clock import Clock
from engine.core.state.fill_order import Doubt
from engine.core.values.events import BookRead, Event, Faulted, PositionsRead, SessionLost
from engine.core.values.market import AccountName, OrderId, Product, Venue
from engine.core.values.orders import Fill, HoldingRow, OrderRow, PositionRow
from engine.errors import BrokerError, RateLimited, SessionExpired
from engine.ports import AccountReader

_log = logging.getLogger(__name__)

#: Reads of one account are at least this far apart, whatever asks for them: Kite allows 10 reads
#: a second per app (Kite forum comment 34248), and every 2 s was once taken for an attack by its
#: CDN (comment 31370).
LEAST_PAUSE_S = 0.25
#: How often a waiting account is asked whether it has become urgent.
LOOK_AGAIN_S = 0.5
#: Pause after a read that failed; doubled up to the longest.
FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 1.0, 15.0
#: How long the answer to a login may be on its way when the token before it is found dead. A choice
#: of ours, well over one round trip; it only delays a message: reads of that account fail anyway.
LOGIN_TRAVELS_S = 1.0
#: Kite keeps the rows of closed positions until the day ends (Kite Connect docs, portfolio), so an
#: answer that lacks rows it had before is taken for a fault, as with books, unless so many in a
#: row agree: a conversion of the product may truly take a row away.
AGREEING_READS = 3

_PositionKey = tuple[str, str, Product]


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """How urgently an account is to be read now.

    Attributes:
        active: Whether it has a session; without one nothing is read.
        book_s: Seconds between book reads.
        positions_s: Seconds between positions reads.
        whole: Offer the rows that did not change again too (something is unresolved).
        holdings_s: Seconds between holdings reads; None where only the first of a session counts:
            what was owned in the morning changes by itself only overnight.
        quiet: Only what is recorded can bring the next book read forward: until then nobody looks.
    """

    active: bool
    book_s: float
    positions_s: float
    whole: bool = False
    holdings_s: float | None = None
    quiet: bool = False


class Reconciler:
    """Reads one account again and again, sooner when asked.

    ``recorded`` of the constructor gives a number that is another one after anything was recorded: until then a
    quiet account is not looked at. None: every look asks ``needs`` anew.
    """

    def __init__(  # noqa: PLR0913 - what it is given, each named
        self,
        account: AccountName,
        reader: AccountReader,
        *,
        clock: Clock,
        needs: Callable[[], Needs],
        offer: Callable[[Event], None],
        needs_fills: Callable[[tuple[OrderRow, ...]], Doubt | None] = lambda _: None,
        recorded: Callable[[], int] | None = None,
    ) -> None:
        self._account = account
        self._reader = reader
        self._clock = clock
        self._needs = needs
        self._offer = offer
        self._needs_fills = needs_fills
        self._recorded = recorded
        #: Seconds between the books of a quiet account, and what was recorded as that was found.
        self._quiet: tuple[float, int] | None = None
        self._asked = asyncio.Event()
        self._sessions = 0
        self._rows: dict[OrderId, OrderRow] = {}
        self._positions: tuple[PositionRow, ...] | None = None
        self._doubted: list[frozenset[_PositionKey]] = []
        self._positions_at: float | None = None
        self._holdings: tuple[HoldingRow, ...] | None = None
        self._holdings_at: float | None = None
        self._doubted_holdings: list[frozenset[str]] = []

    def ask(self) -> None:
        """Have the book read as soon as the pause between reads allows."""
        self._asked.set()

    def forget(self) -> None:
        """Offer everything anew at the next read: the session or the state is another one."""
        self._sessions += 1
        self._rows.clear()
        self._positions, self._positions_at = None, None
        self._holdings, self._holdings_at = None, None
        self._doubted.clear()
        self._doubted_holdings.clear()
        self._asked.set()

    async def run(self) -> None:
        """Read until cancelled."""
        backoff = FIRST_BACKOFF_S
        while True:
            needs = self._needs()
            session = self._sessions
            if needs.active:
                try:
                    await self._read(needs)
                    backoff = FIRST_BACKOFF_S
                except SessionExpired:
                    await self._tell_dead(session)
                except BrokerError as error:
                    _log.warning(
                        "read failed",
                        extra={"action": "read", "account": self._account, "why": str(error)},
                    )
                    least = error.retry_after if isinstance(error, RateLimited) else timedelta(0)
                    await self._clock.sleep(max(backoff, least.total_seconds()))
                    backoff = min(backoff * 2, LONGEST_BACKOFF_S)
                    continue
            await self._pause()

    async def _tell_dead(self, session: int) -> None:
        """Offer that a session is dead, unless a login has replaced it or is just being answered.

        After a login it is only the token before that is dead, and Kite ends that one before the
        answer to the login is here.
        """
        if session == self._sessions:
            await self._clock.sleep(LOGIN_TRAVELS_S)
        if session == self._sessions:
            self._offer(SessionLost(account=self._account, at=self._clock.now()))

    async def _pause(self) -> None:
        """Wait until the next read is due or asked for; how soon it is due may change meanwhile."""
        began = self._clock.monotonic()
        await self._clock.sleep(LEAST_PAUSE_S)
        loop = asyncio.get_running_loop()
        timer: asyncio.TimerHandle | None = None

        def look() -> None:
            # A timer, and no task that wakes: there are two looks a second for every account.
            nonlocal timer
            rest = 0.0
            try:
                rest = self._book_s() - (self._clock.monotonic() - began)
            finally:  # where that failed, the task finds out, which is guarded
                if rest <= 0:
                    self._asked.set()
                else:
                    timer = loop.call_later(min(rest, LOOK_AGAIN_S), look)

        self._quiet = None
        look()
        try:
            await self._asked.wait()
        finally:
            if timer is not None:
                timer.cancel()
        self._asked.clear()

    def _book_s(self) -> float:
        """Return the seconds between two reads of the book, as it is now."""
        recorded = None if self._recorded is None else self._recorded()
        if self._quiet is not None and self._quiet[1] == recorded:
            return self._quiet[0]
        needs = self._needs()
        found = needs.book_s if needs.active else 1.0
        self._quiet = None if recorded is None or not needs.quiet else (found, recorded)
        return found

    async def _read(self, needs: Needs) -> None:
        asked_at = self._clock.now()
        rows = await self._reader.orders()
        at = self._clock.now()
        changed, again = self._sorted_out(rows)
        fills: tuple[Fill, ...] | None = None
        age_unknown = False
        if doubt := self._needs_fills(changed):
            try:
                fills = await self._reader.fills()
            except BrokerError as error:
                if doubt is Doubt.ORDER or isinstance(error, SessionExpired):
                    raise
                # Exits in this book have waited long enough; only an entry is judged by it.
                age_unknown = True
        if len(rows) >= len(self._rows):
            self._rows = {row.order_id: row for row in rows}
        self._offer(
            BookRead(
                venue=Venue.LIVE,
                account=self._account,
                rows=changed,
                total=len(rows),
                asked_at=asked_at,
                at=at,
                fills=fills,
                age_unknown=age_unknown,
                again=again if needs.whole else (),
            )
        )
        due = self._positions_at is None or (
            self._clock.monotonic() - self._positions_at >= needs.positions_s
        )
        if due:
            await self._read_positions(needs)

    def _sorted_out(
        self, rows: tuple[OrderRow, ...]
    ) -> tuple[tuple[OrderRow, ...], tuple[OrderRow, ...]]:
        """Return the rows that differ from the last read, and the others; each is compared once."""
        changed: list[OrderRow] = []
        again: list[OrderRow] = []
        for row in rows:
            (again if self._rows.get(row.order_id) == row else changed).append(row)
        return tuple(changed), tuple(again)

    async def _read_positions(self, needs: Needs) -> None:
        asked_at = self._clock.now()
        rows = await self._reader.positions()
        holdings = await self._reader.holdings() if self._holdings_due(needs) else None
        self._positions_at = self._clock.monotonic()
        if not self._is_believed(rows) or not self._are_believed(holdings):
            text = (
                f"{self._account}: positions came back without some that were there; not believed."
            )
            self._offer(Faulted(topic="engine", text=text, at=self._clock.now()))
            return
        self._positions = rows
        if holdings is not None:
            self._holdings, self._holdings_at = holdings, self._clock.monotonic()
        self._offer(
            PositionsRead(
                venue=Venue.LIVE,
                account=self._account,
                rows=rows,
                holdings=holdings,
                asked_at=asked_at,
                at=self._clock.now(),
            )
        )

    def _holdings_due(self, needs: Needs) -> bool:
        if self._holdings_at is None:
            return True
        age = self._clock.monotonic() - self._holdings_at
        return needs.holdings_s is not None and age >= needs.holdings_s

    def _are_believed(self, holdings: tuple[HoldingRow, ...] | None) -> bool:
        """Whether every share known before is still listed, or its absence is confirmed.

        A sale leaves the row until the day ends, with ``used_quantity`` (Kite Connect docs, portfolio).
        """
        if holdings is None or self._holdings is None:
            return True
        listed = frozenset(row.symbol for row in holdings)
        if frozenset(row.symbol for row in self._holdings) <= listed:
            self._doubted_holdings.clear()
            return True
        if self._doubted_holdings and self._doubted_holdings[-1] != listed:
            self._doubted_holdings.clear()
        self._doubted_holdings.append(listed)
        if len(self._doubted_holdings) < AGREEING_READS:
            return False
        self._doubted_holdings.clear()
        return True

    def _is_believed(self, rows: tuple[PositionRow, ...]) -> bool:
        """Whether every position known before is still listed, or its absence is confirmed."""
        listed = _keys_of(rows)
        if _keys_of(self._positions or ()) <= listed:
            self._doubted.clear()
            return True
        if self._doubted and self._doubted[-1] != listed:
            self._doubted.clear()
        self._doubted.append(listed)
        if len(self._doubted) < AGREEING_READS:
            return False
        self._doubted.clear()
        return True


def _keys_of(rows: Iterable[PositionRow]) -> frozenset[_PositionKey]:
    return frozenset((row.exchange, row.symbol, row.product) for row in rows)
