"""The socket of one account: order hints and ticks, reconnecting for ever with jitter.

Kite's own client cannot tell a dead socket from a quiet one and gives up after fifty tries (Kite
client issues 229 and 237); this one hears a heartbeat or hangs up.

Source: Kite Connect docs, WebSocket streaming.
"""

import asyncio
import logging
import random
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
from typing_extensions import override
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from engine.brokers.kite.codec import UnreadableError, decode_order_frame
from engine.brokers.kite.credentials import Credentials
from engine.brokers.kite.dial import address_family, describe_failure
from engine.brokers.kite.ticks import FindName, parse_ticks
from engine.clock import Clock
from engine.core.orders import OrderRow
from engine.ports import (
    MalformedFrame,
    OrderHint,
    StreamDown,
    StreamEvent,
    StreamUp,
    Ticks,
)

_log = logging.getLogger(__name__)

#: Seconds without any frame after which the socket is dead. Kite sends a one-byte heartbeat every
#: couple of seconds when there is nothing else; its Go and JS clients wait as long.
SILENCE_S = 5.0
#: First and longest pause before a reconnect, seconds; the pause is drawn from 0 to the bound.
_BASE_PAUSE_S, _MAX_PAUSE_S = 0.5, 20.0
#: Seconds a socket must have lived before its loss counts as the first failure again.
_STEADY_S = 10.0
_OPEN_TIMEOUT_S = 10.0
#: Most instruments of one socket. Source: Kite Connect docs, WebSocket streaming.
MAX_WATCHED = 3000


class _Silent(logging.LoggerAdapter[logging.Logger]):
    """Keeps the websocket library quiet at every level: it logs URLs, and ours hold the token."""

    @override
    def isEnabledFor(self, level: int) -> bool:
        return False


class _Connect(connect):
    """Follows no redirect: it would carry the token elsewhere."""

    @override
    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class KiteStream:
    """Implements :class:`~engine.ports.OrderStream`."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        ws_url: str,
        tls: ssl.SSLContext,
        clock: Clock,
        rng: random.Random,
        find_name: FindName,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            credentials: The session is read anew at every connect.
            ws_url: ``wss://…``, or ``ws://`` on this machine.
            tls: Verifies the server.
            clock: Stamps events and waits between attempts.
            rng: Draws the jitter.
            find_name: Names the tokens of ticks by today's instruments.

        Raises:
            ValueError: Not such an address: a configuration fault.
        """
        parts = urlsplit(ws_url)
        if parts.scheme not in ("ws", "wss") or not parts.hostname:
            raise ValueError("the stream's address must begin with wss://")
        self._family = address_family(parts.hostname)
        if parts.scheme == "ws" and self._family:
            raise ValueError("plain ws is allowed to this machine only")
        self._ws_url = ws_url.rstrip("/")
        self._tls = tls if parts.scheme == "wss" else None
        self._credentials = credentials
        self._clock = clock
        self._rng = rng
        self._find_name = find_name
        self._wanted: frozenset[int] = frozenset()
        self._wish = asyncio.Event()
        self._failures = 0

    def watch(self, tokens: frozenset[int]) -> None:
        """Set the instruments whose prices are wanted; replayed on reconnect.

        Args:
            tokens: At most 3,000 Kite instrument tokens.

        Raises:
            ValueError: More than that; nothing is changed. The caller spreads or trims.
        """
        if len(tokens) > MAX_WATCHED:
            raise ValueError(f"one socket watches at most {MAX_WATCHED} instruments")
        self._wanted = tokens
        self._wish.set()

    async def run(self, sink: Callable[[StreamEvent], None]) -> None:
        """Connect, deliver, reconnect; returns only when cancelled."""
        while True:
            while self._credentials.session is None:
                self._credentials.changed.clear()
                await self._credentials.changed.wait()
            reason, refused = await self._once(sink)
            self._failures += 1
            sink(StreamDown(at=self._clock.now(), reason=reason))
            pause = self._pause(refused=refused)
            _log.warning(
                "stream down",
                extra={
                    "action": "stream",
                    "account": self._credentials.name,
                    "reason": reason,
                    "pause_s": round(pause, 2),
                },
            )
            await self._wait(pause)

    def _pause(self, *, refused: bool) -> float:
        if refused:
            # A dead token does not heal by itself: slow at once, but never for good.
            return self._rng.uniform(_MAX_PAUSE_S / 2, _MAX_PAUSE_S)
        bound = min(_MAX_PAUSE_S, _BASE_PAUSE_S * 2 ** min(self._failures - 1, 10))
        return self._rng.uniform(0.0, bound)

    async def _wait(self, pause_s: float) -> None:
        """Wait for the pause or for a new session, whichever comes first."""
        async with asyncio.TaskGroup() as group:
            nap = group.create_task(self._clock.sleep(pause_s))
            news = group.create_task(self._credentials.changed.wait())
            await asyncio.wait((nap, news), return_when=asyncio.FIRST_COMPLETED)
            nap.cancel()
            news.cancel()

    async def _once(self, sink: Callable[[StreamEvent], None]) -> tuple[str, bool]:
        """Live through one connection; returns why it ended and whether the session was refused."""
        session = self._credentials.session
        self._credentials.changed.clear()
        if session is None:
            return "no session", False
        query = urlencode(
            {"api_key": self._credentials.api_key, "access_token": session.access_token.reveal()}
        )
        opener = _Connect(
            f"{self._ws_url}?{query}",
            ssl=self._tls,
            family=self._family,
            proxy=None,
            compression=None,
            additional_headers={"X-Kite-Version": "3"},
            user_agent_header="kitecopytrader",
            open_timeout=_OPEN_TIMEOUT_S,
            ping_interval=None,
            close_timeout=1.0,
            max_size=4 * 1024 * 1024,
            logger=_Silent(_log),
        )
        try:
            async with opener as socket:
                return await self._live(socket, sink), False
        except (OSError, WebSocketException) as error:
            return self._describe(error)

    def _describe(self, error: OSError | WebSocketException) -> tuple[str, bool]:
        """Put the end of a connection into words without an address, and tell a refusal apart."""
        match error:
            case InvalidStatus(response=response) if response.status_code == 403:
                return "session refused", True
            case InvalidStatus(response=response):
                status = response.status_code
                return f"the upgrade was answered with {status}", status == 429
            case ConnectionClosed():
                return self._describe_close(error), False
            case OSError():
                return describe_failure(error), False
            case _:
                return f"no WebSocket there ({type(error).__name__})", False

    async def _live(self, socket: ClientConnection, sink: Callable[[StreamEvent], None]) -> str:
        loop = asyncio.get_running_loop()
        opened = loop.time()
        sink(StreamUp(at=self._clock.now()))
        async with asyncio.TaskGroup() as group:
            feeder = group.create_task(self._subscribe(socket))
            changed = group.create_task(self._hang_up_on_new_session(socket))
            try:
                return await self._deliver(socket, sink)
            except ConnectionClosed as error:
                if self._credentials.changed.is_set():
                    return "the session was replaced"
                return self._describe_close(error)
            finally:
                feeder.cancel()
                changed.cancel()
                if loop.time() - opened >= _STEADY_S:
                    self._failures = 0

    async def _hang_up_on_new_session(self, socket: ClientConnection) -> None:
        await self._credentials.changed.wait()
        await socket.close()

    async def _deliver(self, socket: ClientConnection, sink: Callable[[StreamEvent], None]) -> str:
        """Hand on frames until the socket falls silent; raises ``ConnectionClosed``."""
        while True:
            try:
                async with asyncio.timeout(SILENCE_S):
                    frame = await socket.recv()
            except TimeoutError:
                # Nobody may be there to say goodbye to.
                socket.transport.abort()
                return f"no frame for {SILENCE_S:.0f} s"
            event = self._event_of(frame)
            if event is not None:
                sink(event)

    def _event_of(self, frame: str | bytes) -> StreamEvent | None:
        now = self._clock.now()
        if isinstance(frame, bytes):
            ticks = parse_ticks(frame, self._find_name)
            if ticks.faults and not ticks.rows:
                return MalformedFrame(detail=ticks.faults[0])
            if ticks.faults:
                _log.warning(
                    "unreadable ticks", extra={"action": "stream", "detail": ticks.faults[0]}
                )
            return Ticks(quotes=ticks.rows, received_at=now) if ticks.rows else None
        try:
            found = decode_order_frame(frame)
        except UnreadableError as error:
            return MalformedFrame(detail=self._credentials.redact(str(error)))
        if isinstance(found, OrderRow):
            return OrderHint(row=found, received_at=now, received_s=self._clock.monotonic())
        if found is not None:
            return MalformedFrame(detail=self._credentials.redact(f"Kite says: {found}"))
        return None

    async def _subscribe(self, socket: ClientConnection) -> None:
        """Tell the server what is watched, now and whenever that changes."""
        told: frozenset[int] = frozenset()
        while True:
            self._wish.clear()
            wanted = self._wanted
            try:
                if told - wanted:
                    await _say(socket, "unsubscribe", sorted(told - wanted))
                if wanted - told:
                    fresh = sorted(wanted - told)
                    await _say(socket, "subscribe", fresh)
                    await _say(socket, "mode", ["full", fresh])
            except ConnectionClosed:
                return
            told = wanted
            await self._wish.wait()

    def _describe_close(self, error: ConnectionClosed) -> str:
        frame = error.rcvd or error.sent
        if frame is None:
            return "the connection was lost"
        return self._credentials.redact(f"closed with {frame.code} {frame.reason}".strip())


async def _say(socket: ClientConnection, action: str, value: Any) -> None:  # noqa: ANN401 - JSON
    await socket.send(msgspec.json.encode({"a": action, "v": value}).decode())
