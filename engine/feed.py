"""The master's and the followers' sockets, turned into events. A hint is never more than that."""

from collections.abc import Callable
from datetime import datetime, timedelta

from engine.clock import Clock
from engine.core.values.events import Event, Faulted, RowHinted, StreamChanged
from engine.core.values.market import MASTER, AccountName, Venue
from engine.core.values.notices import Severity
from engine.ports import (
    MalformedFrame,
    OrderHint,
    OrderStream,
    StreamDown,
    StreamEvent,
    StreamUp,
    Ticks,
    UnknownFrame,
)
from engine.prices import PriceBoard

#: How old the last book read may be for a hint to open a position (architecture, detection).
FRESH_BOOK = timedelta(milliseconds=1500)


class Feed:
    """One account's socket.

    Attributes:
        up: Whether the socket is connected and alive.
        malformed: Frames that could not be read, counted; the first of a run is told.
        unknown: Frames of kinds that mean nothing to us, counted; Kite sends some every day.
    """

    def __init__(
        self,
        account: AccountName,
        stream: OrderStream,
        *,
        clock: Clock,
        prices: PriceBoard,
        offer: Callable[[Event], None],
    ) -> None:
        self.up = False
        self.malformed = 0
        self.unknown = 0
        self._account = account
        self._stream = stream
        self._clock = clock
        self._prices = prices
        self._offer = offer
        self._up_at: datetime | None = None
        self._book_asked_at: datetime | None = None
        self._book_at: datetime | None = None

    async def run(self) -> None:
        """Deliver until cancelled."""
        await self._stream.run(self._take)

    def watch(self, tokens: frozenset[int]) -> None:
        """Have the prices of these instruments delivered."""
        self._stream.watch(tokens)

    def book_was_read(self, *, asked_at: datetime, at: datetime) -> None:
        """Note a finished book read; one asked after the socket came up closes the gap."""
        self._book_asked_at, self._book_at = asked_at, at

    def is_trusted(self, now: datetime) -> bool:
        """Return whether a hint may open a position without a read first."""
        if not self.up or self._up_at is None:
            return False
        if self._book_asked_at is None or self._book_at is None:
            return False
        return self._book_asked_at >= self._up_at and now - self._book_at <= FRESH_BOOK

    def _take(self, event: StreamEvent) -> None:
        match event:
            case OrderHint():
                self._offer(
                    RowHinted(
                        venue=Venue.LIVE,
                        account=self._account,
                        row=event.row,
                        at=event.received_at,
                        trusted=self.is_trusted(event.received_at),
                    )
                )
            case Ticks():
                self._prices.update(event.quotes)
            case StreamUp():
                self.up, self._up_at = True, event.at
                self._changed(up=True, reason="", at=event.at)
            case StreamDown():
                was_up, self.up = self.up, False
                if self._account == MASTER:
                    self._prices.lost()  # his is the one that brings prices
                if was_up:
                    self._changed(up=False, reason=event.reason, at=event.at)
            case MalformedFrame():
                self.malformed += 1
                if self.malformed == 1:
                    self._tell_malformed(event)
            case UnknownFrame():
                self.unknown += 1

    def _tell_malformed(self, frame: MalformedFrame) -> None:
        self._offer(
            Faulted(
                topic="engine",
                text=f"{self._account}: a message of Kite's socket could not be read ({frame.detail}). It is "
                "left out; the order book shows what it meant. More of them are counted in /status.",
                at=self._clock.now(),
                severity=Severity.WARNING,
            )
        )

    def _changed(self, *, up: bool, reason: str, at: datetime) -> None:
        if self._account == MASTER:
            self._offer(StreamChanged(up=up, reason=reason, at=at))
