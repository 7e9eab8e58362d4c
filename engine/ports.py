"""The seams of the engine: what the shell needs from brokers, store and people.

Only ``bot/app`` names the classes behind these protocols.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from engine.core.values.commands import Command, Outcome
from engine.core.values.instruments import InstrumentBook
from engine.core.values.margins import MarginLeg
from engine.core.values.orders import Fill, Funds, HoldingRow, OrderRow, PositionRow, Profile, Quote
from engine.core.values.secrets import Secret


class OrderGateway(Protocol):
    """The write path of one account at one venue."""

    def submit(
        self, command: Command, *, timeout_s: float, done: Callable[[Outcome], None]
    ) -> None:
        """Put one write on the wire at once, without waiting for the answer.

        Must be called from the event loop. ``done`` is called exactly once, from the loop, never
        before ``submit`` returns. Nothing is ever sent twice.

        Args:
            command: The write.
            timeout_s: Seconds until the outcome is ``Unknown`` if no answer came.
            done: Receives the outcome.
        """
        ...

    async def warm(self) -> None:
        """Open and keep connections so that the next write pays no handshake; never raises."""
        ...

    async def close(self) -> None:
        """Close every connection; outstanding writes end as ``Unknown``."""
        ...


class AccountReader(Protocol):
    """The reads of one account.

    Every method raises :class:`~engine.errors.BrokerError` (``SessionExpired``, ``RateLimited``,
    ``PermissionDenied``, ``BrokerUnavailable``); the caller then keeps what it knew.
    """

    async def orders(self) -> tuple[OrderRow, ...]:
        """Return today's order book."""
        ...

    async def fills(self) -> tuple[Fill, ...]:
        """Return today's fills, oldest first."""
        ...

    async def positions(self) -> tuple[PositionRow, ...]:
        """Return the net positions."""
        ...

    async def holdings(self) -> tuple[HoldingRow, ...]:
        """Return the delivery holdings."""
        ...

    async def funds(self) -> Funds:
        """Return spendable rupees."""
        ...

    async def basket_margin(self, legs: Sequence[MarginLeg], *, timeout_s: float) -> Decimal:
        """Return the rupees that these orders would need together, beside what is held; places nothing."""
        ...

    async def profile(self) -> Profile:
        """Return who the session belongs to; the cheap liveness probe."""
        ...


class QuoteReader(Protocol):
    """Last prices by ``EXCHANGE:SYMBOL``; unknown keys are absent from the answer."""

    async def quotes(self, keys: Sequence[str]) -> tuple[Quote, ...]:
        """Return best prices; raises ``BrokerError`` as :class:`AccountReader` does."""
        ...


class InstrumentSource(Protocol):
    """Where the day's instruments come from."""

    async def load(self) -> InstrumentBook:
        """Return today's instruments with freeze quantities; raises ``BrokerError``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamUp:
    """The socket is connected; whatever happened before was missed."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamDown:
    """The socket is gone or silent; ``reason`` is one line without secrets."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHint:
    """One order frame: a hint that the order changed. ``received_s`` is monotonic seconds."""

    row: OrderRow
    received_at: datetime
    received_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticks:
    """Prices of one frame."""

    quotes: tuple[Quote, ...]
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MalformedFrame:
    """A frame that could not be read; ``detail`` is redacted and short."""

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownFrame:
    """A frame that was read and is of a kind that means nothing to us."""


StreamEvent = StreamUp | StreamDown | OrderHint | Ticks | MalformedFrame | UnknownFrame


class OrderStream(Protocol):
    """The socket of one account: order hints and ticks, reconnecting for ever."""

    async def run(self, sink: Callable[[StreamEvent], None]) -> None:
        """Connect, deliver, reconnect with jitter; returns only when cancelled."""
        ...

    def watch(self, tokens: frozenset[int]) -> None:
        """Set the instruments whose prices are wanted (at most 3,000); replayed on reconnect."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSession:
    """A login of one account, good until 06:00 IST of the next day.

    Attributes:
        exchanges: Segments the broker has enabled; empty: the answer did not tell.
        demat_consent: Kite's word for the consent to debit shares; None: the answer did not tell.

    Source: Kite Connect docs, user (token expiry).
    """

    user_id: str
    user_name: str
    access_token: Secret
    login_at: datetime
    exchanges: frozenset[str] = frozenset()
    demat_consent: str | None = None


class SessionDesk(Protocol):
    """The daily login of one account."""

    def login_url(self, state: str) -> str:
        """Return the page where the owner logs in; ``state`` comes back on the redirect."""
        ...

    async def exchange(self, request_token: Secret) -> BrokerSession:
        """Trade a request token for a session.

        Raises:
            LoginRefused: Token expired, used or wrong, or another client's: the text says which.
            BrokerUnavailable: Try again.
        """
        ...

    def use(self, session: BrokerSession | None) -> None:
        """Make every connection of the account use this session from now on (None: none)."""
        ...
