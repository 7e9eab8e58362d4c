"""What the adapters and the tasks of an account look up in the engine's state."""

from collections.abc import Callable
from datetime import date, datetime

from engine.attention import follower_needs, funds_every_s, master_needs
from engine.clock import Clock
from engine.core.risk.gates import entry_epoch
from engine.core.risk.scale import is_sized_by_funds
from engine.core.state.fill_order import Doubt, needs_fills
from engine.core.state.state import State
from engine.core.values.calendar import NO_END, Calendar, DayEnds
from engine.core.values.instruments import NO_INSTRUMENTS, Instrument
from engine.core.values.market import MASTER, AccountName, Exchange, Venue
from engine.core.values.orders import OrderRow
from engine.core.values.sessions import Phase
from engine.reconciler import Needs

_SEGMENTS = frozenset(Exchange)


class Lookups:
    """Looks at the state anew each time: it is another after a commit that failed.

    Args:
        state: Gives the state of now.
        clock: The time.
        calendar: When each segment trades.

    Attributes:
        instruments: Today's list; it outlives a state that is folded anew.
    """

    def __init__(self, state: Callable[[], State], *, clock: Clock, calendar: Calendar) -> None:
        self._state, self._clock, self._calendar = state, clock, calendar
        self.instruments = NO_INSTRUMENTS

    def known_as(self, exchange: str, symbol: str) -> Instrument | None:
        """Return an instrument of today; the state is another after a commit that failed."""
        return self._state().listed(exchange, symbol)

    def is_open(self, exchange: str, at: datetime) -> bool:
        """Return whether a segment takes orders at that time; no segment of ours never does."""
        return exchange in _SEGMENTS and self._calendar.is_open(Exchange(exchange), at)

    def trades(self, exchange: str, symbol: str, at: datetime) -> bool:
        """Return whether an instrument trades continuously at that time."""
        if exchange not in _SEGMENTS:
            return False
        auctioned = self._is_auctioned(exchange, symbol)
        phase = self._calendar.session_at(Exchange(exchange), at, auctioned=auctioned)
        return phase is Phase.CONTINUOUS

    def ends(self, exchange: str, symbol: str, day: date) -> DayEnds:
        """Return when an instrument's day ends for intraday orders, for all, and by expiry."""
        if exchange not in _SEGMENTS:
            return NO_END
        auctioned = self._is_auctioned(exchange, symbol)
        return self._calendar.ends(Exchange(exchange), day, auctioned=auctioned)

    def epoch_of(self, venue: Venue, name: AccountName) -> int | None:
        """Return the epoch in which entries of a follower may leave now; None: in none."""
        return entry_epoch(self._state(), venue, name)

    def needs_of(self, name: AccountName) -> Callable[[], Needs]:
        """Return what tells which reads an account needs now."""

        def needs() -> Needs:
            state, now = self._state(), self._clock.now()
            if name == MASTER:
                # Without today's list what is held can still be exited, by what was recorded of it.
                ready = len(self.instruments) > 0 or bool(state.listings)
                return master_needs(state, self._calendar, now=now, ready=ready)
            return follower_needs(state, name, now=now)

        return needs

    def funds_every_s(self, name: AccountName) -> float | None:
        """Return seconds between two reads of an account's funds; None: none are needed now."""
        state = self._state()
        # Asked of every account every second, and mostly that is the answer: no clock is read for it.
        if not is_sized_by_funds(state, name):
            return None
        return funds_every_s(state, name, self._calendar, now=self._clock.now())

    def needs_fills(self, rows: tuple[OrderRow, ...]) -> Doubt | None:
        """Return why the master's trades are needed to fold these rows of his; None: they are not."""
        return needs_fills(self._state(), rows, at=self._clock.now())

    def may_write(self) -> bool:
        """Return whether orders may be written at Kite: only in LIVE."""
        return self._state().venue is Venue.LIVE

    def instrument_of(self, token: int) -> Instrument | None:
        """Return an instrument of today by its token."""
        return self.instruments.by_token(token)

    def _is_auctioned(self, exchange: str, symbol: str) -> bool:
        shares = exchange in (Exchange.NSE, Exchange.BSE)
        return shares and self._state().instruments.has_derivatives(symbol)
