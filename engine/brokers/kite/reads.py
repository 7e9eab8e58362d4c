"""The reads of one account. What cannot be read is *not known*, never "flat" or "gone"."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar
from urllib.parse import quote

from engine.brokers.kite.classify import classify_read
from engine.brokers.kite.codec import (
    Decoded,
    OrderBookDecoder,
    UnreadableError,
    decode_basket_margin,
    decode_fills,
    decode_funds,
    decode_holdings,
    decode_positions,
    decode_profile,
    decode_quotes,
    encode_basket,
)
from engine.brokers.kite.credentials import Credentials
from engine.brokers.kite.replies import Request
from engine.brokers.kite.server_date import clock_ahead
from engine.brokers.kite.wire import MAX_ANSWER, READ_TIMEOUT_S, Wire
from engine.clock import Clock
from engine.core.values.margins import MarginLeg
from engine.core.values.orders import Fill, Funds, HoldingRow, OrderRow, PositionRow, Profile, Quote
from engine.errors import BrokerError, BrokerUnavailable

T = TypeVar("T")


def _unheard(_ahead: timedelta) -> None:
    return None


_log = logging.getLogger(__name__)

#: Most instruments of one quote request, and seconds between two such requests.
#: Source: Kite Connect docs, market quotes; one quote request a second.
_QUOTES_AT_ONCE, _QUOTE_PAUSE_S = 500, 1.0


class KiteReader:
    """Implements :class:`~engine.ports.AccountReader` and :class:`~engine.ports.QuoteReader`."""

    def __init__(
        self,
        wire: Wire,
        credentials: Credentials,
        *,
        clock: Clock,
        on_fault: Callable[[str], None],
        on_clock: Callable[[timedelta], None] = _unheard,
    ) -> None:
        """Prepare; nothing is read yet.

        Args:
            wire: Carries the requests.
            credentials: For redaction.
            clock: Dates fills that carry a time only.
            on_fault: Told one redacted line for each row that could not be read. A list of which
                a row was lost is not complete: whoever concludes anything from a missing row
                must listen here.
            on_clock: Told with every answer that says so by how much our clock is ahead of the
                broker's at least (negative: behind; zero: it may be right). Writes never tell.
        """
        self._wire = wire
        self._credentials = credentials
        self._clock = clock
        self._on_fault = on_fault
        self._on_clock = on_clock
        self._book = OrderBookDecoder()

    async def orders(self) -> tuple[OrderRow, ...]:
        """Return today's order book."""
        return await self._rows("/orders", self._book.decode)

    async def fills(self) -> tuple[Fill, ...]:
        """Return today's fills, oldest first."""
        today = self._clock.now().date()
        return await self._rows("/trades", lambda body: decode_fills(body, today=today))

    async def positions(self) -> tuple[PositionRow, ...]:
        """Return the net positions."""
        return await self._rows("/portfolio/positions", decode_positions)

    async def holdings(self) -> tuple[HoldingRow, ...]:
        """Return the delivery holdings."""
        return await self._rows("/portfolio/holdings", decode_holdings)

    async def funds(self) -> Funds:
        """Return spendable rupees."""
        return await self._read("/user/margins", decode_funds)

    async def basket_margin(self, legs: Sequence[MarginLeg], *, timeout_s: float) -> Decimal:
        """Return the rupees that these orders would need together; no permit is asked, nothing is placed."""
        return await self._ask(encode_basket(legs), decode_basket_margin, timeout_s=timeout_s)

    async def profile(self) -> Profile:
        """Return who the session belongs to."""
        return await self._read("/user/profile", decode_profile)

    async def quotes(self, keys: Sequence[str]) -> tuple[Quote, ...]:
        """Return best prices; unknown keys are absent. More than 500 keys take a second per 500."""
        found: list[Quote] = []
        for start in range(0, len(keys), _QUOTES_AT_ONCE):
            if start:
                await self._clock.sleep(_QUOTE_PAUSE_S)
            wanted = keys[start : start + _QUOTES_AT_ONCE]
            query = "&".join(f"i={quote(key, safe=':')}" for key in wanted)
            found.extend(await self._rows(f"/quote?{query}", decode_quotes))
        return tuple(found)

    async def _rows(self, target: str, decode: Callable[[bytes], Decoded[T]]) -> tuple[T, ...]:
        decoded = await self._read(target, decode)
        for fault in decoded.faults:
            detail = self._credentials.redact(f"{target.partition('?')[0]}: {fault}")
            _log.warning(
                "unreadable row",
                extra={"action": "read", "account": self._credentials.name, "detail": detail},
            )
            self._on_fault(detail)
        return decoded.rows

    async def _read(self, target: str, decode: Callable[[bytes], T]) -> T:
        return await self._ask(Request(method="GET", target=target), decode)

    async def _ask(
        self, request: Request, decode: Callable[[bytes], T], *, timeout_s: float = READ_TIMEOUT_S
    ) -> T:
        asked_at = self._clock.now()
        response = await self._wire.ask(request, timeout_s=timeout_s)
        ahead = clock_ahead(response.date, asked_at=asked_at, answered_at=self._clock.now())
        if ahead is not None:
            self._on_clock(ahead)
        body = response.plain_body(MAX_ANSWER)
        try:
            classify_read(response.status, response.content_type, body, response.retry_after)
            return decode(body)
        except UnreadableError as error:
            path = request.target.partition("?")[0]
            raise BrokerUnavailable(f"the answer to {path} cannot be read: {error}") from error
        except BrokerError as error:
            error.args = (self._credentials.redact(str(error)),)
            raise
