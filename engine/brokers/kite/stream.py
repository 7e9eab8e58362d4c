"""The socket of one account: order hints and ticks, reconnecting for ever with jitter.

pykiteconnect's ticker cannot tell a dead socket from a quiet one and gives up after fifty tries
(pykiteconnect 229 and 237); this one hears a heartbeat or hangs up.

Source: Kite Connect docs, WebSocket streaming.
"""

import asyncio
import logging
import random
import ssl
from collections.abc import Callable
from typing import Any, NoReturn, cast

import msgspec
from websockets.exceptions import ConnectionClosed, WebSocketException

from engine.brokers.kite.credentials import Credentials
from engine.brokers.kite.frame_socket import FrameSocket
from engine.brokers.kite.frames import FrameReader
from engine.brokers.kite.ticks import FindName
from engine.brokers.kite.websocket import SocketEnd, StreamAddress, describe_end
from engine.clock import Clock
from engine.ports import StreamDown, StreamEvent, StreamUp

_log = logging.getLogger(__name__)

#: Seconds without any frame after which the socket is dead. Kite sends a one-byte heartbeat every
#: couple of seconds when there is nothing else; its Go and JS clients wait as long.
SILENCE_S = 5.0
#: First and longest pause before a reconnect, seconds; the pause is drawn from 0 to the bound.
_BASE_PAUSE_S, _MAX_PAUSE_S = 0.5, 20.0
#: Seconds a socket must have lived before its loss counts as the first failure again.
_STEADY_S = 10.0
#: Most instruments of one socket. Source: Kite Connect docs, WebSocket streaming.
MAX_WATCHED = 3000


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
        self._address = StreamAddress.parse(ws_url, tls=tls)
        self._frames = FrameReader(credentials, clock=clock, find_name=find_name)
        self._credentials = credentials
        self._clock = clock
        self._rng = rng
        self._wanted: frozenset[int] = frozenset()
        self._wish = asyncio.Event()
        self._failures = 0
        #: Loop time of the last frame, and whether the socket was left because none came.
        self._heard_s, self._was_silent = 0.0, False

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
            end = await self._once(sink)
            self._failures += 1
            sink(StreamDown(at=self._clock.now(), reason=end.reason))
            pause = self._pause(refused=end.refused)
            _log.warning(
                "stream down",
                extra={
                    "action": "stream",
                    "account": self._credentials.name,
                    "reason": end.reason,
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

    async def _once(self, sink: Callable[[StreamEvent], None]) -> SocketEnd:
        """Live through one connection and say why it ended."""
        session = self._credentials.session
        self._credentials.changed.clear()
        if session is None:
            return SocketEnd("no session")
        opener = self._address.opener(
            api_key=self._credentials.api_key, access_token=session.access_token.reveal()
        )
        try:
            async with opener as socket:
                # The opener makes these (`websocket.StreamAddress`); the library's types do not say so.
                return await self._live(cast("FrameSocket", socket), sink)
        except (OSError, WebSocketException) as error:
            return describe_end(error, self._credentials)

    async def _live(self, socket: FrameSocket, sink: Callable[[StreamEvent], None]) -> SocketEnd:
        loop = asyncio.get_running_loop()
        opened = self._heard_s = loop.time()
        self._was_silent = False
        sink(StreamUp(at=self._clock.now()))
        async with asyncio.TaskGroup() as group:
            feeder = group.create_task(self._subscribe(socket))
            changed = group.create_task(self._hang_up_on_new_session(socket))
            silent = group.create_task(self._hang_up_on_silence(socket))
            try:
                await self._deliver(socket, sink)
            except ConnectionClosed as error:
                if socket.fault is not None:
                    raise socket.fault from None
                if self._was_silent:
                    return SocketEnd(f"no frame for {SILENCE_S:.0f} s")
                if self._credentials.changed.is_set():
                    return SocketEnd("the session was replaced")
                return describe_end(error, self._credentials)
            finally:
                for task in (feeder, changed, silent):
                    task.cancel()
                if loop.time() - opened >= _STEADY_S:
                    self._failures = 0

    async def _hang_up_on_new_session(self, socket: FrameSocket) -> None:
        await self._credentials.changed.wait()
        await socket.close()

    async def _hang_up_on_silence(self, socket: FrameSocket) -> None:
        """Look at the last frame's time, not at each frame: ticks come many times a second."""
        loop = asyncio.get_running_loop()
        while (left := self._heard_s + SILENCE_S - loop.time()) > 0:  # noqa: ASYNC110 - time is what it waits for
            await asyncio.sleep(left)
        self._was_silent = True
        # Nobody may be there to say goodbye to.
        socket.transport.abort()

    async def _deliver(self, socket: FrameSocket, sink: Callable[[StreamEvent], None]) -> NoReturn:
        """Hand on frames until the socket ends; raises ``ConnectionClosed``."""
        loop = asyncio.get_running_loop()

        def take(frame: str | bytes) -> None:
            self._heard_s = loop.time()
            event = self._frames.read(frame)
            if event is not None:
                sink(event)

        socket.deliver_to(take)
        while True:
            take(await socket.recv())

    async def _subscribe(self, socket: FrameSocket) -> None:
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


async def _say(socket: FrameSocket, action: str, value: Any) -> None:  # noqa: ANN401 - JSON
    await socket.send(msgspec.json.encode({"a": action, "v": value}).decode())
